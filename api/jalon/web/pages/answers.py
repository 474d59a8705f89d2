"""Answers to queries as pages show them: a table with links, a verdict, or a graph as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from rdflib import Literal, URIRef

from jalon.store.port import MEGABYTE, Answer
from jalon.web.pages.facts import graph_path_state
from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text

MOST_ROWS = 500
MOST_BYTES = MEGABYTE
"""What a page shows of an answer at most. It says so, and the downloads hold everything."""

Labels = Mapping[str, Mapping[str, str]]
Binding = Mapping[str, Mapping[str, str]]

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBERS = ("#integer", "#decimal", "#double")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table."""

    link: Link
    number: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of an answer; ``total`` is how many it has; a cell without value is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer on a page: just one of its first four members says something."""

    permalink: str
    downloads: tuple[tuple[str, str], ...]
    table: Table | None = None
    verdict: str = ""
    graph: str = ""
    large: bool = False


async def shown_answer(answer: Answer, names: Names, query: str, permalink: str) -> Shown:
    """The answer to a query of somebody's, which the caller closes."""
    downloads = tuple(_downloads(query, names, answer.kind == "graph"))
    if answer.size > MOST_BYTES or not answer.complete:
        return Shown(permalink, downloads, large=True)
    body = await answer.read()
    if answer.kind == "graph":
        return Shown(permalink, downloads, graph=body.decode("utf-8") or "#")
    found = json.loads(body)
    if answer.kind == "boolean":
        return Shown(permalink, downloads, verdict="true" if found["boolean"] else "false")
    return Shown(permalink, downloads, table=_table(found, names))


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no answer, in words."""

    title: str
    detail: str


def labelled_table(found: Mapping[str, Any], names: Names, labels: Labels) -> Table:
    """A table of SPARQL results whose IRIs go by their labels.

    A column that only repeats these labels is left out; places and graphs are put into words.
    """
    columns, bindings = tuple(found["head"]["vars"]), found["results"]["bindings"]
    kept = [each for each in columns if not _repeats(each, columns, bindings, labels)]
    rows = tuple(
        tuple(_named_cell(column, binding, names, labels) for column in kept)
        for binding in bindings[:MOST_ROWS]
    )
    return Table(tuple(_heading(each, names) for each in kept), rows, len(bindings))


def iris_in(found: Mapping[str, Any]) -> set[str]:
    """Every IRI in SPARQL results."""
    return {
        term["value"]
        for binding in found["results"]["bindings"]
        for term in binding.values()
        if term["type"] == "uri"
    }


def _table(found: Mapping[str, Any], names: Names) -> Table:
    columns, bindings = tuple(found["head"]["vars"]), found["results"]["bindings"]
    rows = tuple(
        tuple(_cell(binding.get(column), names, {}) for column in columns)
        for binding in bindings[:MOST_ROWS]
    )
    return Table(columns, rows, len(bindings))


def _repeats(
    column: str,
    columns: Sequence[str],
    bindings: Sequence[Binding],
    labels: Labels,
) -> bool:
    """Whether a column of texts says nothing beyond the labels of a column of things."""
    texts = [binding.get(column, {}) for binding in bindings]
    if not any(texts) or any(text.get("type", "literal") != "literal" for text in texts):
        return False
    for other in columns:
        things = [binding.get(other, {}) for binding in bindings]
        if all(
            not text
            or (
                thing.get("type") == "uri"
                and text["value"] in labels.get(thing["value"], {}).values()
            )
            for text, thing in zip(texts, things, strict=True)
        ):
            return True
    return False


def _named_cell(column: str, binding: Binding, names: Names, labels: Labels) -> Cell | None:
    term = binding.get(column)
    if term is None or term["type"] != "literal":
        return _cell(term, names, labels)
    if column == "locator":
        return Cell(Link(Text(names.words.place(term["value"]))))
    state = graph_path_state(term["value"]) if column.lower().endswith("from") else ""
    return Cell(Link(Text(term["value"])), state=state) if state else _cell(term, names, labels)


def _heading(column: str, names: Names) -> str:
    """The name of a column in words, where there are some."""
    if names.words.knows(f"column.{column}"):
        return names.words.say(f"column.{column}")
    return _HUMP.sub(" ", column).lower()


def _cell(term: Mapping[str, str] | None, names: Names, labels: Labels) -> Cell | None:
    if term is None:
        return None
    value = term["value"]
    if term["type"] == "uri":
        if value in labels:
            return Cell(names.link(value, labels[value]))
        href = names.href(value)
        return Cell(Link(Text(names.short(value)), href, href.startswith("http")))
    if term["type"] == "bnode":
        return Cell(Link(Text(f"_:{value}")))
    datatype = term.get("datatype", "")
    literal = Literal(
        value,
        lang=term.get("xml:lang"),
        datatype=URIRef(datatype) if datatype else None,
        normalize=False,
    )
    return Cell(Link(names.words.literal(literal)), datatype.endswith(_NUMBERS))


def _downloads(query: str, names: Names, is_graph: bool) -> Iterator[tuple[str, str]]:
    """Addresses that give the whole answer in a format, whatever the browser accepts."""
    formats = (
        (("Turtle", "ttl"), ("N-Triples", "nt"), ("JSON-LD", "jsonld"))
        if is_graph
        else (("CSV", "csv"), ("JSON", "json"))
    )
    for name, suffix in formats:
        yield name, names.pinned(f"/sparql.{suffix}?{urlencode({'query': query})}")
