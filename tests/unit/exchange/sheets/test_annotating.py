"""The copy of a sheet, whatever the sheet was."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from jalon.exchange.sheets.formats import XLSX
from jalon.exchange.sheets.parsing import SheetFile, SheetReader
from jalon.store.workshop import Workshop
from unit.exchange.sheets.filled import (
    MODEL,
    PERSON,
    opened,
    reading,
    readings,
    saved,
    several,
    template,
)

CELL = {"cell": "F2", "column": "Nombre", "seen": "douze", "text": "pas un nombre"}


def annotated(content: bytes, folder: Path, sheet: str = "Outil", cell: str = "F2") -> Workbook:
    remarks = {"words": "fr", "sheets": [{"name": sheet, "cells": [{**CELL, "cell": cell}]}]}
    return copy_of(content, folder, remarks)


def copy_of(content: bytes, folder: Path, remarks: Mapping[str, Any]) -> Workbook:

    file = SheetFile(content, XLSX)

    async def annotate() -> bytes:
        workshop = Workshop()
        try:
            return await SheetReader(workshop, folder, isolated=False).annotate(file, remarks)
        finally:
            await workshop.close()

    copy = asyncio.run(annotate())
    (folder / "copy.xlsx").write_bytes(copy)
    return opened(copy)


@pytest.mark.parametrize("cell", ["F2", "F900", "A1"])
def test_a_remark_stands_at_its_cell(cell: str, tmp_path: Path) -> None:
    copy = annotated(template(), tmp_path, cell=cell)
    comment = copy.worksheets[0][cell].comment
    assert comment is not None
    assert comment.text == "pas un nombre"
    assert list(copy["Erreurs"].values)[1] == (cell, "Nombre", "douze", "pas un nombre")


def test_a_copy_says_what_the_sheet_said(tmp_path: Path) -> None:
    annotated(template(), tmp_path)
    copy = reading((tmp_path / "copy.xlsx").read_bytes(), tmp_path)
    assert copy.places == reading(template(), tmp_path).places
    assert copy.faults == []


def test_iris_stay_hidden_and_protected(tmp_path: Path) -> None:
    copy = annotated(template(), tmp_path)
    data = copy.worksheets[0]
    assert data.column_dimensions["A"].hidden
    assert data["A2"].protection.locked
    assert not data["C2"].protection.locked
    assert [each.sheet_state for each in copy.worksheets] == [
        *("visible", "visible", "hidden", "hidden", "visible")
    ]


def test_of_several_sheets_each_has_its_own_remarks_and_lists(tmp_path: Path) -> None:
    wrong = [("Outil", "F2"), ("Personne", "F2"), ("Personne", "C9")]
    sheets = [
        {"name": name, "cells": [{**CELL, "cell": at} for sheet, at in wrong if sheet == name]}
        for name in ("Outil", "Personne")
    ]
    copy = copy_of(several(), tmp_path, {"words": "en", "sheets": sheets})
    for name, cell in wrong:
        assert copy[name][cell].comment is not None
    assert copy["Outil"]["C9"].comment is None
    assert [line[0] for line in copy["Errors"].values] == ["Cell", *(f"{a}!{b}" for a, b in wrong)]
    assert all(copy[name].column_dimensions["A"].hidden for name in ("Outil", "Personne"))
    lists = {
        name: {str(each.sqref) for each in copy[name].data_validations.dataValidation}
        for name in ("Outil", "Personne")
    }
    assert {name: len(places) for name, places in lists.items()} == {"Outil": 1, "Personne": 2}
    # It says what the workbook said.
    content = (tmp_path / "copy.xlsx").read_bytes()
    before, after = (
        [one.places for one in readings(each, tmp_path, models=(MODEL, PERSON))]
        for each in (several(), content)
    )
    assert before == after


@pytest.mark.parametrize("name", ["History", "erreurs", "a'b", "x" * 31, " "])
def test_a_sheet_may_be_called_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    book = opened(template())
    book.worksheets[0].title = name
    book.create_sheet(f"{name.strip()[:20]}~")
    content = saved(book)
    copy = annotated(content, tmp_path, sheet=name)
    assert len(copy.worksheets) >= 5
