"""Pages over data that means harm, and forms that are filled in wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from web.making import snapshot_of
from web.reading import Page, faults_of, read
from web.service import BASE, Site, open_site

HOSTILE = Path(__file__).with_name("hostile.nq")
TANGLED = Path(__file__).with_name("tangled.nq")
DOCUMENTS = Path(__file__).with_name("documents")
LABELS = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o"
FORM = (
    '--cut\r\nContent-Disposition: form-data; name="data"; filename="wrong.ttl"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n%b\r\n"
    '--cut\r\nContent-Disposition: form-data; name="shapes"; filename=""\r\n'
    "Content-Type: application/octet-stream\r\n\r\n\r\n--cut--\r\n"
)
"""What a browser sends for a form in which the second file was not chosen."""

PATHS = ("/", "/plan/x", "/thing/plan/x", "/thing/citation/c", "/thing/note/n", "/terms")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    index = tmp_path_factory.mktemp("index")
    snapshot = snapshot_of(HOSTILE.read_bytes(), BASE, index)
    with open_site(snapshot, tmp_path_factory.mktemp("answers")) as site:
        yield site


@pytest.fixture(scope="module")
def tangled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Parts that hold each other: by 30 layers of two, by themselves, and in circles."""
    index = tmp_path_factory.mktemp("index")
    snapshot = snapshot_of(TANGLED.read_bytes(), BASE, index)
    with open_site(snapshot, tmp_path_factory.mktemp("answers")) as site:
        yield site


def get(site: Site, path: str) -> httpx.Response:
    return site.ask("GET", path, headers={"Accept": "text/html"})


def harmless(response: httpx.Response, language: str) -> Page:
    """The page, in which data has become neither an element, nor an attribute, nor a template."""
    found = read(response.text)
    assert faults_of(found, language) == []
    assert [each.get("src") for each in found.all("img")] == ["/static/mark.svg"]
    assert not [each for each in found.elements if "javascript:" in str(each.attributes.values())]
    assert not [each for each in found.elements if each.name in {"b", "script"}]
    return found


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", [*PATHS, f"/sparql?{urlencode({'query': LABELS})}"])
def test_hostile_data_stays_text(hostile: Site, path: str, language: str) -> None:
    response = get(hostile, f"/{language}{path}")
    assert response.status_code == 200, response.text
    harmless(response, language)


def test_hostile_labels_are_shown_as_they_are(hostile: Site) -> None:
    assert harmless(get(hostile, "/en/thing/plan/x"), "en").one("h1").text == (
        "<script>alert(1)</script>"
    )
    french = harmless(get(hostile, "/fr/thing/plan/x"), "fr")
    assert french.one("h1").text == '"><img src=x onerror=alert(1)>'
    assert "{{ 7*7 }}{% raw %}" in french.text()


@pytest.mark.parametrize(
    "path",
    [
        "/en/sparql?query=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/en/%3Cscript%3E",
        "/fr/thing/%22onload=x",
        "/fr/questions/%3Cscript%3E?%22%3E%3Cscript%3E=1",
        "/en/thing/..%2f..%2fetc/passwd",
        "/en/plan/%00",
        "/en/sparql?query=a&%22%3E%3Cb%3E",
    ],
)
def test_hostile_requests_get_a_harmless_page(hostile: Site, path: str) -> None:
    response = get(hostile, path)
    assert response.status_code in {400, 404}
    harmless(response, path[1:3])


@pytest.mark.parametrize(
    "path",
    ["measure/m", "result/0a", "result/30a", "involvement/i", "allocation/l", "objective/o"],
)
def test_tangled_parts_are_told_once(tangled: Site, path: str) -> None:
    response = get(tangled, f"/en/thing/{path}")
    assert response.status_code == 200, response.text
    harmless(response, "en")
    assert len(response.content) < 200_000


def test_a_plan_that_is_part_of_its_parts_is_laid_out_once(tangled: Site) -> None:
    response = get(tangled, "/fr/plan/p")
    assert response.status_code == 200, response.text
    harmless(response, "fr")
    assert len(response.content) < 50_000


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_report_is_in_the_language_of_the_page(site: Site, language: str) -> None:
    body = FORM.encode() % (DOCUMENTS / "wrong.ttl").read_bytes()
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    response = site.ask("POST", f"/{language}/validate", content=body, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    found = harmless(response, language)
    verdict = {
        "en": "The file cannot be loaded as it is.",
        "fr": "Le fichier ne peut pas être chargé tel quel.",
    }
    assert verdict[language] in found.text()
    assert {"Measure-year-valid", "Measure-label-french"} <= set(found.links())


def test_a_file_that_keeps_the_rules_is_said_to(site: Site) -> None:
    content = (DOCUMENTS / "right.ttl").read_bytes()
    response = site.ask("POST", "/en/validate", files={"data": ("right.ttl", content)})
    assert "The file keeps every rule." in harmless(response, "en").text()


def test_a_file_of_another_kind_is_refused_on_the_page(site: Site) -> None:
    response = site.ask("POST", "/fr/validate", files={"data": ("<b>.exe", b"MZ", "image/x<b>")})
    assert response.status_code == 415
    found = harmless(response, "fr")
    assert any(each.get("role") == "alert" for each in found.all("section"))
