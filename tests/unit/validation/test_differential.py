"""Both engines on some generated graphs; ``make soak`` tries thousands, others each time."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from differential.comparing import Case, Known, Tally, compare, read_known
from differential.graphs import EX
from differential.running import COMPONENTS, run, zoo_shapes

NUMBER = 150
SEED = 20181123
PREFIX = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
KNOWN = read_known()


def test_the_engines_differ_on_generated_graphs_only_as_is_known() -> None:
    tally = run(NUMBER, SEED)
    print(f"seed {SEED}", *tally.lines(), sep="\n")  # noqa: T201
    assert not tally.unknown
    assert tally.violated >= 0.3 * NUMBER
    assert set(tally.results) == COMPONENTS


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.name)
def test_each_known_difference_is_still_there(kind: Known) -> None:
    name = kind.patterns["shapes"].pattern
    quads = parse(PREFIX + kind.example, RdfFormat.TURTLE, base_iri=EX)
    data = "".join(f"{quad.triple} .\n" for quad in quads).encode("utf-8")
    tally = Tally()
    compare(tally, Case("example", name, data, zoo_shapes()[name]), [kind])
    assert tally.kinds[kind.name]
    assert kind.reason
    assert kind.section


def test_a_difference_of_another_kind_is_none_of_the_known() -> None:
    """What a rule describes is held to every part of what it says."""
    kind = next(kind for kind in KNOWN if kind.name == "zero")
    shapes = zoo_shapes()["components"]
    data = f'<{EX}n2> <{EX}n> "0"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'.encode()
    tally = Tally()
    others = [other for other in KNOWN if other != kind]
    compare(tally, Case("example", "components", data, shapes), others)
    assert {difference.said.focus for _, difference in tally.unknown} == {
        '"0"^^<http://www.w3.org/2001/XMLSchema#integer>'
    }
