"""The pages over the pack's own data: whole, in both languages, and leading where they say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

import httpx
import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.services.publication import publication_of
from jalon.services.saved import open_questions
from web.making import snapshot_of
from web.reading import Page, faults_of, read
from web.service import Site, Tuning, open_site

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGES = ("en", "fr")
AT_ONCE = 4
CLASSES = "SELECT ?class (COUNT(*) AS ?n) { ?s a ?class } GROUP BY ?class ORDER BY ?class"
PATHS = (
    "/",
    "/plan/dap-2018-2023",
    "/plan/qdcp",
    "/thing/allocation/qdcp-120-cad",
    "/thing/citation/measure-qdcp-120",
    "/thing/document/newswire-2022-03-19",
    "/thing/form-field/qdcp-120-evaluation",
    "/thing/involvement/qdcp-120-mcc",
    "/thing/measure/dap-1-1-1",
    "/thing/measure/qdcp-120",
    "/thing/milestone/dap-k3-2",
    "/thing/note/translations",
    "/thing/organisation/calq",
    "/thing/plan/qdcp",
    "/thing/role/partner",
    "/thing/scheme/value-status",
    "/term/Measure",
    "/term/partOf",
    "/terms",
    "/questions",
    "/questions/agencies",
    "/questions/everything-about",
    "/questions/milestones-of-a-year?byYear=2020",
    "/sparql",
    f"/sparql?{urlencode({'query': CLASSES})}",
    f"/sparql?{urlencode({'query': 'ASK { ?s ?p ?o }'})}",
    f"/sparql?{urlencode({'query': 'CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3'})}",
    "/validate",
    "/docs",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pack = read_pack(find_pack(None))
    index = tmp_path_factory.mktemp("index")
    snapshot = snapshot_of(pack.nquads(), pack.manifest.base, index)
    whole = index / "pack.nq"
    whole.write_bytes(pack.nquads())
    tuning = Tuning(
        pack=whole,
        base=pack.manifest.base,
        publication=publication_of(pack),
        saved=open_questions(pack, lambda: date(2026, 11, 22)),
    )
    with open_site(snapshot, tmp_path_factory.mktemp("answers"), tuning) as site:
        yield site


def get(site: Site, path: str, **headers: str) -> httpx.Response:
    return site.ask("GET", path, headers={"Accept": BROWSER, **headers})


def page(site: Site, path: str) -> Page:
    response = get(site, path)
    assert response.status_code == 200, response.text
    return read(response.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_whole(served: Site, path: str, language: str) -> None:
    response = get(served, f"/{language}{path}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["content-language"] == language
    found = read(response.text)
    assert faults_of(found, language) == []
    assert all(each.startswith("/static/") for each in loaded_by(found))


def loaded_by(found: Page) -> list[str]:
    """What a browser fetches for a page without being told to."""
    linked = [each for each in found.all("link") if each.get("rel") in {"stylesheet", "icon"}]
    return [each.get("src") for each in found.all("img")] + [each.get("href") for each in linked]


def test_every_link_of_ours_leads_somewhere(served: Site) -> None:
    targets: dict[str, str] = {}
    for path in ("/", "/plan/dap-2018-2023", "/plan/qdcp", "/thing/measure/qdcp-120", "/terms"):
        start = f"/fr{path}"
        for element in page(served, start).elements:
            href = urldefrag(urljoin(start, element.get("href") or element.get("src")))[0]
            if not urlsplit(href).netloc:
                targets.setdefault(href, start)
    assert len(targets) > 200
    statuses = served.run(statuses_of(served, list(targets)))
    broken = [
        (targets[each], each, status) for each, status in statuses if status not in {200, 303}
    ]
    assert broken == []


async def statuses_of(site: Site, targets: list[str]) -> list[tuple[str, int]]:
    """The status of each address, a few at a time."""
    found = []
    for start in range(0, len(targets), AT_ONCE):
        batch = targets[start : start + AT_ONCE]
        asked = (site.request("GET", each, headers={"Accept": "*/*"}) for each in batch)
        answers = await asyncio.gather(*asked)
        found += [(each, answer.status_code) for each, answer in zip(batch, answers, strict=True)]
    return found


def test_three_clicks_from_home_to_the_agencies_and_where_they_are_written(served: Site) -> None:
    """From /fr/: which agencies have a part in Measure 120, and where is that written?"""
    home = page(served, "/fr/").links()
    plan = page(served, home["Plan culturel numérique du Québec"]).links()
    measure = next(href for words, href in plan.items() if "Mesure 120" in words)
    shown = page(served, measure).text()
    for agency, line in (
        ("Ministère de la Culture et des Communications", "3"),
        ("Conseil des arts et des lettres du Québec", "4"),
        ("Société de développement des entreprises culturelles", "5"),
    ):
        assert f"{agency} attesté ligne {line} rôle organisme responsable déduit" in shown
    assert "La mesure 120 sur la plateforme de suivi des politiques de l'UNESCO, ligne 3" in shown


def test_a_question_card_gives_the_same_answer(served: Site) -> None:
    home = page(served, "/fr/").links()
    answer = page(served, home["Qui prend part à quelle mesure, et à quel titre"])
    rows = [" ".join(row.text.split()) for row in answer.all("tr")]
    assert any("Culture et des Communications MCC organisme responsable" in row for row in rows)
    assert any(row.endswith("ligne 3") for row in rows)


def test_the_home_page_counts_what_there_is(served: Site) -> None:
    text = page(served, "/en/").text()
    for counted in ("2 plans", "34 measures", "30 milestones", "9 organisations"):
        assert counted in text


def test_the_plan_says_what_is_derived_and_which_years_are_absent(served: Site) -> None:
    text = page(served, "/en/plan/dap-2018-2023").text()
    assert "191,000,000\u00a0CAD stated" in text.replace("191,000,000 CAD", "191,000,000\u00a0CAD")
    assert "1,185,000,000 derived" in text
    assert text.count("no year in the source") == 29
    assert page(served, "/fr/plan/dap-2018-2023").text().count("aucune année dans la source") == 29


def test_a_blank_is_said_to_be_blank(served: Site) -> None:
    shown = page(served, "/en/thing/measure/qdcp-120").text()
    assert "evaluated Asked, and left blank left blank line 38" in shown
    assert "cultural domain Asked, and left blank" in shown
    assert "conflicting" in shown


def test_a_text_in_another_language_is_marked_as_such(served: Site) -> None:
    found = page(served, "/fr/thing/measure/qdcp-120")
    spanish = [each.text for each in found.all("span") if each.get("lang") == "es"]
    assert spanish == ["Objetivo(s) de la Convención 2005 de la UNESCO"]


@pytest.mark.parametrize(
    "path", ["/", "/plan/qdcp", "/thing/measure/qdcp-120", "/questions/agencies?role=x", "/sparql"]
)
def test_the_other_language_is_the_same_page(served: Site, path: str) -> None:
    found = read(get(served, f"/en{path}").text)
    alternates = {
        each.get("hreflang"): each.get("href") for each in found.all("link") if each.get("hreflang")
    }
    assert found.links()["Français"] == alternates["fr"]
    switched = read(get(served, alternates["fr"]).text)
    assert switched.links()["English"] == alternates["en"] == f"/en{path}"


@pytest.mark.parametrize(("accepted", "language"), [("fr-CA,en;q=0.5", "fr"), ("de", "en")])
def test_the_root_leads_to_the_language_of_the_reader(
    served: Site, accepted: str, language: str
) -> None:
    for path, target in (("/", f"/{language}/"), ("/docs", f"/{language}/docs")):
        response = get(served, path, **{"Accept-Language": accepted})
        assert response.status_code == 302
        assert response.headers["location"] == target
        assert response.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/sparql", "/fr/sparql"),
        ("/validate", "/fr/validate"),
        ("/def", "/fr/terms"),
        ("/queries", "/fr/questions"),
        ("/queries/agencies?role=x", "/fr/questions/agencies?role=x"),
        ("/doc/measure/qdcp-120", "/fr/thing/measure/qdcp-120"),
        ("/doc/measure/qdcp-120.html", "/fr/thing/measure/qdcp-120"),
    ],
)
def test_a_reader_at_an_address_of_machines_is_led_to_the_page(
    served: Site, address: str, target: str
) -> None:
    response = get(served, address, **{"Accept-Language": "fr"})
    assert response.status_code == 303
    assert response.headers["location"] == target
    assert response.headers["vary"] == "Accept, Accept-Language"
    assert get(served, target).status_code in {200, 400}


@pytest.mark.parametrize(
    "accept", ["*/*", "", "text/turtle", "text/turtle, text/html;q=0.9", "text/html, text/turtle"]
)
def test_a_program_is_not_led_away(served: Site, accept: str) -> None:
    response = served.ask("GET", "/doc/measure/qdcp-120", headers={"Accept": accept})
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"


def test_an_error_is_a_page_for_readers_alone(served: Site) -> None:
    for path, language in (("/fr/rien", "fr"), ("/en/thing/measure/none", "en"), ("/none", "en")):
        response = get(served, path)
        assert response.status_code == 404
        assert response.headers["content-security-policy"] == POLICY
        assert response.headers["content-language"] == language
        assert faults_of(read(response.text), language) == []
        assert "not-found" in response.text
    document = served.ask("GET", "/fr/rien", headers={"Accept": "application/json"})
    assert document.headers["content-type"] == "application/problem+json"


def test_a_question_with_a_wrong_value_says_so_on_its_page(served: Site) -> None:
    response = get(served, "/fr/questions/citations-of-line?line=abc")
    assert response.status_code == 400
    found = read(response.text)
    assert faults_of(found, "fr") == []
    assert any(each.get("role") == "alert" for each in found.all("section"))


def test_a_query_with_a_fault_stays_in_its_field(served: Site) -> None:
    response = get(served, f"/en/sparql?{urlencode({'query': 'SELECT * { ?s ex:p ?o }'})}")
    assert response.status_code == 400
    found = read(response.text)
    assert faults_of(found, "en") == []
    assert found.one("textarea").text == "SELECT * { ?s ex:p ?o }"
    assert "not declared" in found.text()


@pytest.mark.parametrize(
    ("suffix", "content_type"),
    [("csv", "text/csv; charset=utf-8"), ("json", "application/sparql-results+json")],
)
def test_the_downloads_of_an_answer_are_whole(served: Site, suffix: str, content_type: str) -> None:
    many = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 700"
    found = page(served, f"/en/sparql?{urlencode({'query': many})}")
    assert "Only the first 500 of 700 rows" in found.text()
    response = get(served, found.links()[suffix.upper()])
    assert response.headers["content-type"] == content_type
    rows = response.text.splitlines() if suffix == "csv" else response.json()["results"]["bindings"]
    assert len(rows) == 700 + (suffix == "csv")


def test_a_page_is_not_sent_twice(served: Site) -> None:
    for path in ("/en/", "/fr/thing/measure/qdcp-120", "/static/jalon.css", "/static/mark.svg"):
        first = get(served, path)
        tag = first.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
        again = get(served, path, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    english, french = (get(served, f"/{each}/").headers["etag"] for each in LANGUAGES)
    assert english != french


def test_head_has_the_headers_alone(served: Site) -> None:
    response = served.ask("HEAD", "/en/", headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert response.content == b""
    assert int(response.headers["content-length"]) == len(get(served, "/en/").content)


def test_static_files_have_their_types(served: Site) -> None:
    assert get(served, "/static/jalon.css").headers["content-type"] == "text/css; charset=utf-8"
    assert get(served, "/static/mark.svg").headers["content-type"] == "image/svg+xml"
    assert get(served, "/static/../app.py").status_code == 404
