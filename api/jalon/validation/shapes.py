"""A shapes graph that can be asked about its shapes, and be given to any engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

ANONYMOUS = "urn:jalon:shape:"
"""The names that shapes without an IRI bear here, so that all engines call them alike."""

SHAPE_VALUES = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
SHAPE_LISTS = (SH["and"], SH["or"], SH.xone)
TARGETS = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
_ASKED = re.compile(
    r"""(?: [^{<"'#] | <[^>]*> | \#[^\n]*\n )*\{ (?!\s*SELECT)""", re.VERBOSE | re.IGNORECASE
)
_NAMING = f"OPTIONAL {{ ?jalonNothing <{ANONYMOUS}nothing> $value }}"
_REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


@dataclass(frozen=True)
class Shapes:
    """Shapes without cycles (``guard``); those that had no IRI bear one under ANONYMOUS."""

    graph: Graph

    @cached_property
    def ntriples(self) -> str:
        """The graph as text for engines that read text: for ``shacl``."""
        asked = list(self.graph.subject_objects(SH.ask))
        if not asked:
            return str(self.graph.serialize(format="nt"))
        graph = Graph(bind_namespaces="none")
        for triple in self.graph:
            graph.add(triple)
        for validator, text in asked:
            graph.set((validator, SH.ask, Literal(_mentioning_value(str(text)))))
        return str(graph.serialize(format="nt"))

    @cached_property
    def _around(self) -> dict[Node, Node]:
        """Each shape's nearest shape around it, the first of several in order."""
        outer_shapes = sorted(shapes_of(self.graph), key=str, reverse=True)
        return {inner: outer for outer in outer_shapes for inner in inner_shapes(self.graph, outer)}

    @staticmethod
    def is_nameless(shape: str) -> bool:
        """Whether a shape has no IRI of its own."""
        return shape.startswith(ANONYMOUS)

    def rule(self, shape: str) -> str:
        """The IRI of the shape, or of the nearest one around it that has an IRI; else empty."""
        node: Node | None = URIRef(shape)
        while node is not None and self.is_nameless(str(node)):
            node = self._around.get(node)
        return str(node or "")

    def path(self, shape: str) -> str | None:
        """The path of a property shape as SPARQL writes it; None for a node shape."""
        node = self.graph.value(URIRef(shape), SH.path)
        return None if node is None else path_text(self.graph, node)

    def texts(self, node: str | None, term: Node) -> dict[str, str]:
        """The values of a property by language; those without a language stand under ``""``."""
        if node is None:
            return {}
        found = (
            text for text in self.graph.objects(_node(node), term) if isinstance(text, Literal)
        )
        return {(text.language or ""): str(text) for text in sorted(found, key=str, reverse=True)}

    def values(self, shape: str, term: URIRef) -> list[Node]:
        """The values of a parameter, those of a list one by one, in a fixed order."""
        found: list[Node] = []
        for value in sorted(self.graph.objects(URIRef(shape), term), key=str):
            is_list = value == RDF.nil or (value, RDF.first, None) in self.graph
            found += list_items(self.graph, value) if is_list else [value]
        return found


def prepared(graph: Graph) -> Shapes:
    """The shapes of a graph, each with a name; the graph itself is left as it is.

    What an engine does not see to is seen to here: prefixes that are imported, and SPARQL
    constraints that are switched off (§5.3).
    """
    nodes = {*shapes_of(graph), *graph.objects(None, SH.sparql)}
    blank = sorted(node for node in nodes if isinstance(node, BNode))
    imported = list(_imported_prefixes(graph))
    off = {
        (shape, SH.sparql, constraint)
        for shape, constraint in graph.subject_objects(SH.sparql)
        if is_off(graph, constraint)
    }
    if not blank and not imported and not off:
        return Shapes(graph)
    names = {node: URIRef(f"{ANONYMOUS}{number}") for number, node in enumerate(blank, start=1)}
    named = Graph(bind_namespaces="none")
    for subject, predicate, value in {*graph, *imported} - off:
        named.add((names.get(subject, subject), predicate, names.get(value, value)))
    return Shapes(named)


def _mentioning_value(ask: str) -> str:
    """The same query, with a pattern that names $value.

    ``shacl`` 0.3.4 gives up on all of the data where a value is a blank node and a query uses
    $value in filters alone.
    """
    match = _ASKED.match(ask)
    return ask if match is None else f"{match[0]} {_NAMING} {ask[match.end() :]}"


def prefix_owners(graph: Graph, owner: Node) -> list[Node]:
    """A value of sh:prefixes, and what it imports, directly or not (SHACL §5.2.1)."""
    owners = [owner]
    for each in owners:
        owners += (found for found in graph.objects(each, OWL.imports) if found not in owners)
    return owners


def _imported_prefixes(graph: Graph) -> Iterator[tuple[Node, URIRef, Node]]:
    """What values of sh:prefixes declare by importing: not every engine follows owl:imports."""
    for owner in set(graph.objects(None, SH.prefixes)):
        for each in prefix_owners(graph, owner)[1:]:
            for declaration in graph.objects(each, SH.declare):
                yield owner, SH.declare, declaration


def shapes_of(graph: Graph) -> set[Node]:
    """Every node that is a shape: by its type, a target, a use as a shape (SHACL §2.1)."""
    found = {
        *graph.subjects(RDF.type, SH.NodeShape),
        *graph.subjects(RDF.type, SH.PropertyShape),
    }
    for target in TARGETS:
        found.update(graph.subjects(target))
    for term in SHAPE_VALUES:
        found.update(graph.objects(None, term))
    for term in SHAPE_LISTS:
        for head in graph.objects(None, term):
            found.update(list_items(graph, head))
    return found


def inner_shapes(graph: Graph, shape: Node) -> Iterator[Node]:
    """The shapes that a shape refers to."""
    for term in SHAPE_VALUES:
        yield from graph.objects(shape, term)
    for term in SHAPE_LISTS:
        for head in graph.objects(shape, term):
            yield from list_items(graph, head)


def list_items(graph: Graph, head: Node) -> list[Node]:
    """The items of a list; what follows a broken or cyclic place is left out."""
    items: list[Node] = []
    seen: set[Node] = set()
    while head != RDF.nil and head not in seen:
        seen.add(head)
        first = graph.value(head, RDF.first)
        if first is None:
            break
        items.append(first)
        head = graph.value(head, RDF.rest) or RDF.nil
    return items


def is_off(graph: Graph, node: Node) -> bool:
    """Whether a shape or a constraint is deactivated."""
    off = graph.value(node, SH.deactivated)
    return isinstance(off, Literal) and off.value is True


def is_implicit_class(graph: Graph, shape: Node) -> bool:
    """Whether a shape is a class too, and so its own target (SHACL §2.1.3.3)."""
    return (shape, RDF.type, RDFS.Class) in graph


def path_text(graph: Graph, path: Node) -> str:
    """A path without cycles as SPARQL writes it, the same for every engine."""
    if isinstance(path, URIRef):
        return f"<{path}>"
    # What is a list and has another term, too, is a sequence, as W3C's tests have it.
    if (path, RDF.first, None) in graph:
        return _joined(graph, path, "/")
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{path_text(graph, inverse)}"
    for term, mark in _REPEATED.items():
        inner = graph.value(path, term)
        if inner is not None:
            return f"({path_text(graph, inner)}){mark}"
    return _joined(graph, graph.value(path, SH.alternativePath) or RDF.nil, "|")


def _joined(graph: Graph, head: Node, mark: str) -> str:
    return f"({mark.join(path_text(graph, item) for item in list_items(graph, head))})"


def _node(name: str) -> Node:
    return URIRef(name) if ":" in name else BNode(name)
