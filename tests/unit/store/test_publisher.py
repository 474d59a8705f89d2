"""Commits come out as releases, whatever dies or breaks in between."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from jalon.errors import (
    NotReady,
    PublicationPending,
    ReleaseConflict,
    ReleaseTooCostly,
    ReleaseUnknown,
)
from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import PLACE, Ledger
from jalon.store.intake import Outcome, Proposal
from jalon.store.press import Derived, Deriver
from jalon.store.publisher import Publisher
from jalon.store.shelf import HOT
from jalon.store.site import Site
from jalon.store.snapshot import Derivation, Snapshot

BASE = "http://example.org/"
EDITORIAL = f"{BASE}graph/editorial"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"


def line(number: int) -> bytes:
    return f'<{BASE}id/{number}> <{BASE}p> "{number}" <{EDITORIAL}> .'.encode()


def adding(*numbers: int) -> Proposal:
    return Proposal(ChangeSet.of(map(line, numbers)), "author", "adds", "test")


def removing(*numbers: int) -> Proposal:
    return Proposal(ChangeSet.of((), map(line, numbers)), "author", "removes", "test")


class Rules:
    """Entails one triple of each shown subject."""

    def __init__(self, version: str = "1") -> None:
        self.rules = f"rules-{version}"

    async def derive(self, ntriples: Path) -> Derived:
        shown = await asyncio.to_thread(ntriples.read_text, "utf-8")
        subjects = sorted({row.split()[0] for row in shown.splitlines()})
        said = "".join(f'{each} <{BASE}by> "{self.rules}" .\n' for each in subjects)
        return Derived(said.encode(), Derivation("rules", self.rules, "complete"))


class Clock:
    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@asynccontextmanager
async def publisher(
    folder: Path,
    deriver: Deriver | None = None,
    rebuild_quads: int = 1000,
    *,
    own: bool = False,
    patience: float = 30.0,
) -> AsyncIterator[Publisher]:
    ledger = Ledger.open(folder / PLACE, Clock())
    site = Site(folder, BASE, own=own, rebuild_quads=rebuild_quads, patience=patience)
    opened = Publisher(site, ledger, deriver)
    try:
        await opened.open()
        yield opened
    finally:
        await opened.close()
        ledger.close()


def quads_in(snapshot: Snapshot, graph: NamedNode | DefaultGraph) -> list[Quad]:
    store = Store.read_only(str(snapshot.checkpoint))
    return [*store.quads_for_pattern(None, None, None, graph)]


def numbers(snapshot: Snapshot) -> set[int]:
    quads = quads_in(snapshot, DefaultGraph())
    return {int(quad.object.value) for quad in quads}  # type: ignore[union-attr]


async def committed(opened: Publisher, proposals: Iterable[Proposal]) -> list[Outcome]:
    return [await opened.commit(each) for each in proposals]


def test_each_commit_is_a_release_that_can_be_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            outcomes = await committed(opened, [adding(1, 2), adding(2, 3), removing(1, 9)])
            assert outcomes == [Outcome(1, 2, 0), Outcome(2, 1, 0), Outcome(3, 0, 1)]
            assert numbers(opened.current) == {2, 3}
            assert [numbers(await opened.at(number)) for number in (1, 2, 3)] == [
                {1, 2},
                {1, 2, 3},
                {2, 3},
            ]

    asyncio.run(story())


def test_what_is_missing_when_it_opens_is_made_however_long_it_takes(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await committed(opened, [adding(1), adding(2)])
        shutil.rmtree(tmp_path / "releases")
        async with publisher(tmp_path, patience=0.0) as opened:
            assert numbers(opened.current) == {1, 2}
            with pytest.raises(PublicationPending):
                await opened.commit(adding(3))

    asyncio.run(story())


def test_what_changes_nothing_is_no_commit(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            assert await opened.commit(adding(1)) == Outcome(1, 0, 0)
            assert await opened.commit(removing(5)) == Outcome(1, 0, 0)
            assert opened.head.number == 1

    asyncio.run(story())


def test_a_value_that_is_only_written_another_way_stays(tmp_path: Path) -> None:
    def decimal(text: str) -> bytes:
        return f'<{BASE}s> <{BASE}p> "{text}"^^<{DECIMAL}> <{EDITORIAL}> .'.encode()

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(Proposal(ChangeSet.of([decimal("1.50")]), "a", "m", "s"))
            respelt = ChangeSet.of([decimal("1.5")], [decimal("1.50")])
            assert await opened.commit(Proposal(respelt, "a", "m", "s")) == Outcome(2, 1, 1)
            stamp = opened.current.stamp
            assert (stamp.quads, stamp.shown) == (1, 1)
            [kept] = quads_in(opened.current, NamedNode(EDITORIAL))
            assert kept.object == Literal("1.5", datatype=NamedNode(DECIMAL))

    asyncio.run(story())


def test_commits_at_once_are_all_kept_and_each_can_be_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            outcomes = await asyncio.gather(*(opened.commit(adding(n)) for n in range(30)))
            assert sorted(outcome.release for outcome in outcomes) == list(range(1, 31))
            assert numbers(opened.current) == set(range(30))
            # Several commits share a checkpoint; those that have none are rebuilt.
            for number in (1, 7, 29):
                assert len(numbers(await opened.at(number))) == number

    asyncio.run(story())


def test_a_change_for_an_older_release_is_a_conflict(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1), expected=0)
            with pytest.raises(ReleaseConflict):
                await opened.commit(adding(2), expected=0)
            assert numbers(opened.current) == {1}

    asyncio.run(story())


def test_a_release_that_never_was_is_unknown(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            for number in (-1, 0, 2):
                with pytest.raises(ReleaseUnknown):
                    await opened.at(number)

    asyncio.run(story())


def test_ten_releases_stay_ready_and_pinned_ones_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(1))
            ledger = Ledger.open(tmp_path / PLACE, Clock())
            ledger.pin(1)
            ledger.close()
            await committed(opened, (adding(n) for n in range(2, 15)))
            ready = {int(path.name) for path in (tmp_path / "releases").iterdir()}
            assert ready == {1, *range(14 - HOT + 1, 15)}
            assert numbers(await opened.at(3)) == {1, 2, 3}
            assert (await opened.at(3)).intact()

    asyncio.run(story())


def test_a_release_over_the_budget_is_not_rebuilt(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, rebuild_quads=5) as opened:
            await committed(opened, (adding(n, n + 100) for n in range(1, 15)))
            with pytest.raises(ReleaseTooCostly) as refusal:
                await opened.at(4)
            assert refusal.value.details == {"release": 4, "quads": 8, "limit": 5}

    asyncio.run(story())


def test_a_writer_process_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(0))
            for number in range(1, 6):
                assert opened.index_pid is not None
                os.kill(opened.index_pid, signal.SIGKILL)
                assert (await opened.commit(adding(number))).release == number + 1
                assert numbers(opened.current) == set(range(number + 1))

    asyncio.run(story())


def test_a_writer_process_that_dies_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    async def killing(opened: Publisher, until: asyncio.Event) -> None:
        while not until.is_set():
            # A process needs some tenths of a second to begin; then any moment will do.
            await asyncio.sleep(random.SystemRandom().uniform(0.3, 0.8))
            if opened.index_pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(opened.index_pid, signal.SIGKILL)

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            done = asyncio.Event()
            killer = asyncio.create_task(killing(opened, done))
            kept = set()
            for number in range(60):
                with suppress(NotReady, PublicationPending):
                    await opened.commit(adding(number))
                    kept.add(number)
            done.set()
            await killer
            await opened.commit(adding(1000))
            assert kept | {1000} <= numbers(opened.current)

    asyncio.run(story())


def test_another_process_goes_on_where_one_ended(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await committed(opened, [adding(1), adding(2)])
            before = opened.current
        async with publisher(tmp_path) as opened:
            assert opened.current == before
            assert (await opened.commit(adding(3))).release == 3
        assert [path.name for path in (tmp_path / "index").iterdir()] == []

    asyncio.run(story())


@pytest.mark.parametrize("harm", ["gone", "stamp", "figures", "damaged", "all gone"])
def test_a_damaged_release_is_made_again_from_the_ledger(tmp_path: Path, harm: str) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await committed(opened, [adding(1), adding(2), removing(1)])
            newest = opened.current.checkpoint.parent
        if harm == "gone":
            shutil.rmtree(newest)
        elif harm == "stamp":
            (newest / "snapshot.json").write_text("{}", encoding="utf-8")
        elif harm == "figures":
            stamp = newest / "snapshot.json"
            said = stamp.read_text(encoding="utf-8")
            stamp.write_text(said.replace('"shown": 1', '"shown": 3'), encoding="utf-8")
        elif harm == "damaged":
            table = next(newest.glob("checkpoint/*.sst"))
            content = table.read_bytes()
            table.unlink()
            table.write_bytes(content[:-1])
        else:
            shutil.rmtree(newest.parent)
        async with publisher(tmp_path) as opened:
            assert opened.current.stamp.number == 3
            assert opened.current.stamp.shown == 1
            assert opened.current.intact()
            assert numbers(opened.current) == {2}
            assert numbers(await opened.at(2)) == {1, 2}

    asyncio.run(story())


def test_a_release_of_another_ledger_is_not_taken_for_ours(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path / "other") as opened:
            await committed(opened, [adding(7), adding(8)])
        async with publisher(tmp_path / "ours") as opened:
            await committed(opened, [adding(1), adding(2)])
        shutil.rmtree(tmp_path / "ours" / "releases")
        shutil.copytree(tmp_path / "other" / "releases", tmp_path / "ours" / "releases")
        async with publisher(tmp_path / "ours") as opened:
            assert numbers(opened.current) == {1, 2}
            assert numbers(await opened.at(1)) == {1}

    asyncio.run(story())


def test_what_follows_is_part_of_each_release(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, Rules()) as opened:
            await committed(opened, [adding(1), adding(2)])
            stamp = opened.current.stamp
            assert (stamp.shown, stamp.entailed) == (2, 2)
            assert stamp.derivation == Derivation("rules", "rules-1", "complete")
            assert (await opened.at(1)).stamp.entailed == 1

    asyncio.run(story())


def test_other_rules_make_another_release_of_the_same_number(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, Rules()) as opened:
            await committed(opened, [adding(1), adding(2)])
            before = opened.current.stamp
        async with publisher(tmp_path, Rules("2")) as opened:
            after = opened.current.stamp
            assert (after.number, after.commit) == (before.number, before.commit)
            assert after.derivation.rules == "rules-2"
            assert after.identity != before.identity

    asyncio.run(story())


def test_an_unnamed_graph_of_its_own_is_not_mixed_with_the_shown_one(tmp_path: Path) -> None:
    async def story() -> None:
        seen = []
        for own in (False, True, False):
            async with publisher(tmp_path, own=own) as opened:
                await opened.commit(adding(1))
                seen.append(numbers(opened.current))
        assert seen == [{1}, set(), {1}]

    asyncio.run(story())


def test_who_cancels_a_commit_leaves_the_next_one_well(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await opened.commit(adding(0))
            for number in range(1, 20):
                task = asyncio.create_task(opened.commit(adding(number)))
                await asyncio.sleep(0.001 * (number % 7))
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            outcome = await opened.commit(adding(100))
            assert 100 in numbers(opened.current)
            assert outcome.release == opened.current.stamp.number

    asyncio.run(story())
