"""What the tests say to a server, whichever it is, by the SPARQL protocols alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pyoxigraph import BlankNode, Dataset, DefaultGraph, Literal, NamedNode, Quad, Triple

from conformance.comparing import datasets_differ
from conformance.results import (
    JSON,
    NTRIPLES,
    TURTLE,
    Row,
    Solutions,
    Unreadable,
    media_type_of,
    placed,
    read_answer,
    triples_in,
)
from conformance.servers import Server

SECONDS = 60.0
EVERYTHING = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"


class Unexpected(Exception):
    """A server did not do what every test starts from."""


@dataclass(slots=True)
class Client:
    """Speaks with one server. ``own`` are the named graphs that it comes with."""

    server: Server
    own: frozenset[NamedNode | BlankNode | DefaultGraph] = frozenset()
    held: dict[str, Path] = field(default_factory=dict)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=SECONDS))

    def __enter__(self) -> Self:
        self.own = frozenset(quad.graph_name for quad in self.quads())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def query(
        self,
        text: str,
        accept: str = JSON,
        dataset: Mapping[str, Sequence[str]] | None = None,
    ) -> httpx.Response:
        """The response to a query; the dataset is given by the parameters of the protocol."""
        return self._http.post(
            self.server.query,
            params=dataset,
            content=text.encode("utf-8"),
            headers={"Content-Type": QUERY, "Accept": accept},
        )

    def update(self, text: str) -> httpx.Response:
        """The response to an update."""
        return self._http.post(
            self.server.update,
            content=text.encode("utf-8"),
            headers={"Content-Type": UPDATE, **self.server.authorization},
        )

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> httpx.Response:
        """The response to any request, made as it is told and no more, by who may write.

        It has a connection of its own: what a server does wrong on it is no other test's.
        """
        with httpx.Client(timeout=SECONDS) as http:
            http.headers.clear()
            headers = {**headers, **self.server.authorization}
            return http.request(method, url, headers=headers, content=body)

    def hold(self, graph: str, path: Path) -> None:
        """Sees to it that a file is what a graph holds; relative IRIs are resolved against it.

        It is sent once, and not at all if it is empty: a graph without triples is none. Raises
        Unexpected where it is not taken.
        """
        if self.held.get(graph) != path and triples_in(path, graph):
            self.put(graph, *document(path, graph))
            self.held[graph] = path

    def put(self, graph: str | None, content: bytes, media_type: str) -> None:
        """Replaces a graph, or the unnamed one. Raises Unexpected where it is not done."""
        response = self._http.put(
            self.server.graphs,
            params=_target(graph),
            content=content,
            headers={"Content-Type": media_type, **self.server.authorization},
        )
        if not response.is_success:
            raise Unexpected(f"PUT {graph}: {response.status_code} {response.text}")

    def quads(self) -> list[Quad]:
        """All that it holds, less the graphs that it comes with."""
        response = self.query(EVERYTHING)
        answer = read_answer(response.content, JSON, "")
        if not isinstance(answer, Solutions):
            raise Unreadable(response.text)
        quads = (_quad(row) for row in answer.rows)
        return [quad for quad in quads if quad.graph_name not in self.own]

    def fill(self, wanted: Mapping[str | None, Sequence[Triple]]) -> None:
        """Sees to it that it holds some graphs and no more, by its graph store alone.

        None is the unnamed graph. What is there already is left alone. Raises Unexpected.
        """
        found: dict[str | None, list[Quad]] = {}
        for quad in self.quads():
            found.setdefault(_name(quad.graph_name), []).append(quad)
        for graph, triples in wanted.items():
            there = Dataset(placed(map(_triple, found.pop(graph, [])), None))
            if datasets_differ(Dataset(placed(triples, None)), there):
                self.put(graph, _written(triples), NTRIPLES)
        for graph in found:
            self._delete(graph)
        self.held.clear()

    def _delete(self, graph: str | None) -> None:
        response = self._http.delete(
            self.server.graphs, params=_target(graph), headers=self.server.authorization
        )
        if not response.is_success:
            raise Unexpected(f"DELETE {graph}: {response.status_code} {response.text}")


def document(path: Path, base: str) -> tuple[bytes, str]:
    """A file as it is sent, and its media type: in Turtle with the base of its relative IRIs."""
    media_type, content = media_type_of(path), path.read_bytes()
    return (
        f"@base <{base}> .\n".encode() + content if media_type == TURTLE else content
    ), media_type


def _quad(row: Row) -> Quad:
    """A row of EVERYTHING, whose variables are in the order of their names: g, o, p, s."""
    graph, target, predicate, subject = row
    if (
        isinstance(subject, NamedNode | BlankNode)
        and isinstance(predicate, NamedNode)
        and target is not None
        and not isinstance(graph, Literal | Triple)
    ):
        return Quad(subject, predicate, target, DefaultGraph() if graph is None else graph)
    raise Unreadable(f"no quad: {row}")


def _target(graph: str | None) -> dict[str, str]:
    return {"default": ""} if graph is None else {"graph": graph}


def _name(graph: NamedNode | BlankNode | DefaultGraph) -> str | None:
    return None if isinstance(graph, DefaultGraph) else graph.value


def _triple(quad: Quad) -> Triple:
    return Triple(quad.subject, quad.predicate, quad.object)


def _written(triples: Sequence[Triple]) -> bytes:
    return "".join(f"{triple} .\n" for triple in triples).encode()
