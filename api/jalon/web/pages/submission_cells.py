"""What is wrong with spreadsheets that were submitted: cell by cell, in the language of a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jalon.services.pinning import place_of
from jalon.web.pages.links import Names
from jalon.web.pages.reports import SEVERITIES

MOST_CELLS = 500
"""How many the page tells one by one; the rest is counted."""

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: what it holds, what is wrong with that, and what might stand there.

    ``place`` is the name of the cell, with its sheet where there are several, or of the thing where
    no cell is about it: ``is_cell``.
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
    """Spreadsheets: their names, the cells that are wrong, and what else there is to tell.

    ``copy`` leads to a copy in which all of it stands beside the cells.
    """

    name: str
    cells: tuple[CellView, ...]
    left_out: int
    remarks: tuple[str, ...]
    copy: str


def sheet_view(sheets: Sequence[Mapping[str, Any]], number: int, names: Names) -> SheetView:
    """The view of the spreadsheets of a submission, SheetDocuments; there is at least one."""
    language = names.words.language
    cells = [(each, sheet) for sheet in sheets for each in sheet["cells"]]
    is_alone = len(sheets) == 1
    return SheetView(
        name=", ".join(sheet["name"] for sheet in sheets),
        cells=tuple(
            _cell(each, "" if is_alone else f"{sheet['name']}!", names)
            for each, sheet in cells[:MOST_CELLS]
        ),
        left_out=sum(sheet["leftOut"] for sheet in sheets) + max(0, len(cells) - MOST_CELLS),
        remarks=tuple(
            each[language] if is_alone else f"{sheet['name']} · {each[language]}"
            for sheet in sheets
            for each in sheet["remarks"]
        ),
        copy=f"/{language}/submissions/{number}/sheet.xlsx",
    )


def without_cells(results: Collection[Result], sheets: Sequence[Mapping[str, Any]]) -> list[Result]:
    """The results of a report that no cell of spreadsheets tells of."""
    cells = (each for sheet in sheets for each in sheet["cells"])
    told = {(each["thing"], each["property"], each["rule"]) for each in cells}
    return [each for each in results if (*place_of(each), each["rule"]) not in told]


def _cell(cell: Mapping[str, Any], start: str, names: Names) -> CellView:
    key = SEVERITIES.get(cell["severity"], "")
    return CellView(
        place=f"{start}{cell['cell']}" if cell["cell"] else names.short(cell["thing"]),
        is_cell=bool(cell["cell"]),
        column=cell["column"],
        value=cell["value"],
        message=cell["messages"][names.words.language],
        example=cell["example"],
        severity=key,
        severity_label=names.words.say(f"validate.{key}") if key else cell["severity"],
    )
