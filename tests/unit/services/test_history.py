"""What came between two releases, folded, is what their indexes differ in."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from jalon.errors import ReleaseTooCostly, ReleaseUnknown
from jalon.exchange.patch import rdf_patch
from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import PLACE, Ledger
from jalon.services.differences import Difference, Differences, folded
from jalon.services.history import History, release_number
from jalon.store.intake import Proposal
from jalon.store.publisher import Publisher
from jalon.store.shelf import Shelf
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot
from jalon.terms import CATALOGUE_GRAPH

BASE = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMITS = 8
ANOTHER = 0
"""Stands for a seed that is another one each time; a failure names it."""

SEEDS = (1, 2, ANOTHER)
"""Two that are always tried, and another each time, which the test's name tells."""

VALUES = (
    '"1.50"^^<{0}decimal>',
    '"01"^^<{0}integer>',
    '"7"^^<{0}int>',
    '"true"^^<{0}boolean>',
    '"1"^^<{0}boolean>',
    '"2026-01-01T00:00:00+00:00"^^<{0}dateTime>',
    '"no date"^^<{0}date>',
    '"text"',
    '"texte"@fr',
    '"line\\nbreak \\"quoted\\""@en',
    "_:b1",
    "<http://example.org/id/thing>",
)
GRAPHS = ("graph/editorial", "graph/source/one", "graph/shapes", "graph/submitted/mcc", "other")


def line(
    value: str, graph: str = "graph/editorial", subject: str = "<http://example.org/s>"
) -> bytes:
    said = value.replace("{0}", XSD)
    return f"{subject} <{BASE}p> {said} <{BASE}{graph}> .".encode()


UNIVERSE = [
    line(value, graph, subject)
    for value in VALUES
    for graph in GRAPHS
    for subject in (f"<{BASE}s>", f"<{BASE}t>", "_:b2")
]


@asynccontextmanager
async def published(folder: Path) -> AsyncIterator[tuple[Publisher, Ledger]]:
    ledger = Ledger.open(folder / PLACE, lambda: NOON)
    publisher = Publisher(Site(folder, BASE), ledger)
    try:
        await publisher.open()
        yield publisher, ledger
    finally:
        await publisher.close()
        ledger.close()


async def commit(publisher: Publisher, change: ChangeSet) -> None:
    await publisher.commit(Proposal(change, "author", "message", "test"))


def quads(snapshot: Snapshot) -> set[Quad]:
    store = Store.read_only(str(snapshot.checkpoint))
    derived = (DefaultGraph(), NamedNode(BASE + CATALOGUE_GRAPH))
    return {quad for quad in store if quad.graph_name not in derived}


def sides(difference: Difference) -> tuple[set[Quad], set[Quad]]:
    assert len(difference.changes) == len({change.quad for change in difference.changes})
    return set(difference.added), set(difference.removed)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_folded_is_the_difference_of_two_indexes(seed: int, tmp_path: Path) -> None:
    seed = seed or int.from_bytes(os.urandom(4))
    rng = random.Random(seed)  # noqa: S311

    async def story() -> None:
        async with published(tmp_path) as (publisher, ledger):
            for _ in range(COMMITS):
                adds = rng.sample(UNIVERSE, 40)
                removes = [each for each in rng.sample(UNIVERSE, 40) if each not in adds]
                await commit(publisher, ChangeSet.of(adds, removes))
            newest = publisher.current.stamp.number
            found = {n: quads(await publisher.at(n)) for n in range(1, newest + 1)}
            differences = Differences(ledger)
            for first, second in combinations(found, 2):
                difference = await differences.between(first, second)
                assert sides(difference) == (
                    found[second] - found[first],
                    found[first] - found[second],
                ), (seed, first, second)
                turned = await differences.between(second, first)
                assert (turned.added, turned.removed) == (difference.removed, difference.added)

    asyncio.run(story())


def test_what_is_taken_back_is_no_difference() -> None:
    one, two = line('"1"'), line('"2"')
    back = [ChangeSet.of([one]), ChangeSet.of([two], [one]), ChangeSet.of([one], [two])]
    assert sides(folded(back[1:])) == (set(), set())
    assert len(folded(back).added) == 1
    assert folded([]) == Difference()


