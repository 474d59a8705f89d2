"""How quads are handed to an engine: a line each, by processes of ours that have parsed them.

``+`` or ``-``, a tab, the graph (empty for what queries see without naming a graph), a tab, and the
triple as N-Triples without its end. Blank nodes are IRIs under ``.well-known/genid/`` (RDF 1.1
§3.5): engines do not keep their labels, and a mirror has to find them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from jalon.terms import ENTAILED_GRAPH

GENID = ".well-known/genid/"
UNNAMED = DefaultGraph()


class Line(NamedTuple):
    """A line: whether the triple is to be there, in which graph, and the triple."""

    there: bool
    graph: str
    triple: str

    def __str__(self) -> str:
        return f"{'+' if self.there else '-'}\t{self.graph}\t{self.triple}\n"


def read_line(written: str) -> Line:
    """The line that was written so."""
    sign, graph, triple = written.rstrip("\n").split("\t", 2)
    return Line(sign == "+", graph, triple)


def state_of(store: Store, touched: Iterable[Quad], base: str) -> Iterator[Line]:
    """For each quad whether it is in a store now, and whether its triple is seen without a graph.

    That is the case where it is shown or entailed.
    """
    entailed = NamedNode(base + ENTAILED_GRAPH)
    seen: set[Quad] = set()
    for quad in touched:
        graph = quad.graph_name
        if graph != UNNAMED:
            yield _line(quad in store, graph, quad, base)
        if graph in (UNNAMED, entailed):
            seen.add(Quad(quad.subject, quad.predicate, quad.object))
    for quad in seen:
        followed = Quad(quad.subject, quad.predicate, quad.object, entailed)
        yield _line(quad in store or followed in store, UNNAMED, quad, base)


def all_of(store: Store, base: str) -> Iterator[Line]:
    """Everything that an engine is to have of a store, graph by graph."""
    entailed = NamedNode(base + ENTAILED_GRAPH)
    for graph in (UNNAMED, entailed):
        # What is shown and what is entailed are disjoint.
        for quad in store.quads_for_pattern(None, None, None, graph):
            yield _line(True, UNNAMED, quad, base)
    for named in store.named_graphs():
        for quad in store.quads_for_pattern(None, None, None, named):
            yield _line(True, named, quad, base)


def _line(there: bool, graph: object, quad: Quad, base: str) -> Line:
    name = graph.value if isinstance(graph, NamedNode) else ""
    terms = (_written(quad.subject, base), str(quad.predicate), _written(quad.object, base))
    return Line(there, name, " ".join(terms))


def _written(term: object, base: str) -> str:
    return f"<{base}{GENID}{term.value}>" if isinstance(term, BlankNode) else str(term)
