"""The pages of submissions, for who has signed in: the list, one of them, the form for one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.errors import LANGUAGES, BadRequest, DoesNotConform, JalonError
from jalon.exchange.patch import rdf_patch
from jalon.exchange.sheets.formats import XLSX
from jalon.ledger.submissions import State, Submission
from jalon.services.rights import Grant, Scope, is_organisation
from jalon.services.sheets import is_sheet
from jalon.services.submissions import Stewardship
from jalon.services.submitting import Proposal
from jalon.store.live import read_quads
from jalon.store.port import MEGABYTE
from jalon.validation.submitted.drafting import Wish
from jalon.web.pages.rendering import page_response
from jalon.web.pages.signing_in import Doorway, page_of
from jalon.web.pages.submission import Refused, submission_page
from jalon.web.pages.submissions import (
    STATES,
    Draft,
    Listed,
    SubmitPage,
    Telling,
    choices,
    list_link,
    organisation_iris,
    sheet_links,
    submissions_page,
)
from jalon.web.problems import status_of
from jalon.web.requests import LONGEST_MESSAGE
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
from jalon.web.routes.submissions import LISTED, SOURCE, mode_of, number_of
from jalon.web.submission_views import PATH
from jalon.web.uploads import MOST_PARTS, Filled, read_filled

DECISIONS = ("approve", "reject", "revert")
MOST_SHEETS = 5
"""For so many organisations of a token the form leads to their spreadsheets."""


@dataclass(frozen=True, slots=True)
class SubmissionPages:
    """The handlers. Nothing of what they show is kept, here or elsewhere."""

    routes: PageRoutes
    stewardship: Stewardship
    upload_limit: int

    async def listing(self, request: Request, visit: Visit) -> Response:
        """What who asks may see; for a reviewer, what waits for one before it."""
        submitting, grant = self.stewardship.submitting, visit.grant
        state, before = _state(request), request.query_params.get("before")
        upto = None if before is None else number_of(before)
        found = await submitting.page(grant, LISTED, upto, (state,) if state else None)
        queue = None
        if Scope.REVIEW in grant.scopes and state is None and before is None:
            queue = await submitting.page(grant, LISTED, None, ("ready",))
        telling = await self._telling(visit, [*found, *(queue or ())])
        listed = Listed(found, queue, state, has_more=len(found) == LISTED)
        page = submissions_page(listed, grant, visit.who, telling)
        return self._page(visit, "submissions.html", page)

    async def one(self, request: Request, visit: Visit) -> Response:
        """One submission."""
        return await self._told(visit, number_of(request.path_params["number"]))

    async def sheet(self, request: Request, visit: Visit) -> Response:
        """A copy of the spreadsheet that was sent, with what is wrong beside its cells."""
        number = number_of(request.path_params["number"])
        submitting = self.stewardship.submitting
        copy = await submitting.annotated(visit.grant, number, visit.asked.language)
        return _file(copy, f"submission-{number}.xlsx", XLSX)

    async def change(self, request: Request, visit: Visit) -> Response:
        """What the graph of the organisation gains and loses, as RDF Patch."""
        number, root = number_of(request.path_params["number"]), visit.asked.here.root
        result = await self.stewardship.submitting.result(visit.grant, number)
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
                reason = _line((await fields_of(request)).get("reason", ""))
                await self._decide(visit.grant, number, step, reason)
            except JalonError as error:
                return await self._told(visit, number, error)
            return led_to(address)

        return handle

    async def form(self, request: Request, visit: Visit) -> Response:
        """The form for a submission, which may take the place of one that there is."""
        earlier = request.query_params.get("supersedes")
        if earlier is None:
            return await self._form(visit, Draft())
        found = await self.stewardship.submitting.get(visit.grant, number_of(earlier))
        return await self._form(visit, Draft(found.organisation, supersedes=str(found.id)))

    async def submit(self, request: Request, visit: Visit) -> Response:
        """Takes a submission: leads to it, or shows the form again with what is wrong."""
        draft = Draft()
        writing = self.stewardship.writing
        try:
            async with writing.attempt(visit.grant, f"{SOURCE} submit") as attempt:
                filled = await read_filled(request, self.upload_limit)
                draft = _draft(filled)
                if not is_organisation(draft.organisation):
                    raise BadRequest(variant="organisation")
                visit.grant.require_organisation(draft.organisation)
                attempt.action += f" {draft.organisation}"
                proposal = _proposal(filled, draft)
                made = await self.stewardship.submitting.submit(visit.grant, proposal)
        except JalonError as error:
            return await self._form(visit, draft, error)
        return led_to(f"/{visit.asked.language}/submissions/{made.id}")

    async def _decide(self, grant: Grant, number: int, step: str, reason: str) -> None:
        """Makes a decision; raises as Reviewing does."""
        writing, reviewing = self.stewardship.writing, self.stewardship.reviewing
        async with writing.attempt(grant, f"{SOURCE} {step} {number}") as attempt:
            if step == "reject":
                await reviewing.reject(grant, number, reason)
            elif step == "approve":
                attempt.written = await reviewing.approve(grant, number, reason)
            else:
                attempt.written = await reviewing.revert(grant, number, reason)

    async def _told(self, visit: Visit, number: int, error: JalonError | None = None) -> Response:
        """The page of a submission, with the error by which a decision was not made."""
        told = await self.stewardship.tell(visit.grant, number)
        telling = await self._telling(visit, [told.submission])
        refused = None
        if error is not None:
            report = None
            # An approval that the shapes forbid has left its report with the submission.
            if isinstance(error, DoesNotConform) and told.submission.state == "approved":
                report = json.loads(str(error.details["report"]))
            refused = Refused(problem_of(error, visit.asked), report)

        def made() -> Response:
            page = submission_page(told, visit.grant, visit.who, telling, refused)
            return self._page(visit, "submission.html", page, error)

        # Of a large one, it takes a moment.
        return await asyncio.to_thread(made)

    async def _form(self, visit: Visit, draft: Draft, error: JalonError | None = None) -> Response:
        grant = visit.grant
        telling = await self._telling(visit, (), grant.organisations)
        takes_any = Scope.ADMIN in grant.scopes
        submits = Scope.SUBMIT in grant.scopes and not takes_any
        own = grant.organisations if submits else ()
        page = SubmitPage(
            who=visit.who,
            list=list_link(visit.asked.words),
            organisations=choices(own, draft, telling),
            takes_any=takes_any,
            draft=draft,
            limit=self.upload_limit // MEGABYTE,
            sheets=tuple(sheet_links(own[:MOST_SHEETS], await self._classes(), telling)),
            error=problem_of(error, visit.asked) if error else None,
        )
        return self._page(visit, "submit.html", page, error)

    async def _classes(self) -> Mapping[str, Mapping[str, str]]:
        """The classes that there are spreadsheets of: their labels by their names."""
        sheets = self.stewardship.submitting.sheets
        if sheets is None:
            return {}
        models = await sheets.templates.models(sheets.templates.stamp)
        return {name: model.labels for name, model in models.items()}

    async def _telling(
        self, visit: Visit, submissions: Iterable[Submission], organisations: Iterable[str] = ()
    ) -> Telling:
        """How submissions are told, with the names of those that they mention."""
        shown, stewardship = list(submissions), self.stewardship
        base = stewardship.writing.graphs.base
        mentioned = {*organisations, *(each.organisation for each in shown)}
        labels = await stewardship.naming.names(organisation_iris(base, mentioned))
        return Telling(visit.asked.names, base, await stewardship.authors(*shown), labels)

    def _page(
        self, visit: Visit, template: str, page: object, error: JalonError | None = None
    ) -> Response:
        asked = visit.asked
        # What shows why a form was refused stands at the address that it was sent to.
        asked.here = replace(asked.here, path=page_of(asked.here.path))
        body = self.routes.html(template, asked, page)
        status = status_of(error) if error else 200
        return page_response(asked.request, body, asked.language, status, cached=False)


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
    pages = SubmissionPages(routes, stewardship, upload_limit)
    add_signing_in(app, door)
    add = app.router.routes.append
    for language in LANGUAGES:
        add(Route(f"/{language}/submit", door.behind(pages.form)))
        add(Route(f"/{language}/submit", door.behind(pages.submit), methods=["POST"]))
        add(Route(f"/{language}/submissions", door.behind(pages.listing)))
        one = f"/{language}/submissions/{{number}}"
        add(Route(one, door.behind(pages.one)))
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


def _line(text: str) -> str:
    """A text that somebody has written into a field, in one line."""
    plain = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return plain[:LONGEST_MESSAGE]


def _draft(filled: Filled) -> Draft:
    fields = filled.fields
    return Draft(
        organisation=fields.get("organisation", "").strip(),
        mode=fields.get("mode", ""),
        message=_line(fields.get("message", "")),
        supersedes=fields.get("supersedes", ""),
    )


def _proposal(filled: Filled, draft: Draft) -> Proposal:
    """What a form proposes. Raises BadRequest for one that is not filled in as it must be."""
    if not filled.documents:
        raise BadRequest(variant="files", limit=MOST_PARTS)
    documents, said = filled.documents, draft.mode
    if said == "remove" and any(map(is_sheet, documents)):
        raise BadRequest(variant="mode", found=said)
    if said == "remove":
        documents, said = tuple(replace(each, part="removes") for each in documents), "change"
    wish = Wish(draft.organisation, mode_of(said, documents), documents)
    instead_of = number_of(draft.supersedes) if draft.supersedes else None
    return Proposal(wish, draft.message, instead_of)


def _state(request: Request) -> State | None:
    """The state that the list is narrowed to. Raises BadRequest for what is none."""
    said = request.query_params.get("state", "")
    for each in STATES:
        if each == said:
            return each
    if said:
        raise BadRequest(variant="state", found=said[:100], available=", ".join(STATES))
    return None
