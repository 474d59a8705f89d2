"""What is wrong with a spreadsheet that was submitted: cell by cell, in the language of a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from jalon.web.pages.links import Names
from jalon.web.pages.reports import SEVERITIES

MOST_CELLS = 500
"""How many the page tells one by one; the rest is counted."""

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: what it holds, what is wrong with that, and what might stand there.

    ``place`` is the name of the cell, or of the thing where no cell is about it: ``is_cell``.
    """

    place: str
    is_cell: bool
    column: str
    value: str
    message: str
    example: str
    severity: str
    severity_label: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """A spreadsheet: its cells that are wrong, and what else there is to tell of it.

    ``copy`` leads to a copy in which all of it stands beside the cells.
    """

    name: str
    cells: tuple[CellView, ...]
    left_out: int
    remarks: tuple[str, ...]
    copy: str


def sheet_view(sheet: Mapping[str, Any], number: int, names: Names) -> SheetView:
    """The view of the spreadsheet of a submission, a SheetDocument."""
    language, cells = names.words.language, sheet["cells"]
    return SheetView(
        name=sheet["name"],
        cells=tuple(_cell(each, names) for each in cells[:MOST_CELLS]),
        left_out=sheet["leftOut"] + max(0, len(cells) - MOST_CELLS),
        remarks=tuple(each[language] for each in sheet["remarks"]),
        copy=f"/{language}/submissions/{number}/sheet.xlsx",
    )


def without_cells(results: Collection[Result], sheet: Mapping[str, Any] | None) -> list[Result]:
    """The results of a report that no cell of a spreadsheet tells of."""
    cells = sheet["cells"] if sheet else ()
    told = {(each["thing"], each["property"], each["rule"]) for each in cells}
    return [
        each
        for each in results
        if (each["focusNode"]["value"], each["path"] or "", each["rule"]) not in told
    ]


def _cell(cell: Mapping[str, Any], names: Names) -> CellView:
    key = SEVERITIES.get(cell["severity"], "")
    return CellView(
        place=cell["cell"] or names.short(cell["thing"]),
        is_cell=bool(cell["cell"]),
        column=cell["column"],
        value=cell["value"],
        message=cell["messages"][names.words.language],
        example=cell["example"],
        severity=key,
        severity_label=names.words.say(f"validate.{key}") if key else cell["severity"],
    )
