"""How the conformance tests compare answers: what they take for the same, and what they do not."""

from __future__ import annotations

import pytest
from pyoxigraph import Dataset

from conformance.comparing import difference
from conformance.results import (
    CSV,
    JSON,
    TSV,
    TURTLE,
    XML,
    Solutions,
    Unreadable,
    read_answer,
    read_graph,
)
from conformance.values import by_value

BASE = "http://example.org/"


def rows(*lines: str, ordered: bool = False) -> Solutions:
    """Solutions of ?x and ?y, as TSV writes them."""
    written = "".join(f"{line}\n" for line in ("?x\t?y", *lines))
    found = read_answer(written.encode(), TSV, BASE)
    assert isinstance(found, Solutions)
    return Solutions(found.variables, found.rows, ordered)


def graph(turtle: str) -> Dataset:
    return read_graph(turtle.encode(), TURTLE, BASE)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (rows("1\t2", "3\t4"), rows("3\t4", "1\t2")),
        (rows("1\t"), rows("1\t")),
        (rows("_:a\t_:b", "_:b\t_:a"), rows("_:p\t_:q", "_:q\t_:p")),
        (rows("_:a\t1", "_:a\t2", "_:b\t1"), rows("_:q\t1", "_:p\t2", "_:p\t1")),
        (rows("1\t1", "2\t2", ordered=True), rows("1\t1", "2\t2")),
        (graph("<a> <p> [ <q> 1 ] ."), graph("_:z <q> 1 . <a> <p> _:z .")),
        (True, True),
    ],
)
def test_names_of_blank_nodes_and_an_order_that_is_not_said_make_no_difference(
    expected: Solutions, found: Solutions
) -> None:
    assert difference(expected, found) == ""


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (rows("1\t2"), rows("1\t2", "1\t2")),
        (rows("1\t2", "1\t2"), rows("1\t2")),
        (rows("1\t"), rows("1\t2")),
        (rows("1\t2"), rows('"1"\t2')),
        (rows('"a"\t2'), rows('"a"@en\t2')),
        (rows("_:a\t_:a"), rows("_:a\t_:b")),
        (rows("_:a\t_:b"), rows("_:a\t_:a")),
        (rows("_:a\t1", "_:a\t2"), rows("_:a\t1", "_:b\t2")),
        (rows("_:a\t1"), rows("<http://b/>\t1")),
        (rows("1\t1", "2\t2", ordered=True), rows("2\t2", "1\t1")),
        (rows("1\t1", "2\t2", ordered=True), rows("1\t1")),
        (graph("<a> <p> [ <q> 1 ] ."), graph("<a> <p> [ <q> 2 ] .")),
        (graph("<a> <p> [] . <b> <p> [] ."), graph("<a> <p> _:x . <b> <p> _:x .")),
        (True, False),
        (True, rows("1\t2")),
        (graph(""), rows()),
    ],
)
def test_whatever_else_differs_is_a_difference(expected: Solutions, found: Solutions) -> None:
    assert difference(expected, found)


def test_other_variables_are_a_difference_though_no_row_has_them() -> None:
    assert difference(rows(), Solutions(("x", "z"), ()))


def test_a_lax_answer_may_repeat_rows_less_but_not_leave_them_out_or_repeat_them_more() -> None:
    expected = rows("1\t1", "1\t1", "2\t2")
    assert difference(expected, rows("1\t1", "2\t2"), lax=True) == ""
    assert difference(expected, rows("1\t1", "2\t2"))
    assert difference(expected, rows("1\t1"), lax=True)
    assert difference(expected, rows("1\t1", "1\t1", "1\t1", "2\t2"), lax=True)
    assert difference(expected, rows("1\t1", "2\t2", "3\t3"), lax=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.00"),
        ("-0.0", "0.0"),
        ("1e3", "1.0E3"),
        ('"01"^^<http://www.w3.org/2001/XMLSchema#integer>', "1"),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#boolean>', "true"),
        (
            '"2006-08-23+00:00"^^<http://www.w3.org/2001/XMLSchema#date>',
            '"2006-08-23Z"^^<http://www.w3.org/2001/XMLSchema#date>',
        ),
    ],
)
def test_one_value_written_in_two_ways_differs_as_a_term_alone(one: str, other: str) -> None:
    expected, found = rows(f"{one}\t1"), rows(f"{other}\t1")
    assert difference(expected, found)
    assert difference(by_value(expected), by_value(found)) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("1.0", "1e0"),
        ("1.0", "1.01"),
        ('"1"', '"01"'),
        ('"x"^^<http://www.w3.org/2001/XMLSchema#integer>', "0"),
    ],
)
def test_another_datatype_or_number_differs_as_a_value_too(one: str, other: str) -> None:
    assert difference(by_value(rows(f"{one}\t1")), by_value(rows(f"{other}\t1")))


@pytest.mark.parametrize(
    ("media_type", "written"),
    [
        (CSV, "x,y\r\n_:b0,\r\n"),
        (TSV, "?x\t?y\n_:b0\t\n"),
        (
            JSON,
            '{"head":{"vars":["x","y"]},'
            '"results":{"bindings":[{"x":{"type":"bnode","value":"b0"}}]}}',
        ),
        (
            XML,
            '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/>'
            '<variable name="y"/></head><results><result><binding name="x"><bnode>b0</bnode>'
            "</binding></result></results></sparql>",
        ),
    ],
)
def test_every_syntax_of_results_is_read_alike(media_type: str, written: str) -> None:
    if media_type == CSV:
        # Nothing and the empty text are the same in CSV alone.
        found = read_answer(written.encode(), media_type, BASE)
        assert difference(rows('_:a\t""'), found) == ""
    else:
        assert difference(rows("_:a\t"), read_answer(written.encode(), media_type, BASE)) == ""


@pytest.mark.parametrize(
    ("media_type", "written"),
    [
        (CSV, "x,y\r\n1\r\n"),
        (TSV, "?x\t?y\n1\n"),
        (JSON, '{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"ty'),
        (XML, "<sparql>"),
        (TURTLE, "<a> <b> ."),
        ("text/html", "<p>no answer</p>"),
    ],
)
def test_half_an_answer_is_no_answer(media_type: str, written: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(written.encode(), media_type, BASE)
