"""Writes sheets as a workbook: typed cells, lists to choose from, and what is hidden."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from jalon.exchange.sheets.about import write_about
from jalon.exchange.sheets.formats import CSV
from jalon.exchange.sheets.model import Column, Value
from jalon.exchange.sheets.showing import shown
from jalon.exchange.sheets.tables import table
from jalon.exchange.sheets.template import (
    CHOICES,
    FIRST_COLUMN,
    HEADER_ROW,
    KEY_COLUMN,
    REQUIRED,
    ROW_KEY_COLUMN,
    Row,
    Template,
    choosing,
    hidden_sheets,
    key_header,
    text_in,
    word,
)
from jalon.exchange.sheets.values import DIGITS, WORDS, joined

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SPARE_ROWS = 1000
"""So many rows below those of the data have its lists and its formats."""

SHEET_NAME = 31
"""Characters of the name of a sheet."""

MORE = " 999"
RESERVED = "history"
"""No sheet may be called so."""

WIDE, NARROW = 40, 16
UNNAMEABLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""The same content is the same file, whenever it is made."""

WRITTEN_AS_IS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
"""Texts are texts, whatever they look like."""

LISTED = {"validate": "list", "error_type": "information"}
"""What is not in a list may be meant all the same: several values, a thing that is not there."""

ALLOWED = {
    "autofilter": True,
    "delete_rows": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "insert_columns": True,
    "insert_rows": True,
    "sort": True,
}
"""What can be done to the sheet although its IRIs are protected."""


COMMENT = {"author": "Jalon", "x_scale": 2}


def written(templates: Sequence[Template], media_type: str) -> bytes:
    """Sheets in one of their formats: a table is of one."""
    return table(*templates) if media_type == CSV else workbook(templates)


def workbook(templates: Sequence[Template]) -> bytes:
    """The workbook of sheets, in their order; the same for the same templates."""
    out = io.BytesIO()
    with Workbook(out, WRITTEN_AS_IS) as book:
        title = ", ".join(template.title for template in templates)
        book.set_properties({"created": MADE.replace(tzinfo=None), "title": title})
        _write(book, templates)
    return out.getvalue()


