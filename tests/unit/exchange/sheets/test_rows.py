"""Sheets as people send them back."""

from __future__ import annotations

from pathlib import Path

import pytest

from jalon.errors import SheetRefused
from jalon.exchange.sheets.model import RDF_TYPE, Value
from unit.exchange.sheets.filled import (
    BASE,
    EXPECTED,
    LABEL,
    SAW,
    Cells,
    changed,
    faults,
    opened,
    part_of,
    reading,
    said,
    saved,
    template,
    with_parts,
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_sent_back_as_it_was_says_what_was_there(language: str, tmp_path: Path) -> None:
    for content in (template(language), saved(opened(template(language)))):
        read = reading(content, tmp_path)
        assert said(read) == EXPECTED
        assert (read.faults, read.extra, read.missing, read.new) == ([], [], [], [])
        assert (read.release, read.organisation, read.rows) == (3, "calq", {SAW: 2})


def test_an_empty_cell_is_a_place_without_a_value(tmp_path: Path) -> None:
    read = reading(changed({"E2": None, "F2": "   "}), tmp_path)
    assert said(read) == {**EXPECTED, (SAW, f"{BASE}code"): set(), (SAW, f"{BASE}number"): set()}


def test_what_people_write_becomes_values_of_their_columns(tmp_path: Path) -> None:
    cells: Cells = {
        "C2": "  saw  ",
        "E2": "0012 | x || y",
        "F2": "1 500",
        "G2": "1 234,50",
        "H2": "Non",
        "I2": "2028",
        "J2": "1er avril 2027",
        "K2": "Luc | person/eva",
    }
    read = said(reading(changed(cells), tmp_path))
    assert {each.text for each in read[SAW, LABEL]} == {"saw", "scie"}
    assert {each.text for each in read[SAW, f"{BASE}code"]} == {"0012", "x | y"}
    texts = {
        name: next(iter(read[SAW, f"{BASE}{name}"])).text
        for name in ("number", "price", "sharp", "year", "bought")
    }
    assert list(texts.values()) == ["1500", "1234.5", "false", "2028", "2027-04-01"]
    assert {each.text for each in read[SAW, f"{BASE}owner"]} == {
        f"{BASE}id/person/{name}" for name in ("luc", "eva")
    }


def test_ends_of_lines_are_those_of_everybody(tmp_path: Path) -> None:
    read = said(reading(changed({"E2": "un_x000D_\ndeux"}), tmp_path))
    assert {each.text for each in read[SAW, f"{BASE}code"]} == {"un\ndeux"}


def test_each_cell_that_has_no_value_is_told_and_its_place_is_left_alone(tmp_path: Path) -> None:
    cells: Cells = {
        "D2": "=cmd",
        "F2": "douze",
        "G2": True,
        "I2": 27.5,
        "J2": "demain",
        "K2": "Anna",
    }
    book = opened(changed(cells))
    book.worksheets[0]["D2"].data_type = "s"
    read = reading(saved(book), tmp_path)
    assert faults(read) == {
        "D2": "formula",
        "F2": "integer",
        "G2": "truth",
        "I2": "year",
        "J2": "date",
        "K2": "choice",
    }
    told = {each.cell: each for each in read.faults}
    assert (told["F2"].seen, told["F2"].example, told["F2"].column) == ("douze", "12", "Nombre")
    assert told["K2"].example == "Ana"
    assert (told["G2"].seen, told["G2"].example) == ("VRAI", "1234,5")
    assert {name for _, name in said(read)} == {f"{BASE}code", f"{BASE}sharp"}


def test_rows_without_a_key_are_new_things_that_are_named_by_what_they_are(tmp_path: Path) -> None:
    cells: Cells = {"C3": "axe", "D3": "hache à fendre", "F3": 2, "C9": "axe", "D9": "hache"}
    one, other = (reading(changed(cells), tmp_path) for _ in range(2))
    assert one.new == other.new
    first, second = one.new
    assert first.startswith(f"{BASE}id/tool/calq-hache-a-fendre-")
    assert first != second
    new = {name: values for (thing, name), values in said(one).items() if thing == first}
    assert new[RDF_TYPE] == {Value(f"{BASE}Tool")}
    assert set(new) == {RDF_TYPE, LABEL, f"{BASE}number"}
    assert one.rows[second] == 9


def test_a_row_that_is_removed_says_nothing(tmp_path: Path) -> None:
    book = opened(template())
    book.worksheets[0].delete_rows(2)
    assert reading(saved(book), tmp_path).places == []


def test_hidden_rows_and_moved_columns_are_read(tmp_path: Path) -> None:
    book = opened(template())
    sheet = book.worksheets[0]
    sheet.row_dimensions[2].hidden = True
    sheet.insert_cols(2)
    sheet["C1"], sheet["C2"] = "Mes remarques", "à voir"
    book.move_sheet(sheet, 1)
    read = reading(saved(book), tmp_path)
    assert said(read) == EXPECTED
    assert read.extra == ["Mes remarques"]


def test_a_renamed_column_is_told_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(SheetRefused) as refused:
        reading(changed({"F1": "Quantité"}), tmp_path)
    assert "Nombre" in refused.value.detail("fr")
    assert "Quantité" in refused.value.detail("fr")


def test_a_removed_column_is_told_and_nothing_is_said_in_it(tmp_path: Path) -> None:
    book = opened(template())
    book.worksheets[0].delete_cols(6)
    read = reading(saved(book), tmp_path)
    assert read.missing == ["Nombre"]
    assert said(read) == {
        place: values for place, values in EXPECTED.items() if place[1] != f"{BASE}number"
    }


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetRefused, match="twice"):
        reading(changed({"Z1": "Nombre"}), tmp_path)


