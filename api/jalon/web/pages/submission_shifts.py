"""What a submission changes, in words: thing by thing, what is shown before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rdflib import RDFS, Literal, URIRef

from jalon.services.naming import Names as Labels
from jalon.services.submissions import Told
from jalon.web.pages.differences import LONGEST, ValueView
from jalon.web.pages.links import Link, Names, local_path
from jalon.web.pages.releases import shortened
from jalon.web.pages.words import Text, Words

LABEL = str(RDFS.label)

Term = Mapping[str, str]
Shift = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShiftView:
    """What is shown of a property, before and after; either may be nothing."""

    property: Link
    before: tuple[ValueView, ...]
    after: tuple[ValueView, ...]


@dataclass(frozen=True, slots=True)
class ThingShifts:
    """What is shown otherwise of a thing; ``path`` is the end of its IRI."""

    link: Link
    path: str
    shifts: tuple[ShiftView, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """A literal that the index keeps in another form; ``retyped``: of another datatype."""

    thing: Link
    property: Link
    value: str
    kept: str
    retyped: bool


class Drawing:
    """Puts what a submission changes into words."""

    def __init__(self, told: Told, names: Names) -> None:
        self._names = names
        self._labels = _with_new_labels(told)
        is_published = told.submission.state == "approved"
        shifts = told.account["shifts"]
        self._known = {
            *told.names,
            *(each["thing"] for each in shifts if each["before"] or is_published),
        }

    @property
    def words(self) -> Words:
        """The words of the language that it is put into."""
        return self._names.words

    def things(self, shifts: Sequence[Shift]) -> Iterable[ThingShifts]:
        """The things of which something is shown otherwise, in the order of their IRIs."""
        for iri, of_thing in groupby(shifts, key=lambda shift: str(shift["thing"])):
            yield ThingShifts(
                link=self._link(iri),
                path=local_path(iri, self._names.bases) or iri,
                shifts=tuple(map(self._shift, of_thing)),
            )

    def form(self, each: Mapping[str, Any]) -> FormView:
        """A literal in both forms, as Turtle has them."""
        return FormView(
            thing=self._link(each["thing"]),
            property=self._link(each["property"]),
            value=shortened(self._written(each["value"]), LONGEST),
            kept=shortened(self._written(each["kept"]), LONGEST),
            retyped=each["retyped"],
        )

    def _shift(self, shift: Shift) -> ShiftView:
        before, after = shift["before"], shift["after"]
        alike = {_words(each) for each in before} & {_words(each) for each in after}
        return ShiftView(
            property=self._link(shift["property"]),
            before=tuple(self._value(each, alike) for each in before),
            after=tuple(self._value(each, alike) for each in after),
        )

    def _value(self, term: Term, alike: set[str]) -> ValueView:
        if term["type"] == "uri":
            return ValueView(self._link(term["value"]))
        literal = _literal(term)
        text = self._names.words.literal(literal)
        datatype = ""
        if literal.datatype is not None and _words(term) in alike:
            datatype = self._names.short(str(literal.datatype))
        link = Link(Text(shortened(text.text, LONGEST), text.language))
        return ValueView(link, literal.language or datatype)

    def _link(self, iri: str) -> Link:
        """A thing by its label; without a link where there is no page of it yet."""
        link = self._names.link(iri, self._labels.get(iri))
        path = local_path(iri, self._names.bases) or ""
        return Link(link.text) if path.startswith("id/") and iri not in self._known else link

    def _written(self, term: Term) -> str:
        written = _literal(term).n3()
        datatype = term.get("datatype", "")
        return (
            written.replace(f"<{datatype}>", self._names.short(datatype)) if datatype else written
        )


def _with_new_labels(told: Told) -> Labels:
    """The labels of things, those that the submission gives to new ones included."""
    labels = {iri: dict(known) for iri, known in told.names.items()}
    for shift in told.account["shifts"]:
        if shift["property"] == LABEL:
            known = labels.setdefault(shift["thing"], {})
            for each in shift["after"]:
                known.setdefault(each.get("xml:lang", ""), each["value"])
    return labels


def _literal(term: Term) -> Literal:
    datatype = term.get("datatype")
    return Literal(
        term["value"],
        lang=term.get("xml:lang"),
        datatype=URIRef(datatype) if datatype else None,
        normalize=False,
    )


def _words(term: Term) -> str:
    return f"{term['value']}@{term.get('xml:lang', '')}"
