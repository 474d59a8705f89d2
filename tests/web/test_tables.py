"""Sheets as CSV: given out at /templates, sent to /submissions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.exchange.sheets.formats import CSV
from unit.exchange.sheets.filled import opened, saved
from web.released import problem
from web.sheets import NAMES, download, taken, upload
from web.stewarded import CALQ, DEF, Stewarded, open_stewarded, submitted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("tables")) as stewarded:
        yield stewarded


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as stewarded:
        yield stewarded


def changed(content: bytes, thing: str, column: str, value: str) -> bytes:
    """The table with another value in one cell."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    place = [each.removesuffix(" *") for each in lines[0]].index(column)
    [line] = [line for line in lines if line[0] == thing]
    line[place] = value
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(lines)
    return out.getvalue().encode()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_back_as_it_was_is_no_news(
    shared: Stewarded, name: str, language: str
) -> None:
    found = taken(shared, download(shared, name, "csv", lang=language), CSV)
    assert (found.wish.scope, found.wish.documents) == ((), ())
    [pinning] = found.pinnings
    assert (pinning.faults, pinning.reading.new) == (0, [])
    assert pinning.reading.rows


def test_one_cell_is_exactly_one_difference(site: Stewarded) -> None:
    before = site.quads()
    content = download(site, "Organization", "csv", organisation="calq")
    made = submitted(upload(site, changed(content, CALQ, "Sigle", "Le CALQ"), "csv"))
    assert (made["state"], made["mode"]) == ("ready", "rows"), made["report"]
    [shift] = made["shifts"]
    assert (shift["thing"]["iri"], shift["property"]["iri"]) == (CALQ, f"{DEF}acronym")
    assert site.decide(made["id"], "approve").status_code == 200
    assert site.values(CALQ, f"{DEF}acronym") == {"Le CALQ"}
    # Of the release that it was made of, it still says nothing else.
    old = submitted(upload(site, content, "csv"))
    assert old["shifts"] == []
    assert site.decide(made["id"], "revert").status_code == 200
    assert site.quads() == before


def test_what_is_wrong_is_told_by_cells_and_comes_back_as_a_workbook(site: Stewarded) -> None:
    content = download(site, "Organization", "csv", organisation="calq")
    made = submitted(upload(site, changed(content, CALQ, "Nombre de membres", "douze"), "csv"))
    assert made["state"] == "invalid"
    [cell] = made["sheets"][0]["cells"]
    assert (cell["value"], cell["rule"]) == ("douze", "cell-integer")
    copy = opened(site.ask("GET", made["links"]["sheet"], site.calq).content)
    told = copy.worksheets[0][cell["cell"]]
    assert (told.value, "nombre entier" in told.comment.text) == ("douze", True)
    told.value = 12
    files = {"data": ("calq.xlsx", saved(copy), "application/octet-stream")}
    again = submitted(site.ask("POST", "/submissions", site.calq, files=files))
    assert again["state"] == "ready", again["sheets"]


def test_a_table_is_known_by_the_end_of_its_name(shared: Stewarded) -> None:
    content = download(shared, "Organization", "csv", organisation="calq")
    files = {"data": ("calq.csv", content, "application/octet-stream")}
    made = submitted(shared.ask("POST", "/submissions", shared.calq, files=files))
    assert (made["mode"], made["state"], made["shifts"]) == ("rows", "ready", [])


@pytest.mark.parametrize(
    "head",
    [
        "IRI;Nom",
        "IRI [Nothing fr];Nom",
        "IRI [Organization fr nobody];Nom",
        "IRI [Organization de]",
    ],
)
def test_a_table_of_nothing_that_is_here_is_refused(shared: Stewarded, head: str) -> None:
    assert problem(upload(shared, head.encode(), "csv")) == (422, "sheet-refused")


def test_a_table_of_another_organisation_is_refused(shared: Stewarded) -> None:
    refused = upload(shared, download(shared, "Organization", "csv", organisation="sodec"), "csv")
    assert problem(refused) == (422, "sheet-refused")
    assert "sodec" in refused.json()["detail"]


def test_other_ends_of_names_are_no_sheets(shared: Stewarded) -> None:
    for name in ("Organization", "Organization.ods", ".csv", "csv"):
        assert problem(shared.site.ask("GET", f"/templates/{name}")) == (404, "not-found")
