"""The form for a submission of two files: what is said from now on, and what is not any more."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from jalon.exchange.sheets.formats import XLSX
from web.browsing import Browser, made, signed_in, whole
from web.reading import Page
from web.stewarded import CALQ, DEF, Stewarded, open_stewarded

ACRONYM = f"{DEF}acronym"
NEW, OLD = 'organisation:calq ap:acronym "CAL" .', 'organisation:calq ap:acronym "CALQ" .'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("stewarded")) as opened:
        yield opened


@pytest.fixture
def steward(site: Stewarded) -> Browser:
    return signed_in(site, site.calq)


def chosen(page: Page) -> list[str]:
    """How the form says that the files are meant."""
    radios = [each for each in page.all("input") if each.get("type") == "radio"]
    return [each.get("value") for each in radios if "checked" in each.attributes]


def test_two_files_are_one_change(site: Stewarded, steward: Browser) -> None:
    path = made(steward.change(NEW, OLD, message="Plus court"))
    number = int(path.rpartition("/")[2])
    told, [shift] = site.get(number), site.get(number)["shifts"]
    assert (told["state"], told["mode"]) == ("ready", "change")
    assert [each["value"] for each in shift["before"]] == ["CALQ"]
    assert [each["value"] for each in shift["after"]] == ["CAL"]
    assert re.search("sigle CALQ CAL ", steward.get(path).text())
    site.decide(number, "approve")
    assert site.values(CALQ, ACRONYM) == {"CAL"}
    site.decide(number, "revert")
    assert site.values(CALQ, ACRONYM) == {"CALQ"}


@pytest.mark.parametrize(
    ("adds", "removes", "mode"),
    [
        (NEW, "", "change"),
        ("", OLD, "change"),
        ("", "", "change"),
        (NEW, OLD, "replace"),
        (NEW, OLD, "add"),
        (NEW, OLD, "remove"),
        ("", OLD, "remove"),
    ],
)
def test_files_that_do_not_go_with_the_choice_are_told_on_the_form(
    steward: Browser, adds: str, removes: str, mode: str
) -> None:
    answer = steward.change(adds, removes, mode=mode, message="Pour voir")
    found = whole(answer, "fr", 400)
    [problem] = [each for each in found.all("section") if each.get("role") == "alert"]
    assert "Deux fichiers vont ensemble" in problem.text
    assert chosen(found) == [mode]
    kept = next(each for each in found.all("input") if each.get("name") == "message")
    assert kept.get("value") == "Pour voir"


def test_a_change_is_of_rdf_alone(steward: Browser) -> None:
    files = {"data": ("calq.ttl", NEW.encode()), "removes": ("calq.xlsx", b"PK", XLSX)}
    fields = {"organisation": "calq", "mode": "change"}
    answer = steward.ask("POST", "/fr/submit", data=fields, files=files)
    found = whole(answer, "fr", 400)
    assert "Une feuille de calcul dit d'elle-même" in found.text()
    assert chosen(found) == ["change"]


def test_a_file_in_a_field_that_takes_none_is_refused(steward: Browser) -> None:
    fields = {"organisation": "calq", "mode": "replace"}
    for name in ("adds", "shapes", "message"):
        answer = steward.ask("POST", "/fr/submit", data=fields, files={name: ("a.ttl", b"")})
        whole(answer, "fr", 400)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_field_of_the_form_has_its_label(steward: Browser, language: str) -> None:
    page = steward.get(f"/{language}/submit")
    labels = {each.get("for") for each in page.all("label")}
    fields = [each for each in page.all("input") if each.get("type") != "hidden"]
    assert {"data", "removes", "mode-change"} < {each.get("id") for each in fields}
    assert {each.get("id") for each in fields} <= labels
    named = {each.get("id") for each in page.elements}
    described = {each.get("aria-describedby") for each in fields if each.get("aria-describedby")}
    assert {"data-help", "removes-help"} <= described <= named
    assert chosen(page) == ["replace"]
