"""The form by which a submission is made: filled in, taken, or shown again with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import Request, Response

from jalon.errors import BadRequest, JalonError
from jalon.services.rights import Scope, is_organisation
from jalon.services.sheets import is_sheet
from jalon.services.submitting import Proposal
from jalon.store.port import MEGABYTE
from jalon.validation.documents import Document, Part
from jalon.validation.submitted.drafting import Wish
from jalon.web.pages.submissions import Draft, SubmitPage, choices, list_link, sheet_links
from jalon.web.routes.signing_in import Visit, led_to, problem_of
from jalon.web.routes.submission_room import SubmissionRoom, line_of
from jalon.web.routes.submissions import SOURCE, mode_of, number_of
from jalon.web.uploads import MOST_PARTS, Filled, read_filled

MOST_SHEETS = 5
"""For so many organisations of a token the form leads to their spreadsheets."""


@dataclass(frozen=True, slots=True)
class SubmissionForm:
    """The handlers of the form."""

    room: SubmissionRoom
    upload_limit: int

    async def blank(self, request: Request, visit: Visit) -> Response:
        """The form for a submission, which may take the place of one that there is."""
        earlier = request.query_params.get("supersedes")
        if earlier is None:
            return await self._form(visit, Draft())
        found = await self.room.stewardship.submitting.get(visit.grant, number_of(earlier))
        return await self._form(visit, Draft(found.organisation, supersedes=str(found.id)))

    async def submit(self, request: Request, visit: Visit) -> Response:
        """Takes a submission: leads to it, or shows the form again with what is wrong."""
        draft = Draft()
        writing = self.room.stewardship.writing
        try:
            async with writing.attempt(visit.grant, f"{SOURCE} submit") as attempt:
                filled = await read_filled(request, self.upload_limit)
                draft = _draft(filled)
                if not is_organisation(draft.organisation):
                    raise BadRequest(variant="organisation")
                visit.grant.require_organisation(draft.organisation)
                attempt.action += f" {draft.organisation}"
                proposal = _proposal(filled, draft)
                made = await self.room.stewardship.submitting.submit(visit.grant, proposal)
        except JalonError as error:
            return await self._form(visit, draft, error)
        return led_to(f"/{visit.asked.language}/submissions/{made.id}")

    async def _form(self, visit: Visit, draft: Draft, error: JalonError | None = None) -> Response:
        grant = visit.grant
        telling = await self.room.telling(visit, (), grant.organisations)
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
        return self.room.page(visit, "submit.html", page, error)

    async def _classes(self) -> Mapping[str, Mapping[str, str]]:
        """The classes that there are spreadsheets of: their labels by their names."""
        sheets = self.room.stewardship.submitting.sheets
        if sheets is None:
            return {}
        models = await sheets.templates.models(sheets.templates.stamp)
        return {name: model.labels for name, model in models.items()}


def _draft(filled: Filled) -> Draft:
    fields = filled.fields
    return Draft(
        organisation=fields.get("organisation", "").strip(),
        mode=fields.get("mode", ""),
        message=line_of(fields.get("message", "")),
        supersedes=fields.get("supersedes", ""),
    )


def _proposal(filled: Filled, draft: Draft) -> Proposal:
    """What a form proposes. Raises BadRequest for one that is not filled in as it must be."""
    documents = _meant(filled.documents(), draft.mode)
    said = draft.mode if documents[0].part == "data" else None
    wish = Wish(draft.organisation, mode_of(said, documents), documents)
    instead_of = number_of(draft.supersedes) if draft.supersedes else None
    return Proposal(wish, draft.message, instead_of)


def _meant(chosen: tuple[Document, ...], said: str) -> tuple[Document, ...]:
    """The files of a form, each as what it is by how they are meant.

    Raises BadRequest where they are not those that this needs.
    """
    parts = {document.part for document in chosen}
    is_change = said == "change"
    if parts != ({"data", "removes"} if is_change else {"data"}):
        is_of_two = is_change or "removes" in parts
        raise BadRequest(variant="two-files" if is_of_two else "files", limit=MOST_PARTS)
    if not is_change and said != "remove":
        return chosen
    if any(map(is_sheet, chosen)):
        raise BadRequest(variant="change-of-sheets")
    data: Part = "adds" if is_change else "removes"
    return tuple(replace(each, part=data) if each.part == "data" else each for each in chosen)
