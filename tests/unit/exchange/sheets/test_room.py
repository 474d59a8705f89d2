"""What a workbook has room for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jalon.errors import SheetTooLarge
from jalon.exchange.sheets.cells import MOST_CELLS, read_sheets
from jalon.exchange.sheets.room import ROOM, cells_of, fitted
from jalon.exchange.sheets.template import Template
from jalon.exchange.sheets.values import Manner
from jalon.exchange.sheets.writing import workbook
from unit.exchange.sheets.filled import (
    BASE,
    CHOICES,
    EXPECTED,
    ROW,
    made,
    opened,
    reading,
    said,
)

OWNER, MAKER = f"{BASE}owner", f"{BASE}maker"


def people(number: int) -> list[tuple[str, str]]:
    return [(f"Person {each}", f"{BASE}id/person/p{each}") for each in range(number)]


def choosing(**lists: int) -> Template:
    """The sheet with so many more people in each list."""
    choices = {f"{BASE}{name}": [*CHOICES[OWNER], *people(more)] for name, more in lists.items()}
    return replace(made(), manner=Manner.of("fr", BASE, choices))


def test_what_is_given_out_has_no_more_cells_than_were_counted() -> None:
    template = choosing(owner=1000)
    found = sum(len(sheet.cells) for sheet in read_sheets(workbook([template])))
    assert found <= cells_of(template) + 2 * 1002 + 1 < found + 60


def test_a_list_that_there_is_room_for_stays() -> None:
    template = choosing(owner=20_000, maker=10)
    assert fitted([template]) == (template,)


def test_the_longest_list_gives_way_and_its_things_go_by_their_names(tmp_path: Path) -> None:
    template = choosing(owner=40_000, maker=20_000)
    [found] = fitted([template])
    assert set(found.manner.iris) == set(found.manner.labels) == {MAKER}
    content = workbook([found])
    assert opened(content).worksheets[0]["K2"].value == "person/ana | person/eva"
    assert said(reading(content, tmp_path)) == EXPECTED


def test_lists_of_several_sheets_share_the_room() -> None:
    found = fitted([choosing(owner=20_000), choosing(owner=30_000), choosing(owner=100)])
    assert [set(each.manner.iris) for each in found] == [{OWNER}, set(), {OWNER}]


def test_more_rows_than_there_is_room_for_are_not_given_out() -> None:
    row = replace(ROW, thing=f"{BASE}id/tool/axe")
    enough = ROOM // (1 + len(row.values) + len(row.graphs))
    with pytest.raises(SheetTooLarge, match=str(ROOM)):
        fitted([made(rows=(row,) * (enough + 1))])
    assert ROOM < MOST_CELLS
