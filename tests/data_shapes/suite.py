"""The W3C's data-shapes test suite, read: each entry is a data graph, shapes, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyoxigraph import RdfFormat, parse
from rdflib import RDF, SH, BNode, Graph, Literal, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from jalon.validation.shapes import path_text
from jalon.validation.translation import rdflib_graph

SUITE = Path(__file__).parents[3] / "shared" / "w3c" / "shacl" / "data-shapes-test-suite" / "tests"
"""Where the suite stands, beside the checkout; it is no part of it."""

ABSENT = "the W3C data-shapes suite (../shared/w3c/shacl) is not on this machine"

BASE = "urn:x-shacl-test:"
"""What the implementation reports of the suite call its tests by."""

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
ANONYMOUS = "_:"


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """One result: its terms in N-Triples, any blank node as ``_:``, its path as SPARQL has it.

    ``constraint`` is what sh:sourceConstraint says, ``messages`` those of the results; where a
    report is expected to have none of a result, none are compared.
    """

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str
    constraint: str = ""
    messages: frozenset[str] = frozenset()


Results = Counter[Expected]


@dataclass(frozen=True, slots=True)
class Entry:
    """One test: files of data and shapes, and the results that are expected of them.

    ``results`` is None where the shapes must be refused.
    """

    iri: str
    data: Path
    shapes: Path
    conforms: bool
    results: Results | None

    @property
    def base(self) -> str:
        """What relative IRIs of its files are relative to."""
        return self.iri.rpartition("/")[0] + "/"


def read_entries(suite: Path = SUITE) -> list[Entry]:
    """Every test that the manifests lead to from the first one, in their order."""
    return list(_entries(suite / "manifest.ttl", suite))


def _entries(path: Path, suite: Path) -> Iterator[Entry]:
    graph = read_graph(path.read_bytes(), path.as_uri())
    for included in sorted(graph.objects(None, MF.include), key=str):
        yield from _entries(_path(included), suite)
    for listed in graph.objects(None, MF.entries):
        for test in Collection(graph, listed):
            yield _entry(graph, test, path, suite)


def _entry(graph: Graph, test: Node, path: Path, suite: Path) -> Entry:
    action, result = graph.value(test, MF.action), graph.value(test, MF.result)
    folder = path.parent.relative_to(suite).as_posix()
    failure = result == SHT.Failure
    conforms = graph.value(result, SH.conforms)
    return Entry(
        iri=f"{BASE}/{folder}/{str(test).rpartition('/')[2]}",
        data=_path(graph.value(action, SHT.dataGraph)),
        shapes=_path(graph.value(action, SHT.shapesGraph)),
        conforms=not failure and isinstance(conforms, Literal) and bool(conforms.value),
        results=None if failure else results_in(graph, result),
    )


def read_graph(turtle: bytes, base: str) -> Graph:
    """Turtle as a graph; literals keep the form in which they were written."""
    return rdflib_graph(parse(turtle, RdfFormat.TURTLE, base_iri=base))


def results_in(graph: Graph, report: Node | None) -> Results:
    """The results of a report with the number of times that each stands there."""
    return Counter(_result(graph, result) for result in graph.objects(report, SH.result))


def _result(graph: Graph, result: Node) -> Expected:
    path = graph.value(result, SH.resultPath)
    return Expected(
        focus=term_text(graph.value(result, SH.focusNode)),
        path="" if path is None else path_text(graph, path),
        value=term_text(graph.value(result, SH.value)),
        shape=term_text(graph.value(result, SH.sourceShape)),
        component=term_text(graph.value(result, SH.sourceConstraintComponent)),
        severity=term_text(graph.value(result, SH.resultSeverity)),
        constraint=term_text(graph.value(result, SH.sourceConstraint)),
        messages=frozenset(map(term_text, graph.objects(result, SH.resultMessage))),
    )


def term_text(node: Node | None) -> str:
    """A term in N-Triples; a blank node without its label, which is of no account."""
    if node is None:
        return ""
    return ANONYMOUS if isinstance(node, BNode) else node.n3()


def report_in(graph: Graph) -> Node:
    """The one report of a graph."""
    return next(graph.subjects(RDF.type, SH.ValidationReport))


def _path(node: Node | None) -> Path:
    return Path(unquote(urlsplit(str(node)).path))
