"""Values as a page shows them: in words, with their state, where they are written, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdflib import PROV, RDF, RDFS, Literal, URIRef
from rdflib.term import Node

from jalon.services.describing import Said
from jalon.terms import AP
from jalon.web.pages.facts import Facts
from jalon.web.pages.links import Link
from jalon.web.pages.titles import Titles
from jalon.web.pages.words import Text

HIDDEN = frozenset((RDF.type, AP.citation, AP.position, RDFS.isDefinedBy))
"""Shown elsewhere on the page, or not worth a row."""

LAST_LINE = 10**9
"""Where what has no line is sorted."""

MOST_LEVELS = 5
"""How deep parts are told inside each other; deeper ones are named."""

_FIRST_LINE = re.compile(r"L(\d{1,9})")
_ELSEWHERE = frozenset((AP.about, AP.alternateOf, AP.reportsOn, PROV.wasDerivedFrom))
"""What these point at is named and not told again."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A source in short: its number in the page's list, and the place in the document in words."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value in words.

    ``state`` is empty where there is none to tell. ``notes`` are numbers of the page's list.
    ``rows`` is what else is said of a part that means nothing alone.
    """

    link: Link
    state: str = ""
    sources: tuple[Mark, ...] = ()
    notes: tuple[int, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A property and its values, in the order in which they are shown."""

    key: Node
    label: Link
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written: the document, the place in words, and the passage's digest."""

    number: int
    document: Link
    place: str
    digest: str
    confidence: Link | None
    supports: tuple[Link, ...]
    page: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note: its state, the reason in words, and the properties that it is about."""

    number: int
    state: str
    reason: Text
    properties: tuple[Link, ...]
    page: str


class Wording:
    """Puts what is said into words, and numbers the sources and notes that it comes across."""

    def __init__(self, facts: Facts, titles: Titles) -> None:
        self._facts = facts
        self._titles = titles
        self._sources: dict[Node, int] = {}
        self._notes: dict[Node, int] = {}
        self._told: set[Node] = set()

    def rows(self, subject: Node, seen: frozenset[Node] = frozenset()) -> tuple[Row, ...]:
        """All that is said of a subject, a row for each property, absences included."""
        said = self._facts.of(subject)
        absences = self._facts.absences(subject)
        found = []
        for key in dict.fromkeys((*said, *absences)):
            if key in HIDDEN:
                continue
            values = list(self._values(said.get(key, ()), seen | {subject}))
            if key in absences:
                values.insert(0, self._absence(*absences[URIRef(str(key))]))
            found.append(Row(key, self._titles.link(key), tuple(values)))
        return tuple(found)

    def value(self, said: Said, seen: frozenset[Node]) -> Value:
        """One value, with all that is said of it where it is a part."""
        state = self._facts.state(said)
        told = self._is_to_be_told(said, seen)
        if told:
            self._told.add(said.value)
        return Value(
            link=self._titles.brief(said.value) if told else self._titles.link(said.value),
            state=state,
            sources=self._own_marks(said.value) or self.marks(said),
            notes=tuple(map(self.note, self._facts.notes(said.subject, said.property))),
            rows=self._part_rows(said.value, state, seen) if told else (),
        )

    def marks(self, said: Said) -> tuple[Mark, ...]:
        """The sources that speak for a value."""
        return tuple(
            Mark(self.source(citation), self._place(citation))
            for citation in self._facts.citations(said)
        )

    def _is_to_be_told(self, said: Said, seen: frozenset[Node]) -> bool:
        """Whether a value is a part that has not been told yet, however often it is referred to."""
        part = said.value
        known = part in self._told or part in seen or len(seen) >= MOST_LEVELS
        return part in self._facts and not known and said.property not in _ELSEWHERE

    def _own_marks(self, part: Node) -> tuple[Mark, ...]:
        """The sources of a part's headline: nearer to it than those of what it is a part of."""
        for key in self._titles.headline(part):
            marks = [mark for said in self._facts.said(part, key) for mark in self.marks(said)]
            if marks:
                return tuple(marks)
        return ()

    def source(self, citation: Node) -> int:
        """The number of a source in the page's list."""
        return self._sources.setdefault(citation, len(self._sources) + 1)

    def note(self, note: Node) -> int:
        """The number of a note in the page's list."""
        return self._notes.setdefault(note, len(self._notes) + 1)

    def sources(self) -> tuple[Source, ...]:
        """The sources that have been numbered."""
        return tuple(self._source(citation, number) for citation, number in self._sources.items())

    def notes(self) -> tuple[NoteView, ...]:
        """The notes that have been numbered."""
        return tuple(self._note(note, number) for note, number in self._notes.items())

    def _values(self, said: Sequence[Said], seen: frozenset[Node]) -> Iterator[Value]:
        for each in sorted(said, key=lambda each: self._order(each.value)):
            yield self.value(each, seen)

    def _part_rows(self, part: Node, state: str, seen: frozenset[Node]) -> tuple[Row, ...]:
        """What is said of a part beyond its title, and what points at it as an alternate."""
        headline = self._titles.headline(part)
        title = self._titles.brief(part).text
        rows = [
            _in_one_language(row)
            for row in self.rows(part, seen)
            if row.key not in headline or not _says_no_more(row, state, title)
        ]
        others = [
            self._alternate(other, part)
            for other in self._facts.holders(AP.alternateOf, part)
            if other not in seen
        ]
        if others:
            rows.append(Row(AP.alternateOf, self._titles.link(AP.alternateOf), tuple(others)))
        return tuple(rows)

    def _alternate(self, other: Node, part: Node) -> Value:
        pointing = next(
            said for said in self._facts.said(other, AP.alternateOf) if said.value == part
        )
        return Value(
            link=self._titles.link(other),
            state=self._facts.state(pointing),
            sources=self.marks(pointing),
            notes=tuple(map(self.note, self._facts.notes(other))),
        )

    def _absence(self, state: str, told_by: Node) -> Value:
        """What stands where there is no value: never nothing, and never a no or a zero."""
        link = Link(Text(self._titles.words.say(f"absence.{state}")))
        if state == "not-in-source":
            return Value(link, state, notes=(self.note(told_by),))
        statuses = self._facts.said(told_by, AP.valueStatus)
        sources = tuple(mark for said in statuses for mark in self.marks(said))
        return Value(link, state, sources, tuple(map(self.note, self._facts.notes(told_by))))

    def _order(self, node: Node) -> tuple[bool, int, int, int, str]:
        """Texts in the language of the page first; things in the order of print, what is not
        printed last; numbers by size."""
        foreign = getattr(node, "language", None) != self._titles.words.language
        digits = str(node) if isinstance(node, Literal) and str(node).isdecimal() else ""
        position = self._facts.position(node)[0]
        return (foreign, self._line(node), position, len(digits), str(node))

    def _line(self, node: Node) -> int:
        """The first line on which something is written, as far as that is known."""
        cited = self._facts.values(node, AP.citation)
        found = [_FIRST_LINE.match(self._facts.text(each, AP.locator)) for each in cited]
        return min((int(match[1]) for match in found if match), default=LAST_LINE)

    def _place(self, citation: Node) -> str:
        return self._titles.words.place(self._facts.text(citation, AP.locator))

    def _source(self, citation: Node, number: int) -> Source:
        facts, link = self._facts, self._titles.link
        document = facts.value(citation, AP.document)
        confidence = facts.value(citation, AP.confidence)
        return Source(
            number=number,
            document=Link(Text("")) if document is None else link(document),
            place=self._place(citation),
            digest=facts.text(citation, AP.quoteDigest),
            confidence=None if confidence is None else link(confidence),
            supports=tuple(link(each) for each in facts.values(citation, AP.supports)),
            page=self._titles.names.href(str(citation)),
        )

    def _note(self, note: Node, number: int) -> NoteView:
        facts = self._facts
        properties = facts.values(note, AP.aboutProperty)
        reason = self._titles.words.choose(facts.texts(note, AP.reason))
        return NoteView(
            number=number,
            state=facts.status(note),
            reason=reason or Text(""),
            properties=tuple(self._titles.link(each) for each in properties),
            page=self._titles.names.href(str(note)),
        )


def _in_one_language(row: Row) -> Row:
    """Of texts in several languages, those in the language of the page, if there are some."""
    mine = tuple(value for value in row.values if not value.link.text.language)
    return Row(row.key, row.label, mine or row.values)


def _says_no_more(row: Row, state: str, title: Text) -> bool:
    """Whether a headline's row only repeats it: known as the whole is, or in the same words."""
    return all(
        not value.notes and (value.state == state or value.link.text == title)
        for value in row.values
    )
