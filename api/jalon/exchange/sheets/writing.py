"""Writes a sheet as a workbook: typed cells, lists to choose from, and what is hidden."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from jalon.exchange.sheets.formats import CSV
from jalon.exchange.sheets.model import Column, Value
from jalon.exchange.sheets.tables import table
from jalon.exchange.sheets.template import (
    CHOICES,
    HEADER_ROW,
    KEY_COLUMN,
    MOST_CHOICES,
    REQUIRED,
    Row,
    Template,
    hidden_sheets,
    text_in,
    word,
)
from jalon.exchange.sheets.values import DIGITS, WORDS, joined, shown

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SPARE_ROWS = 1000
"""So many rows below those of the data have its lists and its formats."""

SHEET_NAME = 31
"""Characters of the name of a sheet."""

LONGEST_HELP = 255
"""Characters that the help of a list may have."""

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


def written(template: Template, media_type: str) -> bytes:
    """A sheet in one of its formats."""
    return table(template) if media_type == CSV else workbook(template)


def workbook(template: Template) -> bytes:
    """The workbook of a sheet; the same for the same template."""
    out = io.BytesIO()
    with Workbook(out, WRITTEN_AS_IS) as book:
        _Writing(book, template).write()
    return out.getvalue()


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
    """One workbook, written sheet by sheet."""

    def __init__(self, book: Workbook, template: Template) -> None:
        self._book = book
        self._template = template
        self._language = template.manner.language
        self._headers = template.headers
        self._formats = _Formats.of(book)
        self._last = HEADER_ROW + len(template.rows) + SPARE_ROWS

    def write(self) -> None:
        title = self._template.title
        self._book.set_properties({"created": MADE.replace(tzinfo=None), "title": title})
        data = self._book.add_worksheet(title.translate(UNNAMEABLE)[:SHEET_NAME].strip())
        about = self._book.add_worksheet(word("sheet", "about", self._language))
        for name, lines in hidden_sheets(self._template).items():
            sheet = self._book.add_worksheet(name)
            sheet.hide()
            sheet.protect()
            self._write_lines(sheet, lines)
        self._write_about(about)
        self._write_data(data, self._lists())
        data.activate()

    def _write_data(self, sheet: Worksheet, places: Mapping[str, str]) -> None:
        columns, first_graph = self._template.columns, 1 + len(self._template.columns)
        sheet.protect("", ALLOWED)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.set_column(KEY_COLUMN, KEY_COLUMN, WIDE, self._formats.locked, {"hidden": True})
        key = word("sheet", "key", self._language)
        sheet.write_string(HEADER_ROW, KEY_COLUMN, key, self._formats.header)
        for place, column in enumerate(columns, KEY_COLUMN + 1):
            self._write_column(sheet, place, column, places)
        hidden = {"hidden": True}
        sheet.set_column(
            first_graph, first_graph + len(columns) - 1, NARROW, self._formats.locked, hidden
        )
        for place, column in enumerate(columns, first_graph):
            name = word("sheet", "graph", self._language, name=self._headers[column.key])
            sheet.write_string(HEADER_ROW, place, name, self._formats.header)
        for line, row in enumerate(self._template.rows, HEADER_ROW + 1):
            self._write_row(sheet, line, row)

    def _write_column(
        self, sheet: Worksheet, place: int, column: Column, places: Mapping[str, str]
    ) -> None:
        field, cell_format = column.field, self._formats.of_column(column)
        name = self._headers[column.key]
        width = WIDE if field.kind in ("text", "phrase", "reference") else NARROW
        sheet.set_column(place, place, width, cell_format)
        head = self._formats.required if field.required else self._formats.header
        sheet.write_string(HEADER_ROW, place, name + (REQUIRED if field.required else ""), head)
        help_ = text_in(field.help, self._language)
        if help_:
            sheet.write_comment(HEADER_ROW, place, help_, {"author": "Jalon", "x_scale": 2})
        source = self._list_of(column, places)
        if source is not None:
            options = {**LISTED, "source": source}
            sheet.data_validation(HEADER_ROW + 1, place, self._last, place, options)

    def _list_of(self, column: Column, places: Mapping[str, str]) -> str | list[str] | None:
        if column.field.kind == "boolean":
            return [said[0] for said in WORDS[self._language]]
        return places.get(column.field.property)

    def _write_row(self, sheet: Worksheet, line: int, row: Row) -> None:
        columns = self._template.columns
        sheet.write_string(line, KEY_COLUMN, row.thing, self._formats.locked)
        for place, column in enumerate(columns, KEY_COLUMN + 1):
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

    def _write_lines(self, sheet: Worksheet, lines: list[list[str]]) -> None:
        for line, texts in enumerate(lines):
            for place, text in enumerate(texts):
                if text:
                    sheet.write_string(line, place, text)

    def _lists(self) -> Mapping[str, str]:
        """Where the labels of each list stand, by the property of its column."""
        places: dict[str, str] = {}
        for number, (name, iris) in enumerate(self._template.manner.iris.items()):
            if iris:
                letter, last = xl_col_to_name(2 * number), 1 + min(len(iris), MOST_CHOICES)
                places[name] = f"='{CHOICES}'!${letter}$2:${letter}${last}"
        return places

    def _write_about(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, 2 * WIDE, self._formats.wrapped)
        sheet.set_column(1, 1, WIDE, self._formats.wrapped)
        sheet.set_column(2, 2, 2 * WIDE, self._formats.wrapped)
        title = word("about", "title", self._language, title=self._template.title)
        sheet.write_string(0, 0, title, self._formats.bold)
        line = 1
        for text in self._explanations():
            sheet.write_string(line, 0, text)
            line += 1
        line += 1
        for place, name in enumerate(("column", "kind", "help")):
            sheet.write_string(line, place, word("about", name, self._language), self._formats.bold)
        for column in self._template.columns:
            line += 1
            mark = REQUIRED if column.field.required else ""
            sheet.write_string(line, 0, self._headers[column.key] + mark)
            sheet.write_string(line, 1, word("kind", column.field.kind, self._language))
            sheet.write_string(line, 2, text_in(column.field.help, self._language))

    def _explanations(self) -> Iterator[str]:
        template, language = self._template, self._language
        yield text_in(template.model.help, language)
        yield word("about", "source", language, release=template.release)
        if template.organisation:
            yield word("about", "organisation", language, organisation=template.organisation)
        for name in (
            *("rows", "removed", "several", "required", "choices", "figures", "names", "hidden"),
        ):
            yield word("about", name, language)
