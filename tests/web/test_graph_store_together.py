"""/rdf-graph-store: conditions, many at once, and what is noted of it all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

from jalon.ledger.commits import ChangeSet
from jalon.store.intake import Proposal
from jalon.store.port import GRAPH_FORMATS
from web.service import BASE, Site
from web.writable import (
    EDITORIAL,
    NEW,
    PATH,
    TRIPLES,
    TURTLE,
    Writable,
    graph_of,
    numbers,
    one,
    problem,
)

DOCUMENTS = Path(__file__).with_name("documents")
RIGHT = (DOCUMENTS / "right.ttl").read_bytes()
WRONG = (DOCUMENTS / "wrong.ttl").read_bytes()
ALLOWED = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def tag(writable: Writable, graph: str, accept: str = TURTLE) -> str:
    response = writable.site.ask("HEAD", PATH, params={"graph": graph}, headers={"Accept": accept})
    assert response.status_code == 200
    return response.headers["etag"]


@pytest.mark.parametrize("wanted", GRAPH_FORMATS, ids=lambda wanted: str(wanted.name))
def test_what_was_read_is_replaced_unless_something_came_between(
    writable: Writable, wanted: Any
) -> None:
    writable.ask("PUT", NEW, one(1))
    read = tag(writable, NEW, wanted.media_type)
    assert writable.ask("PUT", NEW, one(2), headers={"If-Match": read}).status_code == 204
    for method in ("PUT", "POST", "DELETE"):
        content = None if method == "DELETE" else one(3)
        refused = writable.ask(method, NEW, content, headers={"If-Match": f'"x", {read}'})
        assert problem(refused) == (412, "precondition-failed")
    assert numbers(writable.read(NEW)) == {2}
    assert writable.head == 3


@pytest.mark.parametrize(
    ("graph", "headers", "status"),
    [
        (EDITORIAL, {"If-Match": "*"}, 204),
        (NEW, {"If-Match": "*"}, 412),
        (EDITORIAL, {"If-Match": '"*"'}, 412),
        (EDITORIAL, {"If-Match": ""}, 412),
        (EDITORIAL, {"If-Match": "nonsense"}, 412),
        (EDITORIAL, {"If-None-Match": "*"}, 412),
        (NEW, {"If-None-Match": "*"}, 201),
        (EDITORIAL, {"If-None-Match": '"another"'}, 204),
    ],
)
def test_conditions_ask_whether_a_graph_is_known(
    writable: Writable, graph: str, headers: dict[str, str], status: int
) -> None:
    response = writable.ask("POST", graph, one(1), headers=headers)
    assert response.status_code == status
    assert writable.head == (1 if status == 412 else 2)


def test_a_weak_tag_never_matches_strongly(untouched: Writable) -> None:
    read = tag(untouched, EDITORIAL)
    weak = untouched.ask("PUT", EDITORIAL, one(1), headers={"If-Match": f"W/{read}"})
    assert problem(weak) == (412, "precondition-failed")
    none = untouched.ask("PUT", EDITORIAL, one(1), headers={"If-None-Match": f"W/{read}"})
    assert problem(none) == (412, "precondition-failed")


def test_what_two_add_at_once_is_all_there(writable: Writable) -> None:
    async def both() -> list[httpx.Response]:
        return await asyncio.gather(*(writable.send("POST", NEW, one(n)) for n in (1, 2)))

    first, second = writable.site.run(both())
    assert {first.status_code, second.status_code} == {201, 204}
    assert numbers(writable.read(NEW)) == {1, 2}
    assert writable.head == 3


def test_twenty_who_replace_at_once_leave_one_of_them_at_every_release(writable: Writable) -> None:
    async def all_at_once() -> list[httpx.Response]:
        asked = (writable.send("PUT", NEW, one(n) + one(n + 100)) for n in range(20))
        return await asyncio.gather(*asked)

    responses = writable.site.run(all_at_once())
    assert sorted(response.status_code for response in responses) == [201] + [204] * 19
    releases = {int(response.headers["jalon-release"]): n for n, response in enumerate(responses)}
    assert sorted(releases) == list(range(2, 22))
    for release, number in releases.items():
        assert numbers(writable.read(NEW, release=str(release))) == {number, number + 100}
    writable.ledger.verify()


def test_who_replaces_while_others_commit_is_worked_out_anew(writable: Writable) -> None:
    line = f'<{BASE}x> <{BASE}number> "%d" <{BASE}{NEW}> .'

    async def others() -> None:
        for number in range(100, 103):
            change = ChangeSet.of([(line % number).encode()])
            await writable.publisher.commit(Proposal(change, "author", "between", "test"))
            await asyncio.sleep(0.3)

    async def all_at_once() -> list[httpx.Response]:
        replacing = [writable.send("PUT", NEW, one(n)) for n in range(3)]
        between = asyncio.create_task(others())
        responses = await asyncio.gather(*replacing)
        await between
        return responses

    for response in writable.site.run(all_at_once()):
        assert response.status_code in {201, 204}
        release = response.headers["jalon-release"]
        # Exactly what was put, whatever stood there when it was sent.
        assert len(writable.read(NEW, release=release)) == 1


def test_a_read_after_a_write_sees_it_however_many_read(writable: Writable) -> None:
    async def story() -> None:
        for number in range(5):
            assert (await writable.send("PUT", NEW, one(number))).status_code < 300
            asked: dict[str, Any] = {"params": {"graph": NEW}, "headers": {"Accept": TRIPLES}}
            reads = (writable.site.request("GET", PATH, **asked) for _ in range(5))
            for response in await asyncio.gather(*reads):
                assert numbers(graph_of(response)) == {number}

    writable.site.run(story())


def test_every_attempt_is_noted_with_how_it_ended(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    writable.ask("PUT", NEW, one(1))
    writable.ask("POST", NEW, b"broken")
    writable.ask("POST", "graph/shapes", one(1))
    writable.ask("DELETE", NEW, headers={"If-Match": '"old"'})
    writable.ask("DELETE", NEW)
    writable.ask("DELETE", NEW)
    record = writable.admin
    lines = writable.audited()
    assert {line.token for line in lines} == {record.id}
    assert [(line.action, line.outcome, line.release) for line in lines] == [
        (f"http:graph-store PUT {NEW}", "done", 2),
        (f"http:graph-store PUT {NEW}", "unchanged", None),
        (f"http:graph-store POST {NEW}", "rdf-syntax", None),
        ("http:graph-store POST graph/shapes", "forbidden", None),
        (f"http:graph-store DELETE {NEW}", "precondition-failed", None),
        (f"http:graph-store DELETE {NEW}", "done", 3),
        (f"http:graph-store DELETE {NEW}", "not-found", None),
    ]


def test_the_description_of_the_service_has_it(untouched: Writable, site: Site) -> None:
    described = untouched.site.ask("GET", "/openapi.json").json()["paths"][PATH]
    assert set(described) == {"get", "put", "post", "patch", "delete"}
    assert set(described["patch"]["requestBody"]["content"]) == {"application/sparql-update"}
    assert "application/n-quads" in described["put"]["requestBody"]["content"]
    assert "requestBody" not in described["delete"]
    assert set(site.ask("GET", "/openapi.json").json()["paths"][PATH]) == {"get"}


def test_quads_in_the_ledger_are_all_of_the_graph_that_was_written(writable: Writable) -> None:
    trig = b"GRAPH <http://example.org/graph/submitted/new> { <a> <b> [] } <c> <d> <e> ."
    headers = {"Content-Type": "application/trig"}
    assert writable.ask("PUT", NEW, trig, headers=headers).status_code == 201
    quads = parse(writable.newest().change.adds, RdfFormat.N_QUADS)
    assert {quad.graph_name.value for quad in quads} == {BASE + NEW}
