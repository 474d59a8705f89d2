"""Nodes that share a ledger: one is killed, or what they stand on, while clients write and read."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import postgresql
from bench.peers import NotInstalled
from faults.harness import BASE, NOT_LISTED, NotServed, can_watch
from nodes.load import AT_LEAST, COUNTED, GRAPH, RELEASE
from nodes.story import UNVALIDATED, told_with
from nodes.team import Team, team_of

ROUNDS = 5
EACH = 20
"""How many increments go through each node."""

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("this machine has no PostgreSQL server")
    with postgresql.server(programs) as started:
        yield started


@pytest.mark.parametrize("engine", ["", "virtuoso"], ids=["embedded", "virtuoso"])
def test_nothing_is_lost_or_done_twice_whatever_is_killed(
    tmp_path: Path, server: postgresql.Server, engine: str
) -> None:
    seed = int(time.time())
    try:
        told = told_with(tmp_path, server, engine, (ROUNDS, seed))
    except NotInstalled as error:
        pytest.skip(str(error))
    sys.stderr.write(f"\nseed {seed}\n{told.report()}\n")
    assert told.seen.wrong == [], f"seed {seed}"
    assert told.seen.kept
    assert told.seen.counts


def written(team: Team, token: str, node: int, number: int) -> httpx.Response:
    text = f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/{number}> <{BASE}written> "{number}" }} }}'
    return httpx.post(
        f"{team.nodes[node].url}/update",
        content=text,
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/sparql-update",
        },
        timeout=60,
    )


def asked(team: Team, node: int, at_least: str | None = None) -> httpx.Response:
    text = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    headers = {"Accept": "text/csv", **({AT_LEAST: at_least} if at_least else {})}
    return httpx.get(
        f"{team.nodes[node].url}/sparql", params={"query": text}, headers=headers, timeout=60
    )


def test_a_write_to_any_node_is_read_from_every_other(
    tmp_path: Path, server: postgresql.Server
) -> None:
    with server.database() as url, team_of(tmp_path, url, UNVALIDATED) as team:
        token = team.token()
        for number in range(1, 13):
            answer = written(team, token, number % 3, number)
            assert answer.status_code == 204, answer.text
            for node in range(3):
                found = asked(team, node)
                assert found.text.split() == ["n", str(number)]
                assert found.headers[RELEASE] == answer.headers[RELEASE]
        assert asked(team, 0, "13").status_code == 200
        behind = asked(team, 0, "9999")
        assert (behind.status_code, behind.json()["code"]) == (503, "not-ready")
        assert asked(team, 0, "some").json()["code"] == "bad-request"


def test_increments_through_every_node_at_once_all_count(
    tmp_path: Path, server: postgresql.Server
) -> None:
    """Each is worked out for what the one before it left, whichever node that went through."""
    thing = f"<{BASE}id/counter> <{COUNTED}>"
    text = (
        f"WITH <{GRAPH}> DELETE {{ {thing} ?old }} INSERT {{ {thing} ?new }} WHERE {{ "
        f"OPTIONAL {{ {thing} ?old }} BIND(COALESCE(?old, 0) + 1 AS ?new) }}"
    )

    async def counted(urls: list[str], headers: dict[str, str]) -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=120, headers=headers) as connections:
            asked = [connections.post(f"{url}/update", content=text) for url in urls * EACH]
            return await asyncio.gather(*asked)

    with server.database() as url, team_of(tmp_path, url, UNVALIDATED) as team:
        headers = {
            "Authorization": f"Bearer {team.token()}",
            "Content-Type": "application/sparql-update",
        }
        answers = asyncio.run(counted(team.urls, headers))
        assert [each.text for each in answers if each.status_code != 204] == []
        assert len({each.headers[RELEASE] for each in answers}) == len(answers) == 3 * EACH
        asked = f"SELECT ?n {{ GRAPH <{GRAPH}> {{ {thing} ?n }} }}"
        for node_url in team.urls:
            found = httpx.get(
                f"{node_url}/sparql", params={"query": asked}, headers={"Accept": "text/csv"}
            )
            assert found.text.split() == ["n", str(3 * EACH)]


def test_a_node_goes_on_from_the_releases_of_another(
    tmp_path: Path, server: postgresql.Server
) -> None:
    with server.database() as url, team_of(tmp_path, url, UNVALIDATED, size=2) as team:
        first, second = team.nodes
        token = team.token()
        for number in range(1, 4):
            assert written(team, token, 0, number).status_code == 204
        second.kill()
        second.forget()
        shutil.copytree(first.plan.folder / "releases", second.plan.folder / "releases")
        second.start()
        assert asked(team, 1).text.split() == ["n", "3"]
        assert second.service is not None
        assert ": 0 quads" not in second.service.said()
        assert "release 4:" not in second.service.said()


def test_a_node_refuses_a_ledger_that_lost_what_it_has(
    tmp_path: Path, server: postgresql.Server
) -> None:
    with server.database() as url, server.database() as other:
        with team_of(tmp_path, url, UNVALIDATED, size=1) as team:
            assert written(team, team.token(), 0, 1).status_code == 204
        # The same folder with its copy, and a ledger in which nothing was acknowledged.
        again = Team(tmp_path, other, UNVALIDATED, size=1).nodes[0]
        with pytest.raises(NotServed, match="ends before commit 2, which was acknowledged"):
            again.start()
        again.kill()


def test_reading_goes_on_without_postgresql(tmp_path: Path, server: postgresql.Server) -> None:
    with server.database() as url, team_of(tmp_path, url, UNVALIDATED, size=2) as team:
        token = team.token()
        assert written(team, token, 0, 1).status_code == 204
        server.kill()
        try:
            for node in range(2):
                assert asked(team, node).text.split() == ["n", "1"]
                ready = httpx.get(f"{team.nodes[node].url}/health/ready", timeout=60)
                assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
                assert not ready.json()["writes"]["possible"]
            refused = written(team, token, 0, 2)
            assert (refused.status_code, refused.json()["code"]) == (503, "not-ready")
        finally:
            server.start()
        until = time.monotonic() + 30
        while written(team, token, 1, 3).status_code != 204 and time.monotonic() < until:
            time.sleep(0.2)
        assert asked(team, 0).text.split() == ["n", "2"]
