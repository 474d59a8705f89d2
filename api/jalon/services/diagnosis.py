"""What is wrong with a query that the engine could not parse, better placed than it can say.

The engine reports the furthest place it reached, which for an undeclared prefix or a bracket
left open lies far behind the fault, and in any case a keyword's length too far.
"""

from __future__ import annotations

from dataclasses import replace

from jalon.errors import JalonError, QuerySyntax
from jalon.store.outline import Outline
from jalon.store.port import GraphStore, QueryRequest
from jalon.store.tokens import position, spaced

NEAR_CHARACTERS = 20


def visible_fault(outline: Outline) -> QuerySyntax | None:
    """A fault that the outline shows, at its place: a string without end, a prefix that is not
    declared, a bracket that closes nothing or is never closed."""
    undeclared = min(
        (token for name, token in outline.prefixes_used.items() if name not in outline.prefixes),
        key=lambda token: token.start,
        default=None,
    )
    for variant, token in (
        ("string", outline.unclosed_string),
        ("prefix", undeclared),
        ("unopened", outline.unopened),
        ("unclosed", outline.unclosed),
    ):
        if token is not None:
            found = token.text.partition(":")[0] if variant == "prefix" else token.text
            return _at(outline.text, token.start, variant=variant, found=found[:100])
    return None


async def placed_fault(request: QueryRequest, store: GraphStore, error: QuerySyntax) -> QuerySyntax:
    """The engine's syntax error at the token where it stopped.

    The engine is asked again, with the tokens set apart, because its own place is too far by up
    to the length of a keyword (see ``spaced``). Without a better place it is the error given.
    """
    if "line" not in error.details:
        return error
    apart = spaced(request.text)
    try:
        (await store.query(replace(request, text=apart.text))).close()
    except QuerySyntax as again:
        column = again.details.get("column")
        if isinstance(column, int):
            start = apart.original(column - 1)
            near = request.text[start : start + NEAR_CHARACTERS].split("\n")[0].strip()
            return _at(request.text, start, variant="near", near=near)
    except JalonError:
        pass
    return error


def _at(text: str, offset: int, **details: str) -> QuerySyntax:
    place = position(text, offset)
    return QuerySyntax(line=place.line, column=place.column, **details)
