"""What the rules look at: a pack's triples as a queryable set, and which file holds what.

The store's unnamed graph is the set of all asserted triples; named graphs are as they are. One
more graph, ``check:facts``, tells rules what triples alone do not: the kind of each graph, the
bases, the languages, the datatypes the index keeps, and the terms that other vocabularies have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad
from rdflib import RDF, XSD, Literal, URIRef

from jalon.content.known_terms import term_lists
from jalon.content.pack import Pack
from jalon.content.turtle import shortened
from jalon.errors import ContentError
from jalon.terms import (
    EDITORIAL_GRAPH,
    EXTERNAL_GRAPH,
    ONTOLOGY_GRAPH,
    SHAPES_GRAPH,
    SOURCE_GRAPHS,
    VOCABULARY_GRAPHS,
)

CHECK = "https://w3id.org/jalon/check#"
FACTS = NamedNode(f"{CHECK}facts")
DATATYPES = (
    *(XSD.integer, XSD.decimal, XSD.gYear, XSD.date, XSD.dateTime, XSD.boolean, XSD.string),
    RDF.langString,
)
"""The datatypes that the index keeps as they are: the only ones that a pack may use."""

GRAPH_KINDS = {
    ONTOLOGY_GRAPH: "ontology",
    SHAPES_GRAPH: "shapes",
    VOCABULARY_GRAPHS: "vocabulary",
    SOURCE_GRAPHS: "source",
    EDITORIAL_GRAPH: "editorial",
    EXTERNAL_GRAPH: "external",
}


@dataclass(frozen=True, slots=True)
class Material:
    """A pack ready for rules. ``faults`` are those of files that could not be read."""

    pack: Pack
    faults: tuple[ContentError, ...]
    store: pyoxigraph.Store
    holders: Mapping[tuple[str, str], tuple[str, ...]]
    mentions: Mapping[str, tuple[str, ...]]

    def files_of(self, subject: str, graph: str | None) -> tuple[str, ...]:
        """The files that say something of a term in a graph, or anywhere; else that mention it."""
        if graph is not None and (graph, subject) in self.holders:
            return self.holders[graph, subject]
        held = {
            name
            for (_, holder), names in self.holders.items()
            if graph is None and holder == subject
            for name in names
        }
        return tuple(sorted(held)) or self.mentions.get(subject, ())

    def short(self, iri: str) -> str:
        """An IRI by the prefix of the table that fits it best, else as it is."""
        return shortened(iri, self.pack.prefixes)


def gather(pack: Pack, faults: tuple[ContentError, ...] = ()) -> Material:
    """The material of a pack; its blank nodes keep their identity."""
    store = pyoxigraph.Store()
    quads = list(pyoxigraph.parse(pack.nquads(), pyoxigraph.RdfFormat.N_QUADS))
    store.extend(quads)
    store.extend(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in quads)
    store.extend(_facts(pack))
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    mentions: dict[str, set[str]] = defaultdict(set)
    for file in pack.files:
        for triple in file.triples:
            holders[file.graph, str(triple[0])].add(file.name)
            for term in triple:
                if isinstance(term, URIRef):
                    mentions[str(term)].add(file.name)
                elif isinstance(term, Literal) and term.datatype is not None:
                    mentions[str(term.datatype)].add(file.name)
    return Material(
        pack,
        faults,
        store,
        {key: tuple(sorted(names)) for key, names in holders.items()},
        {key: tuple(sorted(names)) for key, names in mentions.items()},
    )


def kind_of(graph: str, base: str) -> str | None:
    """The kind of a graph, from its IRI: ontology, shapes, vocabulary, source, …"""
    name = graph.removeprefix(base)
    return next((kind for prefix, kind in GRAPH_KINDS.items() if name.startswith(prefix)), None)


def _facts(pack: Pack) -> Iterator[Quad]:
    def fact(subject: str, name: str, value: pyoxigraph.NamedNode | pyoxigraph.Literal) -> Quad:
        return Quad(NamedNode(subject), NamedNode(CHECK + name), value, FACTS)

    text = pyoxigraph.Literal
    for graph in {file.graph for file in pack.files}:
        yield fact(graph, "kind", text(kind_of(graph, pack.manifest.base) or ""))
    for base in {pack.manifest.base, pack.core.base}:
        yield fact(f"{CHECK}pack", "base", text(base))
    for language in pack.manifest.languages:
        yield fact(f"{CHECK}pack", "language", text(language.lower()))
    for datatype in DATATYPES:
        yield fact(f"{CHECK}pack", "datatype", NamedNode(datatype))
    for terms in term_lists():
        yield fact(f"{CHECK}pack", "values" if terms.values else "terms", text(terms.namespace))
        for term in terms.terms:
            yield fact(term, "known", text(terms.namespace))
