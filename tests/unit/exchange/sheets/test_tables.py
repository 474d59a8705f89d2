"""Sheets as CSV: written for spreadsheets of a language, and read as they save them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from jalon.errors import SheetRefused, SheetTooLarge
from jalon.exchange.sheets.cells import MOST_CELLS, MOST_COLUMNS
from jalon.exchange.sheets.formats import CSV
from jalon.exchange.sheets.model import XSD, Value
from jalon.exchange.sheets.parsing import SheetFile
from jalon.exchange.sheets.reading import Reading
from jalon.exchange.sheets.tables import Plate, plate_of, read_table, table
from jalon.exchange.sheets.template import hidden_sheets
from jalon.exchange.sheets.values import Manner
from unit.exchange.sheets.filled import (
    BASE,
    CHOICES,
    EXPECTED,
    ROW,
    SAW,
    faults,
    made,
    reading,
    said,
)

KEY = "IRI (ne pas changer)"


def lines_of(content: bytes, separator: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


def written(lines: list[list[str]], separator: str = ";", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(lines)
    return out.getvalue().encode(encoding)


def read(content: bytes, folder: Path, language: str = "fr") -> Reading:
    template = made(language)
    file = SheetFile(content, CSV, template.title, hidden_sheets([template]))
    return reading(file, folder)


def test_a_table_is_what_spreadsheets_of_its_language_read() -> None:
    content = table(made())
    assert content.startswith(b"\xef\xbb\xbf")
    head, row = lines_of(content)
    names = ["Repère", "Nom (anglais) *", "Nom (français) *"]
    assert head[:4] == [f"{KEY} [Tool fr calq 3]", *names]
    assert row[:2] == [SAW, ""]
    assert row[4:] == [
        *("007 | a||b", "12", "1234,5", "oui", "2027", "2027-03-31"),
        "Ana | person/eva",
    ]
    assert lines_of(table(made("en")), ",")[1][6] == "1234.5"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_sent_back_as_it_was_says_what_was_there(language: str, tmp_path: Path) -> None:
    found = read(table(made(language)), tmp_path, language)
    assert said(found) == EXPECTED
    assert (found.faults, found.extra, found.missing, found.new) == ([], [], [], [])
    assert (found.sheet, found.release, found.organisation) == (made(language).title, 3, "calq")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_read_however_it_was_saved(separator: str, encoding: str, tmp_path: Path) -> None:
    content = written(lines_of(table(made())), separator, encoding)
    assert said(read(content, tmp_path)) == EXPECTED


def test_cells_are_named_as_spreadsheets_show_them(tmp_path: Path) -> None:
    head, row = lines_of(table(made()))
    wrong = [SAW, "", "", "", "007", "douze", "1.500", "peut-être", "27", "demain", "Personne"]
    content = written([head, [], ["", "", *row[2:4]], wrong])
    assert faults(read(content, tmp_path)) == {
        "F4": "integer",
        "G4": "decimal",
        "H4": "boolean",
        "I4": "year",
        "J4": "date",
        "K4": "choice",
    }


def test_a_table_of_ones_own_needs_but_a_class_and_a_language(tmp_path: Path) -> None:
    found = read(written([["Nombre", "IRI [Tool fr]"], ["7", SAW], ["8", ""]]), tmp_path)
    assert said(found)[SAW, f"{BASE}number"] == {Value("7", f"{XSD}integer")}
    assert len(found.new) == 1


def test_no_label_is_a_formula_where_the_table_is_opened(tmp_path: Path) -> None:
    name = f"{BASE}owner"
    labels = {name: [("=cmd|' /C calc'!A1", f"{BASE}id/person/ana"), *CHOICES[name][1:]]}
    template = replace(made(), manner=Manner.of("fr", BASE, labels))
    [_, row] = lines_of(table(template))
    assert row[-1] == "person/ana | person/eva"
    file = SheetFile(table(template), CSV, template.title, hidden_sheets([template]))
    assert said(reading(file, tmp_path)) == EXPECTED
    assert not any(cell.startswith(("=", "@")) for cell in row)
    assert ROW.values[name][0] in EXPECTED[SAW, name]


def test_what_a_table_says_that_it_is_of() -> None:
    assert plate_of(table(made())) == Plate("Tool", "fr", "calq", 3, ";")
    assert plate_of(b'"IRI [Measure en]",a\n') == Plate("Measure", "en")
    assert plate_of(b"IRI [Measure en - 12]\ta\n") == Plate("Measure", "en", "", 12, "\t")
    for text in ("", "IRI;Nom", "\nIRI [Measure en]", "IRI [Measure de]", "IRI [Mea sure en]"):
        with pytest.raises(SheetRefused) as refused:
            plate_of(text.encode())
        assert refused.value.details["variant"] == "plate"


@pytest.mark.parametrize(
    ("content", "variant"),
    [
        (b"IRI [Tool fr];Nom\n;caf\xe9\n", "encoding"),
        (b'IRI [Tool fr];Nom\n;"a" b\n', "table"),
        (b"IRI [Tool fr];Nom\n;" + b"a" * 40_000, "table"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, variant: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        read_table(content, "x")
    assert refused.value.details["variant"] == variant


def test_a_table_has_so_many_cells_and_no_more() -> None:
    head = b"IRI [Tool fr];Nom\n"
    for body in (b";a\n" * MOST_CELLS, b"\n" * (MOST_CELLS + 1), b";" * (MOST_COLUMNS + 1)):
        with pytest.raises(SheetTooLarge):
            read_table(head + body, "x")
