"""Queries that ride behind each other at one process: the fault of one is nothing to the rest."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from faults.asking import PLENTY, children, until
from jalon.errors import NotReady, TooManyRequests
from jalon.store.lanes import Staffing
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import QueryRequest, Whole
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from web.service import BASE, Tuning
from web.serving import Served, serving

ONE = Staffing(long=1, quick=1)
"""One process that takes riders, and one more of its kind."""


def cheap(number: int) -> str:
    """Has no solutions: there is no such property. Its form is that of ``endless``."""
    return _product(f"nothing-{number}")


def endless(number: int = 0) -> str:
    return _product("number") + f" # {number}"


def _product(name: str) -> str:
    parts = " . ".join(f"?s{each} <{BASE}{name}> ?o{each}" for each in range(4))
    return f"SELECT (COUNT(*) AS ?n) {{ {parts} FILTER(?o0 + ?o1 + ?o2 + ?o3 < 0) }}"


def rows(number: int) -> str:
    return f"SELECT * {{ ?s <{BASE}number> ?o }} LIMIT {number}"


@dataclass
class Rider:
    """Somebody who waits for an answer, and is told it once."""

    text: str
    told: list[Whole | None] = field(default_factory=list)
    leave: Callable[[], None] | None = None

    def board(self, store: OxigraphStore, client: str = "") -> bool:
        request = QueryRequest(self.text, limits=PLENTY, client=client)
        self.leave = store.soon(request, self.told.append)
        return self.leave is not None

    async def arrival(self) -> Whole | None:
        await until(lambda: bool(self.told))
        assert len(self.told) == 1
        return self.told[0]


@asynccontextmanager
async def store_over(
    snapshot: Snapshot, folder: Path, staffing: Staffing = ONE
) -> AsyncIterator[OxigraphStore]:
    """A store for one test whose express knows ``cheap`` and ``rows``."""
    place = Workplace(spool=folder, isolated=False, staffing=staffing)
    store = OxigraphStore(OnlyRelease(snapshot), place)
    store.keep_ready()
    try:
        await until(lambda: store.pool_state.workers == staffing.long + staffing.quick + 1)
        for text in (cheap, rows):
            await known(store, text)
        yield store
    finally:
        await store.close()
        assert store.pool_state.workers == 0


async def known(store: OxigraphStore, text: Callable[[int], str], first: int = 100) -> None:
    """Asks until queries of this form may ride."""
    for each in range(first, first + 600, 2):
        rider = Rider(text(each))
        if rider.board(store):
            assert await rider.arrival() is not None
            return
        (await store.query(QueryRequest(text(each + 1), limits=PLENTY))).close()
    raise AssertionError("no query of this form was quick")


async def bytes_of(store: OxigraphStore, text: str) -> bytes:
    with await store.query(QueryRequest(text, limits=PLENTY)) as answer:
        return await answer.read()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_an_answer_is_that_of_the_ordinary_way_and_is_kept(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            rider = Rider(rows(7))
            assert rider.board(store)
            whole = await rider.arrival()
            assert whole is not None
            kept = store.kept(QueryRequest(rows(7), limits=PLENTY))
            assert kept is not None
            assert (kept.whole, kept.format, kept.version) == (
                whole.body,
                whole.format,
                whole.version,
            )
            # In another process, which has never met it.
            async with store_over(snapshot, tmp_path / "other") as other:
                with await other.query(QueryRequest(rows(7), limits=PLENTY)) as answer:
                    assert await answer.read() == whole.body
                    assert (answer.format, answer.version) == (whole.format, whole.version)

    run(work())


def test_what_rides_behind_a_slow_query_is_answered_elsewhere(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            slow, behind = Rider(endless()), [Rider(cheap(each)) for each in range(5)]
            assert all(each.board(store) for each in (slow, *behind))
            assert store.pool_state.running == len(behind) + 1
            # Nobody has an answer yet, and nobody an error: all are to be asked anew.
            assert [await each.arrival() for each in (slow, *behind)] == [None] * 6
            assert store.pool_state.ended == {} or set(store.pool_state.ended) == {"slow"}
            for each in behind:
                assert b'"0"' in await bytes_of(store, each.text)
            # Its form stands aside, for who asked it.
            assert not Rider(cheap(77)).board(store)
            await until(lambda: Rider(cheap(78)).board(store, "another"))
            await until(lambda: store.pool_state.ended.get("slow", 0) == 1)

    run(work())


def test_a_process_that_dies_takes_nobody_with_it(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        before = children()
        async with store_over(snapshot, tmp_path) as store:
            slow, behind = Rider(endless()), [Rider(rows(each)) for each in range(1, 6)]
            assert all(each.board(store) for each in (slow, *behind))
            for child in children() - before:
                os.kill(int(child), signal.SIGKILL)
            assert [await each.arrival() for each in (slow, *behind)] == [None] * 6
            for each in behind:
                assert await bytes_of(store, each.text)
            # Only the query that was at work may have been the reason.
            assert not Rider(cheap(5)).board(store)
            await known(store, rows, 20)

    run(work())


def test_an_answer_that_turns_out_large_is_asked_anew(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            large, behind = Rider(rows(3000)), Rider(cheap(1))
            assert large.board(store)
            assert behind.board(store)
            assert await large.arrival() is None
            assert await behind.arrival() is not None
            assert len(await bytes_of(store, large.text)) > 100_000
            assert not Rider(rows(8)).board(store)
            assert store.pool_state.ended == {}

    run(work())


def test_a_query_that_everybody_has_left_is_stopped(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            rider = Rider(endless())
            assert rider.board(store)
            assert rider.leave is not None
            rider.leave()
            await until(lambda: store.pool_state.ended == {"left": 1})
            assert store.pool_state.running == 0
            assert rider.told == []

    run(work())


def test_who_asks_the_same_waits_for_the_same_answer(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            before = store.cache_state
            first, second, gone = (Rider(cheap(1)) for _ in range(3))
            assert all(each.board(store) for each in (first, second, gone))
            assert store.pool_state.running == 1
            assert gone.leave is not None
            gone.leave()
            by_another_way = await bytes_of(store, cheap(1))
            whole = await first.arrival()
            assert whole is not None
            assert whole is await second.arrival()
            assert whole.body == by_another_way
            after = store.cache_state
            assert (after.misses - before.misses, after.joined - before.joined) == (1, 2)
            assert gone.told == []

    run(work())


def test_riders_count_for_the_share_of_their_client(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        staffing = Staffing(long=1, quick=1, per_client=3)
        async with store_over(snapshot, tmp_path, staffing) as store:
            riders = [Rider(cheap(each)) for each in range(4)]
            assert [each.board(store, "one") for each in riders] == [True, True, True, False]
            try:
                await store.query(QueryRequest(riders[3].text, limits=PLENTY, client="one"))
            except TooManyRequests:
                pass
            else:
                raise AssertionError("a client has more than its share")
            assert Rider(cheap(9)).board(store, "two")
            for each in riders[:3]:
                assert await each.arrival() is not None
            assert riders[3].board(store, "one")

    run(work())


def test_there_is_no_room_for_any_number_of_riders(snapshot: Snapshot, tmp_path: Path) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            riders = [Rider(cheap(each)) for each in range(100)]
            boarded = [each for each in riders if each.board(store)]
            assert 1 < len(boarded) < len(riders)
            for each in boarded:
                assert await each.arrival() is not None
            assert store.pool_state.running == 0

    run(work())


def test_who_rides_when_the_service_stops_is_to_ask_and_is_told(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    async def work() -> None:
        async with store_over(snapshot, tmp_path) as store:
            riders = [Rider(endless()), Rider(cheap(1))]
            assert all(each.board(store) for each in riders)
            await store.close()
            assert [await each.arrival() for each in riders] == [None, None]
            assert not Rider(rows(3)).board(store)
            try:
                await store.query(QueryRequest(cheap(1), limits=PLENTY))
            except NotReady:
                return
            raise AssertionError("a store that is closed answers")

    run(work())


def ask(server: Served, text: str) -> httpx.Response:
    return httpx.get(server.sparql, params={"query": text}, timeout=60)


def taught(server: Served) -> None:
    """Asks until the server's express knows ``cheap``."""
    for number in range(100, 110):
        assert ask(server, cheap(number)).status_code == 200


