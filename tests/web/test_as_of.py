"""What is asked as of a release, older or newest, however many are made meanwhile."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import RDFS, URIRef

from jalon.services.documents import Wanted
from jalon.store.shelf import HOT
from web.released import (
    BASE,
    DEF,
    LABEL,
    MEASURE,
    NEW,
    TINY,
    Released,
    line,
    links_of,
    open_released,
    proposal,
    tell,
    whole,
)

DOCUMENT = "/doc/measure/lend-tools"
THING = "/thing/measure/lend-tools"
LABELS = f"SELECT ?name {{ {MEASURE} {LABEL} ?name }} ORDER BY ?name"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    with open_released(tmp_path_factory.mktemp("data")) as opened:
        tell(opened)
        yield opened


def test_what_is_asked_of_a_release_is_as_it_was(past: Released) -> None:
    expected = {
        1: ["Lend tools as well as books", "Prêter des outils autant que des livres"],
        2: ["Lend tools as well as books", "Prêter des outils"],
        3: ["Lend tools", "Prêter des outils"],
    }
    for number, names in expected.items():
        asked = past.get(f"/sparql?{urlencode({'query': LABELS, 'release': number})}", "text/csv")
        assert asked.text.splitlines()[1:] == names
        document = past.get(f"{DOCUMENT}.jsonld?release={number}").json()
        assert document["label"] == dict(zip(("en", "fr"), names, strict=True))
        assert document["@context"] == f"http://test/context.jsonld?release={number}"
        for language, name in zip(("en", "fr"), names, strict=True):
            page = whole(past.page(f"/{language}{THING}?release={number}"), language)
            assert page.one("h1").text == name


def test_what_is_gone_or_not_yet_there_is_not_found(past: Released) -> None:
    paths = ("/doc/measure/lend-seeds", "/id/measure/lend-seeds", "/en/thing/measure/lend-seeds")
    for path in paths:
        found = [past.get(f"{path}?release={number}").status_code for number in (1, 2, 3, 4)]
        there = 303 if path.startswith("/id") else 200
        assert found == [404, there, 404, there]


def test_every_document_says_which_release_it_is_of_and_where_it_stays(past: Released) -> None:
    made = past.ledger.commit(2).time.replace(microsecond=0)
    for path in (
        DOCUMENT,
        "/def",
        "/shapes",
        "/graph/editorial",
        "/.well-known/void",
        f"/en{THING}",
    ):
        newest, older = past.get(path), past.get(f"{path}?release=2")
        assert (newest.headers["jalon-release"], older.headers["jalon-release"]) == ("6", "2")
        assert links_of(newest)["memento"] == f"http://test{path}?release=6"
        assert links_of(older)["memento"] == f"http://test{path}?release=2"
        assert links_of(older)["original"] == f"http://test{path}"
        assert parsedate_to_datetime(older.headers["memento-datetime"]) == made
        assert "memento-datetime" not in newest.headers
        assert newest.headers["etag"] != older.headers["etag"]
    context = past.get("/context.jsonld?release=2")
    assert context.headers["jalon-release"] == "2"
    described = past.get("/.well-known/void.ttl?release=2").text
    assert "<http://test/sparql?release=2>" in described
    assert "<http://test/graph/editorial.nt?release=2>" in described


def test_the_way_to_a_description_keeps_the_release(past: Released) -> None:
    response = past.get("/id/measure/lend-tools?release=2")
    assert response.headers["location"] == f"http://test{DOCUMENT}?release=2"
    assert past.page(f"{DOCUMENT}?release=2").headers["location"] == f"/en{THING}?release=2"
    assert past.page("/?release=2").headers["location"] == "/en/?release=2"
    assert past.page("/en?release=2").headers["location"] == "/en/?release=2"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_older_page_says_so_and_its_links_stay_with_it(past: Released, language: str) -> None:
    kept = re.compile(rf"/{language}(/($|\?)|/(plan|thing|term|questions|sparql))|/(doc|graph|def)")
    for path in ("/", THING, "/plan/libraries", "/questions", "/terms", "/questions/measures"):
        found = whole(past.page(f"/{language}{path}?release=2"), language)
        banner = next(each for each in found.all("aside") if each.get("class") == "older")
        assert "2" in banner.text
        away = [
            each.get("href")
            for each in found.all("a")
            if kept.match(each.get("href")) and "release=2" not in each.get("href")
        ]
        assert away == [f"/{language}{path}"]
        other = "fr" if language == "en" else "en"
        assert f"/{other}{path}?release=2" in found.links().values()
    newest = whole(past.page(f"/{language}{THING}?release=6"), language)
    assert not [each for each in newest.all("aside") if each.get("class") == "older"]


def test_a_form_on_an_older_page_asks_the_same_release(past: Released) -> None:
    for path in (f"/en/sparql?{urlencode({'query': LABELS, 'release': 1})}",):
        found = whole(past.page(path), "en")
        hidden = [each for each in found.all("input") if each.get("type") == "hidden"]
        assert [(each.get("name"), each.get("value")) for each in hidden] == [("release", "1")]
        assert "Prêter des outils autant que des livres" in found.text()
        csv = past.get(found.links()["CSV"])
        assert "Prêter des outils autant que des livres" in csv.text
    for path in ("/en/sparql", f"/en/sparql?{urlencode({'query': LABELS})}"):
        found = whole(past.page(path), "en")
        assert not [each for each in found.all("input") if each.get("type") == "hidden"]
    assert found.links()["Link to this query"].endswith("&release=6")


def test_home_and_foot_cite_the_release_for_ever(past: Released) -> None:
    found = whole(past.page("/en/"), "en")
    digest = past.ledger.commit(6).digest[:12]
    assert (
        f"release 6 of {found.text().split('release 6 of ')[1].split(',')[0]}, digest {digest}"
        in (found.text())
    )
    permalink = found.links()["Permanent link to this page as it is now"]
    assert permalink == "/en/?release=6"
    assert found.links()["http://test/en/?release=6"] == permalink
    assert "version 6 du" in whole(past.page("/fr/"), "fr").text()


def test_a_write_changes_every_tag(tmp_path: Path) -> None:
    paths = (
        DOCUMENT,
        "/def",
        "/context.jsonld",
        "/.well-known/void",
        "/en/",
        "/en/terms",
        "/releases",
    )
    with open_released(tmp_path) as past:
        tags = {path: past.get(path).headers["etag"] for path in paths}
        for path, tag in tags.items():
            assert past.get(path, **{"If-None-Match": tag}).status_code == 304
        past.commit([line(NEW, LABEL, '"Lend seeds"@en')])
        for path, tag in tags.items():
            after = past.get(path, **{"If-None-Match": tag})
            assert after.status_code == 200, path
            if path != "/releases":
                assert after.headers["jalon-release"] == "2"
                older = past.get(f"{path}?release=1", **{"If-None-Match": tag})
                assert older.status_code == 200
                assert older.headers["jalon-release"] == "1"


def test_a_release_that_does_not_stand_ready_is_made_again_and_says_so(tmp_path: Path) -> None:
    with open_released(tmp_path) as past:
        for number in range(HOT + 2):
            past.commit(
                [line(NEW, LABEL, f'"{number}"@en')], [line(NEW, LABEL, f'"{number - 1}"@en')]
            )
        listed = past.get("/releases").json()["releases"]
        assert [each["number"] for each in listed if not each["ready"]] == [3, 2, 1]
        one = past.get("/releases/2").json()
        assert (one["ready"], one["entailment"], one["quads"]) == (False, None, None)
        assert "does not stand ready" in whole(past.page("/en/releases/2"), "en").text()
        document = past.get("/doc/measure/lend-seeds.jsonld?release=2")
        assert document.json()["label"] == {"en": "0"}
        assert past.get("/releases/2").json()["ready"] is True


def test_a_document_about_some_terms_is_of_the_pack_that_is_served(tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(TINY, newer)
    plan = newer / "data" / "source" / "notice" / "plan.ttl"
    plan.write_text(plan.read_text("utf-8").replace("Lend tools", "Lend all tools"), "utf-8")
    with open_released(tmp_path / "data"):
        pass
    with open_released(tmp_path / "data", newer) as past:
        assert "Lend all tools" in past.get(DOCUMENT).text
        assert "Lend all tools" not in past.get(f"{DOCUMENT}?release=1").text
        module = "/def/evidence"
        assert past.get(module).status_code == past.get(f"{module}?release=2").status_code == 200
        older = past.get(f"{module}?release=1")
        assert (older.status_code, older.headers["location"]) == (303, "http://test/def?release=1")
        assert past.get(f"{module}.ttl?release=1").status_code == 404
        assert past.get("/def?release=1").status_code == 200
        changed = past.get("/releases/1..2").json()["counts"]
        assert changed == {"added": 1, "removed": 1}


def test_a_request_stays_with_its_release_whatever_is_committed_meanwhile(tmp_path: Path) -> None:
    with open_released(tmp_path) as past:
        past.commit([line(NEW, LABEL, '"before"@en')])
        reading = past.site.run(past.linked_data.at())
        past.commit([line(NEW, LABEL, '"after"@en')], [line(NEW, LABEL, '"before"@en')])
        wanted = Wanted("ntriples", "http://test")
        path = "id/measure/lend-seeds"
        description = past.site.run(reading.describe(path))
        assert [str(value) for value in description.values(URIRef(NEW[1:-1]), RDFS.label)] == [
            "before"
        ]
        for document in (reading.thing(path, wanted), reading.graph("graph/editorial", wanted)):
            text = past.site.run(document).body.decode()
            assert '"before"@en' in text
            assert '"after"@en' not in text
        newest = past.site.run(past.linked_data.at())
        assert '"after"@en' in past.site.run(newest.thing(path, wanted)).body.decode()


def test_what_is_asked_while_commits_come_is_of_one_release(tmp_path: Path) -> None:
    """The names of an agent and of what it takes part in change together. The page of the agent
    takes one query for the first and another for the second: both are of one release."""
    rounds = 25
    part, holder = f"<{BASE}id/involvement/i>", f"<{BASE}id/measure/holder>"

    def state(number: int) -> list[str]:
        return [
            line(NEW, LABEL, f'"state {number}"@en'),
            line(holder, LABEL, f'"state {number}"@en'),
            line(part, f"<{DEF}agent>", NEW),
            line(holder, f"<{DEF}involvement>", part),
        ]

    with open_released(tmp_path) as past:
        past.commit(state(0))
        seen: set[int] = set()

        async def write() -> None:
            for number in range(1, rounds):
                await past.publisher.commit(proposal(state(number), state(number - 1)))

        async def ask(path: str, writing: asyncio.Task[None]) -> None:
            while not writing.done():
                response = await past.site.request("GET", path, headers={"Accept": "*/*"})
                assert response.status_code == 200, response.text
                release = int(response.headers["jalon-release"])
                states = re.findall(r"state (\d+)", response.text)
                assert set(states) == {str(release - 2)}, (path, release, states)
                seen.add(release)
                # What is kept is given without a pause, in which nobody would commit.
                await asyncio.sleep(0.005)

        async def story() -> None:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(write())
                for path in ("/doc/measure/lend-seeds.ttl", "/en/thing/measure/lend-seeds"):
                    tasks.create_task(ask(path, writing))

        past.site.run(story())
        assert len(seen) > 3
