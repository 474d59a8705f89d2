"""Answers to queries and what is expected of them, read from every syntax that the suites use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RESULT_SET = NamedNode(f"{RS}ResultSet")
CSV, TSV = "text/csv", "text/tab-separated-values"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TURTLE, NTRIPLES, RDF_XML = "text/turtle", "application/n-triples", "application/rdf+xml"

MEDIA_TYPES: Mapping[str, str] = {
    ".srx": XML,
    ".srj": JSON,
    ".csv": CSV,
    ".tsv": TSV,
    ".ttl": TURTLE,
    ".nt": NTRIPLES,
    ".rdf": RDF_XML,
}
SOLUTIONS = frozenset({XML, JSON, CSV, TSV})

Term = NamedNode | BlankNode | Literal | Triple
Row = tuple[Term | None, ...]
Named = dict[str, Term | None]


@dataclass(frozen=True, slots=True)
class Solutions:
    """The solutions of a SELECT, each with a term or nothing for each variable.

    ``variables`` are in the order of their names. ``ordered``: the order of the rows was said.
    """

    variables: tuple[str, ...]
    rows: tuple[Row, ...]
    ordered: bool = False


Answer = Solutions | bool | Dataset
"""What a SELECT, an ASK or a CONSTRUCT gives."""


class Unreadable(Exception):
    """An answer that is not what its media type says."""


def media_type_of(path: Path) -> str:
    """The media type of a file of the suites."""
    return MEDIA_TYPES[path.suffix]


def read_expected(path: Path, base: str) -> Answer:
    """The answer that a file expects: a result set written as such or as RDF, or a graph."""
    media_type, content = media_type_of(path), path.read_bytes()
    if media_type in SOLUTIONS:
        return read_answer(content, media_type, base)
    graph = read_graph(content, media_type, base)
    booleans = _with(graph, "boolean")
    if booleans:
        return _text(booleans[0].object) == "true"
    is_result_set = any(quad.object == RESULT_SET for quad in graph)
    return _solutions_in(graph) if is_result_set else graph


def read_answer(content: bytes, media_type: str, base: str) -> Answer:
    """An answer as it came from a server. Raises Unreadable."""
    try:
        if media_type == CSV:
            return _read_csv(content.decode("utf-8"))
        if media_type not in SOLUTIONS:
            return read_graph(content, media_type, base)
        known = QueryResultsFormat.from_media_type(media_type)
        results = parse_query_results(content, known) if known else None
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"{media_type}: {error}") from error
    if results is None or isinstance(results, QueryTriples):
        raise Unreadable(media_type)
    if isinstance(results, QueryBoolean):
        return bool(results)
    names = [variable.value for variable in results.variables]
    try:
        rows = [dict(zip(names, solution, strict=True)) for solution in results]
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"{media_type}: {error}") from error
    return _solutions(names, rows)


def read_graph(content: bytes, media_type: str, base: str) -> Dataset:
    """A graph. Raises SyntaxError."""
    known = RdfFormat.from_media_type(media_type)
    if known is None:
        raise Unreadable(media_type)
    return Dataset(parse(content, known, base_iri=base))


def triples_in(path: Path, base: str) -> list[Triple]:
    """The triples of a data file."""
    graph = read_graph(path.read_bytes(), media_type_of(path), base)
    return [Triple(quad.subject, quad.predicate, quad.object) for quad in graph]


def placed(triples: Iterable[Triple], graph: str | None, scope: str = "") -> list[Quad]:
    """Triples in a graph, or the unnamed one; blank nodes of another ``scope`` are others."""
    name = DefaultGraph() if graph is None else NamedNode(graph)

    def blank(term: BlankNode) -> BlankNode:
        return BlankNode(f"{scope}{term.value}")

    return [
        Quad(
            blank(each.subject) if isinstance(each.subject, BlankNode) else each.subject,
            each.predicate,
            blank(each.object) if isinstance(each.object, BlankNode) else each.object,
            name,
        )
        for each in triples
    ]


def _read_csv(text: str) -> Solutions:
    """Solutions as CSV says them: an IRI and a literal are the same text, nothing is empty text."""
    names, *lines = csv.reader(io.StringIO(text, newline=""))
    rows: list[Named] = [dict(zip(names, map(_cell, line), strict=True)) for line in lines]
    return _solutions(names, rows)


def _cell(text: str) -> Term:
    return BlankNode(text[2:]) if text.startswith("_:") else Literal(text)


def _solutions(names: list[str], rows: list[Named], *, ordered: bool = False) -> Solutions:
    variables = tuple(sorted(names))
    aligned = tuple(tuple(row.get(name) for name in variables) for row in rows)
    return Solutions(variables, aligned, ordered)


def _solutions_in(graph: Dataset) -> Solutions:
    """A result set that is written with the vocabulary of the DAWG; an index gives its order."""
    names = [_text(quad.object) for quad in _with(graph, "resultVariable")]
    rows: list[tuple[int, Named]] = []
    ordered = False
    for solution in _with(graph, "solution"):
        row: Named = {}
        index = 0
        for quad in graph.quads_for_subject(_resource(solution.object)):
            if quad.predicate.value == f"{RS}binding":
                said = {
                    each.predicate.value.removeprefix(RS): each.object
                    for each in graph.quads_for_subject(_resource(quad.object))
                }
                row[_text(said["variable"])] = said["value"]
            elif quad.predicate.value == f"{RS}index":
                ordered, index = True, int(_text(quad.object))
        rows.append((index, row))
    rows.sort(key=lambda each: each[0])
    return _solutions(names, [row for _, row in rows], ordered=ordered)


def _with(graph: Dataset, name: str) -> list[Quad]:
    return [*graph.quads_for_predicate(NamedNode(RS + name))]


def _resource(term: Term) -> NamedNode | BlankNode:
    if isinstance(term, NamedNode | BlankNode):
        return term
    raise Unreadable(f"{term} is no resource")


def _text(term: Term) -> str:
    if isinstance(term, Literal):
        return term.value
    raise Unreadable(f"{term} is no literal")
