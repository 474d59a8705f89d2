"""Plain queries: what is read closely all the same, and what the close reading would have found."""

from __future__ import annotations

import pytest

from jalon.store.outline import OutlineLimits, read_outline
from jalon.store.plain import CAREFUL, is_plain
from jalon.store.repeatable import is_repeatable

PLAIN = (
    "SELECT * { ?s ?p ?o }",
    "PREFIX ex: <http://a#>\nSELECT ?s { ?s ex:p 'a # b' } # 12",
    'ASK { ?s ?p "é"@fr }',
    "DESCRIBE <http://a/b>",
)


@pytest.mark.parametrize("text", PLAIN)
def test_of_a_plain_query_the_close_reading_says_nothing(text: str) -> None:
    outline = read_outline(text, OutlineLimits())
    assert is_plain(text)
    assert is_repeatable(text)
    assert not outline.default_graphs
    assert not outline.named_graphs


@pytest.mark.parametrize("word", sorted(CAREFUL))
def test_whoever_holds_a_careful_word_is_read_closely(word: str) -> None:
    for written in (word, word.lower(), word.title()):
        assert not is_plain(f"SELECT * {{ ?s ?p ?o }}\n{written}(1)")
        assert not is_plain(f"SELECT*{{?s ?p ?o.{written}<http://a>}}")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { << ?s ?p ?o >> ?a ?b }",
        "SELECT * { ?s ?p ?o {| ?a ?b |} }",
        "SELECT * { ?s ?p ?o ~ ?r }",
        "SELECT * { ?s ?p '\\u0041' }",
        "SELECT * " + "{" * 101,
        "SELECT * { ?s ?p ?o }" + " " * 1000,
    ],
)
def test_marks_escapes_depth_and_length_are_read_closely(text: str) -> None:
    assert not is_plain(text)
