"""The pages of submissions, for who has signed in: the list, and one of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.errors import LANGUAGES, BadRequest, DoesNotConform, JalonError
from jalon.exchange.patch import rdf_patch
from jalon.exchange.sheets.formats import XLSX
from jalon.ledger.submissions import State
from jalon.services.foreseeing import Foreseen
from jalon.services.rights import Grant, Scope
from jalon.services.submissions import Stewardship
from jalon.services.wording import iris_in
from jalon.store.live import read_quads
from jalon.web.connection import CLIENT_GONE, while_connected
from jalon.web.pages.signing_in import Doorway
from jalon.web.pages.submission import Refused, submission_page
from jalon.web.pages.submission_entailed import EntailedPage, Following, following, shifts_of
from jalon.web.pages.submission_shifts import Drawing
from jalon.web.pages.submissions import STATES, Listed, list_link, submissions_page
from jalon.web.routes.pages import PageRoutes
from jalon.web.routes.signing_in import (
    Handler,
    SigningIn,
    Visit,
    add_signing_in,
    fields_of,
    led_to,
    problem_of,
)
from jalon.web.routes.submission_form import SubmissionForm
from jalon.web.routes.submission_room import SubmissionRoom, line_of
from jalon.web.routes.submissions import LISTED, SOURCE, number_of
from jalon.web.submission_views import PATH

DECISIONS = ("approve", "reject", "revert")


@dataclass(frozen=True, slots=True)
class SubmissionPages:
    """The handlers."""

    room: SubmissionRoom

    async def listing(self, request: Request, visit: Visit) -> Response:
        """What who asks may see; for a reviewer, what waits for one before it."""
        submitting, grant = self.room.stewardship.submitting, visit.grant
        state, before = _state(request), request.query_params.get("before")
        upto = None if before is None else number_of(before)
        found = await submitting.page(grant, LISTED, upto, (state,) if state else None)
        queue = None
        if Scope.REVIEW in grant.scopes and state is None and before is None:
            queue = await submitting.page(grant, LISTED, None, ("ready",))
        telling = await self.room.telling(visit, [*found, *(queue or ())])
        listed = Listed(found, queue, state, has_more=len(found) == LISTED)
        page = submissions_page(listed, grant, visit.who, telling)
        return self.room.page(visit, "submissions.html", page)

    async def one(self, request: Request, visit: Visit) -> Response:
        """One submission."""
        return await self._told(visit, number_of(request.path_params["number"]))

    async def entailed(self, request: Request, visit: Visit) -> Response:
        """What a submission would have entailed, or why it is not known; worked out when asked."""
        stewardship, number = self.room.stewardship, number_of(request.path_params["number"])
        submission = await stewardship.submitting.get(visit.grant, number)
        telling = await self.room.telling(visit, [submission])
        page = EntailedPage(visit.who, list_link(visit.asked.words), telling.view(submission))
        try:
            work = stewardship.foreseen(visit.grant, number)
            found = await while_connected(request, work)
            if found is None:
                return Response(status_code=CLIENT_GONE)
            shown = await self._following(visit, number, *found)
        except JalonError as error:
            page = replace(page, error=problem_of(error, visit.asked))
            return self.room.page(visit, "submission_entailed.html", page, error)
        page = replace(page, following=shown)
        return self.room.page(visit, "submission_entailed.html", page)

    async def sheet(self, request: Request, visit: Visit) -> Response:
        """A copy of the spreadsheet that was sent, with what is wrong beside its cells."""
        number = number_of(request.path_params["number"])
        submitting = self.room.stewardship.submitting
        copy = await submitting.annotated(visit.grant, number, visit.asked.language)
        return _file(copy, f"submission-{number}.xlsx", XLSX)

    async def change(self, request: Request, visit: Visit) -> Response:
        """What the graph of the organisation gains and loses, as RDF Patch."""
        number, root = number_of(request.path_params["number"]), visit.asked.here.root
        result = await self.room.stewardship.submitting.result(visit.grant, number)
        removes, adds = (read_quads(each) for each in (result.change.removes, result.change.adds))
        before, after = f"{root}/releases/{result.release}", f"{root}{PATH}/{number}"
        patch = rdf_patch(removes, adds, before, after)
        return _file(patch, f"submission-{number}.rdfp", "application/rdf-patch; charset=utf-8")

    def decided(self, step: str) -> Handler:
        """A handler that makes a decision: it leads to what has come of it, or says why not."""

        async def handle(request: Request, visit: Visit) -> Response:
            number = number_of(request.path_params["number"])
            address = f"/{visit.asked.language}/submissions/{number}"
            if request.method != "POST":
                return led_to(address)
            try:
                reason = line_of((await fields_of(request)).get("reason", ""))
                await self._decide(visit.grant, number, step, reason)
            except JalonError as error:
                return await self._told(visit, number, error)
            return led_to(address)

        return handle

    async def _following(
        self, visit: Visit, number: int, release: int, foreseen: Foreseen
    ) -> Following:
        """What follows, in words; raises as Stewardship.tell."""
        stewardship = self.room.stewardship
        told = await stewardship.tell(visit.grant, number)
        shifts = shifts_of(foreseen)
        names = await stewardship.naming.names(iris_in(shifts))
        drawing = Drawing(replace(told, names={**told.names, **names}), visit.asked.names)
        return following(drawing, foreseen, release)

    async def _decide(self, grant: Grant, number: int, step: str, reason: str) -> None:
        """Makes a decision; raises as Reviewing does."""
        writing, reviewing = self.room.stewardship.writing, self.room.stewardship.reviewing
        async with writing.attempt(grant, f"{SOURCE} {step} {number}") as attempt:
            if step == "reject":
                await reviewing.reject(grant, number, reason)
            elif step == "approve":
                attempt.written = await reviewing.approve(grant, number, reason)
            else:
                attempt.written = await reviewing.revert(grant, number, reason)

    async def _told(self, visit: Visit, number: int, error: JalonError | None = None) -> Response:
        """The page of a submission, with the error by which a decision was not made."""
        told = await self.room.stewardship.tell(visit.grant, number)
        telling = await self.room.telling(visit, [told.submission])
        refused = None
        if error is not None:
            report = None
            # An approval that the shapes forbid has left its report with the submission.
            if isinstance(error, DoesNotConform) and told.submission.state == "approved":
                report = json.loads(str(error.details["report"]))
            refused = Refused(problem_of(error, visit.asked), report)

        def made() -> Response:
            page = submission_page(told, visit.grant, visit.who, telling, refused)
            return self.room.page(visit, "submission.html", page, error)

        # Of a large one, it takes a moment.
        return await asyncio.to_thread(made)


def add_submission_pages(
    app: FastAPI,
    routes: PageRoutes,
    stewardship: Stewardship,
    upload_limit: int,
    public_url: str | None,
) -> None:
    """Adds the pages of submissions under each language, and what signs in to them."""
    routes.pages.add_room("submissions", "site.submissions")
    door = SigningIn(routes, stewardship, Doorway(public_url))
    room = SubmissionRoom(routes, stewardship)
    pages, form = SubmissionPages(room), SubmissionForm(room, upload_limit)
    add_signing_in(app, door)
    add = app.router.routes.append
    for language in LANGUAGES:
        add(Route(f"/{language}/submit", door.behind(form.blank)))
        add(Route(f"/{language}/submit", door.behind(form.submit), methods=["POST"]))
        add(Route(f"/{language}/submissions", door.behind(pages.listing)))
        one = f"/{language}/submissions/{{number}}"
        add(Route(one, door.behind(pages.one)))
        add(Route(f"{one}/entailed", door.behind(pages.entailed)))
        add(Route(f"{one}/change.rdfp", door.behind(pages.change)))
        add(Route(f"{one}/sheet.xlsx", door.behind(pages.sheet)))
        for step in DECISIONS:
            handler = door.behind(pages.decided(step))
            add(Route(f"{one}/{step}", handler, methods=["GET", "POST"]))


def _file(content: bytes, name: str, media_type: str) -> Response:
    """A file to be kept by who asks, and by nobody on the way."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=media_type)


def _state(request: Request) -> State | None:
    """The state that the list is narrowed to. Raises BadRequest for what is none."""
    said = request.query_params.get("state", "")
    for each in STATES:
        if each == said:
            return each
    if said:
        raise BadRequest(variant="state", found=said[:100], available=", ".join(STATES))
    return None
