"""Which column of a filled-in sheet stands where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jalon.errors import SheetRefused
from jalon.exchange.sheets.cells import Cell
from jalon.exchange.sheets.faults import SHOWN_CHARACTERS
from jalon.exchange.sheets.hidden import Section, plain
from jalon.exchange.sheets.model import Column, Model
from jalon.exchange.sheets.reading import Reading
from jalon.exchange.sheets.template import word

_LANGUAGE = re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]{1,8})*)?")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the columns of IRIs and of row keys stand, the latter 0 without one, and the others."""

    iris: int
    row_keys: int
    columns: Mapping[int, Column]

    def iri(self, row: Mapping[int, Cell]) -> str:
        """The IRI that stands in a row; empty for none."""
        return row[self.iris].text.strip() if self.iris in row else ""


def placed(header: Mapping[int, Cell], section: Section, model: Model, reading: Reading) -> Placed:
    """Where the columns of a sheet stand; its reading learns their names, and what is not there.

    Raises SheetRefused for a column that is there twice, is of nothing known, or was renamed.
    """
    given = tuple(_column(said_of, tag, model) for _, said_of, tag in section.columns)
    names = tuple(name for name, _, _ in section.columns)
    known = {plain(name): column for name, column in zip(names, given, strict=True)}
    reading.names = {column.key: name for name, column in zip(names, given, strict=True)}
    graphs = {plain(word("sheet", "graph", section.language, name=name)) for name in names}
    own = plain(word("sheet", "row-key", section.language))
    iris = row_keys = 0
    found: dict[int, Column] = {}
    for place, cell in sorted(header.items()):
        name = plain(cell.text)
        column = known.get(name)
        if name == section.header and not iris:
            iris = place
        elif (name == own and row_keys) or (column is not None and column in found.values()):
            raise SheetRefused(
                variant="repeated",
                sheet=reading.sheet,
                cell=cell.name,
                column=cell.text[:SHOWN_CHARACTERS],
            )
        elif name == own:
            row_keys = place
        elif column is not None:
            found[place] = column
        elif name not in graphs:
            reading.extra.append(cell.text[:SHOWN_CHARACTERS])
    missing = [column for column in given if column not in found.values()]
    _check(reading, missing)
    # Of a property of which a language is missing nothing is said: its texts belong together.
    gone = {column.field.property for column in missing}
    rest = {place: each for place, each in found.items() if each.field.property not in gone}
    return Placed(iris, row_keys, rest)


def _check(reading: Reading, missing: list[Column]) -> None:
    """Whether a column may have been renamed: one is missing, and another is not known."""
    reading.missing = [reading.names[column.key] for column in missing]
    if missing and reading.extra:
        raise SheetRefused(
            variant="renamed",
            sheet=reading.sheet,
            column=reading.missing[0],
            found=reading.extra[0],
        )


def _column(said_of: str, language: str, model: Model) -> Column:
    found = model.field(said_of)
    if found is None or not _LANGUAGE.fullmatch(language):
        raise SheetRefused(variant="unknown", found=said_of[:SHOWN_CHARACTERS])
    return Column(found, language if found.kind == "phrase" else "")
