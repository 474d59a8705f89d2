"""Endless queries beside cheap ones, clients that ask too much, and answers shared by many."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from faults.asking import ENDLESS, PLENTY, SHORT, assert_well, children, code, several, until
from jalon.store.lanes import Staffing
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from web.service import Site, Tuning, open_site
from web.serving import Served, serving

ENDLESS_QUERIES = 8
ASKING = 4
EACH = 60
COUNTED = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"

_log = logging.getLogger(__name__)


@pytest.fixture
def site(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path, Tuning(PLENTY)) as opened:
        yield opened
        assert_well(opened)


def cheap(number: int) -> str:
    """Another text each time, so that it is not answered from what is kept."""
    return f'SELECT ?p ?o {{ <http://example.org/id/{number}> ?p ?o . FILTER(?o != "-{number}") }}'


async def asked(server: Served, texts: list[str]) -> list[tuple[int, float]]:
    """Statuses and seconds of queries that are asked one after another."""
    found = []
    async with httpx.AsyncClient(timeout=120) as client:
        for text in texts:
            began = time.monotonic()
            response = await client.get(server.sparql, params={"query": text})
            found.append((response.status_code, time.monotonic() - began))
    return found


def test_cheap_queries_are_answered_while_endless_ones_run(
    snapshot: Snapshot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def both(server: Served) -> list[tuple[int, float]]:
        endless = [
            asyncio.create_task(asked(server, [text])) for text in several(ENDLESS, ENDLESS_QUERIES)
        ]
        await until(lambda: server.store.pool_state.running >= 2)
        numbers = [range(each * EACH, (each + 1) * EACH) for each in range(ASKING)]
        clients = [asked(server, [cheap(number) for number in mine]) for mine in numbers]
        found = [each for mine in await asyncio.gather(*clients) for each in mine]
        assert all(not task.done() for task in endless)
        for task in endless:
            task.cancel()
        await asyncio.gather(*endless, return_exceptions=True)
        return found

    with serving(OnlyRelease(snapshot), tmp_path, Tuning(PLENTY)) as server:
        found = asyncio.run(both(server))
        assert [status for status, _ in found] == [200] * (ASKING * EACH)
        seconds = sorted(each for _, each in found)
        p99 = seconds[int(len(seconds) * 0.99)]
        figures = (len(found), p99 * 1000, seconds[-1] * 1000)
        with caplog.at_level(logging.INFO):
            _log.info("%s cheap queries: p99 %.0f ms, slowest %.0f ms", *figures)
        assert server.store.pool_state.ended.get("slow", 0) >= 1


def test_a_client_with_its_share_is_refused_and_others_are_not(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    tuning = Tuning(SHORT, staffing=Staffing(long=1, quick=1, per_client=3))
    with open_site(snapshot, tmp_path, tuning) as site:

        async def ask() -> tuple[list[httpx.Response], httpx.Response]:
            many = [
                asyncio.create_task(_get(site, text, "192.0.2.1")) for text in several(ENDLESS, 5)
            ]
            await until(lambda: sum(task.done() for task in many) == 2)
            other = await _get(site, "ASK {}", "192.0.2.2")
            return await asyncio.gather(*many), other

        many, other = site.run(ask())
        codes = sorted(code(answer) for answer in many)
        assert codes == [(429, "too-many-requests")] * 2 + [(503, "query-timeout")] * 3
        refused = next(answer for answer in many if answer.status_code == 429)
        assert int(refused.headers["retry-after"]) > 0
        assert "3" in refused.json()["detail"]
        assert other.status_code == 200
        assert_well(site)


def test_all_addresses_of_a_network_of_ipv6_are_one_client(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    tuning = Tuning(SHORT, staffing=Staffing(long=1, per_client=1))
    with open_site(snapshot, tmp_path, tuning) as site:

        async def ask() -> list[httpx.Response]:
            hosts = ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")
            texts = several(ENDLESS, len(hosts))
            asked = (_get(site, text, host) for text, host in zip(texts, hosts, strict=True))
            return await asyncio.gather(*asked)

        assert sorted(answer.status_code for answer in site.run(ask())) == [429, 503, 503]


def test_one_query_of_many_clients_is_computed_once(site: Site) -> None:
    async def ask() -> list[httpx.Response]:
        return await asyncio.gather(*(_get(site, COUNTED, f"192.0.2.{n}") for n in range(20)))

    answers = site.run(ask())
    assert {answer.content for answer in answers} == {answers[0].content}
    state = site.store.cache_state
    assert (state.misses, state.joined, state.hits) == (1, 19, 0)
    assert site.run(_get(site, COUNTED, "192.0.2.1")).status_code == 200
    assert site.store.cache_state.hits == 1


def test_who_began_a_query_may_leave_and_others_get_their_answer(site: Site) -> None:
    async def ask() -> httpx.Response:
        first = asyncio.create_task(_get(site, COUNTED, "192.0.2.1"))
        await until(lambda: site.store.pool_state.started == 1)
        second = asyncio.create_task(_get(site, COUNTED, "192.0.2.2"))
        await until(lambda: site.store.cache_state.joined == 1)
        first.cancel()
        return await second

    answer = site.run(ask())
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(3000**2)
    assert site.store.cache_state.misses == 1


def test_what_fails_is_not_kept_and_fails_for_all_who_waited(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    with open_site(snapshot, tmp_path, Tuning(SHORT)) as site:

        async def ask() -> list[httpx.Response]:
            return await asyncio.gather(*(_get(site, ENDLESS, f"192.0.2.{n}") for n in range(3)))

        for _ in range(2):
            assert {code(answer) for answer in site.run(ask())} == {(503, "query-timeout")}
        state = site.store.cache_state
        assert (state.misses, state.joined, state.entries) == (2, 4, 0)


def test_closing_stops_what_waits_and_what_runs(snapshot: Snapshot, tmp_path: Path) -> None:
    before = children()
    with open_site(snapshot, tmp_path, Tuning(PLENTY)) as site:

        async def stop() -> list[httpx.Response]:
            many = [asyncio.create_task(_get(site, text)) for text in several(ENDLESS, 8)]
            await until(lambda: site.store.pool_state.waiting >= 4)
            await site.store.close()
            return [*await asyncio.gather(*many), await _get(site, "ASK {}")]

        assert {code(answer) for answer in site.run(stop())} == {(503, "not-ready")}
        assert children() == before


async def _get(site: Site, text: str, host: str = "127.0.0.1") -> httpx.Response:
    return await site.request("GET", "/sparql", params={"query": text}, client_host=host)