def test_no_list_of_a_workbook_makes_something_else_of_an_iri(tmp_path: Path) -> None:
    book = opened(changed({"K2": "Luc"}))
    for cell in book["_jalon-choices"]["B"]:
        cell.value = f"{BASE}x> <{BASE}y> <{BASE}z"
    assert faults(reading(saved(book), tmp_path)) == {"K2": "choice"}


def test_a_sheet_of_another_base_is_refused(tmp_path: Path) -> None:
    book = opened(template())
    [cell] = [row[1] for row in book["_jalon"].iter_rows() if row[0].value == "base"]
    cell.value = "http://elsewhere/"
    with pytest.raises(SheetRefused, match="not one of this service"):
        reading(saved(book), tmp_path)


def test_two_rows_of_one_thing_are_told(tmp_path: Path) -> None:
    read = reading(changed({"A3": SAW, "C3": "x", "A4": "http://elsewhere/x"}), tmp_path)
    assert faults(read) == {"A3": "twice", "A4": "key"}
    assert said(read) == EXPECTED


def test_of_formulas_the_values_are_taken(tmp_path: Path) -> None:
    content, sheet = template(), "xl/worksheets/sheet1.xml"
    text = part_of(content, sheet).decode()
    summed = text.replace("<v>12</v>", "<f>6+7</f><v>13</v>")
    read = reading(with_parts(content, {sheet: summed.encode()}), tmp_path)
    assert read.formulas == ["F2"]
    assert {each.text for each in said(read)[SAW, f"{BASE}number"]} == {"13"}


def test_a_formula_that_nothing_has_worked_out_is_told_and_its_place_left_alone(
    tmp_path: Path,
) -> None:
    # As programs write them that do not calculate.
    read = reading(changed({"F2": "=6+7"}), tmp_path)
    assert faults(read) == {"F2": "unsolved"}
    assert (read.faults[0].seen, read.formulas) == ("=6+7", [])
    assert (SAW, f"{BASE}number") not in said(read)


def test_a_sheet_without_its_first_row_is_told_so(tmp_path: Path) -> None:
    book = opened(template())
    book.worksheets[0].delete_rows(1)
    with pytest.raises(SheetRefused, match="first row"):
        reading(saved(book), tmp_path)


def test_the_sheet_of_another_organisation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetRefused, match="made for calq"):
        reading(template(), tmp_path, "sodec")


def test_a_workbook_of_somebody_else_is_refused(tmp_path: Path) -> None:
    book = opened(template())
    del book["_jalon"]
    with pytest.raises(SheetRefused, match="not one of this service"):
        reading(saved(book), tmp_path)
