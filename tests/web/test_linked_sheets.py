"""Sheets whose new rows name each other, in one workbook: from /templates to what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook

from jalon.services.pinning import sheets_of
from unit.exchange.sheets.filled import opened, saved
from web.browsing import signed_in
from web.released import problem
from web.sheets import KEY, cell_of, download, taken, upload
from web.stewarded import BASE, CALQ, DEF, Stewarded, open_stewarded, submitted

SEVERAL = "Measure+ScheduleEntry+Milestone"
SHEETS = ["Mesure", "Ligne du calendrier", "Jalon"]
Row = Mapping[str, str | int]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("linked")) as stewarded:
        yield stewarded


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as stewarded:
        yield stewarded


def add(book: Workbook, sheet: str, row: Row) -> int:
    """The number of a new row of a sheet."""
    page = book[sheet]
    head = [str(cell.value).removesuffix(" *") for cell in page[1]]
    number = int(page.max_row) + 1
    for name, value in row.items():
        page.cell(number, 1 + head.index(name)).value = value
    return number


def named(english: str, french: str) -> Row:
    return {"Libellé (anglais)": english, "Libellé (français)": french}


def with_a_measure(book: Workbook, plan: str) -> Workbook:
    """A new measure with an entry of its own in the schedule, and two milestones of that."""
    last = book["Ligne du calendrier"].max_row
    add(book, "Jalon", {
        **named("Studio opens", "Ouverture de l'atelier"),
        "Fait partie de": "#Ligne", "Position": 1, "Bloc": 1, "Année prévue": 2022,
    })  # fmt: skip
    add(book, "Jalon", {
        **named("Studio is evaluated", "Évaluation de l'atelier"),
        "Fait partie de": "#ligne", "Position": 2, "Bloc": 1, "Année prévue": 2023,
    })  # fmt: skip
    add(book, "Ligne du calendrier", {
        **named("Schedule of the studio", "Calendrier de l'atelier"), "Repère": "ligne",
        "Relève du plan": plan, "Fait partie de": plan, "Concerne": "#atelier",
        "Position": int(last) + 20,
    })  # fmt: skip
    add(book, "Mesure", {
        **named("Open the studio", "Ouvrir l'atelier"), "Repère": "#atelier",
        "Relève du plan": plan, "Fait partie de": plan, "Position": 99,
    })  # fmt: skip
    return book


def plan_of(book: Workbook) -> str:
    page = book["Ligne du calendrier"]
    head = [str(cell.value).removesuffix(" *") for cell in page[1]]
    return str(page.cell(2, 1 + head.index("Relève du plan")).value)


def test_several_classes_come_in_one_workbook(shared: Stewarded) -> None:
    book = opened(download(shared, SEVERAL))
    names = [each.title for each in book.worksheets]
    assert names == [*SHEETS, "Lisez-moi", "_jalon", "_jalon-choices"]
    assert [book[name]["A1"].value for name in SHEETS] == [
        f"{KEY} [{name}]" for name in SEVERAL.split("+")
    ]
    assert {book[name]["B1"].value for name in SHEETS} == {"Repère"}
    about = str(list(book["Lisez-moi"].values))
    assert all(name in about for name in (*SHEETS, "#m1"))
    page = book["Jalon"]
    [head] = [cell.column_letter for cell in page[1] if cell.value == "Fait partie de *"]
    [source] = [
        str(each.formula1)
        for each in page.data_validations.dataValidation
        if str(each.sqref).startswith(f"{head}2:")
    ]
    column = source.partition("!$")[2].partition("$")[0]
    assert book["_jalon-choices"][f"{column}1"].value == f"Milestone {DEF}partOf"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("names", [SEVERAL, "Organization+PublicOrganisation+Network+Plan"])
def test_what_is_sent_back_as_it_was_is_no_news(
    shared: Stewarded, names: str, language: str
) -> None:
    content = download(shared, names, lang=language)
    for sent in (content, saved(opened(content))):
        found = taken(shared, sent)
        assert (found.wish.scope, found.wish.documents) == ((), ())
        assert len(found.pinnings) == len(names.split("+"))
        assert [(each.faults, each.reading.new) for each in found.pinnings] == [(0, [])] * len(
            found.pinnings
        )
        assert any(each.reading.rows for each in found.pinnings)


def test_a_new_measure_comes_with_what_is_planned_for_it(site: Stewarded) -> None:
    book = opened(download(site, SEVERAL))
    content = saved(with_a_measure(book, plan_of(book)))
    made = submitted(upload(site, content))
    told = [(each["cells"], each["remarks"]) for each in made["sheets"]]
    assert made["state"] == "ready", (told, made["report"]["results"])
    assert [each["name"] for each in made["sheets"]] == SHEETS
    new: dict[str, set[str]] = {}
    for each in made["shifts"]:
        iri = each["thing"]["iri"]
        new.setdefault(iri.removeprefix(f"{BASE}id/").partition("/")[0], set()).add(iri)
    assert {kind: len(things) for kind, things in new.items()} == {
        "measure": 1,
        "entry": 1,
        "milestone": 2,
    }
    assert site.decide(made["id"], "approve").status_code == 200
    [entry] = new["entry"]
    assert site.values(entry, f"{DEF}concerns") == new["measure"]
    for milestone in new["milestone"]:
        assert site.values(milestone, f"{DEF}partOf") == {entry}
    # The same file again changes nothing, whatever its keys are.
    again = submitted(upload(site, content))
    assert (again["shifts"], again["quads"]) == ([], {"added": 0, "removed": 0})


def test_a_key_that_leads_nowhere_is_told_at_its_sheet_and_cell(site: Stewarded) -> None:
    book = opened(download(site, SEVERAL))
    with_a_measure(book, plan_of(book))
    page = book["Ligne du calendrier"]
    [spot] = [cell for cell in page[page.max_row] if cell.value == "#atelier"]
    spot.value = "#ateliers"
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "invalid"
    cells = {
        (sheet["name"], each["cell"]): each for sheet in made["sheets"] for each in sheet["cells"]
    }
    told = cells["Ligne du calendrier", spot.coordinate]
    assert (told["rule"], told["value"]) == ("cell-row-key-unknown", "#ateliers")
    assert told["example"] == "#atelier"
    assert "« #ateliers »" in told["messages"]["fr"]
    assert "No row that is filled in" in told["messages"]["en"]
    copy = opened(site.ask("GET", made["links"]["sheet"], site.calq).content)
    comment = copy["Ligne du calendrier"][spot.coordinate].comment
    assert comment is not None
    assert "« #ateliers »" in comment.text
    lines = [str(line[0]) for line in list(copy["Erreurs"].values)[1:]]
    assert f"Ligne du calendrier!{spot.coordinate}" in lines
    read_by = signed_in(site, site.calq).get(f"/fr/submissions/{made['id']}")
    rows = [each.text for each in read_by.all("tr")]
    [row] = [text for text in rows if f"Ligne du calendrier!{spot.coordinate}" in text]
    assert "« #ateliers »" in row
    # The copy can be corrected and sent.
    copy["Ligne du calendrier"][spot.coordinate] = "#Atelier"
    again = submitted(upload(site, saved(copy)))
    assert again["state"] == "ready", [each["cells"] for each in again["sheets"]]


def test_what_shapes_find_is_told_on_the_sheet_that_it_is_about(site: Stewarded) -> None:
    book = opened(download(site, SEVERAL))
    with_a_measure(book, plan_of(book))
    page = book["Jalon"]
    [spot] = [cell for cell in page[page.max_row] if cell.value == "#ligne"]
    # A milestone is part of an entry, and of no measure.
    spot.value = "#atelier"
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "invalid"
    told = {
        (sheet["name"], each["cell"]): each["value"]
        for sheet in made["sheets"]
        for each in sheet["cells"]
        if each["severity"] == "Violation"
    }
    assert told == {("Jalon", spot.coordinate): "#atelier"}


def test_sheets_that_are_removed_say_nothing(site: Stewarded) -> None:
    book = opened(download(site, "Organization+Period", organisation="calq"))
    book["Organisation"][cell_of(book, CALQ, "Sigle", "Organization")] = "Le CALQ"
    del book["Période"]
    made = submitted(upload(site, saved(book)))
    assert [each["name"] for each in made["sheets"]] == ["Organisation"]
    [shift] = made["shifts"]
    assert (made["state"], shift["thing"]["iri"]) == ("ready", CALQ)


def test_one_thing_on_two_sheets_is_said_once(site: Stewarded) -> None:
    site.publish(f"organisation:calq a <{DEF}CollectiveBody> .", params={"mode": "add"})
    book = opened(download(site, "Organization+CollectiveBody", organisation="calq"))
    first, second = book.worksheets[:2]
    spots = [cell_of(book, CALQ, "Sigle", name) for name in ("Organization", "CollectiveBody")]
    first[spots[0]] = "Le CALQ"
    assert len(submitted(upload(site, saved(book)))["shifts"]) == 1
    second[spots[1]] = "Notre CALQ"
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "invalid"
    [told] = made["sheets"][1]["cells"]
    assert (told["cell"], told["rule"], told["value"]) == (spots[1], "cell-differs", "Notre CALQ")


@pytest.mark.parametrize(
    "name",
    [
        *("Measure+Nothing.xlsx", "Measure+Measure.xlsx", "Measure+.xlsx", "+.xlsx"),
        *("Measure+Milestone.csv", "+".join(["Measure", *"abcdefgh"]) + ".xlsx"),
        "Allocation+Citation+Count+Measure+Milestone+Note+Period+Plan+Result.xlsx",
    ],
)
def test_what_is_no_workbook_of_several_is_not_found(shared: Stewarded, name: str) -> None:
    assert problem(shared.site.ask("GET", f"/templates/{name}")) == (404, "not-found")


def test_the_file_is_called_after_its_classes(shared: Stewarded) -> None:
    answer = shared.site.ask("GET", "/templates/Period+Count.xlsx", params={"lang": "fr"})
    assert answer.headers["content-disposition"] == 'attachment; filename="Period+Count-fr.xlsx"'
    swapped = shared.site.ask("GET", "/templates/Count+Period.xlsx", params={"lang": "fr"})
    assert opened(swapped.content).sheetnames[:2] == ["Dénombrement", "Période"]


def test_an_account_of_one_sheet_is_read_as_one_of_several() -> None:
    sheet = {"name": "Organisation", "cells": []}
    for account in ({"sheet": sheet}, {"sheets": [sheet]}):
        assert [each["name"] for each in sheets_of(account)] == ["Organisation"]
    assert sheets_of({"sheet": None}) == sheets_of({}) == []


def test_row_keys_stand_in_tables_too(site: Stewarded) -> None:
    """Two sums that are put in one another's place, which neither could be without the other."""
    money = "http://publications.europa.eu/resource/authority/currency"
    lines = [
        "IRI [Allocation en];Row key;Amount;Currency;Alternate of",
        f";cad;7300000;{money}/CAD;#usd",
        f";#USD;5000000;{money}/USD;#cad",
    ]
    headers = {"Content-Type": "text/csv"}
    content = "\n".join(lines).encode()
    made = submitted(site.ask("POST", "/submissions", site.calq, content=content, headers=headers))
    assert made["state"] == "ready", made["sheets"]
    found = {
        each["thing"]["iri"]: {value["value"] for value in each["after"]}
        for each in made["shifts"]
        if each["property"]["iri"] == f"{DEF}alternateOf"
    }
    [one, other] = found
    assert found == {one: {other}, other: {one}}
