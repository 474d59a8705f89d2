from __future__ import annotations

from importlib.resources import files

import pytest
from pyoxigraph import Store

from jalon.errors import NotFound
from jalon.services.asking import PARAMETERS, bound, query_text

QUERIES = sorted(
    each.name.removesuffix(".rq") for each in files("jalon.services").joinpath("queries").iterdir()
)
UNBOUNDED = {"anything", "graph", "whole"}
"""An ASK, and two that give a whole graph: the store's own bound on answers is the only one."""

HOSTILE = [
    "http://e/a> } DROP ALL #",
    "http://e/a b",
    'http://e/"x"',
    "http://e/{x}",
    "http://e/\n",
    "relative",
    "",
]


def test_a_query_takes_its_terms_as_terms() -> None:
    text = bound(
        f"SELECT ?thing {{ {PARAMETERS} }}", {"thing": "http://e/a", "other": "http://e/b"}
    )
    assert "VALUES (?thing ?other) { (<http://e/a> <http://e/b>) }" in text
    solutions = Store().query(text)
    assert [str(row["thing"]) for row in solutions] == ["<http://e/a>"]  # type: ignore[union-attr]


@pytest.mark.parametrize("iri", HOSTILE)
def test_what_is_no_iri_is_not_found_and_never_text(iri: str) -> None:
    with pytest.raises(NotFound):
        bound(PARAMETERS, {"thing": iri})


@pytest.mark.parametrize("name", QUERIES)
def test_our_queries_parse_and_do_not_reach_outside(name: str) -> None:
    text = query_text(name)
    terms = dict.fromkeys(("thing", "graph", "plan", "property", "value"), "http://e/a")
    Store().query(bound(text, terms))
    assert "SERVICE" not in text
    assert "LIMIT" in text or name in UNBOUNDED
