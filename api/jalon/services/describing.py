"""The use case "say everything about one thing": what is said, by whom, and what points at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.errors import NotFound
from jalon.services.asking import Asking, Row
from jalon.terms import AP

SAID_ROWS = 10_000
NAMED_ROWS = 10_000
USE_ROWS = 300
"""The most rows of each kind that are kept; ``description.rq`` asks for one more."""

SCHEMA_URL = URIRef("https://schema.org/url")

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class Said:
    """A triple of the thing or of a part of it, and the graphs that state it.

    ``shown`` is false where no graph states it but those whose values have given way.
    """

    subject: Node
    property: URIRef
    value: Node
    graphs: tuple[str, ...]
    shown: bool


@dataclass(frozen=True, slots=True)
class Use:
    """How things point at the thing by one property: how many in all, and the first of them."""

    property: URIRef
    total: int
    things: tuple[URIRef, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a thing, its parts, notes, citations and form fields, and what points at it.

    ``said`` is in the order of subject, property and value. ``labels`` has the names, by language,
    of everything mentioned, properties and classes included; ``addresses`` where it can be read on
    the Web. ``uses`` leaves out what ``said`` holds. ``complete`` is false when ``said`` or
    ``labels`` was cut at its bound; a cut use says so by its total.
    """

    thing: URIRef
    said: tuple[Said, ...]
    labels: Mapping[Node, Mapping[str, str]]
    addresses: Mapping[Node, tuple[Node, ...]]
    uses: tuple[Use, ...]
    complete: bool

    def of(self, subject: Node) -> dict[URIRef, tuple[Said, ...]]:
        """What is said of one subject, by property."""
        found: dict[URIRef, list[Said]] = defaultdict(list)
        for said in self.said:
            if said.subject == subject:
                found[said.property].append(said)
        return {key: tuple(values) for key, values in found.items()}

    def values(self, subject: Node, predicate: URIRef) -> tuple[Node, ...]:
        """The shown values of one property of a subject."""
        return tuple(said.value for said in self.of(subject).get(predicate, ()) if said.shown)

    def holders(self, predicate: URIRef, value: Node) -> tuple[Node, ...]:
        """The subjects that have this value: ap:about gives the notes on a thing or a part."""
        return tuple(
            said.subject
            for said in self.said
            if said.shown and said.property == predicate and said.value == value
        )

    def types(self) -> tuple[str, ...]:
        """The classes of the thing."""
        return tuple(str(value) for value in self.values(self.thing, RDF.type))

    def graphs(self) -> tuple[str, ...]:
        """The graphs that state something of the thing itself."""
        stating = {name for said in self.said if said.subject == self.thing for name in said.graphs}
        return tuple(sorted(stating))

    def shown(self) -> Graph:
        """The shown triples, with the names of what they mention."""
        graph = Graph(bind_namespaces="none")
        for triple in chain(self._statements(), self._names()):
            graph.add(triple)
        return graph

    def _statements(self) -> Iterator[Triple]:
        for said in self.said:
            if said.shown:
                yield said.subject, said.property, said.value
        for use in self.uses:
            for thing in use.things:
                yield thing, use.property, self.thing

    def _names(self) -> Iterator[Triple]:
        for node, texts in self.labels.items():
            for language, text in texts.items():
                yield node, RDFS.label, Literal(text, lang=language or None)
        for node, addresses in self.addresses.items():
            for address in addresses:
                yield node, SCHEMA_URL, address


@dataclass(frozen=True, slots=True)
class Describing:
    """Describes things, each by one query."""

    asking: Asking

    async def describe(self, thing: str) -> Description:
        """The description of a thing; NotFound when nothing is said of it. Errors as Asking."""
        parts: dict[str, list[Row]] = defaultdict(list)
        for row in await self.asking.rows("description", thing=thing):
            parts[str(row["part"])].append(row)
        if not parts["said"]:
            raise NotFound(path=thing[:200])
        root = URIRef(thing)
        said = _said(root, parts["said"][:SAID_ROWS])
        named = parts["named"][:NAMED_ROWS]
        return Description(
            thing=root,
            said=said,
            labels=_labels([*named, *_shown_rows(said)]),
            addresses=_addresses(named),
            uses=_uses(root, said, parts),
            complete=len(parts["said"]) <= SAID_ROWS and len(parts["named"]) <= NAMED_ROWS,
        )

    async def known(self, thing: str) -> bool:
        """Whether anything is said of a thing; errors as Asking."""
        return bool(await self.asking.rows("known", thing=thing))


def _said(root: URIRef, rows: Iterable[Row]) -> tuple[Said, ...]:
    graphs: dict[tuple[Node, URIRef, Node], list[str]] = defaultdict(list)
    shown: set[tuple[Node, URIRef, Node]] = set()
    for row in rows:
        triple = (row["subject"], URIRef(str(row["property"])), row["value"])
        graphs[triple].append(str(row["graph"]))
        if str(row["shown"]) == "true":
            shown.add(triple)
    here = {subject for subject, _, _ in graphs}
    return tuple(
        Said(*triple, tuple(stating), triple in shown)
        for triple, stating in graphs.items()
        # A note may speak of many things; those that are not described here are left out.
        if triple[1] != AP.about or triple[0] == root or triple[2] in here
    )


def _shown_rows(said: Iterable[Said]) -> Iterator[Row]:
    for each in said:
        if each.shown:
            yield {"subject": each.subject, "property": each.property, "value": each.value}


def _labels(rows: Iterable[Row]) -> dict[Node, Mapping[str, str]]:
    labels: dict[Node, dict[str, str]] = defaultdict(dict)
    for row in rows:
        value = row["value"]
        if row["property"] == RDFS.label and isinstance(value, Literal):
            labels[row["subject"]][value.language or ""] = str(value)
    return dict(labels)


def _addresses(rows: Iterable[Row]) -> dict[Node, tuple[Node, ...]]:
    addresses: dict[Node, tuple[Node, ...]] = {}
    for row in rows:
        if row["property"] == SCHEMA_URL:
            addresses[row["subject"]] = (*addresses.get(row["subject"], ()), row["value"])
    return addresses


def _uses(root: URIRef, said: Iterable[Said], parts: Mapping[str, list[Row]]) -> tuple[Use, ...]:
    """What points at the thing, less what the description holds in full."""
    inside = {(each.subject, each.property) for each in said if each.value == root}
    things: dict[URIRef, list[URIRef]] = defaultdict(list)
    for row in parts["use"][:USE_ROWS]:
        if (row["subject"], row["property"]) not in inside:
            things[URIRef(str(row["property"]))].append(URIRef(str(row["subject"])))
    uses = []
    for row in parts["uses"]:
        pointing = URIRef(str(row["property"]))
        total = int(str(row["value"])) - sum(each == pointing for _, each in inside)
        if total:
            uses.append(Use(pointing, total, tuple(things[pointing])))
    return tuple(sorted(uses, key=lambda use: use.property))
