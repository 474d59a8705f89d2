"""What came and went in an index since its last release: kept as far as it is worth telling."""

from __future__ import annotations

import json
from collections.abc import Collection

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad

from jalon.store.concern import LITERAL, News, Terms, Touched
from jalon.store.patterns import BLANK

MOST = 5_000
"""Of more triples nothing is told: then every answer is taken to be concerned."""


class Touches:
    """Takes note of changes, from the release with the identity ``before`` on."""

    def __init__(self, before: str) -> None:
        self._before = before
        self._terms = set[Terms]()
        self._graphs = False
        self._known = True

    def note(self, said: Collection[Quad]) -> None:
        """Quads that come or go, in whichever graph."""
        self._note(said, ())

    def note_apart(self, said: Collection[Quad], graph: NamedNode) -> None:
        """Quads that come or go in one graph alone, which is no part of the default graph."""
        self._note(said, (graph.value,))

    def note_graph(self, graph: NamedNode | BlankNode | DefaultGraph) -> None:
        """A graph comes or goes as a whole."""
        self._graphs = self._graphs or not isinstance(graph, DefaultGraph)

    def lose(self) -> None:
        """From now on nothing is known: there was too much, or nobody looked."""
        self._known = False
        self._terms.clear()

    def told(self) -> bytes:
        """What there is to tell, as ``news_of`` reads it."""
        terms = sorted(self._terms) if self._known else None
        return json.dumps([self._before, terms, self._graphs]).encode("utf-8")

    def _note(self, said: Collection[Quad], place: Terms) -> None:
        if len(said) > MOST - len(self._terms):
            self.lose()
        for each in said if self._known else ():
            value = each.object
            subject = each.subject.value if isinstance(each.subject, NamedNode) else BLANK
            written = value.value if isinstance(value, NamedNode) else LITERAL
            self._terms.add((*place, subject, each.predicate.value, written))


def news_of(told: bytes) -> tuple[News, ...]:
    """The one piece of news that was told; none where nothing is known."""
    before, terms, graphs = json.loads(told)
    if terms is None:
        return ()
    return (News(before, Touched(map(tuple, terms), graphs=graphs)),)
