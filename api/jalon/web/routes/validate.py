"""/validate: checks what somebody sends, by the pack's rules or by their own."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from jalon.errors import LANGUAGES, BadRequest, NotAcceptable
from jalon.services.validation import Submission, Validation
from jalon.store.port import ResultFormat
from jalon.validation.report_sarif import SARIF
from jalon.web.connection import CLIENT_GONE, preflight_headers, while_connected
from jalon.web.negotiation import choose_format, choose_language
from jalon.web.problems import OPEN
from jalon.web.readers import preferred_language, reads_pages
from jalon.web.uploads import read_documents

METHODS = "OPTIONS, POST"
TEXT = ResultFormat("text", "text/plain", "text/plain; charset=utf-8")
REPORT_FORMATS = (
    ResultFormat("turtle", "text/turtle", "text/turtle; charset=utf-8"),
    ResultFormat("json", "application/json", "application/json"),
    ResultFormat("sarif", SARIF, SARIF),
    ResultFormat("jsonld", "application/ld+json", "application/ld+json"),
    TEXT,
    ResultFormat("ntriples", "application/n-triples", "application/n-triples"),
)
"""How a report can be had, the preferred one first."""

IN_ONE_LANGUAGE = frozenset({TEXT.media_type, SARIF})


def add_validate(app: FastAPI, validation: Validation, upload_limit: int) -> None:
    """Adds /validate; bodies up to ``upload_limit`` bytes."""
    said = tomllib.loads(files("jalon.web").joinpath("openapi.toml").read_text(encoding="utf-8"))
    responses = {**said["validate"]["responses"], "default": said["answers"]["default"]}
    described = {**said["validate"], "responses": responses}

    @app.post("/validate", openapi_extra=described, response_class=Response)
    async def validate(request: Request) -> Response:
        return await _answer(request, validation, upload_limit)

    @app.options("/validate", include_in_schema=False)
    async def preflight() -> Response:
        return Response(status_code=204, headers=preflight_headers(METHODS))


async def _answer(request: Request, validation: Validation, upload_limit: int) -> Response:
    if reads_pages(request):
        return _to_page(request)
    wanted = choose_format(", ".join(request.headers.getlist("accept")), REPORT_FORMATS)
    if wanted is None:
        raise NotAcceptable(available=", ".join(each.media_type for each in REPORT_FORMATS))
    language = _language(request)
    data, *shapes = await read_documents(request, upload_limit)
    sent = Submission(data, tuple(shapes), request.query_params.get("graph"))
    checking = validation.check(sent, wanted.media_type, language)
    report = await while_connected(request, checking)
    if report is None:
        return Response(status_code=CLIENT_GONE)
    headers = {
        **OPEN,
        "Cache-Control": "no-store",
        "Content-Language": language
        if wanted.media_type in IN_ONE_LANGUAGE
        else ", ".join(LANGUAGES),
        "Vary": "Accept, Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(report.content, headers=headers, media_type=wanted.content_type)


def _to_page(request: Request) -> Response:
    """Leads a reader, with what was sent, to the page that shows the report."""
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {
        "Location": f"/{preferred_language(request)}/validate{query}",
        "Vary": "Accept, Accept-Language",
    }
    return Response(status_code=307, headers=headers)


def _language(request: Request) -> str:
    """The language asked for in the URL, else the one that the client prefers."""
    asked = request.query_params.get("lang")
    if asked is None:
        return choose_language(request.headers.get("accept-language", ""))
    if asked not in LANGUAGES:
        raise BadRequest(variant="language", found=asked[:100], available=", ".join(LANGUAGES))
    return asked
