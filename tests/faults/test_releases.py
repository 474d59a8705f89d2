"""A new release under load: nobody is refused, and nobody is told of one what is of another."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from faults.asking import PLENTY, code
from jalon.errors import ReleaseUnknown
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import Dataset, QueryRequest
from jalon.store.remote import answering
from jalon.store.remote.answering import RemoteAnswers
from jalon.store.remote.deltas import Point, point_of
from jalon.store.remote.mirror import Mirror
from jalon.store.remote.protocol import Address, Engine
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of
from web.service import BASE, Tuning
from web.serving import Served, serving

SWITCHES = 6
CLIENTS = 8
COUNT = "SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} # {}"


@dataclass
class Growing:
    """Releases that come one after another; release N holds N triples."""

    folder: Path
    current: Snapshot

    async def at(self, number: int) -> Snapshot:
        if number == self.current.stamp.number:
            return self.current
        raise ReleaseUnknown(release=number, current=self.current.stamp.number)

    def publish(self) -> Snapshot:
        """Publishes the next one, and gives the one before."""
        before = self.current
        self.current = release(before.stamp.number + 1, self.folder)
        return before


def release(number: int, folder: Path) -> Snapshot:
    lines = (f'<{BASE}{n}> <{BASE}p> "{n}" <{BASE}graph/editorial> .\n' for n in range(number))
    made = snapshot_of("".join(lines).encode(), BASE, folder)
    return replace(made, stamp=replace(made.stamp, number=number))


@pytest.fixture
def releases(tmp_path: Path) -> Growing:
    return Growing(tmp_path, release(1, tmp_path))


@pytest.fixture
def server(releases: Growing, tmp_path: Path) -> Iterator[Served]:
    with serving(releases, tmp_path, Tuning(PLENTY)) as opened:
        yield opened


async def ask_on(server: Served, stop: asyncio.Event, client: int) -> Counter[int]:
    """Asks until it is stopped; how many answers were of each release."""
    seen: Counter[int] = Counter()
    async with httpx.AsyncClient(timeout=60) as asking:
        for number in range(10**6):
            if stop.is_set():
                break
            text = COUNT.format(f"{client} {number}")
            answer = await asking.get(server.sparql, params={"query": text})
            assert answer.status_code == 200, answer.text
            found = int(answer.json()["results"]["bindings"][0]["n"]["value"])
            assert found == int(answer.headers["jalon-release"])
            assert found >= max(seen, default=0)
            seen[found] += 1
    return seen


def test_no_request_is_dropped_when_releases_come_and_go(server: Served, releases: Growing) -> None:
    async def switch() -> list[Counter[int]]:
        stop = asyncio.Event()
        clients = [asyncio.create_task(ask_on(server, stop, n)) for n in range(CLIENTS)]
        for _ in range(SWITCHES):
            await asyncio.sleep(0.3)
            before = await asyncio.to_thread(releases.publish)
            # At once: a process may be just about to open it.
            await asyncio.to_thread(shutil.rmtree, before.checkpoint)
        await asyncio.sleep(0.3)
        stop.set()
        return await asyncio.gather(*clients)

    seen = sum(asyncio.run(switch()), Counter[int]())
    assert set(seen) == set(range(1, SWITCHES + 2))


def test_a_kept_answer_is_of_its_release_alone(server: Served, releases: Growing) -> None:
    text = {"query": COUNT.format("")}
    first, again = (httpx.get(server.sparql, params=text) for _ in range(2))
    releases.publish()
    later = httpx.get(server.sparql, params=text, headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["etag"] == again.headers["etag"]
    assert (later.status_code, later.headers["jalon-release"]) == (200, "2")
    assert later.headers["etag"] != first.headers["etag"]
    state = server.store.cache_state
    assert (state.hits, state.misses) == (1, 2)


def test_an_earlier_release_can_be_asked_while_it_is_there(
    server: Served, releases: Growing
) -> None:
    releases.publish()
    asked = {"query": COUNT.format(""), "release": "2"}
    assert httpx.get(server.sparql, params=asked).headers["jalon-release"] == "2"
    gone = httpx.get(server.sparql, params={**asked, "release": "1"})
    assert code(gone) == (404, "release-unknown")


def test_what_an_engine_was_waited_for_in_vain_is_answered_while_releases_go(
    releases: Growing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "WAIT_SECONDS", 0.1)
    reached, gone = Mirror.reached, asyncio.Event()

    async def in_vain(self: Mirror, point: Point, seconds: float) -> bool:
        there = await reached(self, point, seconds)
        await gone.wait()
        return there

    monkeypatch.setattr(Mirror, "reached", in_vain)

    async def go_on(store: OxigraphStore, stop: asyncio.Event) -> None:
        kept: list[Snapshot] = []
        while not stop.is_set():
            await asyncio.sleep(0.2)
            kept.append(await asyncio.to_thread(releases.publish))
            # What no engine is asked, so that the query processes go on to what is newest.
            for answer in await asyncio.gather(*(store.query(only(each)) for each in range(8))):
                answer.close()
            if len(kept) > 1 and not gone.is_set():
                await asyncio.to_thread(shutil.rmtree, kept[0].checkpoint)
                gone.set()

    def only(number: int) -> QueryRequest:
        return QueryRequest(COUNT.format(number), dataset=Dataset(default=(), named=()))

    async def ask() -> int:
        # Nothing brings it to any release, and nothing is in its way either.
        mirror = Mirror(Engine(Address("http://127.0.0.1:9")), tmp_path, BASE, lambda _: None)
        place = Workplace(spool=tmp_path / "spool", isolated=False)
        store = OxigraphStore(releases, place, remote=RemoteAnswers(mirror))
        stop = asyncio.Event()
        going = asyncio.create_task(go_on(store, stop))
        try:
            with await store.query(QueryRequest(COUNT.format("in vain"))) as answer:
                [row] = json.loads(await answer.read())["results"]["bindings"]
                assert answer.version.release == int(row["n"]["value"])
                return answer.version.release
        finally:
            stop.set()
            await going
            await store.close()
            await mirror.engine.close()

    assert asyncio.run(ask()) > 1


def test_an_engine_that_has_something_in_its_way_is_not_waited_for(tmp_path: Path) -> None:
    made = release(1, tmp_path)

    async def look() -> bool:
        mirror = Mirror(Engine(Address("http://127.0.0.1:9")), tmp_path, BASE, lambda _: None)
        mirror.offer(made)
        running = asyncio.create_task(mirror.run())
        try:
            async with asyncio.timeout(30):
                return await mirror.reached(point_of(made.stamp), 3600)
        finally:
            running.cancel()
            await mirror.engine.close()

    assert asyncio.run(look()) is False
