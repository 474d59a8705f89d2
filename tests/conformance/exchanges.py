"""Requests and the responses that are expected to them, as the W3C's manifests write them."""

from __future__ import annotations

from dataclasses import dataclass, field

from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")

STATUSES: dict[str, range] = {
    "StatusCode2xx": range(200, 300),
    "StatusCode3xx": range(300, 400),
    "StatusCode4xx": range(400, 500),
    "OK": range(200, 201),
    "Created": range(201, 202),
    "NoContent": range(204, 205),
    "NotFound": range(404, 405),
}

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request: ``target`` starts with the path of an endpoint that stands for the server's."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None

    def header(self, name: str) -> str:
        """The value of a header; empty where it is not sent."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a response must be like. ``location`` is the name that its Location is given."""

    statuses: tuple[range, ...] = ()
    boolean: bool | None = None
    format: str | None = None
    location: str | None = None
    headers: Headers = field(default=())
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what is expected of its response."""

    request: Request
    expected: Expected


def read_exchanges(graph: Graph, connection: Node | None) -> tuple[Exchange, ...]:
    """The exchanges of a ht:Connection, in order; none where it is something else."""
    requests = graph.value(connection, HT.requests)
    if requests is None:
        return ()
    return tuple(
        Exchange(_request(graph, node), _expected(graph, graph.value(node, HT.resp)))
        for node in Collection(graph, requests)
    )


def _request(graph: Graph, node: Node) -> Request:
    return Request(
        method=str(graph.value(node, HT.methodName)),
        target=str(graph.value(node, HT.absolutePath)),
        headers=_headers(graph, node),
        body=_body(graph, node),
    )


def _expected(graph: Graph, node: Node | None) -> Expected:
    boolean = graph.value(node, MF.expectedBoolean)
    result_format = graph.value(node, MF.expectedFormat)
    location = graph.value(node, MF.expectedLocation)
    statuses = (str(each).rpartition("#")[2] for each in graph.objects(node, MF.expectedStatus))
    return Expected(
        statuses=tuple(STATUSES[name] for name in sorted(statuses)),
        boolean=None if boolean is None else str(boolean) == "true",
        format=None if result_format is None else str(result_format),
        location=None if location is None else str(location),
        headers=_headers(graph, node),
        body=_body(graph, node),
    )


def _headers(graph: Graph, node: Node | None) -> Headers:
    listed = graph.value(node, HT.headers)
    if listed is None:
        return ()
    return tuple(
        (str(graph.value(each, HT.fieldName)).lower(), str(graph.value(each, HT.fieldValue)))
        for each in Collection(graph, listed)
    )


def _body(graph: Graph, node: Node | None) -> bytes | None:
    body = graph.value(node, HT.body)
    if body is None:
        return None
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    return str(graph.value(body, CNT.chars)).encode(encoding)
