"""One test of a suite on one server, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from pyoxigraph import Dataset, Triple

from conformance.client import Client, Unexpected
from conformance.comparing import difference
from conformance.describing import description
from conformance.manifests import Entry, Kind, State
from conformance.recorded import graph_store, protocol
from conformance.results import (
    JSON,
    SOLUTIONS,
    TURTLE,
    Answer,
    Solutions,
    Unreadable,
    media_type_of,
    placed,
    read_answer,
    read_expected,
    triples_in,
)
from conformance.values import by_value

NOTHING = "urn:x-nothing"
"""A graph that no server holds, for a dataset without an unnamed graph."""

ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]+)>", re.IGNORECASE)
ANY = "*/*"
LONGEST = 240


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a server passed a test; if not, why.

    ``by_value``: only as long as literals that write a value differently are the same. ``run`` is
    false where the server does not offer what the test requires.
    """

    why: str = ""
    by_value: bool = False
    run: bool = True

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.why


def run(entry: Entry, client: Client) -> Verdict:
    """Runs one test. What a server does wrong is a verdict and no error."""
    missing = entry.requires - client.server.offers
    if missing:
        return Verdict(f"not offered: {', '.join(sorted(missing))}", run=False)
    try:
        if entry.kind == "query":
            return answered(entry, client)
        if entry.kind == "update":
            return updated(entry, client)
        why = RUNNERS[entry.kind](entry, client)
    except (Unexpected, Unreadable, httpx.HTTPError) as error:
        why = f"{type(error).__name__}: {error}"
    return Verdict(why[:LONGEST])


def answered(entry: Entry, client: Client) -> Verdict:
    """Asks a query of its dataset, and compares the answer."""
    path, text = text_of(entry)
    if entry.result is None:
        raise ValueError(f"{entry.iri} has no result")
    for name in [each.name for each in entry.before.unnamed] + FROM.findall(text):
        client.hold(entry.base + name, path.with_name(name))
    for graph, place in entry.before.named:
        client.hold(graph, place)
    expected = read_expected(entry.result, entry.base)
    if isinstance(expected, Solutions) and ORDERED.search(text.rpartition("}")[2]):
        expected = replace(expected, ordered=True)
    response = client.query(text, accepted(entry.result, expected), dataset_of(entry, text))
    if response.status_code != 200:
        return Verdict(said(response))
    media_type = response.headers["content-type"].partition(";")[0].strip()
    found = read_answer(response.content, media_type, entry.base)
    return judged(expected, found, lax=entry.lax)


def updated(entry: Entry, client: Client) -> Verdict:
    """Makes an update, and compares what the server then holds with what it should."""
    _, text = text_of(entry)
    client.fill(contents(entry, entry.before))
    response = client.update(text)
    if not response.is_success:
        return Verdict(said(response))
    return judged(dataset(entry, entry.after), Dataset(client.quads()))


def judged(expected: Answer, found: Answer, *, lax: bool = False) -> Verdict:
    """Compares terms, and where they differ values: the suites write numbers in several ways."""
    why = difference(expected, found, lax=lax)
    if not why:
        return Verdict()
    why = difference(by_value(expected), by_value(found), lax=lax)
    return Verdict(why[:LONGEST], by_value=not why)


def parsed(entry: Entry, client: Client) -> str:
    """Sends a well-formed text: the server takes it for one, whatever comes of it."""
    response = _sent(entry, client)
    return "" if client.server.reading(response) == "well-formed" else said(response)


def refused(entry: Entry, client: Client) -> str:
    """Sends a malformed text: the server says that it is."""
    response = _sent(entry, client)
    return "" if client.server.reading(response) == "malformed" else said(response)


def described(entry: Entry, client: Client) -> str:
    """Reads the service description; what is wrong with it, empty if nothing."""
    return description(entry.iri.rpartition("#")[2], client)


def text_of(entry: Entry) -> tuple[Path, str]:
    """The file of a query or update and its text, with the base of its relative IRIs before it."""
    if entry.text is None:
        raise ValueError(f"{entry.iri} has no text")
    return entry.text, f"BASE <{entry.base}>\n{entry.text.read_text(encoding='utf-8')}"


def dataset_of(entry: Entry, text: str) -> dict[str, list[str]] | None:
    """The parameters that say the dataset of a query; its own text says it where it has FROM."""
    if FROM.search(text):
        return None
    return {
        "default-graph-uri": [entry.iri_of(path) for path in entry.before.unnamed] or [NOTHING],
        "named-graph-uri": [graph for graph, _ in entry.before.named],
    }


def accepted(result: Path, expected: Answer) -> str:
    """The media type that an answer is asked in: that of what is expected, where answers have it.

    A result set that is written in RDF stands for solutions in any syntax.
    """
    media_type = media_type_of(result)
    if media_type in SOLUTIONS:
        return media_type
    return TURTLE if isinstance(expected, Dataset) else JSON


def dataset(entry: Entry, state: State) -> Dataset:
    """A state as a dataset; each graph has blank nodes of its own."""
    return Dataset(
        quad
        for number, (graph, triples) in enumerate(contents(entry, state).items())
        for quad in placed(triples, graph, f"n{number}")
    )


def contents(entry: Entry, state: State) -> dict[str | None, list[Triple]]:
    """The graphs of a state that hold any triple; None is the unnamed one."""
    graphs: list[tuple[str | None, Path]] = [*((None, each) for each in state.unnamed)]
    graphs += state.named
    read = {graph: triples_in(path, entry.iri_of(path)) for graph, path in graphs}
    return {graph: triples for graph, triples in read.items() if triples}


def said(response: httpx.Response) -> str:
    """A response that was not expected."""
    return f"{response.status_code} {response.text}"


def _sent(entry: Entry, client: Client) -> httpx.Response:
    _, text = text_of(entry)
    return client.update(text) if entry.is_update else client.query(text, ANY)


RUNNERS: Mapping[Kind, Callable[[Entry, Client], str]] = {
    "syntax": parsed,
    "bad-syntax": refused,
    "protocol": protocol,
    "graph-store": graph_store,
    "service-description": described,
}
