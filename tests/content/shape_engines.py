"""The two SHACL engines, made to say the same thing of a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyshacl
import pytest
import shacl
from rdflib import SH, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

AGREEMENT = pytest.StashKey[str]()
"""Where the run keeps the line that its summary prints."""

APS = "https://w3id.org/jalon/shapes#"


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One result: terms and path are in N-Triples and SPARQL syntax, the value may be empty."""

    rule: str
    focus: str
    value: str
    path: str
    severity: str
    messages: tuple[str, ...]


Results = Counter[Found]
"""Results with the number of times that each was raised."""


def compiled(shapes: Graph) -> shacl.Shapes:
    """Shapes ready for the package shacl, which may run them any number of times."""
    return shacl.Shapes.from_text(shapes.serialize(format="nt"), format="ntriples")


def results_of_shacl(shapes: shacl.Shapes, view: bytes) -> Results:
    """What the package shacl finds in N-Triples."""
    report = shapes.validate_text(view.decode("utf-8"), format="ntriples")
    return Counter(
        Found(
            rule=(result.source_shape or "").strip("<>").removeprefix(APS),
            focus=result.focus_node,
            value=result.value or "",
            path=result.path or "",
            severity=result.severity,
            messages=tuple(sorted(result.messages)),
        )
        for result in report.results
    )


def results_of_pyshacl(shapes: Graph, view: Graph) -> Results:
    """What pyshacl finds in a graph, which it leaves as it is.

    It adds a few axioms of its own to the shapes, the same ones in every run.
    """
    _, report, _ = pyshacl.validate(view, shacl_graph=shapes, inplace=True)
    assert isinstance(report, Graph)
    return Counter(_found_by_pyshacl(report))


def _found_by_pyshacl(report: Graph) -> Iterator[Found]:
    """The results that the report names; those that only explain another stand in sh:detail."""
    for result in report.objects(None, SH.result):
        path = report.value(result, SH.resultPath)
        yield Found(
            rule=str(report.value(result, SH.sourceShape)).removeprefix(APS),
            focus=_term(report.value(result, SH.focusNode)),
            value=_term(report.value(result, SH.value)),
            path="" if path is None else _path(report, path),
            severity=str(report.value(result, SH.resultSeverity)).removeprefix(str(SH)),
            messages=tuple(sorted(map(str, report.objects(result, SH.resultMessage)))),
        )


def _term(node: Node | None) -> str:
    return "" if node is None else node.n3()


def _path(graph: Graph, path: Node) -> str:
    if isinstance(path, URIRef):
        return path.n3()
    steps = [_path(graph, step) for step in Collection(graph, path)]
    if steps:
        return f"({'/'.join(steps)})"
    alternatives = graph.value(path, SH.alternativePath)
    if alternatives is not None:
        return f"({'|'.join(_path(graph, one) for one in Collection(graph, alternatives))})"
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{_path(graph, inverse)}"
    return f"({_path(graph, graph.value(path, SH.zeroOrMorePath) or path)})*"
