"""Which blank nodes of two readings are the same: only those that surely are."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping

import pytest
from pyoxigraph import BlankNode, NamedNode

from jalon.validation.places.matching import Said, matched
from jalon.validation.port import Term

P, Q, A = (NamedNode(f"http://example.org/{name}") for name in "pqa")


def chain(name: str, length: int, end: NamedNode) -> list[Said]:
    """Nodes in a row, told apart by what the last one says alone."""
    nodes = [BlankNode(f"{name}{number}") for number in range(length)]
    said: list[Said] = [(one, P, other) for one, other in itertools.pairwise(nodes)]
    return [*said, (nodes[-1], Q, end)]


def test_nodes_that_are_alike_far_around_are_not_taken_for_each_other() -> None:
    """Rows that differ at an end too far to be seen are matched crosswise by their order."""
    end = NamedNode("http://example.org/end")
    mine = [*chain("m", 30, A), *chain("n", 30, end)]
    theirs = [*chain("y", 30, end), *chain("x", 30, A)]
    found = matched(mine, theirs)
    assert all(
        mine_of.value[0] + other.value[0] in ("mx", "ny") for mine_of, other in found.items()
    )
    assert matched(mine, [*chain("x", 30, A), *chain("y", 30, end)])[BlankNode("m0")].value == "x0"


def test_nodes_that_nothing_tells_apart_are_matched_in_their_order() -> None:
    mine: list[Said] = [(A, P, BlankNode(f"m{number}")) for number in range(3)]
    theirs: list[Said] = [(A, P, BlankNode(f"x{number}")) for number in range(3)]
    assert {str(one): str(other) for one, other in matched(mine, theirs).items()} == {
        "_:m0": "_:x0",
        "_:m1": "_:x1",
        "_:m2": "_:x2",
    }


def test_what_one_reading_lacks_leaves_all_that_hangs_together_unmatched() -> None:
    whole = [*chain("x", 3, A), (BlankNode("x2"), P, A), (A, Q, BlankNode("apart"))]
    part: list[Said] = [*chain("m", 3, A), (A, Q, BlankNode("other"))]
    assert matched(part, whole) == {BlankNode("other"): BlankNode("apart")}


@pytest.mark.parametrize("seed", range(40))
def test_a_match_of_shuffled_graphs_is_one_of_every_triple(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    nodes = [BlankNode(f"m{number}") for number in range(12)]
    values: list[Term] = [*nodes, A]
    mine: list[Said] = [
        (chance.choice(nodes), chance.choice((P, Q)), chance.choice(values))
        for _ in range(chance.randrange(1, 30))
    ]
    names = dict(
        zip(nodes, chance.sample([BlankNode(f"x{n}") for n in range(12)], 12), strict=True)
    )

    def renamed(said: Said, names: Mapping[BlankNode, BlankNode]) -> Said:
        subject, predicate, value = (
            names.get(term, term) if isinstance(term, BlankNode) else term for term in said
        )
        return subject, predicate, value

    theirs = [renamed(said, names) for said in mine]
    chance.shuffle(theirs)
    found = matched(mine, theirs)
    for said in mine:
        blank = [term for term in (said[0], said[2]) if isinstance(term, BlankNode)]
        assert len({node in found for node in blank}) == 1
        if blank[0] in found:
            assert renamed(said, found) in theirs
