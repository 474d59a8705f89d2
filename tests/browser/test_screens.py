"""Every kind of page in Chromium: both languages, wide and narrow, light and dark.

Each is photographed whole; the folder is that of pytest's ``--basetemp``. ``make test-all`` runs
this, where a Chromium is installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

import jalon
from browser.chromium import Tab, View, chromium, open_tab
from jalon.errors import LANGUAGES

PROGRAM = chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

INSPECTION = Path(__file__).with_name("inspect.js").read_text(encoding="utf-8")
FAULTY = Path(__file__).parents[1] / "web" / "documents" / "four-faults.ttl"
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
    "docs": "/docs",
    "error": "/nowhere",
}
EXPECTED = {
    "sparql-fault": "error: Failed to load resource: the server responded with a status of 400",
    "error": "error: Failed to load resource: the server responded with a status of 404",
}
"""What the browser says of pages that are errors on purpose."""

VIEWS = [View(width, theme) for width in (1280, 390) for theme in ("light", "dark")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "JALON_PORT": "0",
    }
    command = [sys.executable, "-m", "jalon", "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            yield next(match[1] for line in said if (match := re.search(r"(http://[^/\s]+)", line)))
        finally:
            process.kill()


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


def inspect(tab: Tab, picture: Path, view: View) -> None:
    """Photographs the page that is open; it is in its theme, and nothing of it is unreadable."""
    tab.photograph(picture)
    assert tab.evaluate(INSPECTION) == []
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 128) == (view.theme == "dark")


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
