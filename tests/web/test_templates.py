"""/templates: spreadsheets as they are downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from jalon.services.choosing import MOST_OF_A_CLASS
from unit.exchange.sheets.filled import opened
from web.released import problem
from web.sheets import download
from web.stewarded import BASE, DEF, Stewarded, open_stewarded

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("templates")) as opened:
        yield opened


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as opened:
        yield opened


def sheet(site: Stewarded, name: str, **params: str) -> Workbook:
    return opened(download(site, name, **params))


def rows_of(book: Workbook) -> list[dict[str, object]]:
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows if row[0]]


def test_a_sheet_has_the_names_and_the_values_in_its_language(site: Stewarded) -> None:
    [row] = [
        row
        for row in rows_of(sheet(site, "Measure"))
        if "qdcp-120" in str(row["IRI (ne pas changer)"])
    ]
    assert row["Libellé (français) *"]
    assert row["Libellé (anglais) *"]
    assert row["Libellé (anglais) : graphes"] == "graph/source/unesco-measure-120"
    assert row["Libellé (français) : graphes"] == "graph/editorial"


def test_columns_are_explained_and_those_in_the_language_come_first(site: Stewarded) -> None:
    data = sheet(site, "Measure").worksheets[0]
    assert [data.cell(1, place).value for place in (2, 3, 4)] == [
        "Repère",
        "Libellé (français) *",
        "Libellé (anglais) *",
    ]
    [head] = [cell for cell in data[1] if cell.value == "Période"]
    assert head.comment is not None
    assert "durée" in head.comment.text
    [whole] = [cell for cell in data[1] if cell.value == "Fait partie de *"]
    assert whole.comment is not None
    assert "objectif" in whole.comment.text


def test_references_show_labels_and_are_chosen_from_lists(site: Stewarded) -> None:
    book = sheet(site, "Involvement")
    [row] = [row for row in rows_of(book) if str(row["IRI (ne pas changer)"]).endswith("120-calq")]
    assert row["Agent *"] == "Conseil des arts et des lettres du Québec"
    lists = book.worksheets[0].data_validations.dataValidation
    assert any("_jalon-choices" in str(each.formula1) for each in lists)
    chosen = {str(cell.value) for column in book["_jalon-choices"].columns for cell in column}
    assert {"Conseil des arts et des lettres du Québec", f"{BASE}id/organisation/calq"} <= chosen


def test_an_organisation_has_the_sheet_of_its_own_things(site: Stewarded) -> None:
    def own(name: str, organisation: str) -> set[str]:
        book = sheet(site, name, organisation=organisation)
        return {
            str(row["IRI (ne pas changer)"]).removeprefix(f"{BASE}id/") for row in rows_of(book)
        }

    assert own("Organization", "calq") == {"organisation/calq"}
    assert own("Involvement", "calq") == {"involvement/qdcp-120-calq"}
    assert own("Involvement", "sodec") == {"involvement/qdcp-120-sodec"}
    assert own("Measure", "calq") == {"measure/qdcp-120"}
    assert "period/qdcp-120-2019-2022" in own("Period", "calq")
    assert own("Orientation", "calq") == set()


def test_what_only_an_organisation_has_described_is_its_own(changing: Stewarded) -> None:
    """Whoever takes no part in a thing yet has said all that there is of it."""
    changing.publish('period:calq-loans a ap:Period ; ap:startYear "2027"^^xsd:gYear .')
    book = sheet(changing, "Period", organisation="calq")
    things = {str(row["IRI (ne pas changer)"]) for row in rows_of(book)}
    assert f"{BASE}id/period/calq-loans" in things
    others = sheet(changing, "Period", organisation="sodec")
    assert "calq-loans" not in str(rows_of(others))


def test_iris_and_graphs_are_hidden_and_protected(site: Stewarded) -> None:
    book = sheet(site, "Organization")
    data = book.worksheets[0]
    assert data.protection.sheet
    assert data.column_dimensions["A"].hidden
    assert data["A2"].protection.locked
    assert not data["C2"].protection.locked
    assert [each.sheet_state for each in book.worksheets] == [
        *("visible", "visible", "hidden", "hidden")
    ]


def test_the_read_me_sheet_says_how_in_the_language(site: Stewarded) -> None:
    texts = {
        language: str(list(sheet(site, "Period", lang=language).worksheets[1].values))
        for language in ("en", "fr")
    }
    assert "separated by a stroke" in texts["en"]
    assert "se séparent par une barre" in texts["fr"]


def test_every_class_is_listed_with_its_sheet(site: Stewarded) -> None:
    listed = site.site.ask("GET", "/templates", params={"lang": "fr"}).json()["templates"]
    names = {each["name"]: each for each in listed}
    assert {"Measure", "Organization", "Period"} <= set(names)
    assert names["Measure"]["path"] == "/templates/Measure.xlsx?lang=fr"
    assert names["Organization"]["label"]["fr"] == "organisation"
    assert "Class" not in names


def test_the_same_sheet_is_the_same_file_and_is_not_sent_twice(site: Stewarded) -> None:
    first, second = (site.site.ask("GET", "/templates/Period.xlsx") for _ in range(2))
    assert first.content == second.content
    again = site.site.ask(
        "GET", "/templates/Period.xlsx", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    other = site.site.ask("GET", "/templates/Period.xlsx", params={"lang": "fr"})
    assert other.headers["etag"] != first.headers["etag"]


def test_what_there_is_no_sheet_of_is_not_found(site: Stewarded) -> None:
    for path in ("Nothing.xlsx", "Measure", "Class.xlsx", "Measure.xlsx?organisation=nobody"):
        assert problem(site.site.ask("GET", f"/templates/{path}")) == (404, "not-found")
    refused = site.site.ask("GET", "/templates/Measure.xlsx?organisation=A%20B")
    assert problem(refused) == (400, "bad-request")
    assert problem(site.site.ask("GET", "/templates/Measure.xlsx?lang=de")) == (400, "bad-request")


def test_nothing_is_an_organisations_own_because_it_says_so(changing: Stewarded) -> None:
    """As for submissions: a hand in a thing is given by others."""
    involved = f"{BASE}id/involvement/calq-dap"
    changing.publish(
        f"<{involved}> a ap:Involvement ; ap:agent organisation:calq ;"
        f" ap:role <{BASE}id/role/partner> ."
    )
    changing.commit(
        [
            f"<{BASE}id/measure/dap-1-1-1> <{DEF}involvement> <{involved}>"
            f" <{BASE}graph/submitted/calq> ."
        ]
    )
    things = {
        name: {
            str(row["IRI (ne pas changer)"])
            for row in rows_of(sheet(changing, name, organisation="calq"))
        }
        for name in ("Measure", "Involvement")
    }
    assert things["Measure"] == {f"{BASE}id/measure/qdcp-120"}
    assert involved in things["Involvement"]


def test_a_sheet_of_too_many_things_is_refused_with_what_to_ask_for(changing: Stewarded) -> None:
    graph = f"<{BASE}graph/submitted/sodec>"
    changing.commit(
        [
            f"<{BASE}id/period/sodec-{number}> {TYPE} <{DEF}Period> {graph} ."
            for number in range(MOST_OF_A_CLASS)
        ]
    )
    refused = changing.site.ask("GET", "/templates/Period.xlsx", params={"lang": "fr"})
    assert problem(refused) == (413, "sheet-too-large")
    assert "organisation" in refused.json()["detail"]
    assert len(rows_of(sheet(changing, "Period", organisation="calq"))) == 2
    # Nobody chooses among so many: they go by kind and name.
    book = sheet(changing, "Measure", organisation="calq")
    assert all(str(row["Période"]).startswith("period/") for row in rows_of(book))
    assert f"{DEF}period" not in [cell.value for cell in book["_jalon-choices"][1]]


def test_an_organisation_with_many_measures_has_its_sheet_all_the_same(
    changing: Stewarded,
) -> None:
    graph, many = f"<{BASE}graph/external>", 1_500
    changing.commit(
        [
            line
            for number in range(many)
            for thing in (f"<{BASE}id/measure/many-{number}>",)
            for part in (f"<{BASE}id/involvement/many-{number}>",)
            for line in (
                f"{thing} {TYPE} <{DEF}Measure> {graph} .",
                f"{thing} <{DEF}involvement> {part} {graph} .",
                f"{part} {TYPE} <{DEF}Involvement> {graph} .",
                f"{part} <{DEF}agent> <{BASE}id/organisation/sodec> {graph} .",
            )
        ]
    )
    found = rows_of(sheet(changing, "Measure", organisation="sodec"))
    assert sum("measure/many-" in str(row["IRI (ne pas changer)"]) for row in found) == many
