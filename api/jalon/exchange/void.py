"""VoID: what a dataset holds and where it is served (https://www.w3.org/TR/void/)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib import DCTERMS, FOAF, RDF, VOID, BNode, Graph, Literal, URIRef

FEATURES = tuple(
    URIRef(f"http://www.w3.org/ns/formats/{name}")
    for name in ("JSON-LD", "N-Triples", "RDF_XML", "Turtle")
)


@dataclass(frozen=True, slots=True)
class Share:
    """The triples of one property, or of everything: their number, their subjects and objects."""

    triples: int
    subjects: int
    objects: int


@dataclass(slots=True)
class Counts:
    """The counts of one dataset: as a whole, by property, and the things of each class."""

    whole: Share = Share(0, 0, 0)
    properties: dict[str, Share] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A dataset to describe: its IRI, titles by language, licences, counts, and its dump if any."""

    iri: str
    titles: Mapping[str, str]
    licenses: tuple[str, ...]
    counts: Counts
    dump: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """Where the whole is served, and the space that the IRIs of its things share."""

    document: str
    endpoint: str
    space: str


def dataset_description(
    whole: Part, parts: Iterable[Part], served: Served, prefixes: Mapping[str, str]
) -> Graph:
    """The description of a dataset and of the named graphs it is made of."""
    graph = Graph(bind_namespaces="none")
    document, dataset = URIRef(served.document), URIRef(whole.iri)
    graph.add((document, RDF.type, VOID.DatasetDescription))
    graph.add((document, FOAF.primaryTopic, dataset))
    _describe(graph, whole)
    graph.add((dataset, VOID.sparqlEndpoint, URIRef(served.endpoint)))
    graph.add((dataset, VOID.uriSpace, Literal(served.space)))
    for feature in FEATURES:
        graph.add((dataset, VOID.feature, feature))
    for namespace in _vocabularies(whole.counts, prefixes):
        graph.add((dataset, VOID.vocabulary, URIRef(namespace)))
    for part in parts:
        _describe(graph, part)
        graph.add((dataset, VOID.subset, URIRef(part.iri)))
    return graph


def _describe(graph: Graph, part: Part) -> None:
    dataset = URIRef(part.iri)
    graph.add((dataset, RDF.type, VOID.Dataset))
    for language, title in part.titles.items():
        graph.add((dataset, DCTERMS.title, Literal(title, lang=language)))
    for license_iri in part.licenses:
        graph.add((dataset, DCTERMS.license, URIRef(license_iri)))
    if part.dump:
        graph.add((dataset, VOID.dataDump, URIRef(part.dump)))
    _count(graph, dataset, part.counts.whole)
    graph.add((dataset, VOID.classes, Literal(len(part.counts.classes))))
    graph.add((dataset, VOID.properties, Literal(len(part.counts.properties))))
    for term, share in part.counts.properties.items():
        partition = BNode(f"b{len(graph)}")
        graph.add((dataset, VOID.propertyPartition, partition))
        graph.add((partition, VOID.property, URIRef(term)))
        _count(graph, partition, share)
    for term, things in part.counts.classes.items():
        partition = BNode(f"b{len(graph)}")
        graph.add((dataset, VOID.classPartition, partition))
        graph.add((partition, VOID["class"], URIRef(term)))
        graph.add((partition, VOID.entities, Literal(things)))


def _count(graph: Graph, node: URIRef | BNode, share: Share) -> None:
    graph.add((node, VOID.triples, Literal(share.triples)))
    graph.add((node, VOID.distinctSubjects, Literal(share.subjects)))
    graph.add((node, VOID.distinctObjects, Literal(share.objects)))


def _vocabularies(counts: Counts, prefixes: Mapping[str, str]) -> list[str]:
    """The namespaces of the table that terms in use come from."""
    terms = {*counts.properties, *counts.classes}
    return sorted(
        {
            max(fitting, key=len)
            for term in terms
            if (fitting := [space for space in prefixes.values() if term.startswith(space)])
        }
    )
