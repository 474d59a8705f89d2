"""The place of a result in the document that it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pyoxigraph import BlankNode, NamedNode

from jalon.validation.documents import Source
from jalon.validation.places.located import Wanted, located, text_of
from jalon.validation.places.spots import Placed, Spot
from jalon.validation.port import Result, Term

MOST_ENDS = 1000
"""A path that comes by more things on its way is not followed."""

_STEP = re.compile(r"(\^?)<([^<>]*)>")
_STEPS = re.compile(r"\^?<[^<>]*>|\((\^?<[^<>]*>(?:/\^?<[^<>]*>)*)\)")

Key = tuple[Term, Term, Term]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: lines and columns from 1, columns in characters.

    ``end_column`` is that of the first character after it.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Places:
    """Finds the places of results in one document; without results, it is not read again.

    A place is that of the value at fault, else of the first property of the thing that the result
    is about, else of the thing itself where it is first described, else where it is first named.
    Each is held against what the parser read: where both differ, no place is told.
    """

    def __init__(self, source: Source | None, results: Iterable[Result]) -> None:
        self._source = source
        self._lines: list[int] = []
        self._triples: dict[Key, Placed] = {}
        self._properties: dict[tuple[Term, Term], Placed] = {}
        self._subjects: dict[Term, Spot] = {}
        self._objects: dict[Term, Spot] = {}
        self._values: dict[tuple[Term, Term], list[Placed]] = {}
        self._ends: dict[tuple[Term, bool, Term], list[Term]] = {}
        found = list(results)
        if source is not None and found:
            for spot in located(source, _wanted(found)):
                self._keep(spot)

    def of(self, result: Result) -> Place | None:
        """Where a result is to be looked for; None where that is not known."""
        spot = self._spot(result)
        return None if spot is None else self._place(spot)

    def ordered(self, results: Iterable[Result]) -> list[Result]:
        """The results in the order of the document, those without a place last; the gravest first.

        Of a report, which has the gravest first.
        """
        found: list[Result] = []
        for _, alike in groupby(results, key=lambda result: result.severity):
            found += sorted(alike, key=self._order)
        return found

    def _order(self, result: Result) -> tuple[bool, int, int]:
        place = self.of(result)
        return (True, 0, 0) if place is None else (False, place.line, place.column)

    def _keep(self, found: Placed | Spot) -> None:
        if isinstance(found, Spot):
            self._subjects.setdefault(found.term, found)
            return
        subject, predicate, value = found
        self._triples.setdefault((subject.term, predicate.term, value.term), found)
        self._properties.setdefault((subject.term, predicate.term), found)
        self._subjects.setdefault(subject.term, subject)
        self._objects.setdefault(value.term, value)
        self._values.setdefault((subject.term, value.term), []).append(found)
        ends = self._ends.setdefault
        ends((subject.term, False, predicate.term), []).append(value.term)
        ends((value.term, True, predicate.term), []).append(subject.term)

    def _spot(self, result: Result) -> Spot | None:
        steps = _steps(result.path)
        found = self._value(result, steps)
        if found is not None:
            return found
        if steps and not steps[0][0]:
            found = self._predicate(result.focus, steps[0][1])
        return found or self._subjects.get(result.focus) or self._objects.get(result.focus)

    def _predicate(self, focus: Term, predicate: NamedNode) -> Spot | None:
        placed = self._properties.get((focus, predicate))
        return None if placed is None else placed.predicate

    def _value(self, result: Result, steps: list[tuple[bool, NamedNode]]) -> Spot | None:
        """Where the value of a result is written, at the end of its path."""
        value = result.value
        if value is None or (result.path is None and value == result.focus):
            return None
        if not steps:
            # Without a path, or with one that is not followed here: the only way there is.
            found = self._values.get((result.focus, value), ())
            return found[0].object if len(found) == 1 else None
        before = {result.focus}
        for step in steps[:-1]:
            before = {end for start in before for end in self._ends.get((start, *step), ())}
            if len(before) > MOST_ENDS:
                return None
        is_inverse, predicate = steps[-1]
        for start in sorted(before, key=str):
            key = (value, predicate, start) if is_inverse else (start, predicate, value)
            placed = self._triples.get(key)
            if placed is not None:
                return placed.subject if is_inverse else placed.object
        return None

    def _place(self, spot: Spot) -> Place:
        if not self._lines and self._source is not None:
            text = text_of(self._source)
            self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        line, column = self._position(spot.start)
        return Place(line, column, *self._position(spot.end))

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def _wanted(results: list[Result]) -> Wanted:
    """The triples that these results may lead to."""
    ends = (term for result in results for term in (result.focus, result.value))
    return Wanted(
        terms=frozenset(result.focus for result in results),
        is_all=any(len(_steps(result.path)) > 1 for result in results),
        has_blanks=any(isinstance(term, BlankNode) for term in ends),
    )


def _steps(path: str | None) -> list[tuple[bool, NamedNode]]:
    """The steps of a path, each whether it is inverse, and its property; none for other paths."""
    if path is None or not _STEPS.fullmatch(path):
        return []
    return [(mark == "^", NamedNode(iri)) for mark, iri in _STEP.findall(path)]