def _write(book: Workbook, templates: Sequence[Template]) -> None:
    formats = _Formats.of(book)
    about_name = word("sheet", "about", templates[0].manner.language)
    taken = {about_name.casefold()}
    data = [book.add_worksheet(sheet_name(template.title, taken)) for template in templates]
    about = book.add_worksheet(about_name)
    for name, lines in hidden_sheets(templates).items():
        sheet = book.add_worksheet(name)
        sheet.hide()
        sheet.protect()
        for line, texts in enumerate(lines):
            for place, text in enumerate(texts):
                if text:
                    sheet.write_string(line, place, text)
    write_about(about, templates, formats.bold, formats.wrapped)
    for template, sheet, lists in zip(templates, data, _lists(templates), strict=True):
        writing = _Writing(template, formats, lists)
        writing.write(sheet, is_alone=len(templates) == 1)
    data[0].activate()


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that a sheet may have and none of a workbook has yet; it is taken from then on."""
    plain = title.translate(UNNAMEABLE)[: SHEET_NAME - len(MORE)].strip() or "_"
    number = 1
    found = plain if plain.casefold() != RESERVED else f"{plain} 1"
    while found.casefold() in taken:
        number += 1
        found = f"{plain} {number}"
    taken.add(found.casefold())
    return found


def _lists(templates: Sequence[Template]) -> list[dict[str, str]]:
    """Where the labels of each list stand, by the property of its column, for each sheet."""
    places: list[dict[str, str]] = [{} for _ in templates]
    for number, each in enumerate(choosing(templates)):
        if each.iris:
            letter, last = xl_col_to_name(2 * number), 1 + len(each.iris)
            places[each.sheet][each.property] = f"='{CHOICES}'!${letter}$2:${letter}${last}"
    return places


def cell_of(values: tuple[Value, ...], column: Column, template: Template) -> str | float | date:
    """What stands in a cell for values: a number or a day where there is one, else a text.

    What cannot be written so that it is read again is left out.
    """
    texts = [shown(value, column, template.manner) for value in values]
    given = [text for text in texts if text is not None]
    if len(given) == 1 and len(values) == 1:
        return _typed(values[0], column, given[0])
    return joined(sorted(given, key=str.casefold))


def _typed(value: Value, column: Column, text: str) -> str | float | date:
    kind = column.field.kind
    if kind == "date":
        day = date.fromisoformat(value.text)
        # Spreadsheets know no day before 1900, and one too many in it.
        return day if day.year > date(1900, 1, 1).year else text
    if kind not in ("integer", "decimal", "year"):
        return joined([text])
    figure = float(value.text)
    digits = sum(each.isdigit() for each in value.text)
    return figure if digits <= DIGITS else text


@dataclass(frozen=True, slots=True)
class _Formats:
    """How cells look."""

    header: Format
    required: Format
    text: Format
    figure: Format
    day: Format
    locked: Format
    bold: Format
    wrapped: Format

    @classmethod
    def of(cls, book: Workbook) -> _Formats:
        open_ = {"locked": False, "valign": "top"}
        head = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        return cls(
            header=book.add_format({**head, "bg_color": "#DDE6F0"}),
            required=book.add_format({**head, "bg_color": "#F6E3B5"}),
            text=book.add_format({**open_, "num_format": "@", "text_wrap": True}),
            figure=book.add_format(open_),
            day=book.add_format({**open_, "num_format": "yyyy-mm-dd"}),
            locked=book.add_format({"locked": True, "font_color": "#666666"}),
            bold=book.add_format({"bold": True}),
            wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        )

    def of_column(self, column: Column) -> Format:
        kind = column.field.kind
        if kind == "date":
            return self.day
        return self.figure if kind in ("integer", "decimal", "year") else self.text


class _Writing:
    """One sheet; ``lists`` are where the labels of its lists stand."""

    def __init__(self, template: Template, formats: _Formats, lists: Mapping[str, str]) -> None:
        self._template = template
        self._language = template.manner.language
        self._headers = template.headers
        self._formats = formats
        self._lists = lists
        self._last = HEADER_ROW + len(template.rows) + SPARE_ROWS

    def write(self, sheet: Worksheet, *, is_alone: bool) -> None:
        """Its columns and rows; ``is_alone``: the workbook has no other."""
        columns = self._template.columns
        first_graph = FIRST_COLUMN + len(columns)
        sheet.protect("", ALLOWED)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.set_column(KEY_COLUMN, KEY_COLUMN, WIDE, self._formats.locked, {"hidden": True})
        key = key_header(self._language, self._template.model.name, is_alone=is_alone)
        sheet.write_string(HEADER_ROW, KEY_COLUMN, key, self._formats.header)
        self._write_row_keys(sheet)
        for place, column in enumerate(columns, FIRST_COLUMN):
            self._write_column(sheet, place, column)
        hidden = {"hidden": True}
        sheet.set_column(
            first_graph, first_graph + len(columns) - 1, NARROW, self._formats.locked, hidden
        )
        for place, column in enumerate(columns, first_graph):
            name = word("sheet", "graph", self._language, name=self._headers[column.key])
            sheet.write_string(HEADER_ROW, place, name, self._formats.header)
        for line, row in enumerate(self._template.rows, HEADER_ROW + 1):
            self._write_row(sheet, line, row)

    def _write_row_keys(self, sheet: Worksheet) -> None:
        """The column in which new rows are given a word of their own: nothing stands in it."""
        sheet.set_column(ROW_KEY_COLUMN, ROW_KEY_COLUMN, NARROW, self._formats.text)
        name, help_ = (word("sheet", each, self._language) for each in ("row-key", "row-key-help"))
        sheet.write_string(HEADER_ROW, ROW_KEY_COLUMN, name, self._formats.header)
        sheet.write_comment(HEADER_ROW, ROW_KEY_COLUMN, help_, COMMENT)

    def _write_column(self, sheet: Worksheet, place: int, column: Column) -> None:
        field, cell_format = column.field, self._formats.of_column(column)
        name = self._headers[column.key]
        width = WIDE if field.kind in ("text", "phrase", "reference") else NARROW
        sheet.set_column(place, place, width, cell_format)
        head = self._formats.required if field.required else self._formats.header
        sheet.write_string(HEADER_ROW, place, name + (REQUIRED if field.required else ""), head)
        help_ = text_in(field.help, self._language)
        if help_:
            sheet.write_comment(HEADER_ROW, place, help_, COMMENT)
        source = self._list_of(column)
        if source is not None:
            options = {**LISTED, "source": source}
            sheet.data_validation(HEADER_ROW + 1, place, self._last, place, options)

    def _list_of(self, column: Column) -> str | list[str] | None:
        if column.field.kind == "boolean":
            return [said[0] for said in WORDS[self._language]]
        return self._lists.get(column.field.property)

    def _write_row(self, sheet: Worksheet, line: int, row: Row) -> None:
        columns = self._template.columns
        sheet.write_string(line, KEY_COLUMN, row.thing, self._formats.locked)
        for place, column in enumerate(columns, FIRST_COLUMN):
            cell = cell_of(row.values.get(column.key, ()), column, self._template)
            cell_format = self._formats.of_column(column)
            if isinstance(cell, date):
                sheet.write_datetime(line, place, datetime.combine(cell, time()), cell_format)
            elif isinstance(cell, float):
                sheet.write_number(line, place, cell, cell_format)
            elif cell:
                sheet.write_string(line, place, cell, cell_format)
            graphs = joined(row.graphs.get(column.key, ()))
            if graphs:
                sheet.write_string(line, place + len(columns), graphs, self._formats.locked)
