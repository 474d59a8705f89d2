"""What is wrong with a sheet, cell by cell: what could not be read, and what shapes have found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypedDict

from jalon.errors import LANGUAGES
from jalon.exchange.sheets.model import Column, Model, Value
from jalon.exchange.sheets.reading import Fault, Place, Reading
from jalon.exchange.sheets.showing import shown
from jalon.exchange.sheets.template import word
from jalon.exchange.sheets.values import WORDS, Manner, joined
from jalon.services.templates import Said

MOST_TOLD = 200
"""Of so many columns and formulas it is told one by one what becomes of them."""

_IRI = re.compile(r"<([^<>]*)>")

Result = Mapping[str, Any]
"""A ResultDocument, as the report of a submission has it."""


class CellDocument(TypedDict):
    """What is wrong with a cell: its name, empty where it is about no cell of the sheet.

    ``value`` is what it holds, ``example`` what it might hold; ``rule`` is the shape that says so,
    or how the cell could not be read.
    """

    cell: str
    column: str
    value: str
    example: str
    rule: str
    severity: str
    thing: str
    property: str
    messages: Mapping[str, str]


class SheetDocument(TypedDict):
    """A sheet with its cells that are wrong, and what else there is to tell of it.

    ``leftOut`` is how many cells are not told one by one.
    """

    name: str
    template: str
    language: str
    cells: list[CellDocument]
    remarks: list[Mapping[str, str]]
    leftOut: int


@dataclass(frozen=True, slots=True)
class Pinning:
    """Leads from things and properties back to the cells of one sheet.

    ``keys`` are the row keys of things on any sheet of its file.
    """

    reading: Reading
    model: Model
    said: Mapping[str, Said]
    manner: Manner
    keys: Mapping[str, str]

    @property
    def faults(self) -> int:
        """How many cells could not be read."""
        return len(self.reading.faults) + self.reading.left_out

    def account(self, results: Iterable[Result]) -> SheetDocument:
        """What is wrong with the sheet by its own faults and these, in the order of its rows."""
        places = {(each.thing, each.property): each for each in self.reading.places}
        cells = [self._unread(each) for each in self.reading.faults]
        cells += [self._found(each, places) for each in results]
        return {
            "name": self.reading.sheet,
            "template": self.model.name,
            "language": self.reading.language,
            "cells": sorted(cells, key=_in_order),
            "remarks": list(self._remarks()),
            "leftOut": self.reading.left_out,
        }

    def _unread(self, fault: Fault) -> CellDocument:
        example = self._published(fault.thing, fault.property) or fault.example
        return {
            "cell": fault.cell,
            "column": fault.column,
            "value": fault.seen,
            "example": example,
            "rule": f"cell-{fault.reason}",
            "severity": "Violation",
            "thing": fault.thing,
            "property": fault.property,
            "messages": {
                language: word("fault", fault.reason, language, seen=fault.seen, example=example)
                for language in LANGUAGES
            },
        }

    def _found(self, result: Result, places: Mapping[tuple[str, str], Place]) -> CellDocument:
        """A result of validation at the cell that it is about."""
        thing, name = place_of(result)
        place = places.get((thing, name)) or self._first(thing)
        cell, column, value = self._cell_of(place, result) if place else ("", None, "")
        key = column.key if column else ""
        return {
            "cell": cell,
            "column": self.reading.names.get(key, ""),
            "value": value,
            "example": self._example(thing, column) if column else "",
            "rule": result["rule"],
            "severity": result["severity"],
            "thing": thing,
            "property": name,
            "messages": result["messages"],
        }

    def _first(self, thing: str) -> Place | None:
        """The place of a thing that is furthest to the left, for what is about all of it."""
        own = (each for each in self.reading.places if each.thing == thing and each.cells)
        known = [each for each in own if self.model.field(each.property) is not None]
        return min(known, key=lambda each: _spot(next(iter(each.cells.values()))), default=None)

    def _cell_of(self, place: Place, result: Result) -> tuple[str, Column | None, str]:
        """The cell of a place that a result is about, its column, and what it holds."""
        field = self.model.field(place.property)
        if field is None:
            return next(iter(place.cells.values())), None, ""
        language = (result["value"] or {}).get("xml:lang", "")
        if language not in place.cells:
            filled = {value.language for value in place.values}
            empty = [each for each in place.cells if each not in filled]
            language = next(iter((*empty, *place.cells)))
        column = Column(field, language)
        here = (value for value in place.values if column.takes(value))
        texts = (self._shown(value, column) for value in here)
        return place.cells[language], column, joined(text for text in texts if text)

    def _shown(self, value: Value, column: Column) -> str | None:
        """A value as its cell shows it: another row by its key."""
        key = None if value.tag else self.keys.get(value.text)
        return key or shown(value, column, self.manner)

    def _example(self, thing: str, column: Column) -> str:
        """What might stand in a cell: what is published there or elsewhere, else any value."""
        published = self._published(thing, column.field.property, column.language)
        kind = column.field.kind
        if published:
            return published
        if kind == "boolean":
            return WORDS[self.manner.language][0][0]
        for other in self.said:
            found = self._published(other, column.field.property, column.language)
            if found:
                return found
        is_named = kind in ("integer", "decimal", "year", "date")
        return word("example", kind, self.manner.language) if is_named else ""

    def _published(self, thing: str, name: str, language: str | None = None) -> str:
        """The values that are published in a place, as a cell shows them; empty without any."""
        field = self.model.field(name)
        if field is None or thing not in self.said:
            return ""
        values: tuple[Value, ...] = self.said[thing].values.get(name, ())
        texts = (
            shown(value, Column(field, value.language), self.manner)
            for value in values
            if language is None or field.kind != "phrase" or value.language == language
        )
        return joined(text for text in texts if text)

    def _remarks(self) -> Iterator[Mapping[str, str]]:
        """What becomes of columns that are not read, and of formulas, in each language."""
        told = (
            ("extra", self.reading.extra),
            ("missing", self.reading.missing),
            ("value", self.reading.formulas),
            ("copies", self.reading.copies),
        )
        for name, each in told:
            for found in each[:MOST_TOLD]:
                yield {lang: word("remark", name, lang, found=found) for lang in LANGUAGES}


def accounts(pinnings: Sequence[Pinning], results: Iterable[Result]) -> list[SheetDocument]:
    """What is wrong with each sheet of a file: a result is told on the sheet that it is about."""
    places = [{(each.thing, each.property) for each in one.reading.places} for one in pinnings]
    found: list[list[Result]] = [[] for _ in pinnings]
    for result in results:
        if result["new"]:
            thing, name = place_of(result)
            at_place = (number for number, here in enumerate(places) if (thing, name) in here)
            at_thing = (n for n, each in enumerate(pinnings) if thing in each.reading.rows)
            found[next(chain(at_place, at_thing), 0)].append(result)
    return [one.account(here) for one, here in zip(pinnings, found, strict=True)]


def sheets_of(account: Mapping[str, Any]) -> list[SheetDocument]:
    """The sheets in the account of a submission; none where it is of no sheet.

    Accounts that were kept before a file could be of several have one, by itself.
    """
    before = account.get("sheet")
    found: list[SheetDocument] = account.get("sheets") or ([before] if before else [])
    return found


def place_of(result: Result) -> tuple[str, str]:
    """The thing that a result is about and the property: its IRI, for more than one their path."""
    path = result["path"] or ""
    single = _IRI.fullmatch(path)
    return result["focusNode"]["value"], single[1] if single else path


def _in_order(cell: CellDocument) -> tuple[int, int, str]:
    return (*_spot(cell["cell"]), cell["rule"])


def _spot(cell: str) -> tuple[int, int]:
    """Row and column of a cell; those that are none come last."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = cell[len(letters) :]
    return (int(row), column) if row else (2**31, 0)
