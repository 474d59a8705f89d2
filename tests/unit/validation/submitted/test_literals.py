"""Literals stand as they were written, and are known by the form in which the index keeps them."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import XSD

from jalon.validation.submitted.literals import exact_forms, rewritten

THING, NAME, GRAPH = (NamedNode(f"https://example.org/{name}") for name in "spg")


def literal(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=NamedNode(f"{XSD}{datatype}"))


def quad(value: Literal | NamedNode) -> Quad:
    return Quad(THING, NAME, value, GRAPH)


def kept(*values: Literal) -> set[object]:
    """As an index keeps them, which is what is right."""
    index = Store()
    index.extend(map(quad, values))
    return {each.object for each in index}


@pytest.mark.parametrize(
    ("value", "retyped"),
    [
        (literal("7", "int"), True),
        (literal("7", "nonNegativeInteger"), True),
        (literal("007", "integer"), False),
        (literal("1.50", "decimal"), False),
        (literal("1", "boolean"), False),
        (literal("2026-11-22T10:00:00+00:00", "dateTime"), False),
    ],
)
def test_what_is_kept_otherwise_is_told(value: Literal, retyped: bool) -> None:
    [found] = rewritten([quad(value)])
    assert {found.kept} == kept(value)
    assert found.quad == quad(value)
    assert found.is_retyped is retyped


@pytest.mark.parametrize(
    "value",
    [
        literal("7", "integer"),
        literal("1.5", "decimal"),
        literal("seven", "integer"),
        literal("2026-02-30", "date"),
        literal("2027", "gYear"),
        Literal("x"),
        Literal("x", language="fr-ca"),
        THING,
    ],
)
def test_what_is_kept_as_it_is_is_not_told(value: Literal | NamedNode) -> None:
    assert list(rewritten([quad(value)])) == []
    assert exact_forms([quad(value)]) == {quad(value): quad(value)}


def test_each_is_told_in_its_order() -> None:
    values = [literal("03", "integer"), literal("5", "int"), literal("3", "integer")]
    values += [literal("03", "integer"), literal("2.0", "decimal")]
    found = [each.quad.object for each in rewritten(map(quad, values))]
    assert found == [values[0], values[1], values[3], values[4]]


def test_what_was_written_is_found_by_what_is_kept() -> None:
    values = [
        literal("03", "integer"),
        literal("5", "int"),
        Literal("é"),
        literal("2.0", "decimal"),
    ]
    found = exact_forms(map(quad, values))
    assert set(found.values()) == set(map(quad, values))
    assert {each.object for each in found} == kept(*values)
    assert exact_forms([]) == {}


def test_two_ways_to_write_a_value_are_one_value() -> None:
    [(key, written)] = exact_forms(
        map(quad, [literal("03", "integer"), literal("3", "integer")])
    ).items()
    assert key == quad(literal("3", "integer"))
    assert written in {quad(literal("03", "integer")), quad(literal("3", "integer"))}
