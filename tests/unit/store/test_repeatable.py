from __future__ import annotations

import pytest

from jalon.store.repeatable import is_repeatable

REPEATABLE = [
    "SELECT * { ?s ?p ?o }",
    "SELECT ?now { ?now <http://e/now> 'NOW()' } # RAND()",
    "PREFIX now: <http://e/> SELECT * { ?s now:now ?uuid }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p [ ?q _:b ] FILTER(?o > 1) }",
    "CONSTRUCT FROM <http://e/g> WHERE { ?s ?p ?o }",
    "DESCRIBE <http://e/s>",
    "ASK { ?s ?p (1 2) }",
]
CHANGING = [
    "SELECT (NOW() AS ?t) {}",
    "SELECT * { BIND(rand() AS ?r) }",
    "SELECT (UUID() AS ?u) {}",
    "SELECT (StrUUID() AS ?u) {}",
    "SELECT (BNODE() AS ?b) {}",
    "CONSTRUCT { _:b ?p ?o } WHERE { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p [] } WHERE { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p (1 2) } WHERE { ?s ?p ?o }",
    "CONSTRUCT WHERE { ?s ?p [ ?q ?o ] }",
]


@pytest.mark.parametrize("text", REPEATABLE)
def test_a_query_with_one_answer_is_repeatable(text: str) -> None:
    assert is_repeatable(text)


@pytest.mark.parametrize("text", CHANGING)
def test_a_query_with_another_answer_each_time_is_not(text: str) -> None:
    assert not is_repeatable(text)
