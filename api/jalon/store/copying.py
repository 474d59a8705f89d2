"""Copies: queries for all triples of a graph, or so many, answered without keeping a set of them.

Measured: CONSTRUCT remembers each triple that it has given, which is a third of the time of an
export; those of a graph are all different as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store, Triple

_TRIPLE = r"\{\s*[?$](\w+)\s+[?$](\w+)\s+[?$](\w+)\s*\.?\s*\}"
_LIMIT, _OFFSET = r"\bLIMIT\s+([0-9]{1,9})\s*", r"\bOFFSET\s+([0-9]{1,9})\s*"
_COPY = re.compile(
    r"\s*(?:PREFIX\s+(?:[a-z][\w-]*)?:\s*<[^<>{}|^`\\\s]*>\s*)*+"
    rf"CONSTRUCT\s*(?:{_TRIPLE}\s*(?:WHERE\s*)?|WHERE\s*){_TRIPLE}\s*"
    rf"(?:{_LIMIT}(?:{_OFFSET})?|{_OFFSET}(?:{_LIMIT})?)?",
    re.IGNORECASE | re.ASCII,
)
_COMMENT = re.compile(r"(<[^>\s]*+>)|#[^\n]*+")
_LONGEST = 10_000

Graph = NamedNode | BlankNode | DefaultGraph


@dataclass(frozen=True, slots=True)
class Copy:
    """Which of the triples are wanted, in the order in which the index has them."""

    start: int
    end: int | None

    def triples(self, store: Store, graphs: Iterable[Graph]) -> Iterator[Triple]:
        """The triples that are wanted of graphs which have none in common."""
        quads = (store.quads_for_pattern(None, None, None, graph) for graph in graphs)
        wanted = islice(chain.from_iterable(quads), self.start, self.end)
        return (quad.triple for quad in wanted)


def copy_of(text: str) -> Copy | None:
    """What a query copies; None where it is not certain that it copies its default graph."""
    if "onstruct" not in text and "ONSTRUCT" not in text:
        return None
    if len(text) > _LONGEST or '"' in text or "'" in text:
        return None
    match = _COPY.fullmatch(_COMMENT.sub(lambda found: found[1] or " ", text))
    if match is None:
        return None
    *template, subject, name, value, limit, offset, other_offset, other_limit = match.groups()
    pattern = [subject, name, value]
    if len(set(pattern)) != len(pattern) or template not in ([None] * len(pattern), pattern):
        return None
    start, most = int(offset or other_offset or 0), limit or other_limit
    return Copy(start, None if most is None else start + int(most))
