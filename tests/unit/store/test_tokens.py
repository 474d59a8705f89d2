from __future__ import annotations

import pytest

from jalon.store.tokens import position, spaced, tokens

SIZE = 500_000


def _kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_strings_hide_what_they_hold() -> None:
    for text in ('"{ SERVICE }"', "'#'", '"""a "b" \n{"""', "'''it's'''", '"\\""', "''", '""'):
        assert _kinds(text) == [("string", text)]


def test_a_comment_ends_with_its_line() -> None:
    assert _kinds("# { SERVICE \n a # b\r c") == [("word", "a"), ("word", "c")]


def test_less_than_is_told_from_an_iri() -> None:
    assert _kinds("?a < ?b") == [("variable", "?a"), ("mark", "<"), ("variable", "?b")]
    assert _kinds("<http://a#b>") == [("iri", "<http://a#b>")]
    assert _kinds("?a<3")[1:] == [("mark", "<"), ("number", "3")]
    assert _kinds("?a<=?b")[1] == ("mark", "<=")


def test_names_hold_dots_and_words_do_not() -> None:
    assert _kinds("ex:a.SERVICE.") == [("name", "ex:a.SERVICE"), ("mark", ".")]
    assert _kinds("_:a.b") == [("blank", "_:a.b")]
    assert _kinds("true.SERVICE") == [("word", "true"), ("mark", "."), ("word", "SERVICE")]
    assert _kinds("?x.SERVICE") == [("variable", "?x"), ("mark", "."), ("word", "SERVICE")]
    assert _kinds('"a"@en-CA.b')[1:] == [("language", "@en-CA"), ("mark", "."), ("word", "b")]
    assert _kinds("1.SERVICE") == [("number", "1"), ("mark", "."), ("word", "SERVICE")]


@pytest.mark.parametrize("name", ["service:x", "x:service", ":load", "é:ü", "a:b\\-c", "a:%41"])
def test_prefixed_names_are_one_token(name: str) -> None:
    assert _kinds(name) == [("name", name)]


def test_nothing_comes_after_a_string_without_end() -> None:
    assert _kinds('a "b \n SERVICE') == [("word", "a"), ("unclosed", '"')]
    assert _kinds('"""a" SERVICE') == [("unclosed", '"')]


def test_a_position_counts_lines_and_characters() -> None:
    text = "é😀\n  x"
    assert (position(text, 1).line, position(text, 1).column) == (1, 2)
    assert (position(text, 5).line, position(text, 5).column) == (2, 3)


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        "'''",
        '"""\\',
        "a.b",
        "a-",
        "<a",
        "x:.",
        "x:\\",
        '"\\',
        "_:a.",
        "1e",
        '"a\n',
        "a:.",
        "<<",
    ],
)
def test_half_a_megabyte_of_anything_is_read_through(piece: str) -> None:
    """No character is in two tokens; a tokenizer that went back over them would not finish."""
    text = (piece * SIZE)[:SIZE]
    assert sum(len(token.text) for token in tokens(text)) <= SIZE


def test_spaced_text_finds_its_way_back() -> None:
    text = "SELECT * # all\n{?s  ?p 'a b'@en}"
    apart = spaced(text)
    assert _kinds(apart.text) == _kinds(text)
    for token in tokens(text):
        assert apart.original(apart.text.index(token.text)) == token.start
    assert apart.original(apart.text.index("?p") + 10) == text.index("?p")
    assert spaced("").original(5) == 0
