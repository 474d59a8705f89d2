from __future__ import annotations

import pytest

from jalon.store.port import GRAPH_FORMATS, SOLUTION_FORMATS
from jalon.web.negotiation import choose_format, choose_language

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "solutions", "graph"),
    [
        ("", "json", "turtle"),
        ("*/*", "json", "turtle"),
        ("nonsense;q=x", "json", "turtle"),
        (BROWSER, "json", "turtle"),
        ("text/csv", "csv", None),
        ("TEXT/CSV", "csv", None),
        ("text/*", "csv", "turtle"),
        ("application/*", "json", "ntriples"),
        ("application/json", "json", "jsonld"),
        ("application/xml", "xml", "rdfxml"),
        ("text/html", None, None),
        ("text/csv;q=0.5, application/sparql-results+xml", "xml", None),
        ("text/csv, */*;q=0.1", "csv", "turtle"),
        ("*/*, application/sparql-results+json;q=0", "xml", "turtle"),
        ("text/csv;q=0", None, None),
        ("text/turtle;q=0.3, application/ld+json;profile=x;q=0.4", None, "jsonld"),
        ("text/*;q=0.3, text/csv;q=0.1, text/tab-separated-values;q=0.2", "tsv", "turtle"),
        ("text/csv;q=7, text/tab-separated-values", "tsv", None),
    ],
)
def test_the_format_is_the_one_preferred(
    accept: str, solutions: str | None, graph: str | None
) -> None:
    chosen = [choose_format(accept, formats) for formats in (SOLUTION_FORMATS, GRAPH_FORMATS)]
    assert [found and found.name for found in chosen] == [solutions, graph]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA;q=0.9, en;q=0.8", "fr"),
        ("en;q=0.8, fr;q=0.9", "fr"),
        ("de, fr;q=0.1", "fr"),
        ("fr;q=0", "en"),
        ("*", "en"),
    ],
)
def test_the_language_is_the_one_preferred(accepted: str, language: str) -> None:
    assert choose_language(accepted) == language
