"""Reads the lines of one filled-in sheet: their values, their IRIs and their row keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jalon.exchange.sheets.cells import Cell, Sheet, letters
from jalon.exchange.sheets.faults import SHOWN_CHARACTERS, Faults
from jalon.exchange.sheets.hidden import Section
from jalon.exchange.sheets.model import Column, Field, Model, Value
from jalon.exchange.sheets.placing import placed
from jalon.exchange.sheets.reading import Fault, Reading
from jalon.exchange.sheets.rowkeys import ROW, row_key
from jalon.exchange.sheets.template import word
from jalon.exchange.sheets.values import (
    WORDS,
    Manner,
    Unreadable,
    parted,
    read,
    read_day,
    read_number,
    read_truth,
)

Places = dict[str, tuple[tuple[Value, ...], dict[str, str]]]
"""The values of properties, each with the cell for each language that it is in."""

_LOCAL = re.compile(r"[a-z]+(?:-[a-z]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
_WORDS = Column(Field("", "text"))
"""What the column of row keys holds, as other columns of texts do."""


@dataclass(frozen=True, slots=True)
class Source:
    """The sheet that lines come from: what was read in it, and how it is written."""

    reading: Reading
    model: Model
    manner: Manner
    organisation: str


@dataclass(slots=True)
class Line:
    """A row of a sheet as it was read.

    ``thing`` is its IRI: of what is new, the one that is made of it later; empty where the one that
    stands there is wrong. ``key`` is its row key, which stands, as its IRI, in the cells ``spots``.
    Of properties that are ``broken`` a cell could not be read. ``refers``: it names other rows.
    """

    source: Source
    number: int
    thing: str
    is_new: bool
    key: str
    spots: tuple[str, str]
    places: Places
    broken: set[str]
    refers: bool


class Lines:
    """Reads one sheet, row by row. Raises SheetRefused as ``placed`` does."""

    def __init__(
        self, sheet: Sheet, section: Section, model: Model, organisation: str, faults: Faults
    ) -> None:
        self._rows = sheet.rows()
        self._faults = faults
        self._reading = Reading(
            sheet.name, model.name, section.language, section.organisation, section.release
        )
        self._manner = Manner.of(section.language, section.base, section.choices)
        self._source = Source(self._reading, model, self._manner, organisation)
        self._placed = placed(self._rows.get(1, {}), section, model, self._reading)
        self._things: set[str] = set()

    @property
    def reading(self) -> Reading:
        """What is said of the sheet so far."""
        return self._reading

    def read(self) -> Iterator[Line]:
        """The lines that say something, in their order."""
        for number in sorted(self._rows):
            row = self._rows[number]
            if number > 1 and (self._is_filled(row) or self._placed.iri(row)):
                yield self._line(number, row)

    def _is_filled(self, row: Mapping[int, Cell]) -> bool:
        return any(place in row and row[place].text.strip() for place in self._placed.columns)

    def _line(self, number: int, row: Mapping[int, Cell]) -> Line:
        iri = self._placed.iri(row)
        places, broken = self._places(number, row)
        thing = self._thing(iri, row) if iri else ""
        key = self._row_key(row) if self._placed.row_keys in row else ""
        iris = f"{letters(self._placed.iris)}{number}"
        own = f"{letters(self._placed.row_keys)}{number}" if self._placed.row_keys else iris
        refers = any(value.tag == ROW for values, _ in places.values() for value in values)
        return Line(self._source, number, thing, not iri, key, (iris, own), places, broken, refers)

    def _places(self, number: int, row: Mapping[int, Cell]) -> tuple[Places, set[str]]:
        """The values and cells of each property, and those with a cell that could not be read."""
        found: Places = {}
        broken: set[str] = set()
        for place, column in self._placed.columns.items():
            name = column.field.property
            values, cells = found.get(name, ((), {}))
            cells[column.language] = f"{letters(place)}{number}"
            read_values = self._values(row[place], column, row) if place in row else ()
            if read_values is None:
                broken.add(name)
            found[name] = (tuple(dict.fromkeys((*values, *(read_values or ())))), cells)
        return found, broken

    def _values(
        self, cell: Cell, column: Column, row: Mapping[int, Cell]
    ) -> tuple[Value, ...] | None:
        """The values of a cell; None where there is a fault."""
        self._note_formula(cell)
        try:
            return tuple(self._each(cell, column))
        except Unreadable as error:
            self._tell(cell, column, error.reason, self._placed.iri(row))
            return None

    def _each(self, cell: Cell, column: Column) -> Iterator[Value]:
        if cell.kind in ("error", "unsolved"):
            raise Unreadable(cell.kind)
        if cell.kind == "number":
            yield read_number(cell.text, column)
        elif cell.day is not None:
            yield read_day(cell.day, column)
        elif cell.kind == "truth":
            yield read_truth(_is_true(cell), column)
        else:
            # What is pasted has ends of lines of other systems.
            lines = cell.text.replace("\r\n", "\n").replace("\r", "\n")
            for text in parted(lines):
                yield read(text, column, self._manner)

    def _thing(self, iri: str, row: Mapping[int, Cell]) -> str:
        """The IRI that stands in a row; empty where it is none that is right."""
        start = f"{self._manner.base}id/"
        if not (iri.startswith(start) and _LOCAL.fullmatch(iri[len(start) :])):
            self._tell(row[self._placed.iris], None, "key", "")
            return ""
        if iri in self._things:
            self._tell(row[self._placed.iris], None, "twice", iri)
            return ""
        self._things.add(iri)
        return iri

    def _row_key(self, row: Mapping[int, Cell]) -> str:
        """The row key that stands in a row; empty for none, and for what cannot be one."""
        cell = row[self._placed.row_keys]
        if not cell.text.strip():
            return ""
        self._note_formula(cell)
        try:
            found = next(iter(self._each(cell, _WORDS)), None)
        except Unreadable:
            found = None
        key = row_key(found.text) if found and "|" not in cell.text else ""
        if not key:
            self._tell(cell, None, "row-key", self._placed.iri(row))
        return key

    def _note_formula(self, cell: Cell) -> None:
        if cell.is_formula and cell.kind != "unsolved":
            self._reading.formulas.append(cell.name)

    def _tell(self, cell: Cell, column: Column | None, reason: str, thing: str) -> None:
        reading, seen = self._reading, self._seen(cell)[:SHOWN_CHARACTERS]
        is_own = cell.column == self._placed.row_keys
        above = word("sheet", "row-key", self._manner.language) if is_own else ""
        shown = column or (_WORDS if is_own else None)
        fault = Fault(
            cell=cell.name,
            column=above if column is None else reading.names[column.key],
            reason=reason,
            seen=seen,
            example="" if shown is None else self._example(seen, shown, reason),
            thing=thing[:SHOWN_CHARACTERS],
            property="" if column is None else column.field.property,
        )
        self._faults.tell(reading, fault)

    def _seen(self, cell: Cell) -> str:
        """What people see in a cell: the file has numbers for true and false."""
        if cell.kind != "truth":
            return cell.text
        true, false = WORDS[self._manner.language]
        return (true if _is_true(cell) else false)[-1].upper()

    def _example(self, seen: str, column: Column, reason: str) -> str:
        return self._faults.example(seen, column, reason, self._manner)


def _is_true(cell: Cell) -> bool:
    return cell.text in ("1", "true")
