"""The shown graph: what a reader sees without naming a graph (DESIGN §4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from jalon.terms import (
    AP,
    EDITORIAL_GRAPH,
    EXTERNAL_GRAPH,
    ONTOLOGY_GRAPH,
    SOURCE_GRAPHS,
    SUBMITTED_GRAPHS,
    VOCABULARY_GRAPHS,
)

ABOUT = NamedNode(str(AP.about))
ABOUT_PROPERTY = NamedNode(str(AP.aboutProperty))
SUPERSEDES = NamedNode(str(AP.supersedes))
NOTE_PROPERTIES = (ABOUT, ABOUT_PROPERTY, SUPERSEDES)
"""What a note says of values that give way."""

Term = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True, slots=True)
class Place:
    """Where values stand: one property of one thing, in one graph."""

    thing: Term
    property: Term
    graph: Term


def is_shown(graph: str, base: str) -> bool:
    """Whether a named graph has its triples in the shown graph of the pack with this base.

    Shapes, entailed triples and the catalogue do not; nor does a graph of another base.
    """
    if not graph.startswith(base):
        return False
    name = graph[len(base) :]
    return name in {ONTOLOGY_GRAPH, EDITORIAL_GRAPH, EXTERNAL_GRAPH} or name.startswith(
        (VOCABULARY_GRAPHS, SOURCE_GRAPHS, SUBMITTED_GRAPHS)
    )


def superseded(quads: Iterable[Quad]) -> frozenset[Place]:
    """The places whose values give way.

    A note with ap:supersedes speaks for every combination of its ap:about, ap:aboutProperty and
    superseded graphs; its three properties stand in one graph.
    """
    notes: dict[tuple[Term, Term], dict[NamedNode, list[Term]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for quad in quads:
        if quad.predicate in NOTE_PROPERTIES:
            notes[quad.subject, quad.graph_name][quad.predicate].append(quad.object)  # type: ignore[index]
    return frozenset(
        Place(thing, about, graph)
        for said in notes.values()
        for thing in said[ABOUT]
        for about in said[ABOUT_PROPERTY]
        for graph in said[SUPERSEDES]
    )


def shown(quads: Iterable[Quad], base: str) -> Iterator[Triple]:
    """The shown graph of these asserted quads, each triple once, in the order met.

    A triple stays while one shown graph states it from a place that is not superseded.
    """
    kept = [quad for quad in quads if is_shown(getattr(quad.graph_name, "value", ""), base)]
    gone = superseded(kept)
    seen: set[Triple] = set()
    for quad in kept:
        if gone and Place(quad.subject, quad.predicate, quad.graph_name) in gone:  # type: ignore[arg-type]
            continue
        triple = quad.triple
        if triple not in seen:
            seen.add(triple)
            yield triple
