"""What is wrong with a query that the engine could not parse, better placed than it can say.

The engine reports the furthest place it reached, which for an undeclared prefix or a bracket
left open lies far behind the fault.
"""

from __future__ import annotations

from jalon.errors import QuerySyntax
from jalon.store.outline import Outline
from jalon.store.tokens import Token, position

NEAR_CHARACTERS = 20


def diagnosis(outline: Outline, error: QuerySyntax) -> QuerySyntax:
    """The syntax error to report for this query: ours where we can point, else the engine's."""
    undeclared = min(
        (token for name, token in outline.prefixes_used.items() if name not in outline.prefixes),
        key=lambda token: token.start,
        default=None,
    )
    relative = None if outline.base else outline.relative
    for variant, token in (
        ("string", outline.unclosed_string),
        ("prefix", undeclared),
        ("relative", relative),
        ("unopened", outline.unopened),
        ("unclosed", outline.unclosed),
    ):
        if token is not None:
            return _at(outline, variant, token)
    return _near(outline, error)


def _at(outline: Outline, variant: str, token: Token) -> QuerySyntax:
    place = position(outline.text, token.start)
    found = token.text.partition(":")[0] if variant == "prefix" else token.text
    return QuerySyntax(variant=variant, found=found[:100], line=place.line, column=place.column)


def _near(outline: Outline, error: QuerySyntax) -> QuerySyntax:
    """The engine's error with a few characters of the text, where it says no more than a place."""
    line, column = error.details.get("line"), error.details.get("column")
    if "variant" in error.details or not isinstance(line, int) or not isinstance(column, int):
        return error
    lines = outline.text.split("\n")
    rest = lines[line - 1][column - 1 :] if line <= len(lines) else ""
    near = rest[:NEAR_CHARACTERS].strip()
    if not near:
        return error
    return QuerySyntax(variant="near", near=near, line=line, column=column)