def test_a_crowd_with_slow_ones_in_it_is_answered_over_http(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    tuning = Tuning(PLENTY, staffing=Staffing(per_client=1000))
    with serving(OnlyRelease(snapshot), tmp_path, tuning) as server:
        taught(server)
        texts = [cheap(each) for each in range(200)]
        slow = [socket.create_connection((server.host, server.port), timeout=60) for _ in range(2)]
        for number, each in enumerate(slow):
            target = f"/sparql?{urlencode({'query': endless(number)})}"
            each.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        with ThreadPoolExecutor(8) as askers:
            answers = list(askers.map(lambda text: ask(server, text), texts))
        assert {each.status_code for each in answers} == {200}
        assert {each.json()["results"]["bindings"][0]["n"]["value"] for each in answers} == {"0"}
        for each in slow:
            each.close()


def test_a_client_that_leaves_stops_its_query_over_http(snapshot: Snapshot, tmp_path: Path) -> None:
    with serving(OnlyRelease(snapshot), tmp_path, Tuning(PLENTY)) as server:
        taught(server)
        with socket.create_connection((server.host, server.port), timeout=60) as leaving:
            target = f"/sparql?{urlencode({'query': endless()})}"
            leaving.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
            while server.store.pool_state.running == 0:
                pass
        asyncio.run(until(lambda: server.store.pool_state.running == 0))
        asyncio.run(until(lambda: server.store.pool_state.ended.get("left", 0) == 1))
        assert ask(server, cheap(1)).status_code == 200
