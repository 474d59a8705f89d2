"""In which graphs triples stand, asked of many at once: of each by itself it costs three times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from jalon.store.shown import Term

_ROWS = "#@ rows"
_AT_ONCE = 100


def stating(store: Store, triples: Sequence[Triple]) -> Iterator[Quad]:
    """The quads of named graphs that say some triples, in the words of these."""
    rows = [triple for triple in triples if all(map(_can_be_asked, triple))]
    for first in range(0, len(rows), _AT_ONCE):
        yield from _asked(store, rows[first : first + _AT_ONCE])
    for triple in triples:
        if not all(map(_can_be_asked, triple)):
            yield from _looked_for(store, triple)


def _can_be_asked(term: Term) -> bool:
    """Whether a query can name a term."""
    return isinstance(term, NamedNode | Literal)


def _asked(store: Store, triples: Sequence[Triple]) -> Iterator[Quad]:
    rows = " ".join(
        f"({row} {triple.subject} {triple.predicate} {triple.object})"
        for row, triple in enumerate(triples)
    )
    values = f"VALUES (?row ?subject ?property ?value) {{ {rows} }}"
    try:
        found = store.query(_text().replace(_ROWS, values))
    except SyntaxError:
        # Data may have words that a query may not, as an IRI that is none.
        for triple in triples:
            yield from _looked_for(store, triple)
        return
    for solution in found if isinstance(found, QuerySolutions) else ():
        row, graph = solution["row"], solution["graph"]
        if isinstance(row, Literal) and isinstance(graph, NamedNode | BlankNode):
            yield _quad(triples[int(row.value)], graph)


def _looked_for(store: Store, triple: Triple) -> Iterator[Quad]:
    for quad in store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
        if isinstance(quad.graph_name, NamedNode | BlankNode):
            yield _quad(triple, quad.graph_name)


def _quad(triple: Triple, graph: NamedNode | BlankNode) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


@cache
def _text() -> str:
    package = files("jalon.validation.incremental")
    return package.joinpath("stating.rq").read_text(encoding="utf-8")
