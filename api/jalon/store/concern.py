"""Whether a change can concern an answer: what its query looks for, and which triples come or go.

Each triple pattern of a query finds the same before and after a change of which no triple matches
it, and the rest of a query is worked out from what its patterns find, and from which graphs there
are (SPARQL 1.1 §18.6). Where no pattern is met, the answer stays as it is. Which graph a triple
stands in is not looked at, but where it stands in that one alone: then it is looked for by GRAPH. A
query whose patterns are not certain is concerned by everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from jalon.store.patterns import GRAPHS, Sought, patterns_of

Terms = tuple[str, ...]
"""Subject, predicate and object of a triple that came or went in whichever graph; four where it did
so in one alone that is no part of the default graph: that graph, and then these."""

LITERAL = ""
"""Stands for every object that is no IRI; patterns do not tell them apart."""


class Touched:
    """Triples that came or went; ``of`` are their terms, BLANK and LITERAL among them.

    ``graphs``: a graph that there was not came with them, or went.
    """

    __slots__ = ("_matched",)

    def __init__(self, of: Iterable[Terms], *, graphs: bool = False) -> None:
        self._matched: set[tuple[str | None, ...]] = {
            matched for terms in of for matched in product(*((each, None) for each in terms))
        }
        if graphs:
            self._matched.add(GRAPHS)

    def meets(self, patterns: Sought) -> bool:
        """Whether any of them matches any of these patterns."""
        return not self._matched.isdisjoint(patterns)


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a release since another, that with the identity ``before``."""

    before: str
    touched: Touched


def is_concerned(text: str, news: Iterable[News]) -> bool:
    """Whether the answer to a query may be another one for what is new."""
    patterns = patterns_of(text)
    return patterns is None or any(each.touched.meets(patterns) for each in news)
