"""What each engine concludes, against what a reader of OWL would expect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from jalon.reasoning import closure as owlrl
from jalon.reasoning.conclusions import Conclusions
from jalon.reasoning.rules import closure as rules

HERE = Path(__file__).parent
EX = "http://example.org/"

Conclude = Callable[[list[str]], Conclusions]


def by_rules(lines: list[str]) -> Conclusions:
    return rules.conclude([line.encode() for line in lines], 1000)


def by_owlrl(lines: list[str]) -> Conclusions:
    return owlrl.conclude("".join(lines).encode())


def lines(name: str) -> list[str]:
    return sorted(f"{quad.triple} .\n" for quad in parse(path=HERE / name, format=RdfFormat.TURTLE))


@pytest.fixture(params=[by_rules, by_owlrl], ids=["rules", "owlrl"])
def conclude(request: pytest.FixtureRequest) -> Conclude:
    found: Conclude = request.param
    return found


def test_the_useful_subset_is_exactly_what_follows_of_the_data(conclude: Conclude) -> None:
    """Transitive, inverse, chain, subproperty, subclass, symmetric, range, oneOf and sameAs.

    No literal is rewritten, no restriction is a type, and nothing is said of terms.
    """
    concluded = conclude(lines("given.ttl"))
    assert concluded.ntriples.decode().splitlines(keepends=True) == lines("expected.ttl")
    assert concluded.contradictions == ()
    assert concluded.read == len(lines("given.ttl"))
    assert concluded.found > concluded.useful


def test_each_contradiction_is_reported_with_each_thing_it_is_about(conclude: Conclude) -> None:
    found = conclude(lines("contradictory.ttl")).contradictions
    assert {each.thing.removeprefix(EX) for each in found} == {"both", "first", "second", "ranged"}
    said = [each.message for each in found if each.thing == f"{EX}both"]
    assert len(said) == 1
    assert f"{EX}Measure and {EX}Plan" in said[0]
    of_ranged = [each.message for each in found if each.thing == f"{EX}ranged"]
    assert any("much" in message for message in of_ranged)
    assert any(f"{EX}Measure and {EX}Plan" in message for message in of_ranged)


def test_what_has_to_be_the_same_follows_though_nothing_says_so_of_anything(
    conclude: Conclude,
) -> None:
    functional = f"<{EX}role> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    functional += "<http://www.w3.org/2002/07/owl#FunctionalProperty> .\n"
    given = [f"<{EX}a> <{EX}role> <{EX}{each}> .\n" for each in "bc"]
    same = [
        f"<{EX}{one}> <http://www.w3.org/2002/07/owl#sameAs> <{EX}{other}> .\n"
        for one, other in ("bc", "cb")
    ]
    assert conclude([functional, *given]).ntriples.decode() == "".join(same)


def test_nothing_follows_from_nothing(conclude: Conclude) -> None:
    concluded = conclude([])
    assert (concluded.read, concluded.useful, concluded.contradictions) == (0, 0, ())
