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
from jalon.exchange.sheets.hidden import Section, given_sheets, plain, sections_of
from jalon.exchange.sheets.template import CHOICES, KEYS, REQUIRED, word
from jalon.exchange.sheets.writing import (
    ALLOWED,
    LISTED,
    MADE,
    NARROW,
    SPARE_ROWS,
    WIDE,
    WRITTEN_AS_IS,
    sheet_name,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COMMENT = {"author": "Jalon", "x_scale": 2, "y_scale": 2}


def annotated(sheets: Sequence[Sheet], remarks: Mapping[str, Any]) -> bytes:
    """The copy of a workbook.

    ``remarks`` have the language of the ``words`` that are added and the ``sheets``: of each its
    ``name``, and of each of its ``cells`` the name, its column, what it holds, and a text.
    """
    out = io.BytesIO()
    with Workbook(out, WRITTEN_AS_IS) as book:
        book.set_properties({"created": MADE.replace(tzinfo=None)})
        given = {
            sheet.name: section for sheet, section in given_sheets(sheets, sections_of(sheets))
        }
        writing = _Copy(book, remarks, given, _lists(sheets))
        for sheet in sheets:
            writing.copy(sheet)
        writing.list_errors()
    return out.getvalue()


class _Copy:
    def __init__(
        self,
        book: Workbook,
        remarks: Mapping[str, Any],
        given: Mapping[str, Section],
        lists: Mapping[str, str],
    ) -> None:
        self._book = book
        self._given = given
        self._lists = lists
        self._words = str(remarks["words"])
        self._taken: set[str] = {word("sheet", "errors", self._words).casefold()}
        self._hidden: set[tuple[str, int]] = set()
        self._sheets: Sequence[Mapping[str, Any]] = remarks["sheets"]
        self._texts: dict[str, dict[str, list[str]]] = {name: {} for name in given}
        for sheet in self._sheets:
            for each in sheet["cells"]:
                texts = self._texts.setdefault(sheet["name"], {})
                texts.setdefault(each["cell"], []).append(each["text"])
        wrong = {"bg_color": "#F8C9C4", "locked": False, "valign": "top"}
        self._wrong = book.add_format(wrong)
        self._wrong_day = book.add_format({**wrong, "num_format": "yyyy-mm-dd"})
        self._open = book.add_format({"locked": False, "valign": "top"})
        self._day = book.add_format({"locked": False, "num_format": "yyyy-mm-dd"})
        self._text = book.add_format({"locked": False, "num_format": "@", "text_wrap": True})
        self._head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE6F0"})

    def copy(self, sheet: Sheet) -> None:
        """A sheet with its values; those that people fill in with their remarks."""
        section = self._given.get(sheet.name)
        if section is None and sheet.name in messages("sheets")["sheet"]["errors"].values():
            # That of an earlier copy.
            return
        copied = self._book.add_worksheet(sheet_name(sheet.name, self._taken))
        if sheet.name in (KEYS, CHOICES):
            copied.hide()
            copied.protect()
        if section is not None:
            self._lay_out(copied, sheet, section)
        for cell in sheet.cells:
            self._write(copied, cell, sheet.name if section else "")
        if section is not None:
            self._remark(copied, sheet)
            if sheet.name == next(iter(self._given)):
                copied.activate()

    def list_errors(self) -> None:
        """A sheet with a line for each remark."""
        errors = self._book.add_worksheet(word("sheet", "errors", self._words))
        for place, width in enumerate((NARROW, WIDE, WIDE, 2 * WIDE)):
            errors.set_column(place, place, width, self._text)
        for place, name in enumerate(("cell", "column", "seen", "text")):
            errors.write_string(0, place, word("errors", name, self._words), self._head)
        line = 0
        for sheet in self._sheets:
            start = f"{sheet['name']}!" if len(self._sheets) > 1 else ""
            for each in sheet["cells"]:
                line += 1
                errors.write_string(line, 0, f"{start}{each['cell']}")
                for place, name in enumerate(("column", "seen", "text"), 1):
                    errors.write_string(line, place, each[name])

    def _lay_out(self, copied: Worksheet, sheet: Sheet, section: Section) -> None:
        copied.protect("", ALLOWED)
        copied.freeze_panes(1, 0)
        graphs = word("sheet", "graph", section.language, name="")
        lists = {
            name: self._lists.get(section.head_of(said_of)) for name, said_of, _ in section.columns
        }
        for cell in sheet.cells:
            if cell.row == 1:
                place = cell.column - 1
                is_key = plain(cell.text) == section.header
                if is_key or cell.text.endswith(graphs.strip()):
                    self._hidden.add((sheet.name, place))
                    copied.set_column(place, place, NARROW, None, {"hidden": True})
                else:
                    copied.set_column(place, place, NARROW + 8, self._text)
                source = lists.get(cell.text.removesuffix(REQUIRED))
                if source is not None:
                    options = {**LISTED, "source": source}
                    copied.data_validation(1, place, SPARE_ROWS, place, options)

    def _write(self, copied: Worksheet, cell: Cell, data: str) -> None:
        """A cell; ``data`` is the name of the sheet that it is of, where people fill that in."""
        row, column = cell.row - 1, cell.column - 1
        is_wrong = cell.name in self._texts.get(data, ())
        head: Format | None = self._head if data and row == 0 else None
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
            is_open = data and (data, column) not in self._hidden
            text_format = head or (self._wrong if is_wrong else self._text if is_open else None)
            copied.write_string(row, column, cell.text, text_format)

    def _remark(self, copied: Worksheet, sheet: Sheet) -> None:
        filled = {cell.name for cell in sheet.cells}
        for name, texts in self._texts[sheet.name].items():
            if name not in filled:
                copied.write_blank(name, None, self._wrong)
            copied.write_comment(name, "\n".join(texts), COMMENT)


def _lists(sheets: Sequence[Sheet]) -> Mapping[str, str]:
    """Where the labels of the lists stand, by what stands above each."""
    rows = {sheet.name: sheet.rows() for sheet in sheets if sheet.name == CHOICES}[CHOICES]
    ends: dict[int, int] = {}
    for number, row in rows.items():
        for place in row:
            ends[place] = max(number, ends.get(place, 1))
    found: dict[str, str] = {}
    for place, cell in rows.get(1, {}).items():
        if ends[place] > 1:
            letter = letters(place)
            found[cell.text] = f"='{CHOICES}'!${letter}$2:${letter}${ends[place]}"
    return found


def _is_figure(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
