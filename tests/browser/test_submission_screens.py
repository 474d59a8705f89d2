"""Submissions in Chromium: from signing in to taking back, and every page of them as it is drawn.

Cookies, and where forms say that they come from, are the browser's own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from openpyxl import load_workbook

from browser.chromium import Tab, View, chromium, open_tab
from browser.looking import VIEWS, inspect, served
from jalon.build import ledger_of
from jalon.build.content import now
from jalon.errors import LANGUAGES
from jalon.services.rights import Rights, Scope
from jalon.settings import read_settings

PROGRAM = chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

PREFIXES = """PREFIX ap: <https://w3id.org/jalon/def#>
PREFIX id: <https://w3id.org/jalon/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX organisation: <https://w3id.org/jalon/id/organisation/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
FILES = {
    "names.ttl": 'organisation:calq ap:acronym "LE CALQ" ; skos:altLabel "Le Conseil"@fr .',
    "fault.ttl": "<https://w3id.org/jalon/id/period/calq-x> a ap:Period ; ap:startYear 2027 .",
    "forms.ttl": (
        "<https://w3id.org/jalon/id/involvement/qdcp-120-calq>"
        ' ap:position "3"^^xsd:int , "04"^^xsd:integer .'
    ),
    "measure.ttl": (
        "<https://w3id.org/jalon/id/measure/calq-studios> a ap:Measure ; ap:position 9 ;"
        " ap:partOf <https://w3id.org/jalon/id/plan/qdcp> ;"
        " ap:ofPlan <https://w3id.org/jalon/id/plan/qdcp> ;"
        ' rdfs:label "Open studios"@en , "Ouvrir les ateliers"@fr .'
    ),
    "shorter.ttl": 'organisation:calq ap:acronym "CAL" .',
    "longer.ttl": 'organisation:calq ap:acronym "CALQ" .',
    "other.ttl": 'organisation:sodec ap:acronym "X" .',
}
PAGES = {
    "submissions": "/submissions",
    "narrowed": "/submissions?state=superseded",
    "reverted": "/submissions/1",
    "cells": "/submissions/2",
    "invalid": "/submissions/3",
    "rewritten": "/submissions/4",
    "ready": "/submissions/5",
    "nothing-follows": "/submissions/5/entailed",
    "follows": "/submissions/6/entailed",
    "submit": "/submit",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A service, the tokens of a steward, of a reviewer and of who is both, and files to send."""

    address: str
    steward: str
    reviewer: str
    both: str
    files: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data, files = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        (files / name).write_text(f"{PREFIXES}{text}\n", encoding="utf-8")
    submits, reviews = [Scope.SUBMIT], [Scope.REVIEW]
    with closing(ledger_of(read_settings(data_dir=data, reasoner="none"))) as ledger:
        rights = Rights(ledger, now)
        steward, _ = rights.create("Ana Roy", submits, organisations=["calq"])
        reviewer, _ = rights.create("Eva Gagnon", reviews)
        both, _ = rights.create("Luc Côté", [*submits, *reviews], organisations=["calq", "mcc"])
    with served(data, "rules") as address:
        fill_in(f"{address}/templates/Period.xlsx", files / "periods.xlsx")
        yield Site(address, steward, reviewer, both, files)


@pytest.fixture(scope="module")
def tab(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A page, from which all that PAGES names has been submitted and decided, by its forms."""
    assert PROGRAM is not None
    with open_tab(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        make(opened, site)
        yield opened


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screens")


def make(tab: Tab, site: Site) -> None:
    """One that is published and taken back; three with faults; two ready."""
    sign_in(tab, site, site.steward, "/submit")
    for name in ("names.ttl", "periods.xlsx", "fault.ttl"):
        tab.open(f"{site.address}/en/submit", VIEWS[0])
        tab.send(site.files / name)
    sign_in(tab, site, site.both, "/submissions/1")
    for step, reason in (("approve", "Seen on their site"), ("revert", "Too long")):
        decide(tab, step, reason)
    for name in ("forms.ttl", "names.ttl", "measure.ttl"):
        tab.open(f"{site.address}/en/submit", VIEWS[0])
        tab.send(site.files / name)


def fill_in(address: str, file: Path) -> None:
    """Takes the sheet of CALQ, and adds rows to it: years that are none."""
    sheet = httpx.get(address, params={"lang": "fr", "organisation": "calq"}, timeout=60)
    book = load_workbook(io.BytesIO(sheet.content))
    first = book.worksheets[0]
    head = [str(cell.value).removesuffix(" *") for cell in first[1]]
    for year in ("bientôt", "27"):
        first.cell(first.max_row + 1, 1 + head.index("Année de début")).value = year
    book.save(file)


def sign_in(tab: Tab, site: Site, token: str, path: str) -> None:
    """Signs in, at the door of a page, to which that leads."""
    tab.open(f"{site.address}/en/submissions", VIEWS[0])
    if tab.evaluate("document.querySelector('.signed-in') !== null"):
        tab.follow("document.querySelector('.signed-in form').requestSubmit()")
    tab.open(f"{site.address}/en{path}", VIEWS[0])
    tab.follow(
        f"{{ const token = document.querySelector('#token'); token.value = '{token}';"
        " token.form.requestSubmit(); }"
    )
    assert where(tab) == f"{site.address}/en{path}"


def decide(tab: Tab, step: str, reason: str = "") -> None:
    """Makes a decision on the page of a submission, by its form."""
    tab.follow(
        f"{{ const reason = document.querySelector('#{step}-reason'); reason.value = '{reason}';"
        " reason.form.requestSubmit(); }"
    )


def where(tab: Tab) -> str:
    return str(tab.evaluate("location.href"))


def text(tab: Tab) -> str:
    return " ".join(str(tab.evaluate("document.body.innerText")).split())


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.theme}")
@pytest.mark.parametrize("page", [f"{language}/{name}" for name in PAGES for language in LANGUAGES])
def test_a_page_is_readable(tab: Tab, site: Site, screens: Path, page: str, view: View) -> None:
    language, name = page.split("/")
    tab.open(f"{site.address}/{language}{PAGES[name]}", view)
    inspect(tab, screens / f"{name}-{language}-{view.width}-{view.theme}.png", view)
    assert tab.complaints == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.theme}")
