"""/submissions: propose, see what it comes to, approve, reject, take back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import get_args

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from jalon.errors import LANGUAGES, BadRequest, SubmissionUnknown
from jalon.exchange.patch import rdf_patch
from jalon.exchange.sheets.formats import XLSX
from jalon.ledger.submissions import State
from jalon.services.rights import Grant, is_organisation
from jalon.services.submissions import Stewardship
from jalon.services.submitting import Proposal
from jalon.store.live import read_quads
from jalon.validation.documents import Document
from jalon.validation.submitted.drafting import Wish
from jalon.validation.submitted.restating import Mode
from jalon.web.addresses import root_of
from jalon.web.answers import RELEASE
from jalon.web.connection import (
    CLIENT_GONE,
    client_of,
    preflight_headers,
    while_connected,
)
from jalon.web.problems import OPEN
from jalon.web.requests import (
    FORM,
    JSON,
    LONGEST_MESSAGE,
    MESSAGE,
    message_of,
    parameters_in,
    read_body,
)
from jalon.web.submission_views import (
    PATH,
    ForeseenView,
    FullSubmissionView,
    SubmissionList,
    foreseen_view,
    full_submission_view,
    submission_view,
)
from jalon.web.uploads import read_submission

SOURCE = "http:submissions"
METHODS = "GET, OPTIONS, POST"
LISTED = 50
LONGEST_NUMBER = 15
"""Digits of a number that is looked up."""

REASON_BYTES = 10_000
STATES = get_args(State)
HEADERS = {
    **OPEN,
    "Access-Control-Expose-Headers": f"Location, {RELEASE}",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[..., Awaitable[Response]]


def add_submissions(
    app: FastAPI, stewardship: Stewardship, upload_limit: int, public_url: str | None
) -> None:
    """Adds /submissions and what is below it; bodies up to ``upload_limit`` bytes."""
    routes = _Routes(stewardship, upload_limit, public_url)
    said = tomllib.loads(files("jalon.web").joinpath("submissions.toml").read_text("utf-8"))
    handlers: tuple[tuple[str, str, Handler, type[BaseModel] | None], ...] = (
        ("GET", PATH, routes.listing, SubmissionList),
        ("POST", PATH, routes.submit, FullSubmissionView),
        ("GET", f"{PATH}/{{number}}", routes.one, FullSubmissionView),
        ("GET", f"{PATH}/{{number}}/change", routes.change, None),
        ("GET", f"{PATH}/{{number}}/entailed", routes.entailed, ForeseenView),
        ("GET", f"{PATH}/{{number}}/sheet.xlsx", routes.sheet, None),
        ("POST", f"{PATH}/{{number}}/approve", routes.approve, FullSubmissionView),
        ("POST", f"{PATH}/{{number}}/reject", routes.reject, FullSubmissionView),
        ("POST", f"{PATH}/{{number}}/revert", routes.revert, FullSubmissionView),
    )
    for method, path, handler, model in handlers:
        described = said[handler.__name__]
        status = 201 if handler.__name__ == "submit" else 200
        app.add_api_route(
            path,
            handler,
            methods=[method],
            openapi_extra=described,
            response_class=Response,
            status_code=status,
            responses={status: {"model": model}} if model else None,
            name=f"submissions-{handler.__name__}",
        )
    for path in dict.fromkeys(path for _, path, _, _ in handlers):
        app.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)


async def _preflight() -> Response:
    """Any page may ask, with a token that it was given."""
    headers = preflight_headers(METHODS)
    allowed = headers["Access-Control-Allow-Headers"]
    headers["Access-Control-Allow-Headers"] = f"{allowed}, Authorization, {MESSAGE}"
    return Response(status_code=204, headers=headers)


@dataclass(frozen=True, slots=True)
class _Routes:
    """The handlers."""

    stewardship: Stewardship
    upload_limit: int
    public_url: str | None

    async def listing(self, request: Request) -> Response:
        """The submissions that who asks may see, the newest first."""
        grant = await self._admit(request)
        before = request.query_params.get("before")
        found = await self.stewardship.submitting.page(
            grant, LISTED, None if before is None else number_of(before), _states(request)
        )
        authors = await self.stewardship.authors(*found)
        more = f"{PATH}?before={found[-1].id}" if len(found) == LISTED else None
        view = SubmissionList(
            submissions=[submission_view(each, authors) for each in found], next=more
        )
        return _json(view)

    async def one(self, request: Request, number: str) -> Response:
        """One submission."""
        grant = await self._admit(request)
        return await self._told(grant, number_of(number))

    async def change(self, request: Request, number: str) -> Response:
        """What the graph of the organisation gains and loses, as RDF Patch."""
        grant = await self._admit(request)
        result = await self.stewardship.submitting.result(grant, number_of(number))
        root = root_of(request, self.public_url)
        removes, adds = (read_quads(each) for each in (result.change.removes, result.change.adds))
        patch = rdf_patch(
            removes, adds, f"{root}/releases/{result.release}", f"{root}{PATH}/{number_of(number)}"
        )
        return Response(patch, headers=HEADERS, media_type="application/rdf-patch; charset=utf-8")

    async def sheet(self, request: Request, number: str) -> Response:
        """The sheet that was sent, with what is wrong beside its cells."""
        grant = await self._admit(request)
        wanted = number_of(number)
        language = request.query_params.get("lang")
        if language not in (None, *LANGUAGES):
            available = ", ".join(LANGUAGES)
            raise BadRequest(variant="language", found=str(language)[:100], available=available)
        copy = await self.stewardship.submitting.annotated(grant, wanted, language)
        file = {"Content-Disposition": f'attachment; filename="submission-{wanted}.xlsx"'}
        return Response(copy, headers={**HEADERS, **file}, media_type=XLSX)

    async def entailed(self, request: Request, number: str) -> Response:
        """What the submission would have entailed, and what no longer."""
        grant = await self._admit(request)
        foreseeing = self.stewardship.foreseen(grant, number_of(number))
        found = await while_connected(request, foreseeing)
        return Response(status_code=CLIENT_GONE) if found is None else _json(foreseen_view(*found))

    async def submit(self, request: Request) -> Response:
        """A new submission: kept, whether it is ready or invalid, unless it cannot be read."""
        writing = self.stewardship.writing
        grant = await self._admit(request)
        async with writing.attempt(grant, f"{SOURCE} submit") as attempt:
            organisation = _organisation(request, grant)
            grant.require_organisation(organisation)
            attempt.action += f" {organisation}"
            earlier, mode = map(request.query_params.get, ("supersedes", "mode"))
            documents = await read_submission(request, self.upload_limit)
            wish = Wish(organisation, mode_of(mode, documents), tuple(documents))
            instead_of = None if earlier is None else number_of(earlier)
            proposal = Proposal(wish, message_of(request), instead_of)
            submission = await self.stewardship.submitting.submit(grant, proposal)
        headers = {"Location": f"{root_of(request, self.public_url)}{PATH}/{submission.id}"}
        return await self._told(grant, submission.id, 201, headers)

    async def approve(self, request: Request, number: str) -> Response:
        """Publishes a submission."""
        return await self._decided(request, number, "approve")

    async def revert(self, request: Request, number: str) -> Response:
        """Takes back what was published."""
        return await self._decided(request, number, "revert")

    async def reject(self, request: Request, number: str) -> Response:
        """Ends a submission that is open."""
        grant = await self._admit(request)
        wanted = number_of(number)
        async with self.stewardship.writing.attempt(grant, f"{SOURCE} reject {wanted}"):
            reason = await _reason(request)
            await self.stewardship.reviewing.reject(grant, wanted, reason)
        return await self._told(grant, wanted)

    async def _decided(self, request: Request, number: str, step: str) -> Response:
        grant = await self._admit(request)
        wanted, reviewing = number_of(number), self.stewardship.reviewing
        decide = reviewing.approve if step == "approve" else reviewing.revert
        async with self.stewardship.writing.attempt(grant, f"{SOURCE} {step} {wanted}") as attempt:
            reason = await _reason(request)
            attempt.written = written = await decide(grant, wanted, reason)
        return await self._told(grant, wanted, headers={RELEASE: str(written.release)})

    async def _admit(self, request: Request) -> Grant:
        authorization = request.headers.get("authorization")
        return await self.stewardship.writing.admit(authorization, client_of(request))

    async def _told(
        self,
        grant: Grant,
        number: int,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        told = await self.stewardship.tell(grant, number)
        return _json(full_submission_view(told), status, headers)


def _json(view: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = f"{view.model_dump_json(by_alias=True)}\n".encode()
    return Response(body, status, {**HEADERS, **(headers or {})}, "application/json")


def number_of(written: str) -> int:
    """The number of a submission. Raises SubmissionUnknown for what is none."""
    if not (written.isascii() and written.isdecimal() and len(written) <= LONGEST_NUMBER):
        raise SubmissionUnknown(submission=written[:100])
    return int(written)


def _organisation(request: Request, grant: Grant) -> str:
    """For which organisation is submitted: as said, or the only one that there is."""
    said = request.query_params.get("organisation")
    if said is None and len(grant.organisations) == 1:
        return grant.organisations[0]
    if said is None or not is_organisation(said):
        raise BadRequest(variant="organisation")
    return said


def mode_of(said: str | None, documents: Sequence[Document]) -> Mode:
    """How documents are meant. Raises BadRequest where they are not as they must be for it."""
    if documents[0].part != "data":
        if said not in (None, "change"):
            raise BadRequest(variant="mode", found=said[:100])
        return "change"
    if said in (None, "replace"):
        return "replace"
    if said != "add":
        raise BadRequest(variant="mode", found=said[:100])
    return "add"


def _states(request: Request) -> tuple[State, ...] | None:
    said = request.query_params.getlist("state")
    for each in said:
        if each not in STATES:
            raise BadRequest(variant="state", found=each[:100], available=", ".join(STATES))
    return tuple(each for each in STATES if each in said) if said else None


async def _reason(request: Request) -> str:
    """Why: as a header says, or the field ``reason`` of a form or of a JSON object."""
    said = message_of(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said or media_type not in (FORM, JSON):
        return said
    body = await read_body(request, REASON_BYTES)
    given = _reason_in(body) if media_type == JSON else dict(parameters_in(body)).get("reason", "")
    return " ".join(given.split())[:LONGEST_MESSAGE]


def _reason_in(body: bytes) -> str:
    """The reason of a JSON object, empty without a body; BadRequest for anything else."""
    try:
        given = json.loads(body)["reason"] if body else ""
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise BadRequest(variant="reason") from error
    if not isinstance(given, str):
        raise BadRequest(variant="reason")
    return given
