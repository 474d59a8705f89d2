"""Workbooks that are made to do harm: refused, and at once, by a process that has little."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from jalon.errors import SheetError, SheetRefused, SheetTooLarge
from unit.exchange.sheets.filled import part_of, reading, template, with_parts

SHEET, TYPES = "xl/worksheets/sheet1.xml", "[Content_Types].xml"
STRINGS = "xl/sharedStrings.xml"
OPEN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSE = b"</sheetData></worksheet>"
MEGABYTES = 300
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10 if number else b"ha" * 10)
    for number in range(12)
)


def of_sheet(rows: bytes) -> bytes:
    return with_parts(template(), {SHEET: OPEN + rows + CLOSE})


def with_formula(text: str) -> bytes:
    row = f'<row r="2"><c r="B2"><f>{text}</f><v>1</v></c></row>'
    return of_sheet(row.encode())


def lying(size: int) -> bytes:
    """A workbook with a part that is said to be smaller than it is."""
    content = bytearray(with_parts(template(), {"xl/media/a.bin": b"\0" * size}))
    place = content.rindex(b"xl/media/a.bin")
    content[place - 46 + 24 : place - 46 + 28] = (10).to_bytes(4, "little")
    return bytes(content)


HOSTILE: dict[str, tuple[bytes, str, type[SheetError]]] = {
    "no zip": (b"PK\x03\x04 nothing", "", SheetRefused),
    "text": (b"a,b\n1,2\n", "", SheetRefused),
    "older or encrypted": (b"\xd0\xcf\x11\xe0" + bytes(600), "locked", SheetRefused),
    "bomb": (of_sheet(b" " * MEGABYTES * 1024 * 1024), "unpacked", SheetTooLarge),
    "sparse": (
        of_sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
        "columns",
        SheetTooLarge,
    ),
    "a million columns": (
        of_sheet(b'<row r="1"><c r="BDWGN1048576"><v>1</v></c></row>'),
        "columns",
        SheetTooLarge,
    ),
    "many cells": (
        of_sheet((b"<row>" + b"<c><v>1</v></c>" * 900 + b"</row>") * 1_000),
        "cells",
        SheetTooLarge,
    ),
    "cells of nothing": (
        of_sheet((b"<row>" + b"<c/>" * 900 + b"</row>") * 12_000),
        "elements",
        SheetTooLarge,
    ),
    "many texts": (
        with_parts(template(), {STRINGS: b"<sst>" + b"<si><t>a</t></si>" * 2_000_000 + b"</sst>"}),
        "cells",
        SheetTooLarge,
    ),
    "one endless text": (
        with_parts(
            template(), {STRINGS: b"<sst><si><t>" + b"a" * 60 * 1024**2 + b"</t></si></sst>"}
        ),
        "",
        SheetError,
    ),
    "nested": (of_sheet(b"<a>" * 1_100_000), "elements", SheetTooLarge),
    "entities": (
        with_parts(template(), {SHEET: b"<!DOCTYPE a [" + LAUGHS + b"]><a>&l11;</a>"}),
        "broken",
        SheetRefused,
    ),
    "macros": (with_parts(template(), {"xl/vbaProject.bin": b"x"}), "active", SheetRefused),
    "macros by type": (
        with_parts(
            template(),
            {
                TYPES: part_of(template(), TYPES).replace(
                    b"sheet.main+xml", b"sheet.macroEnabled.main+xml"
                )
            },
        ),
        "active",
        SheetRefused,
    ),
    "another workbook": (
        with_parts(template(), {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}),
        "active",
        SheetRefused,
    ),
    "a query": (
        with_parts(template(), {"xl/connections.xml": b"<connections/>"}),
        "active",
        SheetRefused,
    ),
    "a program": (with_formula("cmd|'/C calc'!A0"), "formula", SheetRefused),
    "a formula of another workbook": (with_formula("[1]Sheet1!A1"), "formula", SheetRefused),
    "a formula that fetches": (with_formula("WEBSERVICE(B1)"), "formula", SheetRefused),
    "damaged": (of_sheet(b"<row><c>"), "broken", SheetRefused),
    "a part that lies": (lying(1024 * 1024), "", SheetError),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused(name: str, tmp_path: Path) -> None:
    content, variant, kind = HOSTILE[name]
    if name == "a part that lies":
        # What is not read of a workbook harms nobody.
        assert reading(content, tmp_path).faults == []
        return
    with pytest.raises(kind) as refused:
        reading(content, tmp_path)
    assert variant in ("", refused.value.details.get("variant"))
    assert name != "entities" or SHEET in refused.value.detail("en")
    assert refused.value.detail("fr")


def test_a_compression_that_is_not_of_workbooks_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as target:
        target.writestr(TYPES, "<Types/>")
        target.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(SheetRefused):
        reading(out.getvalue(), tmp_path)
