"""Submissions made to hurt: each is refused clearly, nothing of it is kept, and others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from faults.asking import code
from jalon.store.port import MEGABYTE
from web.stewarded import (
    BASE,
    CALQ,
    DEF,
    PREFIXES,
    SODEC,
    TURTLE,
    Stewarded,
    open_stewarded,
    submitted,
)

JSON_LD = "application/ld+json"
TRIG = "application/trig"
QUADS = "application/n-quads"
TRIPLES = "application/n-triples"
XML = "application/rdf+xml"
ACRONYM = f"{DEF}acronym"
OPENING = b'{"http://e/p":['
HUGE = 200 * MEGABYTE
READS = 12


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("besieged")) as site:
        yield site


@pytest.fixture
def besieged(opened: Stewarded) -> Iterator[Stewarded]:
    """Nothing of what is sent is kept, and what others ask meanwhile is answered."""
    before = kept(opened)
    yield opened
    assert kept(opened) == before


def kept(site: Stewarded) -> tuple[int, list[int]]:
    listed = site.ask("GET", "/submissions", site.reviewer).json()["submissions"]
    return site.newest, [each["id"] for each in listed]


def send(site: Stewarded, content: Any, media_type: str = TURTLE, **more: Any) -> httpx.Response:
    """What a submission comes to, while others ask: they are answered."""

    async def meanwhile() -> httpx.Response:
        headers = {"Content-Type": media_type, "Authorization": f"Bearer {site.calq}"}
        if more:
            del headers["Content-Type"]
        sent = asyncio.create_task(
            site.site.request("POST", "/submissions", content=content, headers=headers, **more)
        )
        for number in range(READS):
            text = f"ASK {{ ?s ?p ?o }} # {number}"
            read = await site.site.request("GET", "/sparql", params={"query": text})
            assert read.json()["boolean"] is True
        return await sent

    return site.site.run(meanwhile())


def test_two_hundred_megabytes_of_nested_json_ld_are_not_even_taken(besieged: Stewarded) -> None:
    taken = 0

    async def nested() -> AsyncIterator[bytes]:
        nonlocal taken
        part = OPENING * (MEGABYTE // len(OPENING))
        while taken < HUGE:
            taken += len(part)
            yield part
            await asyncio.sleep(0)

    assert code(send(besieged, nested(), JSON_LD)) == (413, "request-too-large")
    assert taken < 50 * MEGABYTE


@pytest.mark.parametrize(
    "content",
    [
        OPENING * 10_000 + b"1" + b"]}" * 10_000,
        OPENING * (9 * MEGABYTE // len(OPENING)),
        b"[" * 9 * MEGABYTE,
        b'{"@graph":' * 1_000 + b"{}" + b"}" * 1_000,
    ],
    ids=["closed", "unclosed", "lists", "graphs"],
)
def test_nested_json_ld_that_may_be_sent_is_refused(besieged: Stewarded, content: bytes) -> None:
    refused = send(besieged, content, JSON_LD)
    assert code(refused) == (400, "rdf-refused")
    assert "100" in refused.json()["detail"]


def test_deep_turtle_is_read_or_refused(besieged: Stewarded) -> None:
    deep = b"<http://e/s> <http://e/p> " + b"[ <http://e/p> " * 500_000
    assert send(besieged, deep).status_code in {400, 503}


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TRIG, f'GRAPH <{BASE}graph/editorial> {{ <{CALQ}> <{ACRONYM}> "X" }}'),
        (TRIG, f'GRAPH <{BASE}graph/source/dap-overview> {{ <{CALQ}> <{ACRONYM}> "X" }}'),
        (TRIG, f'GRAPH <{BASE}graph/submitted/sodec> {{ <{CALQ}> <{ACRONYM}> "X" }}'),
        (TRIG, f'<{CALQ}> <{ACRONYM}> "X" . GRAPH _:g {{ <{CALQ}> <{ACRONYM}> "Y" }}'),
        (QUADS, f'<{CALQ}> <{ACRONYM}> "X" <{BASE}graph/submitted/sodec> .'),
        (QUADS, f'<{CALQ}> <{ACRONYM}> "X" <{BASE}graph/shapes> .'),
        (QUADS, f'<{CALQ}> <{ACRONYM}> "X" <{BASE}graph/submitted/calq/> .'),
        (
            JSON_LD,
            f'{{"@id":"{BASE}graph/editorial","@graph":[{{"@id":"{CALQ}","{ACRONYM}":"X"}}]}}',
        ),
        (
            JSON_LD,
            f'[{{"@id":"{CALQ}","{ACRONYM}":"X"}},{{"@id":"{BASE}graph/submitted/sodec",'
            f'"{ACRONYM}":"Y","@graph":[{{"@id":"{CALQ}","{ACRONYM}":"X"}}]}}]',
        ),
    ],
)
def test_a_submission_does_not_reach_another_graph(
    besieged: Stewarded, media_type: str, content: str
) -> None:
    refused = send(besieged, content.encode(), media_type)
    assert code(refused) == (400, "rdf-refused")
    assert f"{BASE}graph/submitted/calq" in refused.json()["detail"]


def test_the_own_graph_may_be_named(opened: Stewarded) -> None:
    """What is refused above is refused for the graph that it names."""
    for media_type, content in (
        (TRIG, f'GRAPH <{BASE}graph/submitted/calq> {{ <{CALQ}> <{ACRONYM}> "X" }}'),
        (QUADS, f'<{CALQ}> <{ACRONYM}> "X" <{BASE}graph/submitted/calq> .'),
    ):
        made = submitted(send(opened, content.encode(), media_type))
        assert [shift["after"][0]["value"] for shift in made["shifts"]] == ["X"]


@pytest.mark.parametrize(
    ("media_type", "content", "found"),
    [
        (TURTLE, rf'<{CALQ}\u000D\u000AX> <{ACRONYM}> "X" .', "rdf-syntax"),
        (TURTLE, f'<{CALQ}\r\nX> <{ACRONYM}> "X" .', "rdf-syntax"),
        (TURTLE, f'<{CALQ}\x00> <{ACRONYM}> "X" .', "rdf-syntax"),
        (TRIPLES, rf'<{CALQ}\u0007> <{ACRONYM}> "X" .', "rdf-syntax"),
        (JSON_LD, f'{{"@id":"{CALQ}\\r\\nX: y","{ACRONYM}":"X"}}', "rdf-refused"),
        (JSON_LD, f'{{"@id":"{CALQ}","{ACRONYM}":{{"@id":"http://e/\\u0000"}}}}', "rdf-refused"),
        (TURTLE, rf"<{CALQ}> <{DEF}network> <http://e/\u202Egnp.exe> .", "rdf-refused"),
        (TURTLE, f"<{CALQ}> <{DEF}network> <javascript:alert(1)> .", "rdf-refused"),
        (TURTLE, f'<{CALQ}> <{ACRONYM}> "1"^^<data:text/html,x> .', "rdf-refused"),
        (TURTLE, f'<{CALQ}/../sodec> <{ACRONYM}> "X" .', "rdf-refused"),
        (TURTLE, f'<{BASE}id/organisation/%63alq> <{ACRONYM}> "X" .', "rdf-refused"),
    ],
)
def test_what_is_no_honest_iri_is_refused(
    besieged: Stewarded, media_type: str, content: str, found: str
) -> None:
    refused = send(besieged, content.encode(), media_type)
    assert code(refused) == (400, found)
    assert refused.json()["detail"].isprintable()


THEIRS = f'<{SODEC}> <{ACRONYM}> "X" .'


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TURTLE, THEIRS),
        (TURTLE, f'<{CALQ}> <{ACRONYM}> "CAL" . {THEIRS}'),
        (TRIG, f"{{ {THEIRS} }}"),
        (QUADS, f'<{SODEC}> <{ACRONYM}> "X" <{BASE}graph/submitted/calq> .'),
        (JSON_LD, f'{{"@id":"{CALQ}","{DEF}network":{{"@id":"{SODEC}","{ACRONYM}":"X"}}}}'),
        (JSON_LD, f'{{"@id":"{CALQ}","@reverse":{{"{DEF}agent":{{"@id":"{SODEC}"}}}}}}'),
        (JSON_LD, f'{{"@id":"{CALQ}","@included":[{{"@id":"{SODEC}","{ACRONYM}":"X"}}]}}'),
        (
            XML,
            '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            f'xmlns:ap="{DEF}"><r:Description r:about="{SODEC}"><ap:acronym>X</ap:acronym>'
            "</r:Description></r:RDF>",
        ),
    ],
)
def test_a_submission_does_not_speak_of_another_agency(
    besieged: Stewarded, media_type: str, content: str
) -> None:
    refused = send(besieged, content.encode(), media_type)
    assert code(refused) == (403, "forbidden")
    assert SODEC in refused.json()["detail"]


def test_another_agency_is_not_spoken_of_in_any_part_of_a_form(besieged: Stewarded) -> None:
    good = ("good.ttl", f'{PREFIXES} <{CALQ}> <{ACRONYM}> "X" .'.encode(), TURTLE)
    bad = ("bad.ttl", f'<{SODEC}> <{ACRONYM}> "SODEC" .'.encode(), TURTLE)
    for files in ({"adds": good, "removes": bad}, {"adds": bad}, {"removes": bad}):
        refused = send(besieged, None, files=files)
        assert code(refused) == (403, "forbidden")
    other = ("bad.nq", f'<{CALQ}> <{ACRONYM}> "CALQ" <{BASE}graph/editorial> .'.encode(), QUADS)
    refused = send(besieged, None, files={"adds": good, "removes": other})
    assert code(refused) == (400, "rdf-refused")


@pytest.mark.parametrize(
    "content",
    [
        f"<{BASE}id/note/calq-n> <{DEF}supersedes> <{BASE}graph/editorial> .",
        f"[] a <{DEF}Note> ; <{DEF}about> <{SODEC}> ; <{DEF}supersedes> <{BASE}graph/editorial> .",
        f"<{CALQ}> <{DEF}statedIn> <{BASE}graph/source/dap-overview> .",
        f"[] <{DEF}submittedIn> <{BASE}graph/submitted/sodec> .",
    ],
)
def test_nobody_lets_values_give_way_by_hand(besieged: Stewarded, content: str) -> None:
    assert code(send(besieged, content.encode())) == (400, "rdf-refused")


def test_the_good_among_the_hostile_are_all_kept(opened: Stewarded) -> None:
    kinds = [
        (OPENING * 10_000, JSON_LD),
        (THEIRS.encode(), TURTLE),
        (f"GRAPH <{BASE}graph/editorial> {{ {THEIRS} }}".encode(), TRIG),
        (rf'<{CALQ}\u000D> <{ACRONYM}> "X" .'.encode(), TURTLE),
    ]
    before = len(kept(opened)[1])

    async def all_at_once() -> list[int]:
        asked = []
        for number in range(8):
            content, media_type = kinds[number % 4]
            for sent, kind in ((content, media_type), (_good(number), TURTLE)):
                headers = {"Content-Type": kind, "Authorization": f"Bearer {opened.calq}"}
                asked.append(
                    opened.site.request("POST", "/submissions", content=sent, headers=headers)
                )
        return [response.status_code for response in await asyncio.gather(*asked)]

    statuses = opened.site.run(all_at_once())
    assert statuses[1::2] == [201] * 8
    assert statuses[0::2] == [400, 403, 400, 400] * 2
    assert len(kept(opened)[1]) == before + 8


def _good(number: int) -> bytes:
    return f'{PREFIXES} <{CALQ}> ap:acronym "CAL {number}" .'.encode()
