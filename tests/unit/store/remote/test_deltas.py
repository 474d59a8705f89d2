"""What an engine is told: applied in any fitting order, it makes what the release holds."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jalon.store.live import Change, LiveIndex
from jalon.store.remote.deltas import Delta, Point, Touched, deltas_in, forget, way
from jalon.store.remote.lines import Line, all_of, read_line
from jalon.store.snapshot import Derivation, Stamp

BASE = "http://example.org/"
GRAPHS = [NamedNode(f"{BASE}graph/{name}") for name in ("editorial", "submitted/a", "external")]
Lines = set[tuple[str, str]]


def quads(chance: random.Random) -> tuple[Quad, ...]:
    subjects: list[NamedNode | BlankNode] = [BlankNode("b")]
    subjects += [NamedNode(f"{BASE}id/x/{number}") for number in range(4)]
    return tuple(
        Quad(
            chance.choice(subjects),
            NamedNode(f"{BASE}p"),
            Literal(str(chance.randrange(3))),
            chance.choice(GRAPHS),
        )
        for _ in range(chance.randrange(1, 6))
    )


def entailed(chance: random.Random) -> list[Triple]:
    made = (quad.triple for quad in quads(chance))
    return [each for each in made if isinstance(each.subject, NamedNode)]


def made_of(lines: Lines, delta: Delta) -> Lines:
    """What an engine holds that held these lines."""
    held = set(lines)
    for line in delta.lines():
        (held.add if line.there else held.discard)((line.graph, line.triple))
    return held


def held(store: Store) -> Lines:
    return {(line.graph, line.triple) for line in all_of(store, BASE)}


@pytest.mark.parametrize("seed", range(12))
def test_deltas_lead_from_any_release_to_any_later_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    store = Store()
    index = LiveIndex(store, Stamp(BASE, 1, "c1"))
    stamps, states = [index.stamp], [held(store)]
    for number in range(2, 9):
        index.touched = Touched()
        before = replace(stamps[-1])
        for _ in range(chance.randrange(1, 4)):
            index.apply(Change(quads(chance), quads(chance)))
        index.entail(entailed(chance), Derivation("rules", "r", "complete"))
        index.write_delta(tmp_path, before, number, f"c{number}")
        index.stamp = replace(index.stamp, number=number, commit=f"c{number}")
        stamps.append(index.stamp)
        states.append(held(store))
    deltas = deltas_in(tmp_path)
    assert len(deltas) == 7
    for start in range(7):
        at = states[start]
        for later, delta in enumerate(deltas[start:], start + 1):
            at = made_of(made_of(at, delta), delta)
            assert at == states[later]


def test_what_went_and_came_again_is_told_as_it_is_now(tmp_path: Path) -> None:
    store = Store()
    index = LiveIndex(store, Stamp(BASE, 1, "c"))
    [one, *_] = some = quads(random.Random(1))  # noqa: S311 (no secret)
    index.apply(Change(some))
    index.touched = Touched()
    index.apply(Change((), (one,)))
    index.apply(Change((one,)))
    index.write_delta(tmp_path, index.stamp, 2, "d")
    [delta] = deltas_in(tmp_path)
    assert {line.there for line in delta.lines()} == {True}
    assert made_of(held(store), delta) == held(store)
    forget(delta)
    assert [*tmp_path.iterdir()] == []


def test_after_a_load_there_is_no_delta(tmp_path: Path) -> None:
    index = LiveIndex(Store(), Stamp(BASE, 1, "c"))
    index.touched = Touched()
    index.load([Change(quads(random.Random(2)))])  # noqa: S311 (no secret)
    index.write_delta(tmp_path, Stamp(BASE, 1, "c"), 2, "d")
    assert deltas_in(tmp_path) == []


def point(number: int) -> Point:
    return Point(number, f"c{number}", f"i{number}")


def delta(before: int, after: int) -> Delta:
    return Delta(point(before), point(after), Path())


@pytest.mark.parametrize(
    ("deltas", "at", "upto", "within", "expected"),
    [
        ([(1, 2), (2, 3)], 1, 3, 0, [(1, 2), (2, 3)]),
        ([(1, 2), (2, 3), (1, 3)], 1, 3, 0, [(1, 3)]),
        ([(1, 3)], 2, 3, 0, [(1, 3)]),
        ([(1, 2)], 1, 3, 0, []),
        ([(2, 3)], 1, 3, 0, []),
        ([(1, 2), (2, 4)], 1, 4, 3, []),
        ([(1, 3), (3, 4)], 1, 4, 3, [(1, 3), (3, 4)]),
        ([(1, 5)], 1, 4, 0, []),
    ],
)
def test_the_way_is_of_deltas_that_cover_it(
    deltas: list[tuple[int, int]],
    at: int,
    upto: int,
    within: int,
    expected: list[tuple[int, int]],
) -> None:
    found = way([delta(*each) for each in deltas], point(at), upto, within)
    assert [(each.before.number, each.after.number) for each in found] == expected


def test_no_way_begins_at_another_state_of_the_same_release() -> None:
    other = replace(point(1), identity="made by other rules")
    assert way([delta(1, 2)], other, 2, 0) == []


def test_a_line_is_read_as_it_was_written() -> None:
    for text in ('"a\\tb\\n\\"c\\""', '"é"@fr', f'"1"^^<{BASE}t>'):
        line = Line(there=True, graph=f"{BASE}g", triple=f"<{BASE}s> <{BASE}p> {text}")
        assert read_line(str(line)) == line
    quad = Quad(NamedNode(BASE), NamedNode(BASE), Literal("a\tb\nc\\"), DefaultGraph())
    store = Store()
    store.add(quad)
    [line] = all_of(store, BASE)
    assert "\t" not in line.triple
    assert "\n" not in line.triple
