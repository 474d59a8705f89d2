"""The page on which anybody asks in SPARQL, and the one on which anybody checks a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from jalon.content.questions import SavedQuestion
from jalon.web.pages.answers import Problem, Shown
from jalon.web.pages.links import Link, Names
from jalon.web.pages.reports import ReportView
from jalon.web.pages.words import Text

LEAST_LINES, MOST_LINES = 10, 28
"""How high the field for a query is."""

MOST_EXAMPLES = 12


@dataclass(frozen=True, slots=True)
class SparqlPage:
    """Everything that the page for queries shows."""

    query: str
    height: int
    answer: Shown | None
    error: Problem | None
    examples: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ValidatePage:
    """Everything that the page for files shows; ``limit`` is in megabytes."""

    limit: int
    report: ReportView | None = None
    error: Problem | None = None


def sparql_page(
    query: str | None,
    questions: Sequence[SavedQuestion],
    names: Names,
    said: Shown | Problem | None = None,
) -> SparqlPage:
    """The page with a query, else with the first of the examples; and what came of it."""
    language = names.words.language
    plain = [each for each in questions if not each.parameters]
    examples = tuple(
        Link(Text(each.title[language]), edit_address(body_of(each.text), names))
        for each in plain[:MOST_EXAMPLES]
    )
    if query is None:
        query = body_of(plain[0].text) if plain else ""
    return SparqlPage(
        query=query,
        height=min(max(query.count("\n") + 2, LEAST_LINES), MOST_LINES),
        answer=said if isinstance(said, Shown) else None,
        error=said if isinstance(said, Problem) else None,
        examples=examples,
    )


def edit_address(query: str, names: Names) -> str:
    """The page on which a query can be changed and run."""
    return names.pinned(f"/{names.words.language}/sparql?{urlencode({'query': query})}")


def body_of(text: str) -> str:
    """The query of a file, without its front matter."""
    lines = text.split("\n")
    return "\n".join(line for line in lines if not line.startswith("#+")).strip() + "\n"
