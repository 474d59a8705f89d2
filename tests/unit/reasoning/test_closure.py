"""What owlrl concludes, reduced to what is useful, against what a reader of OWL would expect."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import RdfFormat, parse

from jalon.reasoning.closure import conclude
from jalon.reasoning.conclusions import Contradiction

HERE = Path(__file__).parent
EX = "http://example.org/"


def lines(path: Path) -> list[str]:
    return sorted(f"{quad.triple} .\n" for quad in parse(path=path, format=RdfFormat.TURTLE))


def ntriples(name: str) -> bytes:
    return "".join(lines(HERE / name)).encode("utf-8")


def test_the_useful_subset_is_exactly_what_follows_of_the_data() -> None:
    """Transitive, inverse, chain, subproperty, subclass, symmetric, range, oneOf and sameAs.

    No literal is rewritten, no restriction is a type, and nothing is said of terms.
    """
    concluded = conclude(ntriples("given.ttl"))
    assert concluded.ntriples.decode("utf-8").splitlines(keepends=True) == lines(
        HERE / "expected.ttl"
    )
    assert concluded.contradictions == ()
    assert concluded.read == len(lines(HERE / "given.ttl"))
    assert concluded.found > concluded.useful


def test_each_contradiction_is_reported_with_each_thing_it_is_about() -> None:
    found = conclude(ntriples("contradictory.ttl")).contradictions
    assert {each.thing.removeprefix(EX) for each in found} == {"both", "first", "second", "ranged"}
    disjoint = f"Disjoint classes {EX}Measure and {EX}Plan have a common individual {EX}both"
    assert Contradiction(f"{EX}both", disjoint) in found
    assert any(each.thing == f"{EX}ranged" and "much" in each.message for each in found)
    assert any(each.thing == f"{EX}ranged" and "Disjoint" in each.message for each in found)


def test_nothing_follows_from_nothing() -> None:
    concluded = conclude(b"")
    assert (concluded.read, concluded.useful, concluded.contradictions) == (0, 0, ())
