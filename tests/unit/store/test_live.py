"""The live index: what is shown follows each change as if it were made from the whole."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jalon.ledger.commits import ChangeSet
from jalon.store.difference import Difference
from jalon.store.live import Change, LiveIndex, read_quads
from jalon.store.shown import NOTE_PROPERTIES, shown
from jalon.store.snapshot import STAMP, Derivation, Snapshot, read_snapshot

BASE = "http://example.org/"
GRAPHS = [
    NamedNode(f"{BASE}graph/{name}")
    for name in ("source/a", "editorial", "submitted/calq", "shapes", "catalogue")
]
THINGS = [NamedNode(f"{BASE}id/{number}") for number in range(3)]
PROPERTIES = [NamedNode(f"{BASE}p{number}") for number in range(2)]
NOTES = [NamedNode(f"{BASE}note/{number}") for number in range(2)]
ABOUT, ABOUT_PROPERTY, SUPERSEDES = NOTE_PROPERTIES
XSD = "http://www.w3.org/2001/XMLSchema#"


def every_quad() -> list[Quad]:
    """A world so small that random changes meet every case of giving way."""
    values: list[NamedNode | Literal] = [*THINGS[:1], Literal("x"), Literal("y")]
    plain = [Quad(*each) for each in product(THINGS, PROPERTIES, values, GRAPHS)]
    said = (*((ABOUT, each) for each in THINGS), *((ABOUT_PROPERTY, each) for each in PROPERTIES))
    superseded = tuple((SUPERSEDES, each) for each in GRAPHS)
    notes = [
        Quad(note, said_of, value, graph)
        for note, (said_of, value), graph in product(NOTES, (*said, *superseded), GRAPHS[:4])
    ]
    return [*plain, *notes]


def contents(store: Store) -> tuple[set[Quad], set[Triple]]:
    quads = set(store)
    unnamed = {quad for quad in quads if quad.graph_name == DefaultGraph()}
    return quads - unnamed, {quad.triple for quad in unnamed}


def opened(snapshot: Snapshot) -> Store:
    return Store.read_only(str(snapshot.checkpoint))


@pytest.fixture
def seed() -> int:
    """Another one each time; a failure names it."""
    return random.SystemRandom().randrange(10**9)


def test_the_shown_graph_follows_every_change(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    world = every_quad()
    live = LiveIndex.begin(tmp_path / "live", BASE)
    there: set[Quad] = set()
    for number in range(60):
        removes = chance.sample(sorted(there, key=str), min(len(there), chance.randrange(6)))
        adds = chance.sample(world, chance.randrange(12))
        live.apply(Change(tuple(adds), tuple(removes)))
        there = (there - set(removes)) | set(adds)
        stamp = live.stamp
        wanted = set(shown(there, BASE))
        assert set(live.shown_triples()) == wanted, f"seed {seed}, change {number}"
        assert (stamp.quads, stamp.shown) == (len(there), len(wanted)), f"seed {seed}"
    snapshot = live.publish(tmp_path / "releases" / "1", 1, "digest")
    assert contents(opened(snapshot)) == (there, set(shown(there, BASE)))


def test_loading_all_at_once_gives_what_single_changes_give(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    world = every_quad()
    changes = []
    for _ in range(20):
        changes.append(Change(tuple(chance.sample(world, 30)), tuple(chance.sample(world, 20))))
    one_by_one = LiveIndex.begin(tmp_path / "one", BASE)
    for change in changes:
        one_by_one.apply(change)
    at_once = LiveIndex.begin(tmp_path / "all", BASE)
    at_once.load(changes)
    assert set(at_once.shown_triples()) == set(one_by_one.shown_triples()), f"seed {seed}"
    assert at_once.stamp == one_by_one.stamp


def test_where_nothing_gives_way_what_is_missing_is_found_all_the_same(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    world = [each for each in every_quad() if each.predicate not in NOTE_PROPERTIES]
    live = LiveIndex.begin(tmp_path / "live", BASE)
    live.load([Change(tuple(chance.sample(world, 10))), Change(tuple(chance.sample(world, 20)))])
    for number in range(40):
        removes, adds = (tuple(chance.sample(world, chance.randrange(8))) for _ in range(2))
        there = set(opened(live.publish(tmp_path / "looked" / str(number))))
        assert [*live.missing(world)] == [each not in there for each in world], f"seed {seed}"
        live.apply(Change(adds, removes))
    quads, triples = contents(opened(live.publish(tmp_path / "last")))
    assert triples == set(shown(quads, BASE)), f"seed {seed}"
    assert (live.stamp.quads, live.stamp.shown) == (len(quads), len(triples)), f"seed {seed}"


@pytest.mark.parametrize("noted", [True, False])
def test_changes_that_are_made_together_give_what_they_give_one_by_one(
    tmp_path: Path, seed: int, noted: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    world = [each for each in every_quad() if noted or each.predicate not in NOTE_PROPERTIES]
    together = LiveIndex.begin(tmp_path / "together", BASE)
    one_by_one = LiveIndex.begin(tmp_path / "one", BASE)
    for _ in range(20):
        changes = [
            ChangeSet.of(*(written(chance.sample(world, chance.randrange(9))) for _ in range(2)))
            for _ in range(chance.randrange(1, 6))
        ]
        difference = Difference(together)
        for change in difference.of(changes):
            one_by_one.apply(Change(read_quads(change.adds), read_quads(change.removes)))
        together.make(difference.net)
        assert together.stamp == one_by_one.stamp, f"seed {seed}"
        assert set(together.shown_triples()) == set(one_by_one.shown_triples()), f"seed {seed}"
    one = contents(opened(together.publish(tmp_path / "releases" / "1")))
    assert one == contents(opened(one_by_one.publish(tmp_path / "releases" / "2"))), f"seed {seed}"


def written(quads: list[Quad]) -> list[bytes]:
    return [f"{quad} .".encode() for quad in quads]


def test_two_ways_to_write_a_value_are_one_quad(tmp_path: Path) -> None:
    live = LiveIndex.begin(tmp_path / "live", BASE)
    line = f'<{BASE}s> <{BASE}p> "%s"^^<{XSD}integer> <{GRAPHS[0].value}> .\n'
    one, other = read_quads((line % "1" + line % "01").encode())
    assert list(live.missing((one, other))) == [True, True]
    live.apply(Change((one, other)))
    assert (live.stamp.quads, live.stamp.shown) == (1, 1)
    assert list(live.missing((one, other))) == [False, False]
    live.apply(Change(removes=(other,)))
    assert (live.stamp.quads, live.stamp.shown) == (0, 0)


def test_blank_nodes_keep_their_labels(tmp_path: Path) -> None:
    line = f'_:kept <{BASE}p> "x" <{GRAPHS[0].value}> .\n'.encode()
    live = LiveIndex.begin(tmp_path / "live", BASE)
    live.apply(Change(read_quads(line)))
    followed = LiveIndex.follow(live.publish(tmp_path / "1"), tmp_path / "next")
    followed.apply(Change(removes=read_quads(line)))
    assert followed.stamp.quads == 0


def test_an_index_goes_on_where_a_snapshot_ends_and_leaves_it_alone(tmp_path: Path) -> None:
    live = LiveIndex.begin(tmp_path / "live", BASE)
    quads = [Quad(THINGS[0], PROPERTIES[0], Literal(str(n)), GRAPHS[0]) for n in range(500)]
    live.apply(Change(tuple(quads)))
    first = live.publish(tmp_path / "releases" / "1", 1, "one")
    followed = LiveIndex.follow(first, tmp_path / "followed")
    followed.apply(Change(removes=tuple(quads[:499])))
    second = followed.publish(tmp_path / "releases" / "2", 2, "two")
    assert first.intact()
    assert second.intact()
    assert len(contents(opened(first))[0]) == 500
    assert contents(opened(second)) == ({quads[499]}, {quads[499].triple})
    assert read_snapshot(tmp_path / "releases" / "2") == second
    assert (second.stamp.number, second.stamp.commit, second.stamp.shown) == (2, "two", 1)


def test_what_is_entailed_never_repeats_what_is_shown(tmp_path: Path) -> None:
    live = LiveIndex.begin(tmp_path / "live", BASE)
    said, follows, later = (
        Triple(THINGS[0], PROPERTIES[0], each) for each in (*THINGS[1:], THINGS[0])
    )
    live.apply(Change((Quad(said.subject, said.predicate, said.object, GRAPHS[0]),)))
    derivation = Derivation("test", "rules", "complete")
    live.entail([said, follows], derivation)
    live.entail([said, later], derivation)
    snapshot = live.publish(tmp_path / "1")
    assert snapshot.entailed_graph == f"{BASE}graph/entailed"
    quads, _ = contents(opened(snapshot))
    entailed = {quad.triple for quad in quads if quad.graph_name.value.endswith("entailed")}  # type: ignore[union-attr]
    assert entailed == {later}
    assert (snapshot.stamp.entailed, snapshot.stamp.derivation) == (1, derivation)


def test_an_index_of_its_own_unnamed_graph_shows_nothing_else(tmp_path: Path) -> None:
    live = LiveIndex.begin(tmp_path / "live", BASE, own=True)
    named = Quad(THINGS[0], PROPERTIES[0], Literal("named"), GRAPHS[0])
    unnamed = Quad(THINGS[0], PROPERTIES[0], Literal("unnamed"))
    live.apply(Change((named, unnamed)))
    live.load([Change(removes=(named,))])
    snapshot = live.publish(tmp_path / "1")
    assert contents(opened(snapshot)) == (set(), {unnamed.triple})
    assert snapshot.stamp.quads == 1


@pytest.mark.parametrize("harm", ["flip", "truncate", "delete", "add"])
def test_a_snapshot_that_is_not_as_it_was_sealed_is_not_intact(tmp_path: Path, harm: str) -> None:
    live = LiveIndex.begin(tmp_path / "live", BASE)
    live.apply(Change((Quad(THINGS[0], PROPERTIES[0], Literal("x"), GRAPHS[0]),)))
    snapshot = live.publish(tmp_path / "1")
    assert snapshot.intact()
    for file in sorted(snapshot.checkpoint.iterdir()):
        content = file.read_bytes()
        if not content and harm in ("flip", "truncate"):
            continue
        file.unlink()
        if harm == "flip":
            file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        elif harm == "truncate":
            file.write_bytes(content[: len(content) // 2])
        elif harm == "add":
            file.with_name("other.sst").touch()
        assert not snapshot.intact(), file.name
        file.write_bytes(content)
        file.with_name("other.sst").unlink(missing_ok=True)
        assert snapshot.intact()


@pytest.mark.parametrize("stamp", ["", "{}", '{"base": "a"}', "[]", '{"derivation": {}}'])
def test_a_broken_stamp_is_no_snapshot(tmp_path: Path, stamp: str) -> None:
    LiveIndex.begin(tmp_path / "live", BASE).publish(tmp_path / "1")
    assert read_snapshot(tmp_path / "1") is not None
    (tmp_path / "1" / STAMP).write_text(stamp, encoding="utf-8")
    assert read_snapshot(tmp_path / "1") is None
