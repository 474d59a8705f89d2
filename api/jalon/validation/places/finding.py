"""The place of a result in the document that it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from pyoxigraph import BlankNode, NamedNode

from jalon.validation.documents import Source
from jalon.validation.places.jsonld import jsonld_triples
from jalon.validation.places.matching import Said, matched
from jalon.validation.places.spots import Placed, Reader, Spot, UnreadError
from jalon.validation.places.turtle import line_triples, turtle_triples
from jalon.validation.port import Result, Term

READERS: Mapping[str, Reader] = {
    "text/turtle": turtle_triples,
    "application/trig": turtle_triples,
    "application/n-triples": line_triples,
    "application/n-quads": line_triples,
    "application/ld+json": jsonld_triples,
}
"""The media types of documents in which places are found."""

MOST_TRIPLES = 300_000
"""Of larger documents no places are told: reading one again takes longer than reading it first."""

MOST_ENDS = 1000
"""A path that comes by more things on its way is not followed."""

_STEP = re.compile(r"(\^?)<([^<>]*)>")
_STEPS = re.compile(r"\^?<[^<>]*>|\((\^?<[^<>]*>(?:/\^?<[^<>]*>)*)\)")
_MARK = b"\xef\xbb\xbf"

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
    """Finds the places of results in one document; reads it when it is first asked.

    A place is that of the value at fault, else of the first property of the thing that the result
    is about, else of the thing itself where it is first described, else where it is first named.
    Each is held against what the parser read: where both differ, no place is told.
    """

    def __init__(self, source: Source | None, results: Iterable[Result]) -> None:
        self._text = "" if source is None else text_of(source)
        self._lines: list[int] = []
        self._triples: dict[Key, Placed] = {}
        self._properties: dict[tuple[Term, Term], Placed] = {}
        self._subjects: dict[Term, Spot] = {}
        self._objects: dict[Term, Spot] = {}
        self._values: dict[tuple[Term, Term], list[Placed]] = {}
        self._ends: dict[tuple[Term, bool, Term], list[Term]] = {}
        if source is not None:
            for spot in located(source, Wanted.by(results)):
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
        if not self._lines:
            self._lines = [0, *(match.end() for match in re.finditer("\n", self._text))]
        line, column = self._position(spot.start)
        return Place(line, column, *self._position(spot.end))

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """The triples that results may lead to: those with these terms, or all."""

    terms: frozenset[Term] = frozenset()
    is_all: bool = True
    most_triples: int = MOST_TRIPLES

    @classmethod
    def by(cls, results: Iterable[Result]) -> Wanted:
        """What these results need."""
        found = list(results)
        return cls(
            frozenset(result.focus for result in found),
            any(len(_steps(result.path)) > 1 for result in found),
        )

    def has(self, subject: Term, value: Term) -> bool:
        """Whether a triple is needed; those with blank nodes are needed to tell these apart."""
        if self.is_all or subject in self.terms or value in self.terms:
            return True
        return isinstance(subject, BlankNode) or isinstance(value, BlankNode)


def located(source: Source, wanted: Wanted) -> Iterator[Placed | Spot]:
    """What is written in a document that the parser has read too, under the parser's names.

    In the order of the reader; nothing of a document in a syntax without a reader, or of one that
    is larger than wanted.
    """
    if len(source.quads) > wanted.most_triples:
        return
    found = list(_read(source, wanted))
    said: list[Said] = [
        (quad.subject, quad.predicate, quad.object)  # type: ignore[misc]
        for quad in source.quads
        if wanted.has(quad.subject, quad.object)  # type: ignore[arg-type]
    ]
    mine = (
        (each.subject.term, each.predicate.term, each.object.term)
        for each in found
        if isinstance(each, Placed)
    )
    names = matched(mine, said)
    known, subjects = set(said), {subject for subject, _, _ in said}
    for each in found:
        if isinstance(each, Spot):
            spot = _called(each, names)
            if spot is not None and spot.term in subjects:
                yield spot
            continue
        subject, value = _called(each.subject, names), _called(each.object, names)
        if subject is None or value is None:
            continue
        if (subject.term, each.predicate.term, value.term) in known:
            yield Placed(subject, each.predicate, value)


def _called(spot: Spot, names: Mapping[BlankNode, BlankNode]) -> Spot | None:
    if not isinstance(spot.term, BlankNode):
        return spot
    name = names.get(spot.term)
    return None if name is None else Spot(name, spot.start, spot.end)


def _read(source: Source, wanted: Wanted) -> Iterator[Placed | Spot]:
    """What the reader of a document finds, as far as it understands the document."""
    reader = READERS.get(source.document.media_type)
    if reader is None:
        return
    try:
        for found in reader(text_of(source), source.graph):
            if isinstance(found, Spot) or wanted.has(found.subject.term, found.object.term):
                yield found
    except (UnreadError, RecursionError):
        return


def text_of(source: Source) -> str:
    """The text in which places are: without the byte order mark, which is no character of it."""
    return source.document.content.removeprefix(_MARK).decode("utf-8")


def _steps(path: str | None) -> list[tuple[bool, NamedNode]]:
    """The steps of a path, each whether it is inverse, and its property; none for other paths."""
    if path is None or not _STEPS.fullmatch(path):
        return []
    return [(mark == "^", NamedNode(iri)) for mark, iri in _STEP.findall(path)]
