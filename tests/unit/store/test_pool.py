"""Worker processes that are lent, given back, and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from jalon.errors import NotReady
from jalon.store.hand import HandLost
from jalon.store.pool import MOST_JOBS, Pool, Tally
from jalon.store.port import MEGABYTE
from jalon.store.worker import Terms


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@asynccontextmanager
async def pool_of(size: int, nice: int = 0) -> AsyncIterator[tuple[Pool, Tally]]:
    """A pool for one test; at the end its processes are gone."""
    terms: Terms = {
        "memory": 1024 * MEGABYTE,
        "nice": nice,
        "isolated": False,
        "checkpoint": "",
        "state": "",
    }
    tally = Tally()
    with ThreadPoolExecutor(2) as threads:
        pool = Pool(size, lambda: terms, threads, tally)
        try:
            yield pool, tally
        finally:
            await pool.close()
            assert pool.workers == 0


async def until_started(tally: Tally, count: int) -> None:
    while True:
        if tally.started >= count:
            return
        await asyncio.sleep(0.01)


def test_processes_are_started_when_they_are_wanted_and_used_again() -> None:
    async def work() -> None:
        async with pool_of(2) as (pool, tally):
            assert tally.started == 0
            first = await pool.take()
            second = await pool.take()
            assert first.pid != second.pid
            pool.give(first)
            assert (await pool.take()).pid == first.pid
            assert tally.started == 2

    run(work())


def test_a_process_that_has_done_enough_is_replaced() -> None:
    async def work() -> None:
        async with pool_of(1) as (pool, tally):
            first = await pool.take()
            first.jobs = MOST_JOBS
            pool.give(first)
            second = await pool.take()
            assert second.pid != first.pid
            await first.end
            assert tally.ended == {"worn": 1}

    run(work())


def test_a_pool_that_is_kept_ready_replaces_what_ends_before_anybody_asks() -> None:
    async def work() -> None:
        async with pool_of(2) as (pool, tally):
            pool.keep_ready()
            await until_started(tally, 2)
            hand = await pool.take()
            hand.stop("deadline")
            await until_started(tally, 3)
            assert pool.workers == 2

    run(work())


def test_a_process_that_cannot_start_is_an_error_and_is_not_tried_for_ever() -> None:
    """No process can stand back as far as this one is told to: it ends before it is ready."""

    async def work() -> None:
        async with pool_of(1, nice=2**40) as (pool, tally):
            pool.keep_ready()
            for _ in range(2):
                with pytest.raises(HandLost):
                    await pool.take()
            tried = sum(tally.ended.values())
            await asyncio.sleep(0.5)
            assert sum(tally.ended.values()) <= tried + 1
            assert tally.started == 0

    run(work())


def test_who_waits_when_the_pool_is_closed_is_told_so() -> None:
    async def work() -> None:
        async with pool_of(1) as (pool, _):
            await pool.take()
            waiting = asyncio.create_task(pool.take())
            await asyncio.sleep(0)
            await pool.close()
            with pytest.raises(NotReady):
                await waiting
            with pytest.raises(NotReady):
                await pool.take()

    run(work())


def test_who_gives_up_waiting_loses_no_process() -> None:
    async def work() -> None:
        async with pool_of(1) as (pool, tally):
            first = await pool.take()
            waiting = asyncio.create_task(pool.take())
            await asyncio.sleep(0)
            pool.give(first)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert (await pool.take()).pid == first.pid
            assert tally.started == 1

    run(work())
