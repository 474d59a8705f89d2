"""Sheets as somebody fills them in who knows no RDF."""

from __future__ import annotations

import io

from openpyxl import load_workbook

TEMPLATE = "/templates/Measure.xlsx?lang=fr"
NAME, NOM = "Libellé (anglais)", "Libellé (français)"
ABOVE = ("Relève du plan", "Fait partie de")
POSITION = "Position"


def filled(template: bytes, number: int, *, wrong: bool) -> bytes:
    """The sheet of measures with other names of the first, and one that is new.

    ``wrong``: the position of the new one is no number.
    """
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    columns = {str(cell.value).removesuffix(" *"): cell.column or 0 for cell in sheet[1]}
    first, new = 2, sheet.max_row + 1
    for row, (english, french) in {
        first: ("Lend tools", "Prêter des outils"),
        new: ("Lend seeds", "Prêter des semences"),
    }.items():
        sheet.cell(row, columns[NAME]).value = f"{english}, {number}"
        sheet.cell(row, columns[NOM]).value = f"{french}, {number}"
    for name in ABOVE:
        sheet.cell(new, columns[name]).value = sheet.cell(first, columns[name]).value
    sheet.cell(new, columns[POSITION]).value = "bientôt" if wrong else 1000 + number
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
