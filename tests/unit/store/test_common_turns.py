"""Turns of several nodes: each has what a node has of them, on one PostgreSQL server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from jalon.ledger import fencing
from jalon.ledger.postgresql import PostgresDatabase
from jalon.store import common_turns
from jalon.store.common_turns import CommonTurns
from postgresql import Server, programs, server

NODES = 3
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


@pytest.fixture
def databases(url: str) -> Iterator[list[PostgresDatabase]]:
    nodes = [PostgresDatabase(url) for _ in range(NODES)]
    yield nodes
    for each in nodes:
        each.close()


def turns_of(database: PostgresDatabase) -> CommonTurns:
    return CommonTurns(64, 60, database.common_turn)


def can_be_had(database: PostgresDatabase) -> bool:
    """Whether nobody has the turn now; it is let go at once."""
    turn = database.common_turn()
    try:
        return turn.take(1)
    finally:
        turn.leave()


class Work:
    """What is at work at once, and how often it was."""

    def __init__(self) -> None:
        self.now = self.most = self.done = 0

    async def work(self, turns: CommonTurns) -> None:
        async with turns.turn():
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.01)
            self.now -= 1
        self.done += 1


def test_one_of_all_nodes_is_at_work(databases: list[PostgresDatabase]) -> None:
    work = Work()

    async def story() -> None:
        turns = [turns_of(each) for each in databases]
        await asyncio.gather(*(work.work(turns[number % NODES]) for number in range(30)))

    asyncio.run(story())
    assert (work.most, work.done) == (1, 30)


def test_what_is_passed_on_is_had_by_another(databases: list[PostgresDatabase]) -> None:
    async def story() -> None:
        first, second = map(turns_of, databases[:2])
        async with first.turn() as turn:
            waiting = asyncio.create_task(Work().work(second))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            turn.pass_on()
            await asyncio.wait_for(waiting, 10)

    asyncio.run(story())


def test_a_node_at_work_for_long_keeps_its_turn(
    databases: list[PostgresDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fencing, "IDLE_SECONDS", 1)
    monkeypatch.setattr(common_turns, "ALIVE_SECONDS", 0.3)

    async def story() -> None:
        first, second = map(turns_of, databases[:2])
        async with first.turn():
            waiting = asyncio.create_task(Work().work(second))
            await asyncio.sleep(2.5)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 10)

    asyncio.run(story())


def test_a_node_that_stopped_loses_its_turn(
    databases: list[PostgresDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fencing, "IDLE_SECONDS", 1)
    stopped, other = databases[0].common_turn(), databases[1].common_turn()
    assert stopped.take(10)
    assert other.take(10)
    assert not stopped.stay()
    assert other.stay()
    stopped.leave()
    other.leave()


@pytest.mark.parametrize("how", ["terminated", "left"])
def test_the_connection_that_is_gone_takes_the_turn_with_it(
    databases: list[PostgresDatabase], url: str, postgresql: Server, how: str
) -> None:
    first, second = databases[0].common_turn(), databases[1].common_turn()
    assert first.take(10)
    if how == "left":
        first.leave()
    else:
        postgresql.execute(TERMINATE.format(url.rsplit("/", 1)[1]))
    assert second.take(10)
    second.leave()
    first.leave()
    with closing(PostgresDatabase(url)) as third:
        assert can_be_had(third)


def test_who_waits_in_vain_goes_on_and_keeps_nothing(
    databases: list[PostgresDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common_turns, "WAIT_SECONDS", 0.5)
    work = Work()

    async def story() -> None:
        first, second = map(turns_of, databases[:2])
        async with first.turn():
            await work.work(second)
        await work.work(second)

    asyncio.run(story())
    assert work.done == 2


@pytest.mark.parametrize("after", [0.0, 0.002, 0.05, 0.5])
def test_who_goes_away_while_waiting_leaves_nothing(
    databases: list[PostgresDatabase], after: float
) -> None:
    async def story() -> None:
        first, second = map(turns_of, databases[:2])
        async with first.turn():
            gone = [asyncio.create_task(Work().work(second)) for _ in range(3)]
            await asyncio.sleep(after)
            for each in gone:
                each.cancel()
            began = time.monotonic()
            await asyncio.gather(*gone, return_exceptions=True)
            assert time.monotonic() - began < 5
        await asyncio.wait_for(Work().work(second), 5)
        await asyncio.wait_for(Work().work(first), 5)

    asyncio.run(story())


def test_without_postgresql_a_node_has_its_own_turns() -> None:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: neither in PATH nor in /usr/lib/postgresql")
    work = Work()

    async def story(database: PostgresDatabase, running: Server) -> None:
        turns = turns_of(database)
        async with turns.turn():
            running.kill()
        await asyncio.gather(*(work.work(turns) for _ in range(3)))
        running.start()
        await work.work(turns)

    with (
        server(found) as running,
        running.database() as url,
        closing(PostgresDatabase(url)) as database,
    ):
        asyncio.run(story(database, running))
        assert can_be_had(database)
    assert (work.most, work.done) == (1, 4)
