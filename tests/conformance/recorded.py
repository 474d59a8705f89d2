"""The tests of the Protocol and of the Graph Store Protocol: requests, and what must come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx

from conformance.client import QUERY, Client
from conformance.comparing import datasets_differ
from conformance.exchanges import Exchange, Expected, Request
from conformance.manifests import Entry
from conformance.results import (
    CSV,
    JSON,
    NTRIPLES,
    RDF_XML,
    TSV,
    TURTLE,
    XML,
    Unreadable,
    read_answer,
    read_graph,
    triples_in,
)

QUERY_ENDPOINT, GRAPHS_ENDPOINT = "/sparql/", "/gsp"
"""What the manifests write for an endpoint, at the start of each target."""

FORMATS = {
    "boolean": {XML, JSON},
    "tabular": {XML, JSON, CSV, TSV},
    "RDF": {RDF_XML, TURTLE, NTRIPLES, "application/xhtml+xml"},
}
"""The media types that a manifest means by the format that it expects."""

_VARIABLE = re.compile(r"\$\w+\$")
_HOST = "http://www.example"


def protocol(entry: Entry, client: Client) -> str:
    """Makes the requests of a test of the Protocol; what is wrong, empty if nothing.

    What is no query goes to the endpoint of updates in the tests that speak of them.
    """
    client.fill({graph: triples_in(path, entry.base) for graph, path in entry.before.named})
    for exchange in entry.exchanges:
        request = exchange.request
        updates = "update" in entry.iri and request.header("content-type") != QUERY
        endpoint = client.server.update if updates else client.server.query
        target = endpoint + request.target.removeprefix(QUERY_ENDPOINT)
        response = _sent(client, request, target)
        wrong = [*_faults(exchange.expected, response)]
        if wrong:
            return _told(exchange, response, wrong)
    return ""


def graph_store(entry: Entry, client: Client) -> str:
    """Makes the requests of a test of the Graph Store Protocol; what is wrong, empty if nothing.

    A Location that is expected is put into the targets that come after it, as a value.
    """
    client.fill({})
    locations: dict[str, str] = {}
    for exchange in entry.exchanges:
        request, expected = exchange.request, exchange.expected
        path = client.server.graphs + request.target.removeprefix(GRAPHS_ENDPOINT)
        target = _VARIABLE.sub(lambda found: quote(locations[found[0]], safe=""), path)
        response = _sent(client, request, target)
        wrong = [*_faults(expected, response), *_content_faults(expected, response)]
        if expected.location is not None:
            locations[expected.location] = response.headers.get("location", "")
            if not locations[expected.location]:
                wrong.append("no Location")
        if wrong:
            return _told(exchange, response, wrong)
    return ""


def _sent(client: Client, request: Request, target: str) -> httpx.Response:
    return client.send(request.method, target, dict(request.headers), request.body)


def _faults(expected: Expected, response: httpx.Response) -> Iterator[str]:
    if not any(response.status_code in statuses for statuses in expected.statuses):
        yield "status"
        return
    media_type = _media_type(response)
    if expected.format is not None and media_type not in FORMATS[expected.format]:
        yield f"{media_type or 'no type'} is not {expected.format}"
    elif expected.boolean is not None:
        try:
            found = read_answer(response.content, media_type, "")
        except Unreadable as error:
            yield str(error)
        else:
            if found is not expected.boolean:
                yield f"expected {expected.boolean}, found {found}"


def _content_faults(expected: Expected, response: httpx.Response) -> Iterator[str]:
    """What is wrong with the media type and the graph of a response, where any are expected."""
    for name, value in expected.headers:
        if name == "content-type" and not _is_type(response, value):
            yield f"{response.headers.get(name)} is not {value}"
    if expected.body is not None:
        try:
            found = read_graph(response.content, _media_type(response), _HOST)
        except (SyntaxError, Unreadable) as error:
            yield str(error)
        else:
            yield from filter(
                None, [datasets_differ(read_graph(expected.body, TURTLE, _HOST), found)]
            )


def _is_type(response: httpx.Response, expected: str) -> bool:
    """Whether it is the media type, and UTF-8 where a charset is said."""
    charset = response.charset_encoding
    return _media_type(response) == expected.partition(";")[0] and charset in {None, "utf-8"}


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _told(exchange: Exchange, response: httpx.Response, wrong: list[str]) -> str:
    request = exchange.request
    asked = f"{request.method} {request.target}"
    return f"{'; '.join(wrong)}: {asked[:120]}: {response.status_code} {response.text}"
