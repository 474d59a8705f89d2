"""A release is put together when nobody commits any more, and is the same release."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from jalon.store import settling
from jalon.store.index import Index
from jalon.store.port import MEGABYTE
from jalon.store.publisher import Publisher
from jalon.store.shelf import HOT, SETTLED
from jalon.store.snapshot import UNFINISHED, Snapshot
from jalon.store.writer import Order, Reply
from unit.store.test_publisher import Rules, adding, committed, numbers, publisher, removing

PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(settling, "REST", 0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 (a process ends, a folder goes)
            await asyncio.sleep(0.02)


def is_settled(snapshot: Snapshot) -> bool:
    return snapshot.checkpoint.parent.name.endswith(SETTLED)


async def settled(opened: Publisher) -> Snapshot:
    await until(lambda: is_settled(opened.current))
    return opened.current


def tables(snapshot: Snapshot) -> int:
    return len([*snapshot.checkpoint.glob("*.sst")])


def inodes(snapshot: Snapshot) -> set[int]:
    return {each.stat().st_ino for each in snapshot.checkpoint.glob("*.sst")}


def works(folder: Path) -> list[Path]:
    """The folders of live indexes."""
    return [*(folder / "index").glob("live-*")]


def test_it_is_the_same_release_with_fewer_tables(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, Rules()) as opened:
            told: list[Snapshot] = []
            opened.watch(told.append)
            await committed(opened, [adding(1, 2), adding(3), removing(1)])
            after = await settled(opened)
            before = next(each for each in told if each.stamp.number == 3)
            assert not is_settled(before)
            assert tables(after) < tables(before)
            assert after.stamp.identity == before.stamp.identity
            assert after.news == before.news
            assert (numbers(before), numbers(after)) == ({2, 3}, {2, 3})
            assert told[-1] is after
            assert await opened.at(3) is after
            assert after.intact()
            await until(lambda: opened.record.settled > 0)
            await until(lambda: len(works(tmp_path)) == 1)  # that of before is gone

    asyncio.run(story())


def test_what_comes_next_follows_on_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, Rules()) as opened:
            await committed(opened, [adding(1), adding(2)])
            release = await settled(opened)
            pid = opened.index_pid
            await opened.commit(adding(3))
            assert opened.index_pid == pid
            assert opened.current.news[-1].before == release.stamp.identity
            assert len(opened.current.news) == len(release.news) + 1
            assert numbers(opened.current) == {1, 2, 3}
            assert inodes(release) & inodes(opened.current)
            assert numbers(await opened.at(2)) == {1, 2}

    asyncio.run(story())


def test_it_is_settled_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            await settled(opened)
        async with publisher(tmp_path) as opened:
            assert is_settled(opened.current)
            await asyncio.sleep(0.5)
            assert opened.record.settled == 0

    asyncio.run(story())


def test_a_release_that_was_not_settled_is_when_it_is_served_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
        async with publisher(tmp_path) as opened:
            await settled(opened)
            await opened.commit(adding(2))
            assert numbers(opened.current) == {1, 2}

    asyncio.run(story())


def test_a_commit_that_comes_first_puts_an_end_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Index.settle
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def settle(self: Index) -> Snapshot:
        snapshot = await made(self)
        begun.set()
        await go_on.wait()
        return snapshot

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            monkeypatch.setattr(Index, "settle", settle)
            await opened.commit(adding(1))
            await asyncio.wait_for(begun.wait(), PATIENCE_SECONDS)
            both = {*works(tmp_path)}
            assert len(both) == 2
            await opened.commit(adding(2))
            await until(lambda: len(both & {*works(tmp_path)}) == 1)
            assert sorted(each.name for each in (tmp_path / "releases").iterdir()) == ["1", "2"]
            assert opened.record.settled == 0
            go_on.set()
            assert numbers(await settled(opened)) == {1, 2}

    asyncio.run(story())


@pytest.mark.parametrize("who", ["the one that settles", "the other"])
def test_a_process_that_dies_meanwhile_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    made = Index.settle

    async def settle(self: Index) -> Snapshot:
        monkeypatch.setattr(Index, "settle", made)
        pid = self.pid if who == "the one that settles" else opened_pid[0]
        os.kill(pid, signal.SIGKILL)
        return await made(self)

    opened_pid: list[int] = []

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            monkeypatch.setattr(Index, "settle", settle)
            await opened.commit(adding(1))
            assert opened.index_pid is not None
            opened_pid.append(opened.index_pid)
            await until(lambda: Index.settle is made)
            await opened.commit(adding(2))
            assert numbers(await settled(opened)) == {1, 2}

    asyncio.run(story())


def test_a_damaged_one_gives_way_to_the_release_as_it_was_published(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            release = await settled(opened)
        table = min(release.checkpoint.glob("*.sst"))
        damaged = bytearray(table.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        table.unlink()
        table.write_bytes(damaged)
        async with publisher(tmp_path) as opened:
            assert not is_settled(opened.current)
            assert numbers(opened.current) == {1}
            assert numbers(await settled(opened)) == {1}

    asyncio.run(story())


def test_other_rules_make_it_anew(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, Rules("1")) as opened:
            await opened.commit(adding(1))
            await settled(opened)
        async with publisher(tmp_path, Rules("2")) as opened:
            assert opened.current.stamp.derivation.rules == "rules-2"
            assert (await opened.at(1)).stamp.derivation.rules == "rules-2"
            assert (await settled(opened)).stamp.derivation.rules == "rules-2"
        async with publisher(tmp_path, Rules("2")) as opened:
            assert opened.current.stamp.derivation.rules == "rules-2"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("size", "new", "expected"),
    [
        (0, 0, False),
        (1_000, 0, False),
        (1_000, 1, True),
        (64 * MEGABYTE, 1, True),
        (64 * MEGABYTE + 1, 1, False),
        (100 * MEGABYTE, 5 * MEGABYTE - 1, False),
        (100 * MEGABYTE, 5 * MEGABYTE, True),
        (100 * MEGABYTE, 100 * MEGABYTE, True),
    ],
)
def test_how_many_new_bytes_it_takes(size: int, new: int, expected: bool) -> None:
    assert settling.is_worth_it(size, new) is expected


def test_large_tables_wait_until_enough_of_them_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(*range(20_000)))
            release = await settled(opened)
            with monkeypatch.context() as few:
                few.setattr(settling, "SMALL_BYTES", 0)
                # The engine writes tables anew by itself, at times: no share is surely too small.
                few.setattr(settling, "SHARE", 0)
                await opened.commit(adding(20_001))
                await asyncio.sleep(0.5)
                assert not is_settled(opened.current)
            monkeypatch.setattr(settling, "SMALL_BYTES", 0)
            await opened.commit(adding(*range(20_000, 30_000)))
            assert len(numbers(await settled(opened))) == 30_000
            assert len(numbers(release)) == 20_000

    asyncio.run(story())


def test_without_room_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            monkeypatch.setattr(settling, "COST", 1e-15)  # as if it were huge
            await opened.commit(adding(1))
            await asyncio.sleep(0.5)
            assert not is_settled(opened.current)

    asyncio.run(story())


def test_earlier_releases_stand_once_and_go_with_all_that_they_have(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            for number in range(1, 4):
                await opened.commit(adding(number))
                await settled(opened)
            stand = sorted(each.name for each in (tmp_path / "releases").iterdir())
            assert stand == ["1-settled", "2", "2-settled", "3", "3-settled"]
            assert numbers(await opened.at(1)) == {1}
            await committed(opened, [adding(number) for number in range(4, HOT + 4)])
            stand = sorted(each.name for each in (tmp_path / "releases").iterdir())
            assert not {"1-settled", "2-settled", "3-settled"} & {*stand}
            assert numbers(await opened.at(1)) == {1}

    asyncio.run(story())


def test_commits_and_pauses_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20261123)  # noqa: S311 (no secret)
    monkeypatch.setattr(settling, "QUIET_SECONDS", 0.0)

    async def story() -> None:
        async with publisher(tmp_path, Rules()) as opened:
            there: set[int] = set()
            releases: dict[int, set[int]] = {}
            for number in range(40):
                gone = chance.sample(sorted(there), min(len(there), chance.randrange(2)))
                await opened.commit(removing(*gone) if gone else adding(number))
                there = there - {*gone} if gone else there | {number}
                releases[opened.current.stamp.number] = {*there}
                await asyncio.sleep(chance.choice((0, 0, 0.2, 0.4, 0.6, 1)))
                assert numbers(opened.current) == there
            for number, expected in releases.items():
                if number:
                    assert numbers(await opened.at(number)) == expected
            await settled(opened)
            await until(lambda: opened.record.settled > 0)
        shutil.rmtree(tmp_path / "releases")
        async with publisher(tmp_path, Rules()) as opened:
            assert numbers(opened.current) == there

    asyncio.run(story())


@pytest.mark.parametrize("after", [0.0, 0.02, 0.1, 0.3])
def test_what_is_ended_while_it_begins_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    monkeypatch.setattr(settling, "QUIET_SECONDS", 0.0)

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            for number in range(3):
                await opened.commit(adding(number))
                await asyncio.sleep(after)
            await settled(opened)
            await until(lambda: len(works(tmp_path)) == 1)
            assert not [*(tmp_path / "releases").glob(f"{UNFINISHED}*")]
        assert not works(tmp_path)

    asyncio.run(story())


def test_who_commits_while_the_former_index_goes_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Index.close
    closing, go_on = asyncio.Event(), asyncio.Event()

    async def close(self: Index) -> None:
        closing.set()
        await go_on.wait()
        await made(self)

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            [former] = works(tmp_path)
            monkeypatch.setattr(Index, "close", close)
            await asyncio.wait_for(closing.wait(), PATIENCE_SECONDS)
            await opened.commit(adding(2))
            go_on.set()
            await until(lambda: not former.exists())
            assert opened.record.settled > 0
            assert numbers(await settled(opened)) == {1, 2}
            await until(lambda: len(works(tmp_path)) == 1)
        assert not works(tmp_path)

    asyncio.run(story())


def test_what_is_ended_meanwhile_is_no_error_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = Index._carried_out
    reached = asyncio.Event()

    async def carry_out(self: Index, given: Order, payload: bytes) -> tuple[Reply, bytes]:
        if given["task"] == "settle":
            reached.set()
            os.kill(self.pid, signal.SIGSTOP)  # it is under way until it is ended
        return await made(self, given, payload)

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            monkeypatch.setattr(Index, "_carried_out", carry_out)
            await opened.commit(adding(1))
            await asyncio.wait_for(reached.wait(), PATIENCE_SECONDS)
            monkeypatch.setattr(Index, "_carried_out", made)
            await opened.commit(adding(2))
            await settled(opened)
            gc.collect()  # who says it says it then

    asyncio.run(story())
    assert not [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.parametrize("task", ["begin", "settle"])
def test_a_process_that_hangs_holds_up_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    order = Index._order
    reached = asyncio.Event()

    async def hang(self: Index, given: Order, payload: bytes = b"") -> tuple[Reply, bytes]:
        if given["task"] == task:
            reached.set()
            await asyncio.Event().wait()
        return await order(self, given, payload)

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            monkeypatch.setattr(Index, "_order", hang)
            await asyncio.wait_for(reached.wait(), PATIENCE_SECONDS)
            await opened.commit(adding(2))
            assert numbers(opened.current) == {1, 2}
            async with asyncio.timeout(PATIENCE_SECONDS):
                await opened.close()

    asyncio.run(story())
