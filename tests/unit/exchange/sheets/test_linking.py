"""Rows that name each other by keys, on one sheet and on several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from jalon.errors import SheetRefused
from jalon.exchange.sheets.model import RDF_TYPE
from jalon.exchange.sheets.reading import Fault, Reading
from jalon.exchange.sheets.rowkeys import row_key
from unit.exchange.sheets.filled import (
    ANA,
    BASE,
    LABEL,
    MODEL,
    PERSON,
    SAW,
    Cells,
    changed,
    opened,
    reading,
    readings,
    saved,
    several,
)

OWNER, OWNS, KNOWS = f"{BASE}owner", f"{BASE}owns", f"{BASE}knows"
Sheets = Mapping[str, Cells]
"""What somebody writes into the cells of sheets, by their names."""


def filled(sheets: Sheets, language: str = "fr") -> Workbook:
    book = opened(several(language))
    for title, cells in sheets.items():
        for name, value in cells.items():
            book[title][name] = value
    return book


def read(sheets: Sheets | Workbook, folder: Path) -> list[Reading]:
    book = sheets if isinstance(sheets, Workbook) else filled(sheets)
    return readings(saved(book), folder, models=(MODEL, PERSON))


def values(found: Sequence[Reading], name: str) -> dict[str, list[str]]:
    """The values of a property by the English labels of what is new, and by IRIs."""
    places = [each for one in found for each in one.places]
    labels = {each.thing: each.values[0].text for each in places if each.property == LABEL}
    return {
        labels.get(each.thing, each.thing): [labels.get(v.text, v.text) for v in each.values]
        for each in places
        if each.property == name and each.values
    }


def faults(found: Sequence[Reading]) -> dict[str, Fault]:
    return {f"{one.sheet}!{each.cell}": each for one in found for each in one.faults}


def new(found: Sequence[Reading]) -> list[str]:
    return sorted(thing for one in found for thing in one.new)


AXE: Cells = {"B3": "hache", "C3": "axe", "K3": "#eva"}
EVA: Cells = {"B5": "#Eva", "C5": "Eva", "E5": "scie | #hache", "F5": "#luc | #eva"}
LUC: Cells = {"B6": " luc ", "C6": "Luc", "F6": "#EVA"}
LINKED: Sheets = {"Outil": AXE, "Personne": {**EVA, **LUC}}


def test_rows_name_rows_before_and_after_them_on_any_sheet(tmp_path: Path) -> None:
    found = read(LINKED, tmp_path)
    assert faults(found) == {}
    assert [one.sheet for one in found] == ["Outil", "Personne"]
    assert values(found, OWNER)["axe"] == ["Eva"]
    assert values(found, OWNS)["Eva"] == ["saw", "axe"]
    assert values(found, KNOWS) == {"Eva": ["Luc", "Eva"], "Luc": ["Eva"]}
    assert [len(one.new) for one in found] == [1, 2]
    assert set(found[1].keys.values()) == {"#Eva", "#luc"}
    # What is new has a class, and is no reference to a row any more.
    tags = {value.tag for one in found for place in one.places for value in place.values}
    assert "#" not in tags
    assert sum(place.property == RDF_TYPE for one in found for place in one.places) == 3


def test_neither_order_nor_keys_make_another_iri(tmp_path: Path) -> None:
    first = new(read(LINKED, tmp_path))
    book = filled({
        "Outil": {"B9": "1", "C9": "axe", "K9": "#2.é"},
        "Personne": {
            "B8": "2.e\u0301", "C8": "Eva", "E8": "#1 | scie", "F8": "#2.É | #_-",
            "B4": "_-", "C4": "Luc", "F4": "#2.É",
        },
    })  # fmt: skip
    book.move_sheet("Personne", -1)
    assert new(read(book, tmp_path)) == first


def test_equal_rows_that_name_different_rows_are_two_things(tmp_path: Path) -> None:
    cells: Cells = {
        "B3": "a", "C3": "axe", "B4": "b", "C4": "hammer",
    }  # fmt: skip
    people: Cells = {"C3": "Eva", "E3": "#a", "C4": "Eva", "E4": "#b"}
    found = read({"Outil": cells, "Personne": people}, tmp_path)
    assert faults(found) == {}
    assert len(set(new(found))) == 4
    # They are named by what these rows say, not by how they are called.
    swapped: Cells = {"B3": "b", "C3": "axe", "B4": "a", "C4": "hammer"}
    people = {"C3": "Eva", "E3": "#b", "C4": "Eva", "E4": "#a"}
    assert new(read({"Outil": swapped, "Personne": people}, tmp_path)) == new(found)


def test_a_key_of_what_is_published_names_that(tmp_path: Path) -> None:
    by_key = read({"Outil": {"B2": "s"}, "Personne": {"C3": "Eva", "E3": "#s"}}, tmp_path)
    assert faults(by_key) == {}
    assert values(by_key, OWNS)["Eva"] == ["saw"]
    assert new(by_key) == new(read({"Personne": {"C3": "Eva", "E3": "scie"}}, tmp_path))


@pytest.mark.parametrize("key", ["a b", "a|b", "a/b", "#", "##a", "x" * 41, True, "=a"])
def test_a_key_that_cannot_be_one_is_told(key: str | bool, tmp_path: Path) -> None:
    book = opened(changed({"C3": "axe"}))
    book.worksheets[0]["B3"].value = key
    if key == "=a":
        book.worksheets[0]["B3"].data_type = "s"
    [fault] = reading(saved(book), tmp_path).faults
    assert (fault.cell, fault.reason, fault.column) == ("B3", "row-key", "Repère")
    assert fault.example == "#m1"


def test_numbers_are_keys_as_they_are_seen(tmp_path: Path) -> None:
    found = reading(changed({"B3": 12, "C3": "axe", "C4": "saw", "K4": "#12"}), tmp_path)
    assert found.faults == []
    assert values([found], OWNER)["saw"] == ["axe"]


def test_a_key_that_two_rows_have_is_told_at_the_later_one(tmp_path: Path) -> None:
    found = read(
        {"Outil": {"B3": "É", "C3": "axe"}, "Personne": {"B3": "#é", "C3": "Eva"}}, tmp_path
    )
    assert {place: each.reason for place, each in faults(found).items()} == {
        "Personne!B3": "row-key-twice"
    }


def test_a_key_that_no_row_has_is_told_where_it_is_written(tmp_path: Path) -> None:
    tools: Cells = {"B3": "hache", "C3": "axe", "K3": "Ana | #ana", "K4": "#a b", "C4": "x"}
    # A row that says nothing but its key is none.
    people: Cells = {"B3": "ana", "C4": "Eva", "E4": "#haches | scie", "F4": "#ana"}
    told = faults(read({"Outil": tools, "Personne": people}, tmp_path))
    assert {place: (each.reason, each.seen, each.example) for place, each in told.items()} == {
        "Outil!K3": ("row-key-unknown", "#ana", "#m1"),
        "Outil!K4": ("row-key-unknown", "#a b", "#m1"),
        "Personne!E4": ("row-key-unknown", "#haches", "#hache"),
        "Personne!F4": ("row-key-unknown", "#ana", "#m1"),
    }
    assert told["Outil!K3"].column == "Propriétaire"
    assert told["Outil!K3"].property == OWNER


def test_rows_that_say_the_same_are_told(tmp_path: Path) -> None:
    """Whoever gives them keys means two; else they are one thing, as ever."""
    tools: Cells = {"B3": "a", "C3": "axe", "B4": "b", "C4": "axe"}
    people: Cells = {"C3": "Eva", "E3": "scie", "C4": "Eva", "E4": "scie"}
    found = read({"Outil": tools, "Personne": people}, tmp_path)
    assert {place: each.reason for place, each in faults(found).items()} == {"Outil!B4": "same"}
    assert [one.copies for one in found] == [[], ["4"]]
    assert len(new(found)) == 2


def test_what_only_an_unreadable_cell_tells_apart_is_told_at_that_cell(tmp_path: Path) -> None:
    tools: Cells = {"B3": "a", "C3": "axe", "F3": "un", "B4": "b", "C4": "axe", "F4": "deux"}
    told = faults(read({"Outil": tools}, tmp_path))
    assert {place: each.reason for place, each in told.items()} == {
        "Outil!F3": "integer",
        "Outil!F4": "integer",
    }


def test_what_cannot_be_told_apart_is_told(tmp_path: Path) -> None:
    """Two rows that name rows which differ only in what those name."""
    people: Cells = {
        "B3": "a", "C3": "Eva", "E3": "#x", "B4": "b", "C4": "Eva", "E4": "#y",
        "C5": "Luc", "F5": "#a", "C6": "Luc", "F6": "#b",
    }  # fmt: skip
    tools: Cells = {"B3": "x", "C3": "axe", "B4": "y", "C4": "hammer"}
    told = faults(read({"Outil": tools, "Personne": people}, tmp_path))
    assert {place: each.reason for place, each in told.items()} == {"Personne!B6": "same"}


def test_a_workbook_without_the_column_of_keys_is_read(tmp_path: Path) -> None:
    book = filled({"Outil": {"C3": "axe"}})
    for title in ("Outil", "Personne"):
        book[title].delete_cols(2)
    found = read(book, tmp_path)
    assert [(one.extra, one.missing, one.faults) for one in found] == [([], [], [])] * 2
    assert len(new(found)) == 1


def test_a_column_of_keys_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SheetRefused, match="twice"):
        reading(changed({"Z1": "Repère"}), tmp_path)


def test_sheets_are_known_whatever_they_are_called_and_wherever_they_stand(tmp_path: Path) -> None:
    before = read(LINKED, tmp_path)
    book = filled(LINKED)
    book["Outil"].title = "Personne 2"
    book.move_sheet("Personne", -1)
    after = read(book, tmp_path)
    assert [one.sheet for one in after] == ["Personne", "Personne 2"]
    assert new(after) == new(before)
    assert values(after, OWNS) == values(before, OWNS)


def test_of_a_sheet_that_was_removed_nothing_is_said(tmp_path: Path) -> None:
    book = filled({"Personne": {"D2": "Anna", "B3": "eva", "C3": "Eva", "E3": "#eva"}})
    del book["Outil"]
    [found] = read(book, tmp_path)
    assert (found.model, set(found.rows) - set(found.new)) == ("Person", {ANA})
    assert SAW not in found.rows
    del book["Personne"]
    book.create_sheet("Notes")
    with pytest.raises(SheetRefused, match="No sheet"):
        read(book, tmp_path)


def test_sheets_of_ones_own_and_copies_are_not_read(tmp_path: Path) -> None:
    book = filled({})
    book.create_sheet("Notes", 0)["A1"] = "à faire"
    book.copy_worksheet(book["Personne"])
    assert [one.sheet for one in read(book, tmp_path)] == ["Outil", "Personne"]


def test_lists_are_those_of_their_sheet(tmp_path: Path) -> None:
    """The same name may stand in the lists of two sheets for two things."""
    book = filled({"Personne": {"F2": "Luc"}, "Outil": {"K2": "Luc"}})
    lists = book["_jalon-choices"]
    places = {str(cell.value): cell.column for cell in lists[1] if cell.value}
    assert list(places) == [f"Tool {OWNER}", f"Person {OWNS}", f"Person {KNOWS}"]
    lists.cell(2, places[f"Person {KNOWS}"] + 1).value = f"{BASE}id/person/lucie"
    found = read(book, tmp_path)
    assert values(found, OWNER)["saw"] == [f"{BASE}id/person/luc"]
    assert values(found, KNOWS)["Ana"] == [f"{BASE}id/person/lucie"]


def test_faults_of_all_sheets_are_counted_together(tmp_path: Path) -> None:
    rows = {f"{letter}{row}": "Personne" for row in range(3, 703) for letter in "K"}
    people = {f"{letter}{row}": "Rien" for row in range(3, 703) for letter in "E"}
    found = read({"Outil": rows, "Personne": people}, tmp_path)
    assert sum(len(one.faults) for one in found) == 1_000
    assert sum(one.left_out for one in found) == 400


def test_a_key_is_a_word() -> None:
    assert [row_key(text) for text in ("m1", "#m1", " #É-_.9 ", "x" * 40)] == [
        *("m1", "m1", "É-_.9", "x" * 40)
    ]
    assert not any(map(row_key, ("", "#", "a b", "a#b", "a/b", "x" * 41)))
