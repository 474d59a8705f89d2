"""What is said, found by subject and property; and the state of each value."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rdflib import RDFS, URIRef
from rdflib.term import Node

from jalon.services.describing import Said
from jalon.terms import (
    AP,
    EDITORIAL_GRAPH,
    EXTERNAL_GRAPH,
    ONTOLOGY_GRAPH,
    SOURCE_GRAPHS,
    STATUS,
    SUBMITTED_GRAPHS,
    VOCABULARY_GRAPHS,
)
from jalon.web.pages.links import local_path

STATES = (
    "stated",
    "structural",
    "blank-in-source",
    "not-in-source",
    "inferred",
    "conflicting",
    "external",
    "submitted",
    "defined",
    "superseded",
)
"""How a value is known, or in what way it is missing, in the order of the legend."""

_GRAPHS = (
    (SOURCE_GRAPHS, "stated"),
    (SUBMITTED_GRAPHS, "submitted"),
    (EXTERNAL_GRAPH, "external"),
    (EDITORIAL_GRAPH, "inferred"),
)
"""What a value is where it stands in a graph of this kind; the first that fits decides."""


_INTEGER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a property of a thing has a value, or none."""

    subject: Node
    property: Node


class Facts:
    """An index over what is said. Values come in the order in which they were given."""

    def __init__(self, said: Iterable[Said], bases: Sequence[str]) -> None:
        self._bases = bases
        self._by_subject: dict[Node, dict[Node, list[Said]]] = defaultdict(dict)
        self._holders: dict[Place, list[Node]] = defaultdict(list)
        for each in said:
            self._by_subject[each.subject].setdefault(each.property, []).append(each)
            if each.shown:
                self._holders[Place(each.value, each.property)].append(each.subject)

    def __contains__(self, subject: object) -> bool:
        return subject in self._by_subject

    def of(self, subject: Node) -> Mapping[Node, Sequence[Said]]:
        """What is said of a subject, by property."""
        return self._by_subject.get(subject, {})

    def said(self, subject: Node, predicate: Node) -> Sequence[Said]:
        """Everything that is said by one property of a subject."""
        return self.of(subject).get(predicate, ())

    def values(self, subject: Node, predicate: Node) -> list[Node]:
        """The shown values of a property."""
        return [each.value for each in self.said(subject, predicate) if each.shown]

    def value(self, subject: Node, predicate: Node) -> Node | None:
        """The first shown value of a property."""
        return next(iter(self.values(subject, predicate)), None)

    def text(self, subject: Node, predicate: Node) -> str:
        """The first shown value of a property as a text; empty where there is none."""
        value = self.value(subject, predicate)
        return "" if value is None else str(value)

    def integer(self, subject: Node, predicate: Node) -> int:
        """The first shown value of a property as a whole number; 0 where it is none."""
        text = self.text(subject, predicate)
        return int(text) if _INTEGER.fullmatch(text) else 0

    def texts(self, subject: Node, predicate: Node) -> dict[str, str]:
        """The shown texts of a property by language."""
        values = self.values(subject, predicate)
        return {getattr(value, "language", None) or "": str(value) for value in values}

    def labels(self) -> dict[Node, dict[str, str]]:
        """The labels of everything that something is said of, by language."""
        return {subject: self.texts(subject, RDFS.label) for subject in self._by_subject}

    def holders(self, predicate: Node, value: Node) -> Sequence[Node]:
        """The subjects that have this value."""
        return self._holders.get(Place(value, predicate), ())

    def position(self, subject: Node) -> tuple[int, str]:
        """By what a subject is sorted: its position, then its name."""
        return (self.integer(subject, AP.position), str(subject))

    def notes(self, subject: Node, predicate: Node | None = None) -> list[Node]:
        """The notes on a subject, or on one property of it."""
        notes = self.holders(AP.about, subject)
        if predicate is None:
            return list(notes)
        return [note for note in notes if predicate in self.values(note, AP.aboutProperty)]

    def status(self, subject: Node) -> str:
        """The state that a note or a form field tells of; empty for none that we know."""
        value = self.text(subject, AP.valueStatus)
        name = value.removeprefix(str(STATUS))
        return name if name != value and name in STATES else ""

    def state(self, said: Said) -> str:
        """How a value is known: one of ``STATES``."""
        if not said.shown:
            return "superseded"
        told = {self.status(note) for note in self.notes(said.subject, said.property)}
        if "conflicting" in told:
            return "conflicting"
        known = self._graph_state(said.graphs)
        return "structural" if known == "stated" and "structural" in told else known

    def citations(self, said: Said) -> list[Node]:
        """The citations of its subject that speak for a value."""
        return [
            citation
            for cited in self.said(said.subject, AP.citation)
            if cited.shown and set(cited.graphs) & set(said.graphs)
            for citation in (cited.value,)
            if said.property in self.values(citation, AP.supports)
        ]

    def absences(self, subject: Node) -> dict[URIRef, tuple[str, Node]]:
        """The properties without a stated value of which something says so: the state, and what
        says it, a form field left blank or a note."""
        found: dict[URIRef, tuple[str, Node]] = {}
        for field in self.holders(AP.reportsOn, subject):
            if self.status(field) == "blank-in-source":
                for asked in self.values(field, AP.asksFor):
                    found[URIRef(str(asked))] = ("blank-in-source", field)
        for note in self.notes(subject):
            if self.status(note) == "not-in-source":
                for absent in self.values(note, AP.aboutProperty):
                    found.setdefault(URIRef(str(absent)), ("not-in-source", note))
        return found

    def _graph_state(self, graphs: Sequence[str]) -> str:
        paths = [local_path(graph, self._bases) or "" for graph in graphs]
        return next(
            (state for start, state in _GRAPHS if any(path.startswith(start) for path in paths)),
            "defined",
        )


def graph_path_state(path: str) -> str:
    """The state of what stands in a graph whose name ends so: ``source/…``, ``editorial``.

    Empty for what names no graph.
    """
    named = f"graph/{path}"
    if named.startswith((VOCABULARY_GRAPHS, ONTOLOGY_GRAPH)):
        return "defined"
    return next((state for start, state in _GRAPHS if named.startswith(start)), "")
