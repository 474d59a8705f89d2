"""The shown graph: DESIGN §4."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from jalon.store.shown import is_shown, shown
from jalon.terms import AP

BASE = "http://example.org/"
THING = NamedNode("http://example.org/id/measure/1")
AMOUNT = NamedNode("http://example.org/amount")
NOTE = NamedNode("http://example.org/id/note/1")


def _quad(subject: NamedNode, predicate: NamedNode, value: object, graph: str) -> Quad:
    term = value if isinstance(value, NamedNode) else Literal(str(value))
    return Quad(subject, predicate, term, NamedNode(f"{BASE}graph/{graph}"))


def _note(graph: str, *superseded: str) -> list[Quad]:
    said = [("about", THING), ("aboutProperty", AMOUNT)]
    said += [("supersedes", NamedNode(f"{BASE}graph/{name}")) for name in superseded]
    return [_quad(NOTE, NamedNode(str(AP[name])), value, graph) for name, value in said]


def _amounts(quads: list[Quad]) -> list[str]:
    found = [triple.object for triple in shown(quads, BASE) if triple.predicate == AMOUNT]
    return sorted(term.value for term in found if isinstance(term, Literal))


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("graph/ontology", True),
        ("graph/vocabulary/role", True),
        ("graph/source/report", True),
        ("graph/editorial", True),
        ("graph/external", True),
        ("graph/submitted/mcc", True),
        ("graph/shapes", False),
        ("graph/entailed", False),
        ("graph/catalogue", False),
        ("graph/editorial/else", False),
    ],
)
def test_which_graphs_are_shown(graph: str, expected: bool) -> None:
    assert is_shown(BASE + graph, BASE) is expected
    assert not is_shown("http://elsewhere.org/" + graph, BASE)


def test_a_triple_of_several_graphs_is_shown_once() -> None:
    quads = [_quad(THING, AMOUNT, 1, graph) for graph in ("source/a", "editorial", "external")]
    assert _amounts(quads) == ["1"]


def test_superseded_values_are_not_shown() -> None:
    quads = [
        _quad(THING, AMOUNT, 1, "source/a"),
        _quad(THING, AMOUNT, 2, "submitted/mcc"),
        *_note("submitted/mcc", "source/a"),
    ]
    assert _amounts(quads) == ["2"]


def test_a_value_that_another_graph_states_stays() -> None:
    quads = [
        _quad(THING, AMOUNT, 1, "source/a"),
        _quad(THING, AMOUNT, 1, "external"),
        *_note("submitted/mcc", "source/a"),
    ]
    assert _amounts(quads) == ["1"]


def test_only_the_named_property_of_the_named_thing_gives_way() -> None:
    other = NamedNode("http://example.org/id/measure/2")
    label = NamedNode("http://example.org/label")
    quads = [
        _quad(other, AMOUNT, 3, "source/a"),
        _quad(THING, label, "kept", "source/a"),
        *_note("submitted/mcc", "source/a"),
    ]
    assert _amounts(quads) == ["3"]
    assert any(triple.predicate == label for triple in shown(quads, BASE))


def test_a_note_without_supersedes_changes_nothing() -> None:
    quads = [_quad(THING, AMOUNT, 1, "source/a"), *_note("editorial")]
    assert _amounts(quads) == ["1"]


def test_a_note_outside_the_shown_graphs_changes_nothing() -> None:
    quads = [_quad(THING, AMOUNT, 1, "source/a"), *_note("shapes", "source/a")]
    assert _amounts(quads) == ["1"]
