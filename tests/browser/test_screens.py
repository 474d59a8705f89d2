"""Every kind of page in Chromium: both languages, wide and narrow, light and dark.

Each is photographed whole; the folder is that of pytest's ``--basetemp``. ``make test-all`` runs
this, where a Chromium is installed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import RDF, RDFS, XSD

from browser.chromium import Tab, View, chromium, open_tab
from browser.looking import VIEWS, inspect, served
from jalon.build import pack_of, publishing
from jalon.errors import LANGUAGES
from jalon.ledger.commits import ChangeSet
from jalon.settings import Settings, read_settings
from jalon.store.intake import Proposal
from jalon.terms import AP

PROGRAM = chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

FAULTY = Path(__file__).parents[1] / "web" / "documents" / "four-faults.ttl"
BASE = "https://w3id.org/jalon/"
CLASSES = "SELECT ?class (COUNT(*) AS ?number) { ?thing a ?class } GROUP BY ?class ORDER BY ?class"
PAGES = {
    "home": "/",
    "plan": "/plan/dap-2018-2023",
    "plan-120": "/plan/qdcp",
    "measure": "/thing/measure/qdcp-120",
    "organisation": "/thing/organisation/quebec-numerique",
    "term": "/term/Measure",
    "terms": "/terms",
    "questions": "/questions",
    "question": "/questions/agencies",
    "sparql": f"/sparql?{urlencode({'query': CLASSES})}",
    "sparql-fault": "/sparql?query=SELECT",
    "validate": "/validate",
    "sign-in": "/sign-in",
    "signed-out": "/submissions",
    "docs": "/docs",
    "error": "/nowhere",
    "releases": "/releases",
    "release": "/releases/2",
    "difference": "/releases/1..2",
    "difference-part": "/releases/2..3?page=2",
    "difference-none": "/releases/2..2",
    "older-home": "/?release=1",
    "older-measure": "/thing/measure/qdcp-120?release=1",
    "older-plan": "/plan/qdcp?release=2",
    "older-question": "/questions/agencies?release=1",
    "older-sparql": f"/sparql?{urlencode({'query': CLASSES, 'release': 1})}",
}
EXPECTED = {
    "sparql-fault": "error: Failed to load resource: the server responded with a status of 400",
    "signed-out": "error: Failed to load resource: the server responded with a status of 401",
    "error": "error: Failed to load resource: the server responded with a status of 404",
}
"""What the browser says of pages that are errors on purpose."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("data")
    asyncio.run(release(read_settings(data_dir=data, reasoner="none")))
    with served(data) as opened:
        yield opened


async def release(settings: Settings) -> None:
    """Two releases after that of the pack: a few changes of each kind, then many."""
    async with publishing(settings, pack_of(settings)) as publisher:
        for change, message, source in (
            (few(), "A corrected title, and a new project\nasked for by the ministry", "test"),
            (many(), "Milestones of the network", "http:graph-store"),
        ):
            await publisher.commit(Proposal(change, "f00d", message, source))


def few() -> ChangeSet:
    project, calq = f"<{BASE}id/project/lending>", f"<{BASE}id/organisation/calq>"
    year, position, label = f"<{AP.startYear}>", f"<{AP.position}>", f"<{RDFS.label}>"
    theme = f"<{BASE}id/theme/access> {label}"
    return ChangeSet.of(
        [
            line(f"{project} <{RDF.type}> <{AP.Project}>", "editorial"),
            line(f'{project} {label} "Lending tools"@en', "editorial"),
            line(f'{project} {label} "Le prêt d\'outils"@fr', "editorial"),
            line(f"{project} <{AP.ofPlan}> <{BASE}id/plan/qdcp>", "editorial"),
            line(f'{project} {year} "2024"^^<{XSD.gYear}>', "submitted/mcc"),
            line(f'{project} {position} "7"^^<{XSD.integer}>', "submitted/mcc"),
            line(f'{calq} <{AP.acronym}> "{"CALQ " * 200}"', "submitted/mcc"),
            line(f'{theme} "Accès pour tous"@fr', "editorial"),
        ],
        [line(f'{theme} "Accès"@fr', "editorial")],
    )


def many() -> ChangeSet:
    label = f"<{RDFS.label}>"
    things = (f"<{BASE}id/milestone/new-{number}>" for number in range(150))
    return ChangeSet.of(
        line(f'{thing} {label} "{word}"@{language}', "submitted/mcc")
        for thing in things
        for language, word in (("en", "Lending begins"), ("fr", "Le prêt commence"))
    )


def line(triple: str, graph: str) -> bytes:
    return f"{triple} <{BASE}graph/{graph}> .".encode()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    assert PROGRAM is not None
    with open_tab(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screens")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.theme}")
@pytest.mark.parametrize("page", [f"{language}/{name}" for name in PAGES for language in LANGUAGES])
def test_a_page_is_readable(tab: Tab, address: str, screens: Path, page: str, view: View) -> None:
    language, name = page.split("/")
    tab.open(f"{address}/{language}{PAGES[name]}", view)
    inspect(tab, screens / f"{name}-{language}-{view.width}-{view.theme}.png", view)
    expected = EXPECTED.get(name)
    assert all(expected and each.startswith(expected) for each in tab.complaints), tab.complaints


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.width}-{view.theme}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_readable(
    tab: Tab, address: str, screens: Path, language: str, view: View
) -> None:
    tab.open(f"{address}/{language}/validate", view)
    tab.send(FAULTY)
    inspect(tab, screens / f"report-{language}-{view.width}-{view.theme}.png", view)
    assert "Thing-startYear-fourDigits" in tab.evaluate("document.body.textContent")
    assert tab.complaints == []


def test_the_keyboard_reaches_the_content_first(tab: Tab, address: str) -> None:
    tab.open(f"{address}/fr/", VIEWS[0])
    for kind in ("keyDown", "keyUp"):
        tab.call(
            "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
        )
    assert tab.evaluate("document.activeElement.textContent") == "Aller au contenu"
    visible = "document.activeElement.getBoundingClientRect().top >= 0"
    assert tab.evaluate(visible) is True
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
