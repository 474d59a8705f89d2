"""What the pages of submissions share: how submissions are told, and how a page is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fastapi import Response

from jalon.errors import JalonError
from jalon.ledger.submissions import Submission
from jalon.services.submissions import Stewardship
from jalon.web.pages.rendering import page_response
from jalon.web.pages.signing_in import page_of
from jalon.web.pages.submissions import Telling, organisation_iris
from jalon.web.problems import status_of
from jalon.web.requests import LONGEST_MESSAGE
from jalon.web.routes.pages import PageRoutes
from jalon.web.routes.signing_in import Visit


@dataclass(frozen=True, slots=True)
class SubmissionRoom:
    """Behind the sign-in. Nothing of what its pages show is kept, here or elsewhere."""

    routes: PageRoutes
    stewardship: Stewardship

    async def telling(
        self, visit: Visit, submissions: Iterable[Submission], organisations: Iterable[str] = ()
    ) -> Telling:
        """How submissions are told, with the names of those that they mention."""
        shown, stewardship = list(submissions), self.stewardship
        base = stewardship.writing.graphs.base
        mentioned = {*organisations, *(each.organisation for each in shown)}
        labels = await stewardship.naming.names(organisation_iris(base, mentioned))
        return Telling(visit.asked.names, base, await stewardship.authors(*shown), labels)

    def page(
        self, visit: Visit, template: str, page: object, error: JalonError | None = None
    ) -> Response:
        """A page, with the status of the error that it tells, if it tells one."""
        asked = visit.asked
        # What shows why a form was refused stands at the address that it was sent to.
        asked.here = replace(asked.here, path=page_of(asked.here.path))
        body = self.routes.html(template, asked, page)
        status = status_of(error) if error else 200
        return page_response(asked.request, body, asked.language, status, cached=False)


def line_of(text: str) -> str:
    """A text that somebody has written into a field, in one line."""
    plain = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return plain[:LONGEST_MESSAGE]
