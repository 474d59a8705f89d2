"""Spreadsheets sent to /submissions: what of them is news, and which cells are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from pyoxigraph import NamedNode

from jalon.exchange.sheets.formats import XLSX
from unit.exchange.sheets.filled import opened, saved
from web.released import problem
from web.sheets import KEY, NAMES, cell_of, download, taken, upload
from web.stewarded import BASE, CALQ, DEF, Stewarded, open_stewarded, submitted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("sheets")) as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as opened:
        yield opened


def test_every_class_of_the_pack_goes_around(shared: Stewarded) -> None:
    listed = shared.site.ask("GET", "/templates").json()["templates"]
    assert [each["name"] for each in listed] == NAMES


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_back_as_it_was_is_no_news(
    shared: Stewarded, name: str, language: str
) -> None:
    content = download(shared, name, lang=language)
    for sent in (content, saved(opened(content))):
        found = taken(shared, sent)
        assert (found.wish.scope, found.wish.documents) == ((), ())
        [pinning] = found.pinnings
        assert (pinning.faults, pinning.reading.new) == (0, [])
        assert pinning.reading.rows


def test_an_unchanged_upload_is_a_submission_of_nothing(shared: Stewarded) -> None:
    made = submitted(upload(shared, download(shared, "Measure", organisation="calq")))
    assert (made["state"], made["mode"], made["shifts"]) == ("ready", "rows", [])
    assert made["quads"] == {"added": 0, "removed": 0}
    assert made["sheets"][0]["cells"] == []


def test_one_cell_is_exactly_one_difference(site: Stewarded) -> None:
    before = site.quads()
    book = opened(download(site, "Organization", organisation="calq"))
    book.worksheets[0][cell_of(book, CALQ, "Sigle")] = "Le CALQ"
    made = submitted(upload(site, saved(book)))
    assert (made["state"], made["violations"]) == ("ready", 0), made["report"]
    [shift] = made["shifts"]
    assert (shift["thing"]["iri"], shift["property"]["iri"]) == (CALQ, f"{DEF}acronym")
    assert [each["value"] for each in shift["after"]] == ["Le CALQ"]
    assert site.decide(made["id"], "approve").status_code == 200
    assert site.values(CALQ, f"{DEF}acronym") == {"Le CALQ"}
    assert site.decide(made["id"], "revert").status_code == 200
    assert site.quads() == before


def test_a_name_takes_what_repeats_it_along(site: Stewarded) -> None:
    """Who changes a label in a sheet has no column for the preferred label, which is the same."""
    book = opened(download(site, "Organization", organisation="calq"))
    book.worksheets[0][cell_of(book, CALQ, "Libellé (français)")] = "Conseil des arts"
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "ready", made["report"]
    assert {each["property"]["iri"].rpartition("#")[2] for each in made["shifts"]} == {
        "label",
        "prefLabel",
    }


def test_an_emptied_cell_takes_the_value_away(site: Stewarded) -> None:
    book = opened(download(site, "Organization", organisation="calq"))
    book.worksheets[0][cell_of(book, CALQ, "Sigle")] = None
    made = submitted(upload(site, saved(book)))
    [shift] = made["shifts"]
    assert (made["state"], shift["after"]) == ("ready", [])


def test_a_new_row_is_a_new_thing_of_the_organisation(site: Stewarded) -> None:
    book = opened(download(site, "Period", organisation="calq"))
    sheet = book.worksheets[0]
    head = [str(cell.value).removesuffix(" *") for cell in sheet[1]]
    row = sheet.max_row + 3
    sheet.cell(row, 1 + head.index("Année de début")).value = 2027
    sheet.cell(row, 1 + head.index("Année de fin")).value = "2029"
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "ready", made["report"]
    things = {each["thing"]["iri"] for each in made["shifts"]}
    [thing] = things
    assert thing.startswith(f"{BASE}id/period/calq-")
    assert site.decide(made["id"], "approve").status_code == 200
    assert site.values(thing, f"{DEF}endYear") == {"2029"}
    # It is on the next sheet, which is no news when it is sent back.
    again = download(site, "Period", organisation="calq")
    assert thing in {row[0].value for row in opened(again).worksheets[0].iter_rows()}
    assert taken(site, again).wish.scope == ()


def test_a_new_row_may_have_an_iri_of_its_own(site: Stewarded) -> None:
    book = opened(download(site, "Period", organisation="calq"))
    sheet = book.worksheets[0]
    head = [str(cell.value).removesuffix(" *") for cell in sheet[1]]
    row = sheet.max_row + 1
    thing = f"{BASE}id/period/calq-loans"
    sheet.cell(row, 1 + head.index(KEY)).value = thing
    sheet.cell(row, 1 + head.index("Année de début")).value = 2027
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "ready", made["report"]
    assert {each["property"]["iri"].rpartition("#")[2] for each in made["shifts"]} == {
        "type",
        "startYear",
    }


def test_three_broken_cells_are_told_at_these_cells_then_corrected(site: Stewarded) -> None:
    book = opened(download(site, "Organization", organisation="calq"))
    sheet = book.worksheets[0]
    members, kind, name = (
        cell_of(book, CALQ, column)
        for column in ("Nombre de membres", "Type d'entité", "Libellé (anglais)")
    )
    sheet[members], sheet[kind] = "douze", "Ministère public"
    english, sheet[name] = sheet[name].value, None
    made = submitted(upload(site, saved(book)))
    assert made["state"] == "invalid"
    cells = {each["cell"]: each for each in made["sheets"][0]["cells"]}
    assert set(cells) == {members, kind, name}
    assert made["sheets"][0]["name"] == "Organisation"
    assert (cells[members]["value"], cells[members]["example"]) == ("douze", "12")
    assert "nombre entier" in cells[members]["messages"]["fr"]
    assert "whole number" in cells[members]["messages"]["en"]
    assert cells[kind]["rule"] == "cell-choice"
    assert cells[kind]["example"]
    assert cells[name]["rule"] == "Labelled-label-english"
    assert cells[name]["example"] == english
    assert cells[name]["column"] == "Libellé (anglais)"
    assert problem(site.decide(made["id"], "approve")) == (409, "submission-conflict")
    sheet[members], sheet[kind], sheet[name] = 12, None, english
    corrected = submitted(upload(site, saved(book)))
    assert corrected["state"] == "ready", corrected["report"]
    assert site.get(made["id"])["state"] == "superseded"


def test_the_copy_of_a_sheet_has_its_mistakes_beside_its_cells(site: Stewarded) -> None:
    book = opened(download(site, "Organization", organisation="calq"))
    members = cell_of(book, CALQ, "Nombre de membres")
    book.worksheets[0][members] = "douze"
    made = submitted(upload(site, saved(book)))
    path = made["links"]["sheet"]
    response = site.ask("GET", path, site.calq)
    assert response.headers["content-type"] == XLSX
    copy = opened(response.content)
    comment = copy.worksheets[0][members].comment
    assert comment is not None
    assert "nombre entier" in comment.text
    assert copy.worksheets[0][members].fill.bgColor.rgb is not None
    lines = list(copy["Erreurs"].values)
    assert lines[1][0] == members
    assert lines[1][2] == "douze"
    [listed] = copy.worksheets[0].data_validations.dataValidation
    assert "_jalon-choices" in str(listed.formula1)
    # It can be corrected and sent.
    copy.worksheets[0][members] = 12
    again = submitted(upload(site, saved(copy)))
    assert again["state"] == "ready", again["sheets"]
    english = opened(site.ask("GET", path, site.calq, params={"lang": "en"}).content)
    assert "whole number" in str(list(english["Errors"].values))
    rdf = submitted(site.submit('organisation:calq ap:acronym "LE CALQ" .'))
    assert "sheet" not in rdf["links"]
    none = site.ask("GET", f"/submissions/{rdf['id']}/sheet.xlsx", site.calq)
    assert problem(none) == (404, "not-found")


def test_what_another_has_changed_meanwhile_is_not_taken_back(site: Stewarded) -> None:
    content = download(site, "Organization", organisation="calq")
    site.publish('organisation:calq ap:acronym "Le CALQ" .')
    book = opened(content)
    book.worksheets[0][cell_of(book, CALQ, "Nombre de membres")] = 40
    made = submitted(upload(site, saved(book)))
    assert {each["property"]["iri"] for each in made["shifts"]} == {f"{DEF}memberCount"}


def test_what_a_sheet_cannot_show_stays(site: Stewarded) -> None:
    """Texts in a language without a column, and those that no cell holds."""
    other = "http://www.w3.org/2004/02/skos/core#altLabel"
    site.publish(
        'organisation:calq skos:altLabel "El CALQ"@fr , " blanc"@fr .', params={"mode": "add"}
    )
    before = site.values(CALQ, other)
    assert " blanc@fr" in before
    book = opened(download(site, "Organization", organisation="calq"))
    name = cell_of(book, CALQ, "Autre nom (français)")
    text = str(book.worksheets[0][name].value)
    assert "blanc" not in text
    book.worksheets[0][name] = f"{text} | Le Conseil"
    made = submitted(upload(site, saved(book)))
    assert site.decide(made["id"], "approve").status_code == 200
    assert site.values(CALQ, other) == before | {"Le Conseil@fr"}


def test_what_is_anothers_is_refused_where_it_is_changed(site: Stewarded) -> None:
    book = opened(download(site, "Organization"))
    sodec = f"{BASE}id/organisation/sodec"
    book.worksheets[0][cell_of(book, sodec, "Sigle")] = "X"
    refused = upload(site, saved(book))
    assert problem(refused) == (403, "forbidden")
    assert sodec in refused.json()["detail"]


def test_columns_of_ones_own_are_told_and_ignored(shared: Stewarded) -> None:
    book = opened(download(shared, "Organization", organisation="calq"))
    sheet = book.worksheets[0]
    sheet.cell(1, sheet.max_column + 1).value = "Mes remarques"
    made = submitted(upload(shared, saved(book)))
    assert "Mes remarques" in made["sheets"][0]["remarks"][0]["fr"]
    assert made["quads"] == {"added": 0, "removed": 0}


def test_a_sheet_comes_as_the_file_of_a_form_too(shared: Stewarded) -> None:
    content = download(shared, "Organization", organisation="calq")
    files = {"data": ("calq.xlsx", content, "application/octet-stream")}
    made = submitted(shared.ask("POST", "/submissions", shared.calq, files=files))
    assert made["mode"] == "rows"
    both = [
        ("data", ("calq.xlsx", content, XLSX)),
        ("data", ("a.ttl", b"<a> <b> <c> .", "text/turtle")),
    ]
    refused = shared.ask("POST", "/submissions", shared.calq, files=both)
    assert problem(refused) == (422, "sheet-refused")


def test_what_is_no_sheet_of_ours_is_refused_and_not_kept(shared: Stewarded) -> None:
    assert problem(upload(shared, b"PK\x03\x04")) == (422, "sheet-refused")
    assert problem(upload(shared, saved(Workbook()))) == (422, "sheet-refused")
    theirs = download(shared, "Organization", organisation="sodec")
    refused = upload(shared, theirs)
    assert problem(refused) == (422, "sheet-refused")
    assert "sodec" in refused.json()["detail"]


def test_only_submissions_take_sheets(shared: Stewarded) -> None:
    content = download(shared, "Organization")
    headers = {"Content-Type": XLSX}
    refused = shared.site.ask("POST", "/validate", content=content, headers=headers)
    assert problem(refused) == (415, "unsupported-media-type")
    assert "text/csv" not in refused.json()["detail"]
    refused = upload(shared, b"x", headers={"Content-Type": "application/zip"})
    assert problem(refused) == (415, "unsupported-media-type")
    assert {XLSX, "text/csv"} <= set(refused.json()["detail"].strip(".").split(": ")[1].split(", "))


def test_values_of_a_sheet_stand_in_the_graph_of_the_organisation(site: Stewarded) -> None:
    book = opened(download(site, "Organization", organisation="calq"))
    book.worksheets[0][cell_of(book, CALQ, "Nombre de membres")] = 40
    made = submitted(upload(site, saved(book)))
    site.decide(made["id"], "approve")
    graph = NamedNode(f"{BASE}graph/submitted/calq")
    found = [each for each in site.quads() if each.predicate.value == f"{DEF}memberCount"]
    assert graph in {each.graph_name for each in found}
