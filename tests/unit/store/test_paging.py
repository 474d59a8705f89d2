"""Pages of sorted answers: cut from what is kept, byte for byte as the engine writes them."""

from __future__ import annotations

import io
import random
from functools import partial
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

from jalon.store.paging import Page, Pages, Sorted, page_of
from jalon.store.sorting import Order, Row, Sorting

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


def page(text: str) -> Page:
    found = page_of(text)
    assert found is not None
    return found


def cut(rows: Sorted, text: str) -> bytes:
    out = io.BytesIO()
    rows.write(page(text), out)
    return out.getvalue()


def whole(store: Store, stem: str) -> Sorted | None:
    """What is kept of a query that is asked for the first time."""
    return Pages().sorted(KEY, page(f"{stem} LIMIT 1"), partial(solutions, store))


@pytest.mark.parametrize(
    "end", ["LIMIT 20", "OFFSET 190 LIMIT 20", "LIMIT 3 OFFSET 7", "OFFSET 198", "LIMIT 0"]
)
def test_a_page_is_what_the_engine_writes(store: Store, end: str) -> None:
    text = f"{STEM} {end} # a comment"
    rows = whole(store, STEM)
    assert rows is not None
    assert cut(rows, text) == solutions(store, text).serialize(format=QueryResultsFormat.JSON)


def test_what_sorts_alike_comes_in_the_order_of_the_engine(store: Store) -> None:
    stem = "SELECT ?s ?length { ?s <http://p> ?l BIND (STRLEN(?l) AS ?length) } ORDER BY ?length"
    pages, asked = Pages(), page(f"{stem} LIMIT 1")
    assert pages.sorted(KEY, asked, partial(solutions, store)) is None
    rows = pages.sorted(KEY, asked, partial(solutions, store))
    assert rows is not None
    for start in range(0, 200, 15):
        text = f"{stem} LIMIT 15 OFFSET {start}"
        assert cut(rows, text) == solutions(store, text).serialize(format=QueryResultsFormat.JSON)


TEXTS = (
    "",
    "a",
    "B",
    "b",
    "é",
    "e\u0301",
    "z",
    "\u2028",
    "\uffff",
    "😀",
    "\U00010000",
    "Z",
    " ",
    "10",
    "9",
)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("form", ["language", "plain", "iri"])
def test_rows_that_are_sorted_here_are_in_the_order_of_the_engine(seed: int, form: str) -> None:
    chance, store = random.Random(seed), Store()  # noqa: S311 (no secret)
    made = {"".join(chance.choices(TEXTS, k=chance.randint(1, 3))) for _ in range(60)}
    for number, text in enumerate(sorted(made)):
        values: dict[str, Literal | NamedNode] = {
            "language": Literal(text, language="fr"),
            "plain": Literal(text),
            "iri": NamedNode(f"http://e/{number}-{chance.random()}"),
        }
        thing = NamedNode(f"http://s/{chance.randrange(5)}")
        store.add(Quad(thing, NamedNode("http://p"), values[form]))
    for keys in ("?o", "DESC(?o)", "?s ?o", "DESC(?s) asc( ?o )", "?s DESC ( $o )"):
        stem = f"SELECT ?s ?o {{ ?s <http://p> ?o }} ORDER BY {keys}"
        rows = whole(store, stem)
        assert rows is not None
        text = f"{stem} LIMIT 1000"
        assert cut(rows, text) == solutions(store, text).serialize(format=QueryResultsFormat.JSON)


def test_rows_that_cannot_be_compared_here_are_left_to_the_engine() -> None:
    store = Store()
    values: list[Literal | NamedNode]
    values = [Literal("a"), Literal("b", language="fr"), Literal(1), NamedNode("http://o")]
    for number, value in enumerate(values):
        store.add(Quad(NamedNode("http://s"), NamedNode(f"http://p/{number}"), value))
    left = [
        "SELECT * { ?s ?p ?o } ORDER BY ?o",
        "SELECT * { ?s ?p ?o FILTER isNumeric(?o) } ORDER BY ?o",
        "SELECT * { ?s ?p ?o FILTER isLiteral(?o) } ORDER BY ?o",
        "SELECT ?s { ?s ?p ?o } ORDER BY ?p",
        "SELECT * { ?s ?p ?o OPTIONAL { ?s <http://p/0> ?q FILTER (?o = 1) } } ORDER BY ?q",
        "SELECT * { ?s ?p ?o } ORDER BY STR(?p)",
        "SELECT * { ?s ?p ?o } ORDER BY ?p (STR(?o))",
    ]
    assert [stem for stem in left if whole(store, stem) is not None] == []
    assert whole(store, "SELECT * { ?s ?p ?o } ORDER BY ?p") is not None


def test_an_answer_is_kept_from_the_second_time_and_another_one_gives_way(store: Store) -> None:
    pages, asked = Pages(), list[str]()

    def evaluate(text: str) -> QuerySolutions:
        asked.append(text)
        return solutions(store, text)

    by_length = page(f"{STEM.removesuffix('?label')} STRLEN(?label) LIMIT 1")
    found = [pages.sorted(key, by_length, evaluate) for key in (KEY, KEY, KEY, ("two",), KEY)]
    assert [each is not None for each in found] == [False, True, True, False, False]
    assert len(asked) == 1


def numbers(rows: list[Row], order: Order) -> list[int] | None:
    sorting = Sorting(order)
    for row in rows:
        sorting.add(row)
    return sorting.numbers()


@pytest.mark.parametrize("unbound", range(3))
def test_where_a_row_has_nothing_to_be_sorted_by_the_engine_sorts(unbound: int) -> None:
    rows: list[Row] = [{"o": {"type": "uri", "value": f"http://o/{number}"}} for number in range(3)]
    order = Order(0, (("o", False),))
    assert numbers(rows, order) == [0, 1, 2]
    rows[unbound] = {}
    assert numbers(rows, order) is None
    rows[unbound] = {"o": {"type": "bnode", "value": "b"}}
    assert numbers(rows, order) is None


def test_what_is_sorted_here_is_kept_at_once(store: Store) -> None:
    pages, asked = Pages(), list[str]()

    def evaluate(text: str) -> QuerySolutions:
        asked.append(text)
        return solutions(store, text)

    for key in (KEY, KEY, ("two",)):
        assert pages.sorted(key, page(f"{STEM} LIMIT 1"), evaluate) is not None
    assert asked == [STEM.partition("ORDER")[0]] * 2


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
