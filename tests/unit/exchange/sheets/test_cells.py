"""Cells as programs write them, of whatever kind."""

from __future__ import annotations

import pytest

from jalon.exchange.sheets.cells import Cell, letters, read_sheets
from unit.exchange.sheets.filled import opened, part_of, saved, template, with_parts

SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DAYS = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="d mmm"/>'
    '<numFmt numFmtId="165" formatCode="&quot;days&quot; 0"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    "</cellXfs></styleSheet>"
)
CELLS: list[tuple[str, str, str]] = [
    ('<c r="B2"><v>0.1</v></c>', "number", "0.1"),
    ('<c r="B2" t="n" s="3"><v>46112</v></c>', "number", "46112"),
    ('<c r="B2" s="1"><v>46112</v></c>', "day", "2026-03-31"),
    ('<c r="B2" s="2"><v>46112</v></c>', "day", "2026-03-31"),
    ('<c r="B2" s="1"><v>46112.5</v></c>', "number", "46112.5"),
    ('<c r="B2" s="1"><v>1e300</v></c>', "number", "1e300"),
    ('<c r="B2" t="d"><v>2026-03-31T00:00:00</v></c>', "day", "2026-03-31"),
    ('<c r="B2" t="b"><v>1</v></c>', "truth", "1"),
    ('<c r="B2" t="e"><v>#N/A</v></c>', "error", "#N/A"),
    ('<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "text", "ab"),
    ('<c r="B2"><f>1+1</f><v></v></c>', "unsolved", "=1+1"),
    ('<c r="B2"><f>SUM(C2:D2)</f></c>', "unsolved", "=SUM(C2:D2)"),
    (
        '<c r="B2" t="inlineStr"><is><t>a</t><r><t xml:space="preserve"> b</t></r></is></c>',
        "text",
        "a b",
    ),
    ('<c r="B2" t="inlineStr"><is><t>a</t><rPh><t>sound</t></rPh></is></c>', "text", "a"),
    ('<c r="B2" t="inlineStr"><is><t>a_x000D_b_xD800_</t></is></c>', "text", "a\rb_xD800_"),
]


def sheet(cell: str, **parts: str) -> bytes:
    rows = f'<worksheet xmlns="{MAIN}"><sheetData><row r="2">{cell}</row></sheetData></worksheet>'
    return with_parts(
        template(),
        {SHEET: rows.encode(), STYLES: DAYS.encode(), **{k: v.encode() for k, v in parts.items()}},
    )


@pytest.mark.parametrize(("written", "kind", "text"), CELLS)
def test_a_cell_is_what_its_kind_says(written: str, kind: str, text: str) -> None:
    [found] = read_sheets(sheet(written))[0].cells
    assert found == Cell(2, 2, kind, text, "<f>" in written)  # type: ignore[arg-type]
    assert found.name == "B2"


@pytest.mark.parametrize(
    "nothing",
    ['<c r="B2"/>', '<c r="B2" s="1"><v></v></c>', '<c r="B2" t="str"><f>""</f><v></v></c>'],
)
def test_an_empty_cell_is_none(nothing: str) -> None:
    assert read_sheets(sheet(nothing))[0].cells == []


def test_days_may_count_from_1904() -> None:
    book = part_of(template(), BOOK).decode().replace("<workbookPr ", '<workbookPr date1904="1" ')
    assert "date1904" in book
    [found] = read_sheets(sheet('<c r="A1" s="1"><v>0</v></c>', **{BOOK: book}))[0].cells
    assert found.text == "1904-01-01"


def test_cells_without_names_stand_one_after_the_other() -> None:
    cells = read_sheets(sheet("<c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c>"))[
        0
    ].cells
    assert [(each.name, each.text) for each in cells] == [("A2", "1"), ("C2", "3"), ("A3", "4")]


def test_prefixes_of_elements_are_passed_over() -> None:
    rows = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )
    content = with_parts(template(), {SHEET: rows.encode()})
    assert [each.text for each in read_sheets(content)[0].cells] == ["1"]


def test_columns_have_their_letters() -> None:
    assert [letters(each) for each in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]


def test_sheets_come_in_the_order_of_the_workbook() -> None:
    book = opened(template())
    book.move_sheet(book.worksheets[0], 2)
    names = [each.name for each in read_sheets(saved(book))]
    assert names == ["Lisez-moi", "_jalon", "Outil", "_jalon-choices"]
