"""Writes made to hurt: each is refused clearly, nothing of it is kept, and the next one works."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pyoxigraph import BlankNode, RdfFormat, parse

from faults.asking import code
from jalon.errors import ValidationFailed
from jalon.store.port import MEGABYTE, Limits
from jalon.store.workshop import Crew
from jalon.validation.editor import check_lines
from jalon.web.app import BodyLimits
from web.service import BASE, Tuning
from web.writable import EDITORIAL, NEW, TURTLE, Writable, numbers, one, open_writable

BOMB = (Path(__file__).parent / "uploads" / "entities.rdf").read_text(encoding="utf-8")
JSON_LD = "application/ld+json"
TRIG = "application/trig"
QUADS = "application/n-quads"
TRIPLES = "application/n-triples"
XML = "application/rdf+xml"
ROOM = Limits(seconds=20, memory_bytes=700 * MEGABYTE)
DEEP = 10_000
OPENING = b"[ <http://e/p> "
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writable]:
    tuning = Tuning(ROOM, crew=Crew(running=2, waiting=40, seconds=60))
    with open_writable(tmp_path_factory.mktemp("besieged"), tuning=tuning) as writable:
        yield writable


@pytest.fixture
def besieged(opened: Writable) -> Iterator[Writable]:
    """Nothing of what is sent may be kept, and what is sent then must be."""
    before = opened.ledger.head()
    yield opened
    assert opened.ledger.head() == before
    assert_well(opened)


def assert_well(writable: Writable) -> None:
    head, number = writable.head, next(NUMBERS)
    response = writable.ask("PUT", NEW, one(number))
    assert response.status_code in {201, 204}, response.text
    assert response.headers["jalon-release"] == str(head + 1)


def put(writable: Writable, content: bytes, media_type: str = TURTLE) -> httpx.Response:
    return writable.ask("PUT", NEW, content, headers={"Content-Type": media_type})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_an_entity_bomb_is_refused(besieged: Writable, encoding: str) -> None:
    refusal = "rdf-refused" if encoding == "utf-8" else "rdf-syntax"
    assert code(put(besieged, BOMB.encode(encoding), XML)) == (400, refusal)


@pytest.mark.parametrize(
    "content",
    [
        b'{"http://e/p":' * DEEP + b"1" + b"}" * DEEP,
        b'{"a":"}}}\\"}}","http://e/p":' * DEEP + b"1" + b"}" * DEEP,
        b"[" * 5_000_000,
    ],
    ids=["objects", "hidden", "unclosed"],
)
def test_deep_json_is_refused(besieged: Writable, content: bytes) -> None:
    assert code(put(besieged, content, JSON_LD)) == (400, "rdf-refused")


def test_fifty_megabytes_of_nested_turtle_are_too_large(besieged: Writable) -> None:
    nested = b"<http://e/s> <http://e/p> " + OPENING * 3_500_000
    assert len(nested) > 50 * MEGABYTE
    assert code(put(besieged, nested)) == (413, "request-too-large")


@pytest.mark.parametrize("closed", [True, False])
def test_fifty_megabytes_of_nested_turtle_are_stopped_where_they_may_be_sent(
    tmp_path: Path, closed: bool
) -> None:
    tuning = Tuning(ROOM, bodies=BodyLimits(upload=80 * MEGABYTE))
    ends = b"1" + b"]" * 3_500_000 + b" ." if closed else b""
    with open_writable(tmp_path, tuning=tuning) as writable:
        status, found = code(
            put(writable, b"<http://e/s> <http://e/p> " + OPENING * 3_500_000 + ends)
        )
        assert (status, found) in {
            (400, "rdf-syntax"),
            (400, "validation-too-complex"),
            (503, "validation-too-large"),
            (503, "validation-timeout"),
        }
        assert writable.head == 1
        assert_well(writable)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TRIG, b"GRAPH <http://example.org/graph/source/report> { <a> <b> <c> }"),
        (TRIG, b"<a> <b> <c> . GRAPH _:g { <a> <b> <c> }"),
        (QUADS, b"<http://e/a> <http://e/b> <http://e/c> <http://example.org/graph/shapes> ."),
        (QUADS, b'<http://e/a> <http://e/b> "c" <http://example.org/graph/submitted/newer> .'),
        (
            JSON_LD,
            b'{"@id":"http://example.org/graph/entailed","http://e/p":"1",'
            b'"@graph":[{"@id":"http://e/a","http://e/p":"1"}]}',
        ),
    ],
)
def test_a_document_does_not_reach_another_graph(
    besieged: Writable, media_type: str, content: bytes
) -> None:
    refused = put(besieged, content, media_type)
    assert code(refused) == (400, "rdf-refused")
    assert NEW in refused.json()["detail"]


def test_a_context_elsewhere_is_not_fetched(besieged: Writable) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/context.jsonld"
        content = f'{{"@context": "{address}", "name": "x"}}'.encode()
        refused = put(besieged, content, JSON_LD)
        with pytest.raises(TimeoutError):
            listening.accept()
    assert code(refused) == (400, "rdf-refused")
    assert "JSON-LD" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TURTLE, b"<a> <b> <javascript:alert(1)> ."),
        (TURTLE, b"<JavaScript:alert(1)> <b> <c> ."),
        (TURTLE, b"<a> <vbscript:x> <c> ."),
        (TURTLE, b'<a> <b> "1"^^<data:text/html,x> .'),
        (TURTLE, rb"<a> <b> <\u006Aavascript:alert(1)> ."),
        (TURTLE, b"@prefix j: <javascript:> . <a> <b> j:x ."),
        (TURTLE, b"@base <javascript:x> . <> <http://e/b> 1 ."),
        (TURTLE, rb"<a> <b> <http://e/\u202Egnp.exe> ."),
        (TURTLE, rb"<a> <b> <http://e/\u2066x> ."),
        (JSON_LD, b'{"@id":"http://e/a","http://e/p":{"@id":"javascript:alert(1)"}}'),
        (JSON_LD, b'{"@id":"http://e/\\r\\nX: y","http://e/p":"1"}'),
        (JSON_LD, b'[{"@id":"http://e/a","http://e/p":"1"},{"@id":"http://e/ b","http://e/p":1}]'),
        (JSON_LD, b'{"@id":"http://e/a","@type":["http://e/T","http://e/\\u0000"]}'),
    ],
)
def test_what_is_no_honest_iri_is_refused(
    besieged: Writable, media_type: str, content: bytes
) -> None:
    refused = put(besieged, content, media_type)
    assert code(refused) == (400, "rdf-refused")
    assert refused.json()["detail"].isprintable()


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TURTLE, rb"<http://e/\u000D\u000AX> <b> <c> ."),
        (TURTLE, b"<http://e/\r\nX> <b> <c> ."),
        (TRIPLES, rb"<http://e/\u000D\u000AX> <http://e/b> <http://e/c> ."),
        (TRIPLES, b"<a> <http://e/b> <http://e/c> ."),
        (QUADS, b'<http://e/a> <b> "c" .'),
        (TRIPLES, rb'<http://e/a> <http://e/b> "\uD800" .'),
        (TRIPLES, b'<http://e/a> <http://e/b> "c" . <http://e/a> <http://e/b> "c'),
        (TURTLE, b"\xff\xfe<\x00"),
        (
            XML,
            b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            b'<r:Bag r:about="http://e/&#13;&#10;x"><r:_1>a</r:_1></r:Bag></r:RDF>',
        ),
    ],
)
def test_what_is_no_iri_or_text_is_a_syntax_error(
    besieged: Writable, media_type: str, content: bytes
) -> None:
    assert code(put(besieged, content, media_type)) == (400, "rdf-syntax")


@pytest.mark.parametrize(
    "content",
    [
        b"<<( <http://e/a> <http://e/b> <http://e/c> )>> <http://e/p> 1 .",
        b"<http://e/a> <http://e/p> <<( <http://e/a> <http://e/b> <http://e/c> )>> .",
        b'<http://e/a> <http://e/p> "x"@ar--rtl .',
        b"# nothing at all",
        b"",
    ],
)
def test_what_the_service_does_not_keep_is_refused(besieged: Writable, content: bytes) -> None:
    refused = put(besieged, content)
    assert refused.status_code == 400
    assert code(refused)[1] in {"rdf-refused", "rdf-syntax"}


def test_relative_iris_become_absolute_under_the_graph(opened: Writable) -> None:
    assert put(opened, b"<a> <../b> <#c>, <> .").status_code in {201, 204}
    quads = list(parse(opened.newest().change.adds, RdfFormat.N_QUADS))
    assert {quad.predicate.value for quad in quads} == {f"{BASE}graph/b"}
    assert {getattr(quad.object, "value", "") for quad in quads} == {BASE + NEW, f"{BASE}{NEW}#c"}


def test_no_label_reaches_a_blank_node_of_another_commit(opened: Writable) -> None:
    opened.ask("PUT", EDITORIAL, b'_:secret <http://e/p> "mine" .')
    (kept,) = parse(opened.newest().change.adds, RdfFormat.N_QUADS)
    assert isinstance(kept.subject, BlankNode)
    label = kept.subject.value
    assert label != "secret"
    stolen = f'_:{label} <http://e/p> "stolen" .'.encode()
    for media_type in (TURTLE, TRIPLES, QUADS, TRIG):
        opened.ask("POST", EDITORIAL, stolen, headers={"Content-Type": media_type})
    named = f'{{"@id": "_:{label}", "http://e/p": "stolen"}}'.encode()
    opened.ask("POST", EDITORIAL, named, headers={"Content-Type": JSON_LD})
    graph = opened.read(EDITORIAL)
    assert len(graph) == 6
    assert len(set(graph.subjects())) == 6


def test_text_that_looks_like_quads_stays_text(opened: Writable) -> None:
    trick = f'\\" .\\r\\n<{BASE}a> <{BASE}b> <{BASE}c> <{BASE}graph/shapes> .\\n_:x <{BASE}b> \\"'
    assert put(opened, f'<a> <b> "{trick}\\u0085\\u2028\\u0000" .'.encode()).status_code < 300
    lines = opened.newest().change.adds.splitlines()
    assert len(lines) == 1
    (quad,) = parse(lines[0], RdfFormat.N_QUADS)
    assert quad.object.value.endswith("\u0085\u2028\u0000")
    assert opened.ask("DELETE", NEW).status_code == 204


@pytest.mark.parametrize(
    "line",
    [
        b"<a:b> <a:b> <a:b> <http://example.org/graph/shapes> .",
        b"<a:b> <a:b> <a:b> <http://example.org/graph/shapes> . # <http://example.org/g> .",
        b"<a:b> <a:b> <a:b> .",
        b'<a:b> <a:b> "<http://example.org/g> .',
        b'<a:b> <a:b> "a\\" <http://example.org/g> .',
        b'<a:b> <a:b> "a" "b" <http://example.org/g> .',
        b"<a:b> _:b <a:b> <http://example.org/g> .",
        b"<a:b> <a:b> <a: b> <http://example.org/g> .",
        b"<a:b> <a:b> <a:b> <http://example.org/g> ",
        b"<a:b> <a:b> <a:b> <a:b> . <a:b> <a:b> <a:b> <http://example.org/g> .",
        b"garbage",
        b"",
    ],
)
def test_not_even_a_process_that_was_taken_over_writes_elsewhere(line: bytes) -> None:
    graph = "http://example.org/g"
    check_lines(
        b'<a:b> <a:b> "x\\"y"@fr-ca <%s> .\n_:b1 <a:b> _:c <%s> .\n' % (2 * (graph.encode(),)),
        graph,
    )
    with pytest.raises(ValidationFailed):
        check_lines(line + b"\n", graph)


def test_the_good_among_the_hostile_are_all_kept(opened: Writable) -> None:
    kinds = [
        (b'{"http://e/p":' * DEEP, JSON_LD),
        (BOMB.encode(), XML),
        (b"<a> <b> <javascript:x> .", TURTLE),
        (b"<a> <b> ", TURTLE),
    ]
    before = opened.head

    async def all_at_once() -> list[int]:
        asked = []
        for number in range(16):
            content, media_type = kinds[number % 4]
            headers = {"Content-Type": media_type}
            asked.append(opened.send("POST", EDITORIAL, content, headers=headers))
            if number % 4 == 0:
                asked.append(opened.send("POST", EDITORIAL, one(1000 + number)))
        return [response.status_code for response in await asyncio.gather(*asked)]

    statuses = opened.site.run(all_at_once())
    assert statuses.count(204) == 4
    assert statuses.count(400) == 16
    assert opened.head == before + 4
    assert {1000, 1004, 1008, 1012} <= numbers(opened.read(EDITORIAL))
    assert_well(opened)
