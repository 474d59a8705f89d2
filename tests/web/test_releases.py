"""Releases as they are seen from outside: listed, compared, and told in words."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from jalon.services.differences import SLICE
from jalon.terms import CATALOGUE_GRAPH
from web.reading import faults_of, read
from web.released import (
    BASE,
    HOSTILE,
    XSD,
    A,
    Released,
    links_of,
    open_released,
    problem,
    tell,
    whole,
)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    with open_released(tmp_path_factory.mktemp("data")) as opened:
        tell(opened)
        yield opened


def patch_of(response: httpx.Response) -> tuple[set[Quad], set[Quad]]:
    """What a patch adds, and what it removes."""
    lines = response.text.splitlines()
    assert (lines[2], lines[-1]) == ("TX .", "TC .")
    added, removed = (
        set(parse("\n".join(each[2:] for each in lines if each[:2] == mark), RdfFormat.N_QUADS))
        for mark in ("A ", "D ")
    )
    assert len(added) + len(removed) == len(lines) - 4
    return added, removed


def test_the_releases_are_listed_the_newest_first(past: Released) -> None:
    listed = past.get("/releases").json()
    assert [each["number"] for each in listed["releases"]] == [6, 5, 4, 3, 2, 1]
    assert (listed["newest"], listed["next"]) == (6, None)
    second = listed["releases"][4]
    assert second["author"]["name"] == "Ada Lovelace"
    assert (second["message"], second["added"], second["removed"]) == ("A shorter title", 3, 1)
    assert (second["ready"], second["pinned"], second["sameRules"]) == (True, False, True)
    assert listed["releases"][5]["source"]["label"]["fr"] == "du paquet de contenu"
    assert listed["releases"][4]["source"] == {"id": "test", "label": None}


@pytest.mark.parametrize("number", [1, 4, 6])
@pytest.mark.parametrize("ending", ["nt", "ttl", "rdf"])
def test_the_catalogue_tells_of_a_release_and_those_before_it(
    past: Released, number: int, ending: str
) -> None:
    answer = past.get(f"/{CATALOGUE_GRAPH}.{ending}?release={number}")
    syntax = RdfFormat.from_extension(ending)
    assert syntax is not None
    entity = NamedNode("http://www.w3.org/ns/prov#Entity")
    triples = [each.triple for each in parse(answer.content, syntax)]
    told = {each.subject for each in triples if each.object == entity}
    assert told == {NamedNode(f"{BASE}releases/{each}") for each in range(1, number + 1)}
    assert (Literal(HOSTILE) in {each.object for each in triples}) == (number >= 4)


def test_what_the_catalogue_tells_is_in_its_own_graph_alone(past: Released) -> None:
    entities = f"?thing {A} <http://www.w3.org/ns/prov#Entity>"
    text = f"SELECT DISTINCT ?graph {{ GRAPH ?graph {{ {entities} }} }}"
    assert past.site.rows(text) == [[BASE + CATALOGUE_GRAPH]]
    assert past.site.rows(f"SELECT ?thing {{ {entities} }}") == []
    quads = past.get("/releases/6").json()["quads"]
    assert quads == past.publisher.current.stamp.quads == len(past.quads(6))


def test_a_long_list_comes_in_pages(past: Released) -> None:
    numbers, path = [], "/releases?limit=4"
    while path:
        response = past.get(path)
        numbers.append([each["number"] for each in response.json()["releases"]])
        path = response.json()["next"]
        assert ("link" in response.headers) == (path is not None)
    assert numbers == [[6, 5, 4, 3], [2, 1]]
    assert past.get("/releases?before=1").json()["releases"] == []
    for wrong in ("limit=0", "limit=201", "limit=x", f"limit={'9' * 5000}"):
        assert problem(past.get(f"/releases?{wrong}")) == (400, "bad-request")
    assert problem(past.get("/releases?before=x")) == (404, "release-unknown")


def test_one_release_says_how_it_stands_and_where_to_go_on(past: Released) -> None:
    response = past.get("/releases/2")
    found = response.json()
    commit = past.ledger.commit(2)
    assert (found["digest"], found["previous"]) == (commit.digest, commit.previous)
    assert found["entailment"]["state"] == "off"
    assert found["quads"] == len(past.quads(2))
    assert links_of(response) == {
        "predecessor-version": "http://test/releases/1",
        "successor-version": "http://test/releases/3",
    }
    for path in found["links"].values():
        assert past.get(path).status_code in {200, 302, 400}, path
    assert past.get("/releases/1").json()["links"]["changes"] is None


def test_a_pin_and_an_erased_name_change_the_tag(past: Released) -> None:
    number = 2
    tag = past.get(f"/releases/{number}").headers["etag"]
    past.ledger.pin(number)
    pinned = past.get(f"/releases/{number}", **{"If-None-Match": tag})
    assert (pinned.status_code, pinned.json()["pinned"]) == (200, True)
    past.ledger.unpin(number)
    assert past.get(f"/releases/{number}", **{"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("number", ["0", "7", "x", "-1", "1.5", "9" * 400, "%00", "1..9", "x..1"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_a_release_that_never_was_is_unknown(past: Released, number: str, accept: str) -> None:
    paths = [f"/releases/{number}"]
    if ".." not in number:
        paths += [f"/doc/measure/lend-tools?release={number}", f"/en/?release={number}"]
    for path in paths:
        response = past.get(path, accept)
        if response.status_code == 303:
            response = past.get(response.headers["location"], accept)
        assert response.status_code == 404, path
        assert "release-unknown" in response.text
        if accept == "text/html":
            assert faults_of(read(response.text), "en") == []


def test_a_difference_is_what_just_one_of_two_releases_has(past: Released) -> None:
    for first, second in ((1, 2), (1, 3), (1, 4), (2, 4), (3, 6), (1, 6), (6, 1), (4, 2), (3, 3)):
        response = past.get(f"/releases/{first}..{second}.rdfp", "text/html")
        added, removed = patch_of(response)
        assert added == past.quads(second) - past.quads(first)
        assert removed == past.quads(first) - past.quads(second)
        found = past.get(f"/releases/{first}..{second}").json()
        assert found["counts"] == {"added": len(added), "removed": len(removed)}
        assert (len(found["added"]), len(found["removed"])) == (len(added), len(removed))
        assert patch_of(past.get(f"/releases/{second}..{first}.rdfp")) == (removed, added)


def test_a_quad_in_json_has_its_terms(past: Released) -> None:
    found = past.get("/releases/4..5").json()["added"]
    values = [each["object"] for each in found]
    assert {"type": "literal", "value": "7", "datatype": f"{XSD}integer"} in values
    assert {"type": "literal", "value": HOSTILE} in values
    assert {"type": "literal", "value": "x", "xml:lang": "en"} in values
    assert any(each["subject"]["type"] == "bnode" for each in found)
    assert all(each["graph"]["value"].startswith(f"{BASE}graph/") for each in found)


def test_a_difference_is_sent_once_and_in_a_format_that_is_taken(past: Released) -> None:
    path = "/releases/1..3"
    json_, patch = past.get(path), past.get(path, "application/rdf-patch")
    assert patch.headers["content-type"].startswith("application/rdf-patch")
    assert json_.headers["content-location"] == f"http://test{path}.json"
    for response in (json_, patch):
        tag = response.headers["etag"]
        accept = response.headers["content-type"].partition(";")[0]
        again = past.get(path, accept, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert (response.headers["vary"], response.headers["cache-control"]) == (
            "Accept",
            "no-cache",
        )
        assert response.headers["access-control-allow-origin"] == "*"
    assert json_.headers["etag"] != patch.headers["etag"]
    for refused in (path, "/releases", "/releases/1"):
        assert problem(past.get(refused, "image/png")) == (406, "not-acceptable")
        head = past.site.ask("HEAD", refused)
        assert (head.status_code, head.content) == (200, b"")
        got = past.site.ask("GET", refused)
        for name in ("etag", "content-length", "content-type", "vary", "cache-control"):
            assert head.headers[name] == got.headers[name]
        preflight = past.site.ask("OPTIONS", refused)
        assert preflight.status_code == 204
        assert "If-None-Match" in preflight.headers["access-control-allow-headers"]


def test_a_difference_in_words_is_told_by_thing_in_both_languages(past: Released) -> None:
    english = whole(past.page("/en/releases/1..3"), "en").text()
    assert "From release 1 to release 3" in english
    assert "6 statements added, 1 removed." in english
    assert (
        "name was Prêter des outils autant que des livres fr is now Prêter des outils fr" in english
    )
    assert "Example: what we add" in english
    assert "submitted by Village library submitted" in english
    french = whole(past.page("/fr/releases/3..1"), "fr").text()
    assert "De la version 3 à la version 1" in french
    assert "1 énoncé ajouté, 6 retirés." in french
    assert "nom était Prêter des outils fr est maintenant Prêter des outils autant que" in french
    assert "Exemple : ce que nous ajoutons" in french
    assert "Both say the same." in whole(past.page("/en/releases/2..2"), "en").text()


def test_what_was_taken_away_is_named_and_read_where_it_was(past: Released) -> None:
    found = whole(past.page("/en/releases/2..3"), "en")
    address = found.links()["Lend seeds"]
    assert address == "/en/thing/measure/lend-seeds?release=2"
    assert whole(past.page(address), "en").one("h1").text == "Lend seeds"


def test_a_long_difference_comes_in_parts_that_say_so(past: Released) -> None:
    path, told = "/fr/releases/5..6", 0
    while path:
        found = whole(past.page(path), "fr")
        assert f"sur {3 * SLICE} sont sur cette page" in found.text()
        told += sum(each.get("class") == "change added" for each in found.all("dd"))
        path = found.links().get("Changements suivants", "")
    assert told == 3 * SLICE
    for number in ("0", "4", "x", "-1", "9" * 500):
        assert past.page(f"/fr/releases/5..6?page={number}").status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", ["/releases", "/releases/4", "/releases/3..6", "/releases/6..1"])
def test_what_means_harm_stays_text(past: Released, path: str, language: str) -> None:
    found = whole(past.page(f"/{language}{path}"), language)
    assert HOSTILE in found.text()
    assert past.page(f"/{language}/releases/{quote(HOSTILE, safe='')}").status_code == 404


def test_readers_are_led_to_the_pages(past: Released) -> None:
    for path, page in (
        ("/releases?before=3", "/fr/releases?before=3"),
        ("/releases/2", "/fr/releases/2"),
        ("/releases/1..2", "/fr/releases/1..2"),
        ("/releases/1..2.html", "/fr/releases/1..2"),
    ):
        response = past.get(path, "text/html", **{"Accept-Language": "fr"})
        assert (response.status_code, response.headers["location"]) == (303, page)
        whole(past.page(page), "fr")
    assert past.page("/releases/1..2.rdfp").status_code == 200


def test_openapi_knows_the_releases(past: Released) -> None:
    described = past.get("/openapi.json").json()["paths"]
    for path in ("/releases", "/releases/{number}", "/releases/{first}..{second}"):
        assert described[path]["get"]["operationId"]
    assert "release" in {each["name"] for each in described["/doc/{path}"]["get"]["parameters"]}
