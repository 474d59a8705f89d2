"""Which queries give the same answer each time they are asked of the same release."""

from __future__ import annotations

from collections.abc import Iterator

from jalon.store.tokens import Token, tokens

CHANGING = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
"""Functions that give another value each time."""

_BLANKS = frozenset("[(")


def is_repeatable(text: str) -> bool:
    """Whether a query gives the same bytes again.

    A query that calls for the time, for chance or for new blank nodes does not. CONSTRUCT makes
    new ones, too, where its template holds any.
    """
    rest = tokens(text)
    for token in rest:
        if token.kind != "word":
            continue
        word = token.text.upper()
        if word in CHANGING or (word == "CONSTRUCT" and _makes_blanks(rest)):
            return False
    return True


def _makes_blanks(rest: Iterator[Token]) -> bool:
    """Whether the first group in braces holds a blank node: written, in brackets, or a list."""
    depth = 0
    for token in rest:
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            depth -= 1
            if depth == 0:
                return False
        elif token.kind == "blank" or (token.kind == "mark" and token.text in _BLANKS):
            return True
    return False
