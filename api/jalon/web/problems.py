"""Errors as HTTP: the only place that knows which error has which status (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from jalon.account import note
from jalon.errors import (
    LANGUAGES,
    BadRequest,
    DoesNotConform,
    Forbidden,
    FunctionUnknown,
    JalonError,
    LedgerBroken,
    MethodNotAllowed,
    NotAcceptable,
    NoTargetGraph,
    NotFound,
    NotReady,
    ParameterInvalid,
    PreconditionFailed,
    PublicationPending,
    QueryMissing,
    QueryRefused,
    QuerySyntax,
    QueryTimeout,
    QueryTooComplex,
    QueryTooLarge,
    QuestionUnknown,
    RdfRefused,
    RdfSyntax,
    ReleaseConflict,
    ReleaseTooCostly,
    ReleaseUnknown,
    RequestTooLarge,
    ServiceBusy,
    ShapesRefused,
    SheetRefused,
    SheetTooLarge,
    StorageFull,
    SubmissionConflict,
    SubmissionUnknown,
    TooManyRequests,
    Unauthorized,
    Unsandboxed,
    UnsupportedMedia,
    ValidationTimeout,
    ValidationTooComplex,
    ValidationTooLarge,
)
from jalon.web.negotiation import choose_language

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://w3id.org/jalon/problem/"
OPEN = {"Access-Control-Allow-Origin": "*"}
"""Any page may read what we answer: no cookie is looked at for it, and nothing that needs no token
is private."""

STATUS: dict[type[JalonError], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    DoesNotConform: HTTPStatus.UNPROCESSABLE_ENTITY,
    Forbidden: HTTPStatus.FORBIDDEN,
    FunctionUnknown: HTTPStatus.BAD_REQUEST,
    LedgerBroken: HTTPStatus.SERVICE_UNAVAILABLE,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    NoTargetGraph: HTTPStatus.BAD_REQUEST,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    NotFound: HTTPStatus.NOT_FOUND,
    NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    ParameterInvalid: HTTPStatus.BAD_REQUEST,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    PublicationPending: HTTPStatus.SERVICE_UNAVAILABLE,
    QueryMissing: HTTPStatus.BAD_REQUEST,
    QueryRefused: HTTPStatus.BAD_REQUEST,
    QuerySyntax: HTTPStatus.BAD_REQUEST,
    QueryTimeout: HTTPStatus.SERVICE_UNAVAILABLE,
    QueryTooComplex: HTTPStatus.BAD_REQUEST,
    QueryTooLarge: HTTPStatus.SERVICE_UNAVAILABLE,
    QuestionUnknown: HTTPStatus.NOT_FOUND,
    RdfRefused: HTTPStatus.BAD_REQUEST,
    RdfSyntax: HTTPStatus.BAD_REQUEST,
    ReleaseConflict: HTTPStatus.CONFLICT,
    ReleaseTooCostly: HTTPStatus.SERVICE_UNAVAILABLE,
    ReleaseUnknown: HTTPStatus.NOT_FOUND,
    RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ServiceBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ShapesRefused: HTTPStatus.BAD_REQUEST,
    SheetRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    SheetTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    SubmissionConflict: HTTPStatus.CONFLICT,
    SubmissionUnknown: HTTPStatus.NOT_FOUND,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Unsandboxed: HTTPStatus.SERVICE_UNAVAILABLE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ValidationTimeout: HTTPStatus.SERVICE_UNAVAILABLE,
    ValidationTooComplex: HTTPStatus.BAD_REQUEST,
    ValidationTooLarge: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Every other error is ours: 500."""

PROBLEM = "code"
"""What the account of a request notes of its problem."""

MEMBERS = ("line", "column", "part", "shape", "parameter", "state", "needed")
"""Details that are members of the document, too: where, and which state forbids it."""


ErrorPage = Callable[[JalonError, Request, int], Response | None]
"""Makes the page of an error with this status, or None for a client that reads no pages."""


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Makes every error of an app a problem document or a page, the framework's own included."""
    app.state.error_page = page
    app.add_exception_handler(JalonError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_unexpected)


def status_of(error: JalonError) -> int:
    """The HTTP status of an error."""
    return int(STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR))


def problem(error: JalonError, request: Request) -> Response:
    """An error as a page for who reads pages, else as a problem document.

    The document is in the client's language and in both.
    """
    note(PROBLEM, error.code)
    status = status_of(error)
    make_page: ErrorPage | None = request.app.state.error_page
    page = make_page(error, request, status) if make_page else None
    if page is not None:
        page.headers.update(dict(_headers_of(error)))
        return page
    language = choose_language(request.headers.get("accept-language", ""))
    localized = {
        each: {"title": error.title(each), "detail": error.detail(each)} for each in LANGUAGES
    }
    document = {
        "type": TYPE_BASE + error.code,
        "status": status,
        "code": error.code,
        **localized[language],
        **{each: error.details[each] for each in MEMBERS if each in error.details},
        **_report_of(error),
        "localized": localized,
    }
    headers = {
        **OPEN,
        "Content-Language": language,
        "Vary": "Accept, Accept-Language",
        "Cache-Control": "no-store",
        **dict(_headers_of(error)),
    }
    return JSONResponse(document, status, headers, MEDIA_TYPE)


def _report_of(error: JalonError) -> Mapping[str, object]:
    """The report that an error comes with, if it does: a JSON object that we have written."""
    if not isinstance(error, DoesNotConform):
        return {}
    return {"report": json.loads(str(error.details["report"]))}


def _headers_of(error: JalonError) -> Iterator[tuple[str, str]]:
    if isinstance(error, ServiceBusy | TooManyRequests):
        yield "Retry-After", str(error.details["seconds"])
    if isinstance(error, Unauthorized):
        yield "WWW-Authenticate", "Bearer"
    if isinstance(error, MethodNotAllowed):
        yield "Allow", str(error.details["allowed"])


async def _answer_error(request: Request, error: Exception) -> Response:
    return problem(error if isinstance(error, JalonError) else JalonError(), request)


async def _answer_http(request: Request, error: Exception) -> Response:
    """What the framework raises by itself: no such path, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 0
    path, method = request.url.path[:200], request.method
    if status == HTTPStatus.NOT_FOUND:
        return problem(NotFound(path=path), request)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted(_methods(request)))
        return problem(MethodNotAllowed(path=path, method=method, allowed=allowed), request)
    return problem(BadRequest(), request)


async def _answer_invalid(request: Request, _error: Exception) -> Response:
    return problem(BadRequest(), request)


async def _answer_unexpected(request: Request, _error: Exception) -> Response:
    """A fault of ours: the server logs it with its trace, the client learns nothing of it."""
    return problem(JalonError(), request)


def _methods(request: Request) -> set[str]:
    """The methods of every route at the path of the request."""
    routes: list[BaseRoute] = request.app.routes
    return {
        method
        for route in routes
        if isinstance(route, Route | APIRoute) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