def test_another_way_of_writing_a_literal_is_no_difference() -> None:
    written, again = line('"1.50"^^<{0}decimal>'), line('"1.5"^^<{0}decimal>')
    assert folded([ChangeSet.of([again], [written])]).changes == ()
    changes = folded([ChangeSet.of([written])]).changes
    assert [str(change.quad.object) for change in changes] == [f'"1.5"^^<{XSD}decimal>']


def test_removed_comes_before_added_of_the_same_property() -> None:
    old, new = line('"old"'), line('"new"')
    marks = [
        (change.added, change.quad.object)
        for change in folded([ChangeSet.of([new], [old])]).changes
    ]
    assert [added for added, _ in marks] == [False, True]


def test_a_difference_is_cut_between_properties_where_it_can_be() -> None:
    def cut(*sizes: int) -> list[int]:
        lines = (
            line(f'"{number}"', subject=f"<{BASE}s{place:03}>")
            for place, size in enumerate(sizes)
            for number in range(size)
        )
        found = folded([ChangeSet.of(lines)], most=10)
        assert (found.bounds[0], found.bounds[-1]) == (0, sum(sizes))
        assert found.parts == len(found.bounds) - 1
        return [end - start for start, end in pairwise(found.bounds)]

    assert cut() == [0]
    assert cut(10) == [10]
    assert cut(4, 4, 4, 4) == [8, 8]
    assert cut(25, 3) == [10, 10, 8]
    assert cut(3, 25) == [3, 10, 10, 5]
    assert cut(9, 9, 9) == [9, 9, 9]
    assert cut(11, 1, 11) == [10, 2, 10, 1]


def test_a_costly_difference_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with published(tmp_path) as (publisher, ledger):
            for number in range(4):
                await commit(publisher, ChangeSet.of([line(f'"{number}"')]))
            differences = Differences(ledger, most=2)
            assert len((await differences.between(1, 3)).added) == 2
            for pair in ((1, 4), (4, 1)):
                with pytest.raises(ReleaseTooCostly) as caught:
                    await differences.between(*pair)
                assert "3" in caught.value.detail("en")
                assert "2" in caught.value.detail("fr")

    asyncio.run(story())


def test_a_patch_makes_one_release_of_the_other() -> None:
    store, wanted = Store(), Store()
    store.extend(parse(b"\n".join(UNIVERSE[:20]), RdfFormat.N_QUADS))
    wanted.extend(parse(b"\n".join(UNIVERSE[:3] + UNIVERSE[6:25]), RdfFormat.N_QUADS))
    difference = folded([ChangeSet.of(UNIVERSE[20:25], UNIVERSE[3:6])])
    patch = rdf_patch(difference.removed, difference.added, "http://a/1", "http://a/2").decode()
    for row in patch.splitlines():
        if row[:2] in {"A ", "D "}:
            (quad,) = parse(row[2:], RdfFormat.N_QUADS)
            change = store.add if row[0] == "A" else store.remove
            change(quad)
    assert set(store) == set(wanted)
    assert patch.startswith("H prev <http://a/1> .\nH id <http://a/2> .\nTX .\n")


def test_history_tells_of_each_release_up_to_the_newest(tmp_path: Path) -> None:
    async def story() -> None:
        async with published(tmp_path) as (publisher, ledger):
            history = History(ledger, Shelf(tmp_path / "releases"), publisher)
            named = ledger.add_author("Ada")
            for number, author in enumerate((named, "a2", "a3")):
                change = ChangeSet.of([line(f'"{number}"')])
                await publisher.commit(Proposal(change, author, "why", "pack:d1"))
            ledger.pin(2)
            found = await history.page(2)
            assert [each.number for each in found] == [3, 2]
            assert [each.pinned for each in found] == [False, True]
            assert [each.number for each in await history.page(5, before=3)] == [2, 1]
            assert await history.page(5, before=1) == ()
            first = await history.release(1)
            assert (first.author, first.is_ready, first.same_rules) == ("Ada", True, True)
            assert ledger.erase_author(named)
            assert (await history.release(1)).author is None
            assert await history.time(1) == NOON
            assert await history.has_pack(3, "d1")
            assert not await history.has_pack(3, "d2")
            for number in (0, 4, -1):
                with pytest.raises(ReleaseUnknown):
                    await history.release(number)

    asyncio.run(story())


@pytest.mark.parametrize("written", ["", "x", "-1", "1.0", "٣", "1" * 19, " 1", "1\n", "0x1"])
def test_what_is_no_number_is_no_release(written: str) -> None:
    with pytest.raises(ReleaseUnknown):
        release_number(written, 5)
