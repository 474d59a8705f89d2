"""A copy of a workbook with what is wrong beside its cells.

It is written anew from the values of its cells: nothing else of what was sent stands in it. What is
hidden stays, so that the copy can be corrected and sent.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from jalon.errors import messages
from jalon.exchange.sheets.cells import Cell, Sheet, letters
from jalon.exchange.sheets.template import CHOICES, KEYS, REQUIRED, word
from jalon.exchange.sheets.writing import (
    ALLOWED,
    LISTED,
    MADE,
    NARROW,
    SHEET_NAME,
    SPARE_ROWS,
    UNNAMEABLE,
    WIDE,
    WRITTEN_AS_IS,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MORE = " 999"
RESERVED = "history"
"""No sheet may be called so."""

COMMENT = {"author": "Jalon", "x_scale": 2, "y_scale": 2}


def annotated(sheets: Sequence[Sheet], remarks: Mapping[str, Any]) -> bytes:
    """The copy of a workbook.

    ``remarks`` have the ``language`` of the sheet, that of the ``words`` that are added, the name
    of the ``sheet``, and of each of the ``cells`` its name, its column, what it holds, and a text.
    """
    out = io.BytesIO()
    with Workbook(out, WRITTEN_AS_IS) as book:
        book.set_properties({"created": MADE.replace(tzinfo=None)})
        writing = _Copy(book, remarks, _lists(sheets))
        for sheet in sheets:
            writing.copy(sheet)
        writing.list_errors()
    return out.getvalue()


class _Copy:
    def __init__(
        self, book: Workbook, remarks: Mapping[str, Any], lists: Mapping[str, str]
    ) -> None:
        self._book = book
        self._lists = lists
        self._names: set[str] = {word("sheet", "errors", remarks["words"]).casefold()}
        self._hidden: set[int] = set()
        self._language, self._words = str(remarks["language"]), str(remarks["words"])
        self._sheet = str(remarks["sheet"])
        self._cells: Sequence[Mapping[str, str]] = remarks["cells"]
        self._texts: dict[str, list[str]] = {}
        for each in self._cells:
            self._texts.setdefault(each["cell"], []).append(each["text"])
        wrong = {"bg_color": "#F8C9C4", "locked": False, "valign": "top"}
        self._wrong = book.add_format(wrong)
        self._wrong_day = book.add_format({**wrong, "num_format": "yyyy-mm-dd"})
        self._open = book.add_format({"locked": False, "valign": "top"})
        self._day = book.add_format({"locked": False, "num_format": "yyyy-mm-dd"})
        self._text = book.add_format({"locked": False, "num_format": "@", "text_wrap": True})
        self._head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE6F0"})

    def copy(self, sheet: Sheet) -> None:
        """A sheet with its values; that of the data with its remarks."""
        is_data = sheet.name == self._sheet
        if not is_data and sheet.name in messages("sheets")["sheet"]["errors"].values():
            # That of an earlier copy.
            return
        copied = self._book.add_worksheet(self._name(sheet.name))
        if sheet.name in (KEYS, CHOICES):
            copied.hide()
            copied.protect()
        if is_data:
            self._lay_out(copied, sheet)
        for cell in sheet.cells:
            self._write(copied, cell, is_data=is_data)
        if is_data:
            self._remark(copied, sheet)
            copied.activate()

    def list_errors(self) -> None:
        """A sheet with a line for each remark."""
        errors = self._book.add_worksheet(word("sheet", "errors", self._words))
        for place, width in enumerate((NARROW, WIDE, WIDE, 2 * WIDE)):
            errors.set_column(place, place, width, self._text)
        for place, name in enumerate(("cell", "column", "seen", "text")):
            errors.write_string(0, place, word("errors", name, self._words), self._head)
            for line, each in enumerate(self._cells, 1):
                errors.write_string(line, place, each[name])

    def _name(self, name: str) -> str:
        """A name that a sheet may have, and none of the copy has yet."""
        plain = name.translate(UNNAMEABLE)[: SHEET_NAME - len(MORE)].strip() or "_"
        number = 1
        found = plain if plain.casefold() != RESERVED else f"{plain} 1"
        while found.casefold() in self._names:
            number += 1
            found = f"{plain} {number}"
        self._names.add(found.casefold())
        return found

    def _lay_out(self, copied: Worksheet, sheet: Sheet) -> None:
        copied.protect("", ALLOWED)
        copied.freeze_panes(1, 0)
        graphs = word("sheet", "graph", self._language, name="")
        key = word("sheet", "key", self._language)
        for cell in sheet.cells:
            if cell.row == 1:
                place = cell.column - 1
                if cell.text == key or cell.text.endswith(graphs.strip()):
                    self._hidden.add(place)
                    copied.set_column(place, place, NARROW, None, {"hidden": True})
                else:
                    copied.set_column(place, place, NARROW + 8, self._text)
                source = self._lists.get(cell.text.removesuffix(REQUIRED))
                if source is not None:
                    options = {**LISTED, "source": source}
                    copied.data_validation(1, place, SPARE_ROWS, place, options)

    def _write(self, copied: Worksheet, cell: Cell, *, is_data: bool) -> None:
        row, column = cell.row - 1, cell.column - 1
        is_wrong = is_data and cell.name in self._texts
        head: Format | None = self._head if is_data and row == 0 else None
        if cell.day is not None:
            day = datetime.combine(cell.day, time())
            copied.write_datetime(row, column, day, self._wrong_day if is_wrong else self._day)
        elif cell.kind == "number" and _is_figure(cell.text):
            shown = self._wrong if is_wrong else self._open
            copied.write_number(row, column, float(cell.text), shown)
        elif cell.kind == "truth":
            truth = cell.text in ("1", "true")
            copied.write_boolean(row, column, truth, self._wrong if is_wrong else self._open)
        else:
            is_open = is_data and column not in self._hidden
            text_format = head or (self._wrong if is_wrong else self._text if is_open else None)
            copied.write_string(row, column, cell.text, text_format)

    def _remark(self, copied: Worksheet, sheet: Sheet) -> None:
        filled = {cell.name for cell in sheet.cells}
        for name, texts in self._texts.items():
            if name not in filled:
                copied.write_blank(name, None, self._wrong)
            copied.write_comment(name, "\n".join(texts), COMMENT)


def _lists(sheets: Sequence[Sheet]) -> Mapping[str, str]:
    """Where the labels of the lists stand, by the names of their columns."""
    by_name = {sheet.name: sheet.rows() for sheet in sheets}
    keys, choices = by_name.get(KEYS, {}), by_name.get(CHOICES, {})
    places = {cell.text: place for place, cell in choices.get(1, {}).items()}
    found: dict[str, str] = {}
    for row in keys.values():
        place = places.get(row[2].text) if 1 in row and 2 in row else None  # noqa: PLR2004
        last = max((number for number in choices if place in choices[number]), default=1)
        if place is not None and last > 1:
            letter = letters(place)
            found[row[1].text] = f"='{CHOICES}'!${letter}$2:${letter}${last}"
    return found


def _is_figure(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
