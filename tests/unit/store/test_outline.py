from __future__ import annotations

import pytest

from jalon.errors import QueryRefused, QueryTooComplex
from jalon.store.outline import Outline, OutlineLimits, read_outline

LIMITS = OutlineLimits()


def _outline(text: str) -> Outline:
    return read_outline(text, LIMITS)


@pytest.mark.parametrize("word", ["SERVICE", "service", "Load", "TRIPLE", "<<", "{|"])
def test_what_is_not_done_here_is_named_with_its_place(word: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        _outline(f"SELECT * {{\n  {word} <http://127.0.0.1/> {{ ?s ?p ?o }} }}")
    assert caught.value.details == {"construct": word.upper(), "line": 2, "column": 3}


@pytest.mark.parametrize(
    "harmless",
    [
        "service:x",
        "x:service",
        "?service",
        "$LOAD",
        '"SERVICE"',
        "'''LOAD'''",
        "# SERVICE\n",
        "<http://x/SERVICE>",
        "_:service",
        '"a"@service',
        "services",
        "x:a.SERVICE",
    ],
)
def test_words_inside_other_tokens_are_not_refused(harmless: str) -> None:
    _outline(f"SELECT * {{ ?s ?p {harmless} }}")


@pytest.mark.parametrize("update", ["INSERT DATA {}", "DELETE WHERE {}", "CLEAR ALL", "WITH <g>"])
def test_updates_are_refused(update: str) -> None:
    with pytest.raises(QueryRefused):
        _outline(f"PREFIX a: <http://a/> BASE <http://b/>\n{update}")


@pytest.mark.parametrize("opening", ["{", "(", "["])
def test_nesting_is_limited(opening: str) -> None:
    _outline("SELECT * " + opening * LIMITS.depth)
    with pytest.raises(QueryTooComplex) as caught:
        _outline("SELECT * " + opening * (LIMITS.depth + 1))
    assert caught.value.details["variant"] == "depth"


def test_brackets_in_strings_comments_and_iris_do_not_nest() -> None:
    hidden = '"{{{" # {{{\n <http://x/(((> ' * 200
    assert _outline(f"SELECT * {{ {hidden} }}").unclosed is None


@pytest.mark.parametrize("operator", ["|| ?a", "/ a:b", "UNION {}", "BIND(1 AS ?x)", ". ?s ?p ?o"])
def test_operators_are_counted(operator: str) -> None:
    with pytest.raises(QueryTooComplex) as caught:
        _outline("SELECT * { " + operator * (LIMITS.operators + 1) + " }")
    assert caught.value.details["variant"] == "operators"


def test_long_lists_of_values_are_no_operators() -> None:
    _outline("SELECT * { VALUES ?x { " + "<http://x/1> -1 x:y 'a' " * 10_000 + "} }")


def test_size_is_counted_in_bytes() -> None:
    read_outline("é" * 4, OutlineLimits(bytes=8))
    with pytest.raises(QueryTooComplex):
        read_outline("é" * 5, OutlineLimits(bytes=8))


def test_dataset_clauses_are_resolved_by_the_prologue() -> None:
    outline = _outline(
        "BASE <http://x/y/> PREFIX : <z#> PREFIX g: <http://g/>\n"
        'SELECT ("FROM <http://no>" AS ?a) FROM :a FROM NAMED g:b\\-c from <../d> FROM <http://e>'
        " WHERE { ?from ?p ?o }"
    )
    assert outline.default_graphs == ["http://x/y/z#a", "http://x/d", "http://e"]
    assert outline.named_graphs == ["http://g/b-c"]


def test_from_is_read_after_a_construct_template() -> None:
    outline = _outline("CONSTRUCT { ?s ?p ?o } FROM <http://a> WHERE { ?s ?p ?o }")
    assert outline.default_graphs == ["http://a"]


def test_an_unfinished_clause_is_left_to_the_engine() -> None:
    for text in ("PREFIX", "BASE", "SELECT * FROM", "SELECT * FROM NAMED", "PREFIX a:", "FROM {"):
        outline = _outline(text)
        assert not outline.default_graphs
        assert not outline.named_graphs