def test_a_refusal_is_readable(tab: Tab, site: Site, screens: Path, view: View) -> None:
    tab.open(f"{site.address}/fr/submit", view)
    tab.send(site.files / "other.ttl")
    inspect(tab, screens / f"refused-fr-{view.width}-{view.theme}.png", view)
    assert "appartient à une autre organisation" in text(tab)


def test_two_files_are_sent_as_a_change(tab: Tab, site: Site) -> None:
    tab.open(f"{site.address}/en/submit", VIEWS[0])
    for field, name in (("#data", "shorter.ttl"), ("#removes", "longer.ttl")):
        tab.choose(field, site.files / name)
    tab.evaluate("document.querySelector('label[for=mode-change]').click()")
    tab.follow("document.querySelector('#data').form.requestSubmit()")
    told = text(tab)
    assert "says some things from now on, or says others no more" in told
    assert "acronym CALQ CAL" in told


def test_what_would_follow_is_led_to(tab: Tab, site: Site) -> None:
    tab.open(f"{site.address}/en/submissions/6", VIEWS[0])
    tab.follow("document.querySelector('a[href$=\"/entailed\"]').click()")
    assert where(tab) == f"{site.address}/en/submissions/6/entailed"
    assert "Open studios" in text(tab)


def test_what_was_taken_back_has_all_its_steps(tab: Tab, site: Site) -> None:
    tab.open(f"{site.address}/en/submissions/1", VIEWS[0])
    told = text(tab)
    for said in ("Seen on their site", "Too long", "Luc Côté", "Ana Roy", "reverted"):
        assert said in told


def test_scripts_do_not_see_the_token_and_other_sites_do_not_send_it(tab: Tab, site: Site) -> None:
    tab.open(f"{site.address}/en/submissions", VIEWS[0])
    assert tab.evaluate("document.cookie") == ""
    action = f"{site.address}/en/submissions/5/approve"
    form = f"<form method=post action={action}><input name=reason></form>"
    tab.open(f"data:text/html,{quote(form)}", VIEWS[0])
    tab.follow("document.querySelector('form').requestSubmit()")
    assert where(tab) == action
    assert "page of this site" in text(tab)
    tab.open(f"{site.address}/en/submissions/5", VIEWS[0])
    assert "Approve and publish" in text(tab)
