"""What is done to a query's text before the engine reads it."""

from __future__ import annotations

import pytest
from pyoxigraph import QuerySolutions, Store

from jalon.store.evaluation import readable


@pytest.mark.parametrize("written", ["TRUE", "True", "tRuE"])
def test_a_boolean_is_read_in_any_case(written: str) -> None:
    found = Store().query(readable(f"SELECT ?x ?y {{ BIND({written} AS ?x) BIND(FALSE AS ?y) }}"))
    assert isinstance(found, QuerySolutions)
    assert [[each.value for each in row] for row in found] == [["true", "false"]]


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p true, false }",
        'ASK { ?TRUE $FALSE "TRUE" }',
        "ASK { ?s ?p '''it's TRUE''' }",
        "ASK { TRUE:x :FALSE x:a.TRUE }",
        'ASK { _:TRUE <http://x/TRUE> "x"@TRUE }',
        "ASK { } # TRUE",
        "ASK { ?s ?p untrue, TRUEST }",
    ],
)
def test_nothing_else_of_a_text_changes(text: str) -> None:
    assert readable(text) == text


def test_every_token_stays_where_it_is() -> None:
    text = 'ASK { ?s ?p TRUE, "TRUE", False } # TRUE'
    assert readable(text) == 'ASK { ?s ?p true, "TRUE", false } # TRUE'
