"""What a SPARQL service offers (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import RDF, RDFS, BNode, Graph, Namespace, URIRef

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
RESULTS = tuple(
    FORMATS[name]
    for name in (
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "N-Triples", "JSON-LD", "RDF_XML"),
    )
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered where: queries at an endpoint, and updates at another where there is one.

    ``graphs`` are the IRIs of the named graphs; ``dataset`` is a document about what they hold.
    """

    endpoint: str
    update: str | None
    graphs: tuple[str, ...]
    dataset: str


def service_description(offer: Offer) -> Graph:
    """The description of the service for queries, and of the one for updates of the same graphs."""
    graph = Graph(bind_namespaces="none")
    dataset = _dataset(graph, offer.graphs)
    query = _service(graph, offer.endpoint, SD.SPARQL11Query, dataset)
    for each in RESULTS:
        graph.add((query, SD.resultFormat, each))
    graph.add((query, RDFS.seeAlso, URIRef(offer.dataset)))
    if offer.update is not None:
        _service(graph, offer.update, SD.SPARQL11Update, dataset)
    return graph


def _service(graph: Graph, endpoint: str, language: URIRef, dataset: BNode) -> URIRef:
    service = URIRef(f"{endpoint}#service")
    graph.add((service, RDF.type, SD.Service))
    graph.add((service, SD.endpoint, URIRef(endpoint)))
    graph.add((service, SD.supportedLanguage, language))
    graph.add((service, SD.defaultDataset, dataset))
    return service


def _dataset(graph: Graph, names: Iterable[str]) -> BNode:
    dataset, default = BNode("dataset"), BNode("default")
    graph.add((dataset, RDF.type, SD.Dataset))
    graph.add((dataset, SD.defaultGraph, default))
    graph.add((default, RDF.type, SD.Graph))
    for number, name in enumerate(names):
        named = BNode(f"named{number}")
        graph.add((dataset, SD.namedGraph, named))
        graph.add((named, RDF.type, SD.NamedGraph))
        graph.add((named, SD.name, URIRef(name)))
    return dataset
