"""Pages of sorted answers: cut from what is kept, byte for byte as the engine writes them."""

from __future__ import annotations

import io
import random
from typing import cast

import pytest
from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    Store,
)

from jalon.store.paging import Pages, Sorted, page_of

STEM = "SELECT ?s ?label { ?s <http://p> ?label } ORDER BY ?label"
KEY = ("one",)


@pytest.fixture
def store() -> Store:
    chance = random.Random(1)  # noqa: S311 (no secret)
    made = Store()
    odd = ('"}},{"', "é\u2028", "\n\t\\", "\x7f", "😀", "a")
    made.extend(
        Quad(
            NamedNode(f"http://s/{number}"),
            NamedNode("http://p"),
            Literal(f"{chance.choice(odd)}{chance.random()}", language="fr"),
            DefaultGraph(),
        )
        for number in range(200)
    )
    return made


def solutions(store: Store, text: str) -> QuerySolutions:
    return cast("QuerySolutions", store.query(text))


def kept(store: Store) -> Sorted:
    pages = Pages()
    assert pages.sorted(KEY, lambda: solutions(store, STEM)) is None
    found = pages.sorted(KEY, lambda: solutions(store, STEM))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "end", ["LIMIT 20", "OFFSET 190 LIMIT 20", "LIMIT 3 OFFSET 7", "OFFSET 198", "LIMIT 0"]
)
def test_a_page_is_what_the_engine_writes(store: Store, end: str) -> None:
    text = f"{STEM} {end} # a comment"
    page = page_of(text)
    assert page is not None
    out = io.BytesIO()
    kept(store).write(page, out)
    assert out.getvalue() == solutions(store, text).serialize(format=QueryResultsFormat.JSON)


def test_what_sorts_alike_comes_in_the_order_of_the_engine(store: Store) -> None:
    stem = "SELECT ?s ?length { ?s <http://p> ?l BIND (STRLEN(?l) AS ?length) } ORDER BY ?length"
    whole = solutions(store, stem).serialize(format=QueryResultsFormat.JSON)
    assert whole is not None
    pages = Pages()
    pages.sorted(KEY, lambda: solutions(store, stem))
    rows = pages.sorted(KEY, lambda: solutions(store, stem))
    assert rows is not None
    for start in range(0, 200, 15):
        text = f"{stem} LIMIT 15 OFFSET {start}"
        page, out = page_of(text), io.BytesIO()
        assert page is not None
        rows.write(page, out)
        assert out.getvalue() == solutions(store, text).serialize(format=QueryResultsFormat.JSON)


def test_an_answer_is_kept_from_the_second_time_and_another_one_gives_way(store: Store) -> None:
    pages, asked = Pages(), []

    def evaluate() -> QuerySolutions:
        asked.append(1)
        return solutions(store, STEM)

    found = [pages.sorted(key, evaluate) for key in (KEY, KEY, KEY, ("two",), KEY)]
    assert [each is not None for each in found] == [False, True, True, False, False]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o } LIMIT 5",
        "SELECT * { ?s ?p ?o } ORDER BY ?s",
        "SELECT * { { SELECT * { ?s ?p ?o } LIMIT 5 } } ORDER BY ?s LIMIT 5",
        "SELECT * { ?s ?p 'ORDER BY ?s LIMIT 5' }",
        "SELECT * { ?s ?p ?o } # ORDER BY ?s LIMIT 5",
        "SELECT * { BIND(RAND() AS ?r) } ORDER BY ?r LIMIT 5",
        'SELECT * { ?s ?p "\\"" } ORDER BY ?s LIMIT 5',
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 5",
        "SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 5 LIMIT 6 OFFSET 1",
    ],
)
def test_what_is_not_certain_to_be_a_page_is_none(text: str) -> None:
    assert page_of(text) is None
