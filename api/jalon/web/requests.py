"""SPARQL 1.1 Protocol requests: what was asked, read within bounds."""

from __future__ import annotations

from binascii import a2b_qp
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from fastapi import Request

from jalon.errors import (
    BadRequest,
    NotAcceptable,
    QueryMissing,
    RequestTooLarge,
    UnsupportedMedia,
)
from jalon.services.graphs import SHOWN_CHARACTERS, is_absolute_iri
from jalon.services.questions import Question
from jalon.store.port import GRAPH_FORMATS, MEGABYTE, SOLUTION_FORMATS, ResultFormat
from jalon.web.negotiation import choose_format

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
DIRECT = "application/sparql-query"
DIRECT_UPDATE = "application/sparql-update"
MAX_PARAMETERS = 1_000
MESSAGE = "Jalon-Message"
LONGEST_MESSAGE = 500

Parameters = list[tuple[str, str]]


async def read_question(request: Request, body_limit: int) -> Question:
    """The one query of a request, its dataset and the formats its client takes.

    A release is passed on as it was written. Raises QueryMissing unless there is exactly one query,
    and UnsupportedMedia, RequestTooLarge, BadRequest (not UTF-8, or ``entailed`` neither true nor
    false) or NotAcceptable.
    """
    parameters = parameters_in(bytes(request.scope["query_string"]))
    if request.method == "POST":
        parameters += await _posted(request, body_limit, DIRECT, "query")
    return _question(parameters, ", ".join(request.headers.getlist("accept")))


def question_of(query_string: bytes, accept: str) -> Question:
    """The one query of a GET; errors as ``read_question``."""
    return _question(parameters_in(query_string), accept)


def _question(parameters: Parameters, accept: str) -> Question:
    if len(parameters) == 1 and parameters[0][0] == "query":
        solutions, graph = _taken(accept)
        return Question(parameters[0][1], (), (), solutions, graph)
    release, parameters = release_in(parameters)
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise QueryMissing(found=len(queries))
    solutions, graph = _taken(accept)
    return Question(
        text=queries[0],
        default_graphs=_values(parameters, "default-graph-uri"),
        named_graphs=_values(parameters, "named-graph-uri"),
        solutions=solutions,
        graph=graph,
        entailed=_entailed(parameters),
        release=release,
    )


def _taken(accept: str) -> tuple[ResultFormat | None, ResultFormat | None]:
    solutions, graph = _formats(accept)
    if solutions is None and graph is None:
        known = (*SOLUTION_FORMATS, *GRAPH_FORMATS)
        raise NotAcceptable(available=", ".join(each.media_type for each in known))
    return solutions, graph


@lru_cache(maxsize=200)
def _formats(accept: str) -> tuple[ResultFormat | None, ResultFormat | None]:
    return choose_format(accept, SOLUTION_FORMATS), choose_format(accept, GRAPH_FORMATS)


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """An update as it was asked for, in UTF-8, and the graphs that it is to look at."""

    text: bytes
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


async def read_update(request: Request, body_limit: int) -> UpdateRequest:
    """The one update of a POST, and its dataset (SPARQL 1.1 Protocol §2.2).

    Raises QueryMissing unless there is exactly one update, BadRequest for a graph that is not an
    absolute IRI, and as read_question.
    """
    parameters = parameters_in(bytes(request.scope["query_string"]))
    if any(name == "update" for name, _ in parameters):
        raise BadRequest(variant="update-in-url")
    parameters += await _posted(request, body_limit, DIRECT_UPDATE, "update")
    updates = _values(parameters, "update")
    if len(updates) != 1:
        raise QueryMissing(variant="update", found=len(updates))
    return UpdateRequest(
        text=updates[0].encode("utf-8"),
        default_graphs=_absolute(_values(parameters, "using-graph-uri")),
        named_graphs=_absolute(_values(parameters, "using-named-graph-uri")),
    )


def _absolute(graphs: tuple[str, ...]) -> tuple[str, ...]:
    for graph in graphs:
        if not is_absolute_iri(graph):
            raise BadRequest(variant="graph", graph=graph[:SHOWN_CHARACTERS])
    return graphs


async def _posted(request: Request, body_limit: int, direct: str, name: str) -> Parameters:
    """What a body says: the parameters of a form, or the whole of it under this name."""
    media_type = said_type(request, (FORM, direct))
    body = await read_body(request, body_limit)
    return parameters_in(body) if media_type == FORM else [(name, text_in(body))]


def said_type(request: Request, known: Sequence[str]) -> str:
    """The media type of a body, one of those known; UnsupportedMedia, or BadRequest not UTF-8."""
    media_type, _, rest = request.headers.get("content-type", "").lower().partition(";")
    media_type = media_type.strip()
    if media_type not in known:
        raise UnsupportedMedia(found=media_type[:100] or "-", available=", ".join(known))
    charset = rest.partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in {"", "utf-8", "utf8"}:
        raise BadRequest(variant="charset", found=charset[:100])
    return media_type


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
    found = _decoded(encoded)
    if found is not None:
        return found
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


def _decoded(encoded: bytes) -> Parameters | None:
    """As ``parameters_in``, ten times as fast; None where anything is out of the ordinary.

    Quoted-printable is decoded in C, and differs from percent-encoding in its sign, and in what it
    does with line breaks. What it left undecoded shows in the length.
    """
    pairs = encoded.split(b"&")
    if len(pairs) > MAX_PARAMETERS or b"\n" in encoded or b"\r" in encoded:
        return None
    found = []
    for pair in pairs:
        name, is_pair, value = pair.partition(b"=")
        if not is_pair or b"%" in name or b"+" in name:
            return None
        quoted = value.replace(b"=", b"=3D").replace(b"+", b" ").replace(b"%", b"=")
        plain = a2b_qp(quoted)
        if len(plain) != len(quoted) - 2 * quoted.count(b"="):
            return None
        try:
            found.append((name.decode("utf-8"), plain.decode("utf-8")))
        except UnicodeDecodeError:
            return None
    return found


def release_in(parameters: Parameters) -> tuple[str | None, Parameters]:
    """The release that is asked, as it was written, and what else there is.

    Several are passed on as one that is no number.
    """
    written = _values(parameters, "release")
    rest = [(name, value) for name, value in parameters if name != "release"]
    return (", ".join(written) if written else None), rest


def message_of(request: Request) -> str:
    """Why a client writes, in its own words; empty where it does not say.

    Raises BadRequest for what is longer than 500 characters, or not UTF-8.
    """
    raw = request.headers.get(MESSAGE, "").encode("latin-1")
    try:
        message = " ".join(raw.decode("utf-8").split())
    except UnicodeDecodeError as error:
        raise BadRequest(variant="message", limit=LONGEST_MESSAGE) from error
    if len(message) > LONGEST_MESSAGE or not message.isprintable():
        raise BadRequest(variant="message", limit=LONGEST_MESSAGE)
    return message


def text_in(body: bytes | bytearray) -> str:
    """A body as text; BadRequest where it is not UTF-8."""
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
