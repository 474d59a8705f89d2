"""Uploads made to hurt: each is refused or stopped, and the next call works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from faults.asking import children, code
from jalon.errors import ValidationTimeout
from jalon.store.port import MEGABYTE, Limits
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from jalon.store.workshop import Crew, Workshop
from jalon.validation.documents import Document
from jalon.validation.inspector import Inspection, Inspector
from web.making import snapshot_of
from web.service import BASE, Site, Tuning, open_site

UPLOADS = Path(__file__).with_name("uploads")
PLAIN = (UPLOADS / "plain.ttl").read_bytes()
TURTLE = "text/turtle"
JSON_LD = "application/ld+json"
SHORT = Limits(seconds=3, memory_bytes=700 * MEGABYTE)
ROOM = Limits(seconds=60, memory_bytes=700 * MEGABYTE)

DEEP = 10_000
NESTED_OBJECTS = b'{"http://e/p":' * DEEP + b"1" + b"}" * DEEP
HIDDEN_OBJECTS = b'{"a":"}}}\\"}}","http://e/p":' * DEEP + b"1" + b"}" * DEEP
NESTED_NODES = b"<http://e/s> <http://e/p> " + b"[ <http://e/p> " * 100_000 + b"1" + b" ]" * 100_000
NESTED_TRIPLES = b"<http://e/s> <http://e/p> " + b"<<( <http://e/s> <http://e/p> " * 100_000


def post(site: Site, content: bytes, media_type: str = TURTLE) -> httpx.Response:
    return site.ask("POST", "/validate", content=content, headers={"Content-Type": media_type})


def form(shapes: str, data: bytes = PLAIN) -> dict[str, Any]:
    sent = (UPLOADS / f"{shapes}.ttl").read_bytes()
    return {"files": {"data": ("d.ttl", data, TURTLE), "shapes": ("s.ttl", sent, TURTLE)}}


def post_with(site: Site, shapes: str, data: bytes = PLAIN) -> httpx.Response:
    return site.ask("POST", "/validate", **form(shapes, data))


def assert_well(site: Site) -> None:
    assert post(site, PLAIN).status_code == 200


@pytest.fixture
def guarded(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path, Tuning(ROOM)) as site:
        yield site
        assert_well(site)


@pytest.fixture
def hurried(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    """For what takes for ever: its deadline comes soon."""
    with open_site(snapshot, tmp_path, Tuning(SHORT)) as site:
        yield site
        assert_well(site)


@pytest.mark.parametrize("content", [NESTED_OBJECTS, HIDDEN_OBJECTS, b"[" * 5_000_000])
def test_deep_json_is_refused_before_it_is_parsed(guarded: Site, content: bytes) -> None:
    response = post(guarded, content, JSON_LD)
    assert code(response) == (400, "rdf-refused")
    assert response.json()["line"] == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_an_entity_bomb_is_refused(guarded: Site, encoding: str) -> None:
    """In UTF-16 the DOCTYPE would not be seen: no encoding but UTF-8 is read."""
    bomb = (UPLOADS / "entities.rdf").read_text(encoding="utf-8").encode(encoding)
    refusal = "rdf-refused" if encoding == "utf-8" else "rdf-syntax"
    assert code(post(guarded, bomb, "application/rdf+xml")) == (400, refusal)


@pytest.mark.parametrize("content", [NESTED_NODES, NESTED_TRIPLES, b"(" * 100_000])
def test_deep_turtle_is_refused_or_kills_its_process_alone(guarded: Site, content: bytes) -> None:
    status, found = code(post(guarded, content))
    assert status == 400
    assert found in {"validation-too-complex", "rdf-refused", "rdf-syntax"}


def test_a_pattern_without_end_is_refused(guarded: Site) -> None:
    response = post_with(guarded, "catastrophic")
    assert code(response) == (400, "shapes-refused")
    assert response.json()["shape"] == "http://example.org/S"


def test_a_pattern_without_end_that_nobody_refused_is_stopped(tmp_path: Path) -> None:
    """The shapes of a release are not looked at again; these were never looked at."""
    turtle = (UPLOADS / "catastrophic.ttl").read_bytes()
    release = snapshot_of(b"".join(_lines(turtle)), BASE, tmp_path)
    inspector = Inspector(
        releases=OnlyRelease(release),
        engine="pyshacl",
        workshop=Workshop(),
        spool=tmp_path,
        isolated=False,
        limits=SHORT,
    )
    inspection = Inspection(
        Document("data", PLAIN, TURTLE), f"{BASE}graph/submitted/anonymous", TURTLE
    )
    before = children()
    with pytest.raises(ValidationTimeout):
        asyncio.run(_inspected(inspector, inspection))
    assert children() == before


async def _inspected(inspector: Inspector, inspection: Inspection) -> None:
    try:
        await inspector.inspect(inspection)
    finally:
        await inspector.workshop.close()


def _lines(turtle: bytes) -> Iterator[bytes]:
    for quad in parse(turtle, RdfFormat.TURTLE):
        yield f"{quad.triple} <{BASE}graph/shapes> .\n".encode()


def test_a_disconnected_query_in_a_shape_is_stopped(hurried: Site) -> None:
    line = b"<http://example.org/%d> <http://example.org/p> %d .\n"
    data = b"".join(line % (number, number) for number in range(300))
    assert code(post_with(hurried, "cross-join", data)) == (503, "validation-timeout")


def test_a_query_that_makes_a_huge_literal_is_stopped(hurried: Site) -> None:
    status, found = code(post_with(hurried, "growing"))
    assert status == 503
    assert found in {"validation-too-large", "validation-timeout"}


def test_a_large_literal_is_validated_and_cut_in_messages(guarded: Site) -> None:
    large = (
        b'<http://e/s> a <http://example.org/def#Measure> ; <http://example.org/def#year> "%s" .'
    )
    response = guarded.ask(
        "POST",
        "/validate",
        content=large % (b"a" * 3_000_000),
        headers={"Content-Type": TURTLE, "Accept": "text/plain"},
    )
    assert response.status_code == 200
    assert "Measure-year-valid" in response.text
    assert len(response.content) < 5_000


def test_a_report_over_the_limit_is_refused_whole(snapshot: Snapshot, tmp_path: Path) -> None:
    limits = Limits(seconds=60, answer_bytes=100)
    with open_site(snapshot, tmp_path, Tuning(limits)) as site:
        wrong = b"<http://e/s> a <http://example.org/def#Measure> ."
        assert code(post(site, wrong)) == (503, "validation-too-large")


def test_lists_that_do_not_end_are_refused_in_shapes_and_walked_once_in_data(guarded: Site) -> None:
    assert code(post_with(guarded, "cyclic-list")) == (400, "shapes-refused")
    walked = (UPLOADS / "walked.ttl").read_bytes()
    assert post_with(guarded, "walk", walked).status_code == 200


def test_twenty_at_once_are_all_answered(snapshot: Snapshot, tmp_path: Path) -> None:
    tuning = Tuning(ROOM, crew=Crew(running=2, waiting=30, seconds=60))
    kinds: list[dict[str, Any]] = [
        {"content": NESTED_OBJECTS, "headers": {"Content-Type": JSON_LD}},
        {"content": NESTED_NODES, "headers": {"Content-Type": TURTLE}},
        form("catastrophic"),
        form("cyclic-list"),
        {"content": PLAIN, "headers": {"Content-Type": TURTLE}},
    ]
    with open_site(snapshot, tmp_path, tuning) as site:

        async def all_at_once() -> list[int]:
            asked = (site.request("POST", "/validate", **kinds[n % 5]) for n in range(20))
            return [response.status_code for response in await asyncio.gather(*asked)]

        statuses = site.run(all_at_once())
        assert statuses.count(200) == 4
        assert statuses.count(400) == 16
        assert_well(site)
