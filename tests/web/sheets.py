"""Sheets for a test: downloaded, changed as people change them, and sent."""

from __future__ import annotations

from typing import Any

import httpx
from openpyxl import Workbook

from jalon.exchange.sheets.formats import CSV, XLSX
from jalon.services.sheets import Taken
from jalon.validation.documents import Document
from jalon.validation.submitted.drafting import Wish
from web.stewarded import Stewarded

KEY = "IRI (ne pas changer)"
NAMES = [
    *("Allocation", "Citation", "CollectiveBody", "Concept", "ConceptScheme", "Count"),
    *("DerivedFigure", "Document", "FormField", "Involvement", "Measure", "Milestone", "Network"),
    *("NetworkObjective", "Note", "Objective", "Organization", "Orientation", "Period", "Plan"),
    *("Project", "PublicOrganisation", "Result", "ScheduleEntry", "Section", "Statement"),
]
"""The classes that the pack has sheets of."""
TYPES = {"xlsx": XLSX, "csv": f"{CSV}; charset=utf-8"}
"""As what sheets are given out, by the ends of their names."""


def download(site: Stewarded, name: str, end: str = "xlsx", **params: str) -> bytes:
    """A sheet as it is given out, in French unless asked otherwise."""
    asked = {"lang": "fr", **params}
    response = site.site.ask("GET", f"/templates/{name}.{end}", params=asked)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == TYPES[end]
    return response.content


def cell_of(book: Workbook, thing: str, column: str, name: str = "") -> str:
    """The name of the cell of a thing in a column; beside other sheets, on that of a class."""
    key = f"{KEY} [{name}]" if name else KEY
    [sheet, *_] = [each for each in book.worksheets if each["A1"].value == key]
    head = [str(cell.value).removesuffix(" *") for cell in sheet[1]]
    [row] = [row for row in sheet.iter_rows(min_row=2) if row[0].value == thing]
    return row[head.index(column)].coordinate


def upload(site: Stewarded, content: bytes, end: str = "xlsx", **options: Any) -> httpx.Response:
    """The answer to a sheet that CALQ submits."""
    headers = {"Content-Type": TYPES[end], **options.pop("headers", {})}
    return site.ask("POST", "/submissions", site.calq, content=content, headers=headers, **options)


def taken(site: Stewarded, content: bytes, media_type: str = XLSX) -> Taken:
    """What a sheet that CALQ sends asks for."""
    sheets = site.stewardship.submitting.sheets
    assert sheets is not None
    wish = Wish("calq", "replace", (Document("data", content, media_type),))
    return site.site.run(sheets.taken(wish))
