"""What shapes are refused for: each file of ``refused`` is named after its variant."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import SH, Graph

from jalon.errors import ShapesRefused, messages
from jalon.validation.guard import check_shapes
from jalon.validation.guard.patterns import is_catastrophic
from jalon.validation.guard.vocabulary import KNOWN
from jalon.validation.translation import rdflib_graph

HERE = Path(__file__).parent
REFUSED = sorted((HERE / "refused").glob("*.ttl"))
TAKEN = sorted(path for name in ("components", "taken") for path in (HERE / name).glob("*.ttl"))


def graph_of(path: Path) -> Graph:
    return rdflib_graph(parse(path.read_bytes(), RdfFormat.TURTLE))


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_shapes_are_refused_with_the_shape_named(path: Path) -> None:
    with pytest.raises(ShapesRefused) as caught:
        check_shapes(graph_of(path))
    variant = path.name.split(".")[0]
    assert caught.value.details["variant"] == variant
    assert caught.value.detail("en") != caught.value.detail("fr")
    if variant != "empty":
        assert str(caught.value.details["shape"]).startswith("http://example.org/S")


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.stem)
def test_shapes_of_every_component_and_odd_ones_are_taken(path: Path) -> None:
    check_shapes(graph_of(path))


def test_every_reason_has_a_case() -> None:
    """But for ``engine``: what an engine refuses that the guard lets through."""
    variants = {part.removeprefix("detail-") for part in messages("errors")["shapes-refused"]}
    cases = {path.name.split(".")[0] for path in REFUSED}
    assert variants - {"title", "detail", "engine"} == cases


def test_the_terms_known_are_those_of_the_vocabulary() -> None:
    """So many does W3C's vocabulary have, but for its IRIs of the components' parameters."""
    assert {"minCount", "and", "class", "in", "not", "or", "xone"} <= KNOWN
    assert len(KNOWN) == 183
    assert SH.qualifiedValueShapesDisjoint in SH


CATASTROPHIC = (
    *("(a+)+$", "^(a*)*b", r"(\w+\s?)+", "(x|a+)+", "((a+))+", "(?:a{1,9})*", "(a+){20}"),
    *("([ab]+,?)+", "(a+|b)*"),
)
HARMLESS = (
    *("^[a-z]+(-[a-z]+)*$", "^([a-z]+-)*[a-z]+$", r"(\d{4})+", "a+b+c+", "[(a+)+]+"),
    *(r"\(a+\)+", ")+(", "((ab)+c)*", "^(https?://)?[^/]+$", "(a+){2}"),
)


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_repeat_of_a_repeat_is_catastrophic(pattern: str) -> None:
    assert is_catastrophic(pattern)


@pytest.mark.parametrize("pattern", HARMLESS)
def test_a_repeat_that_is_parted_is_not(pattern: str) -> None:
    assert not is_catastrophic(pattern)


def test_a_long_pattern_is_read_in_linear_time() -> None:
    assert not is_catastrophic("(a" * 200_000)
    assert is_catastrophic("(" * 200_000 + "a+" + ")" * 200_000 + "*")
