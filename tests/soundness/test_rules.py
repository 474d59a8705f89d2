"""Each rule of the analysis is needed: where one is missing, changes are checked wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

from differential.running import zoo_shapes
from jalon.validation.incremental.analysis import analysed
from jalon.validation.shapes import Shapes, list_items
from soundness.rounds import rounds_of

ENOUGH = 1_500
"""A rule of the analysis that is missing shows within so many changes, or is not needed."""

HIDDEN = (
    *("class", "equals", "disjoint", "lessThan", "lessThanOrEquals", "closed"),
    *("node", "not", "and", "or", "xone", "qualifiedValueShape", "property"),
    *("qualifiedValueShapesDisjoint", "sparql", "parameter"),
    *("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"),
)
"""Terms that the analysis has a rule for, and finds none of where they are hidden from it."""

SAYING = ("minCount", "maxCount", "datatype", "in", "uniqueLang", "closed", "sparql")
"""Terms that may be all by which a shape says something, and is one to look at."""

UNWRAPPED = ("inversePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath", "alternativePath")
"""Paths that the analysis takes for what stands in them."""


@pytest.mark.parametrize("name", HIDDEN)
def test_a_rule_of_the_analysis_that_is_missing_is_noticed(name: str) -> None:
    term = URIRef(f"{SH}{name}")
    assert _is_noticed(term, lambda shapes: _renamed(shapes, term))


@pytest.mark.parametrize("name", SAYING)
def test_a_shape_that_is_taken_to_say_nothing_is_noticed(name: str) -> None:
    term = URIRef(f"{SH}{name}")

    def seen(shapes: Shapes) -> Shapes:
        return _without(shapes, lambda triple: triple[1] != term)

    assert _is_noticed(term, seen)


@pytest.mark.parametrize("name", UNWRAPPED)
def test_a_path_that_is_taken_for_another_is_noticed(name: str) -> None:
    term = URIRef(f"{SH}{name}")
    assert _is_noticed(term, lambda shapes: _unwrapped(shapes, term))


def test_classes_that_are_shapes_are_noticed_where_they_are_left_out() -> None:
    classes = (RDFS.Class, OWL.Class)

    def seen(shapes: Shapes) -> Shapes:
        return _without(shapes, lambda triple: triple[1] != RDF.type or triple[2] not in classes)

    assert _is_noticed(RDFS.Class, seen)


def test_rows_that_hang_on_other_values_are_noticed_where_they_are_taken_for_others() -> None:
    more = re.compile(r"\?two.*(?=})", re.DOTALL)

    def seen(shapes: Shapes) -> Shapes:
        graph = Graph(bind_namespaces="none")
        for subject, predicate, value in shapes.graph:
            said = Literal(more.sub("", str(value))) if predicate == SH.select else value
            graph.add((subject, predicate, said))
        return Shapes(graph)

    hidden = {*analysed(seen(zoo_shapes()["shared"])).rows} - {
        *analysed(zoo_shapes()["shared"]).rows
    }
    assert hidden == {"http://example.org/Shared-smallest"}
    assert rounds_of("shared", ENOUGH, 1, seen).wrong


def _is_noticed(term: URIRef, seen: Callable[[Shapes], Shapes]) -> bool:
    """Whether changes are checked wrongly, of a part of the zoo that has the term."""
    parts = [
        name
        for name, shapes in zoo_shapes().items()
        if any(term in triple for triple in shapes.graph)
    ]
    return any(rounds_of(name, ENOUGH // len(parts), 1, seen).wrong for name in parts)


def _renamed(shapes: Shapes, term: URIRef) -> Shapes:
    """The shapes with a term that the analysis knows nothing of in the place of another."""
    graph = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes.graph:
        graph.add((subject, URIRef("urn:hidden") if predicate == term else predicate, value))
    return Shapes(graph)


def _without(shapes: Shapes, stays: Callable[[tuple[Node, Node, Node]], bool]) -> Shapes:
    graph = Graph(bind_namespaces="none")
    for triple in shapes.graph:
        if stays(triple):
            graph.add(triple)
    return Shapes(graph)


def _unwrapped(shapes: Shapes, term: URIRef) -> Shapes:
    """The shapes with each path of a kind in the place of the path around it."""
    inner = {
        path: list_items(shapes.graph, within)[0] if term == SH.alternativePath else within
        for path, within in shapes.graph.subject_objects(term)
    }

    def innermost(node: Node) -> Node:
        while node in inner:
            node = inner[node]
        return node

    graph = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes.graph:
        if predicate != term:
            graph.add((subject, predicate, innermost(value)))
    return Shapes(graph)
