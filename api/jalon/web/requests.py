"""SPARQL 1.1 Protocol requests: what was asked, read within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from fastapi import Request

from jalon.errors import (
    BadRequest,
    NotAcceptable,
    QueryMissing,
    RequestTooLarge,
    UnsupportedMedia,
)
from jalon.services.questions import Question
from jalon.store.port import GRAPH_FORMATS, MEGABYTE, SOLUTION_FORMATS
from jalon.web.negotiation import choose_format

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
MAX_PARAMETERS = 1_000

Parameters = list[tuple[str, str]]


async def read_question(request: Request, body_limit: int) -> Question:
    """The one query of a request, its dataset and the formats its client takes.

    A release is passed on as it was written. Raises QueryMissing unless there is exactly one query,
    and UnsupportedMedia, RequestTooLarge, BadRequest (not UTF-8, or ``entailed`` neither true nor
    false) or NotAcceptable.
    """
    parameters = parameters_in(bytes(request.scope["query_string"]))
    if request.method == "POST":
        parameters += await _posted(request, body_limit)
    release, parameters = release_in(parameters)
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise QueryMissing(found=len(queries))
    accept = ", ".join(request.headers.getlist("accept"))
    solutions = choose_format(accept, SOLUTION_FORMATS)
    graph = choose_format(accept, GRAPH_FORMATS)
    if solutions is None and graph is None:
        known = (*SOLUTION_FORMATS, *GRAPH_FORMATS)
        raise NotAcceptable(available=", ".join(each.media_type for each in known))
    return Question(
        text=queries[0],
        default_graphs=_values(parameters, "default-graph-uri"),
        named_graphs=_values(parameters, "named-graph-uri"),
        solutions=solutions,
        graph=graph,
        entailed=_entailed(parameters),
        release=release,
    )


async def _posted(request: Request, body_limit: int) -> Parameters:
    media_type, _, rest = request.headers.get("content-type", "").lower().partition(";")
    media_type = media_type.strip()
    if media_type not in {FORM, DIRECT}:
        raise UnsupportedMedia(found=media_type[:100] or "-", available=f"{FORM}, {DIRECT}")
    charset = rest.partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in {"", "utf-8", "utf8"}:
        raise BadRequest(variant="charset", found=charset[:100])
    body = await read_body(request, body_limit)
    return parameters_in(body) if media_type == FORM else [("query", _text(body))]


async def read_body(request: Request, limit: int) -> bytes:
    """The body, unless it is larger than the limit: then no more of it is read."""
    body = bytearray()
    async for chunk in body_chunks(request, limit):
        body += chunk
    return bytes(body)


async def body_chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises RequestTooLarge as soon as it is larger than the limit."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise RequestTooLarge(limit=limit // MEGABYTE)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise RequestTooLarge(limit=limit // MEGABYTE)
        yield chunk


def parameters_in(encoded: bytes) -> Parameters:
    """The names and values of a query string or form, in order; BadRequest where it is none."""
    try:
        return parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise BadRequest(variant="encoding") from error
    except ValueError as error:
        raise BadRequest(variant="parameters", limit=MAX_PARAMETERS) from error


def release_in(parameters: Parameters) -> tuple[str | None, Parameters]:
    """The release that is asked, as it was written, and what else there is.

    Several are passed on as one that is no number.
    """
    written = _values(parameters, "release")
    rest = [(name, value) for name, value in parameters if name != "release"]
    return (", ".join(written) if written else None), rest


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(variant="encoding") from error


def _entailed(parameters: Parameters) -> bool:
    """Whether the question is asked of what is entailed, too: so it is unless it says false."""
    said = _values(parameters, "entailed") or ("true",)
    if said not in {("true",), ("false",)}:
        raise BadRequest(variant="entailed", found=", ".join(said)[:100])
    return said == ("true",)


def _values(parameters: Parameters, wanted: str) -> tuple[str, ...]:
    return tuple(value for name, value in parameters if name == wanted)
