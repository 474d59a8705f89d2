"""What stands in the documents of linked data: the same in every format, whole, and readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld  # type: ignore[import-untyped]
from pyoxigraph import RdfFormat, parse
from rdflib import DCTERMS, FOAF, OWL, RDF, RDFS, VOID, Graph, Literal, URIRef
from rdflib.compare import isomorphic, to_isomorphic
from rdflib.term import Node

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.errors import LANGUAGES
from jalon.services.publication import Publication, publication_of
from jalon.store.snapshot import Snapshot
from jalon.terms import AP, STATUS
from web.making import snapshot_of
from web.service import Site, Tuning, open_site

EXPECTED = Path(__file__).parent / "documents" / "measure-qdcp-120.json"
CORE = "https://w3id.org/jalon/"
MEASURE = URIRef(f"{CORE}id/measure/qdcp-120")
CONTEXT = "http://test/context.jsonld"
DOCUMENTS = [
    "/doc/measure/qdcp-120",
    "/doc/plan/dap-2018-2023",
    "/doc/document/dap-overview",
    "/doc/note/external-blank-fields",
    "/graph/source/unesco-measure-120",
    "/def",
    "/def/evidence",
    "/shapes",
    "/.well-known/void",
]


@pytest.fixture(scope="module")
def served(pack_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tuning = Tuning(publication=publication_of(read_pack(find_pack(None))))
    with open_site(pack_snapshot, tmp_path_factory.mktemp("answers"), tuning) as site:
        yield site


def body(site: Site, path: str) -> bytes:
    response = site.ask("GET", path)
    assert response.status_code == 200, response.text
    return response.content


def read(document: bytes, syntax: RdfFormat) -> Graph:
    lines = "".join(f"{quad.triple} .\n" for quad in parse(document, syntax))
    return Graph(bind_namespaces="none").parse(data=lines, format="nt")


def inlined(site: Site, document: bytes) -> bytes:
    """A JSON-LD document with its context in the place of the context's address."""
    context = json.loads(body(site, "/context.jsonld"))
    return json.dumps({**json.loads(document), **context}).encode()


def languages(graph: Graph, subject: Node, predicate: URIRef) -> set[str | None]:
    values = graph.objects(subject, predicate)
    return {value.language for value in values if isinstance(value, Literal)}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_format_says_the_same(served: Site, path: str) -> None:
    expected = to_isomorphic(read(body(served, f"{path}.nt"), RdfFormat.N_TRIPLES))
    documents = {
        "Turtle": read(body(served, f"{path}.ttl"), RdfFormat.TURTLE),
        "RDF/XML": read(body(served, f"{path}.rdf"), RdfFormat.RDF_XML),
        "JSON-LD": read(inlined(served, body(served, f"{path}.jsonld")), RdfFormat.JSON_LD),
    }
    for name, graph in documents.items():
        assert to_isomorphic(graph) == expected, (name, [*graph - expected], [*expected - graph])


def test_our_context_is_all_that_a_reader_of_json_ld_fetches(served: Site) -> None:
    fetched = []

    def load(address: str, _options: object) -> dict[str, Any]:
        fetched.append(address)
        document = json.loads(body(served, "/context.jsonld"))
        return {"contextUrl": None, "documentUrl": address, "document": document}

    document = json.loads(body(served, "/doc/measure/qdcp-120.jsonld"))
    quads = jsonld.to_rdf(document, {"documentLoader": load, "format": "application/n-quads"})
    assert set(fetched) == {CONTEXT}
    expected = read(body(served, "/doc/measure/qdcp-120.nt"), RdfFormat.N_TRIPLES)
    assert isomorphic(Graph(bind_namespaces="none").parse(data=quads, format="nt"), expected)


def outline(value: object) -> object:
    """The shape of a JSON document: its keys, nested, and the kinds of its values."""
    if isinstance(value, dict):
        return {key: outline(each) for key, each in value.items()}
    if not isinstance(value, list):
        return type(value).__name__
    merged: dict[str, object] = {}
    kinds = [outline(each) for each in value]
    for kind in kinds:
        if isinstance(kind, dict):
            merged = _merged(merged, kind)
    return [merged] if merged else sorted({str(kind) for kind in kinds})


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = _merged(one[key], other[key])
        elif isinstance(one[key], list) and isinstance(other[key], list):
            dicts = [each for each in (*one[key], *other[key]) if isinstance(each, dict)]
            names = {each for each in (*one[key], *other[key]) if isinstance(each, str)}
            both[key] = [outline_of(dicts)] if dicts else sorted(names)
    return both


def outline_of(outlines: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for each in outlines:
        merged = _merged(merged, each)
    return merged


def test_a_measure_reads_like_plain_json(served: Site) -> None:
    document = json.loads(body(served, "/doc/measure/qdcp-120.jsonld"))
    assert outline(document) == json.loads(EXPECTED.read_text(encoding="utf-8"))
    first = document["allocation"][0]
    assert (first["amount"], first["asPrinted"]) == ("7000000", {"en": "CAD 7 million"})
    roles = {each["role"]["label"]["fr"] for each in document["involvement"]}
    assert {"organisme responsable", "partenaire"} <= roles


def test_measure_120_is_described_with_all_that_belongs_to_it(served: Site) -> None:
    graph = read(body(served, "/doc/measure/qdcp-120"), RdfFormat.TURTLE)
    for part, number in ((AP.allocation, 2), (AP.period, 2), (AP.result, 2)):
        assert len([*graph.objects(MEASURE, part)]) == number
    involved = [*graph.objects(MEASURE, AP.involvement)]
    assert len(involved) == 6
    for involvement in involved:
        agent, role = (graph.value(involvement, each) for each in (AP.agent, AP.role))
        assert graph.value(agent, RDFS.label)
        assert graph.value(role, RDFS.label)
    counts = {
        int(str(graph.value(count, AP["count"])))
        for result in graph.objects(MEASURE, AP.result)
        for count in graph.objects(result, AP.hasCount)
    }
    assert counts == {47, 56, 4}
    fields = [*graph.subjects(AP.reportsOn, MEASURE)]
    states = [graph.value(field, AP.valueStatus) for field in fields]
    assert (len(fields), states.count(STATUS["blank-in-source"])) == (7, 3)
    for note in graph.subjects(RDF.type, AP.Note):
        assert len([*graph.objects(note, AP.reason)]) == 2
        assert graph.value(note, AP.valueStatus)
    for citation in graph.subjects(RDF.type, AP.Citation):
        assert graph.value(graph.value(citation, AP.document), RDFS.label)
        digest, confidence = AP.quoteDigest, AP.confidence
        assert any(graph.value(citation, each) for each in (digest, confidence))


def test_every_term_used_in_a_description_has_its_names(served: Site) -> None:
    graph = read(body(served, "/doc/measure/qdcp-120"), RdfFormat.TURTLE)
    used = {*graph.predicates(), *graph.objects(None, RDF.type)}
    for term in used:
        if str(term).startswith(str(AP)):
            assert languages(graph, term, RDFS.label) >= {"en", "fr"}


def test_the_context_has_a_name_for_every_property_and_class(served: Site) -> None:
    context = json.loads(body(served, "/context.jsonld"))["@context"]
    named = {each["@id"] if isinstance(each, dict) else each for each in context.values()}
    used = "SELECT DISTINCT ?t { GRAPH ?g { { ?s ?t ?o } UNION { ?s a ?t } } }"
    rows = served.rows(used, {"entailed": ["false"]})
    assert {term for (term,) in rows} - named == {str(RDF.type)}


def test_the_ontology_holds_all_its_terms_and_a_module_its_own(served: Site) -> None:
    whole = read(body(served, "/def"), RdfFormat.TURTLE)
    module = read(body(served, "/def/evidence.ttl"), RdfFormat.TURTLE)
    assert (AP.Citation, RDF.type, OWL.Class) in module
    assert (AP.Measure, RDF.type, OWL.Class) not in module
    assert (AP.Measure, RDF.type, OWL.Class) in whole
    assert set(module) <= set(whole)
    assert body(served, "/def/1.0.0") == body(served, "/def")


def test_the_dataset_counts_what_sparql_counts(served: Site) -> None:
    graph = read(body(served, "/.well-known/void"), RdfFormat.TURTLE)
    asserted = {"entailed": ["false"]}
    dataset = graph.value(URIRef(f"{CORE}.well-known/void"), FOAF.primaryTopic)
    assert dataset is not None
    (total,) = served.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", asserted)
    assert [str(graph.value(dataset, VOID.triples))] == total
    classes = served.rows("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c", asserted)
    assert sorted(map(tuple, classes)) == sorted(
        (str(graph.value(part, VOID["class"])), str(graph.value(part, VOID.entities)))
        for part in graph.objects(dataset, VOID.classPartition)
    )
    uses = served.rows("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p", asserted)
    assert sorted(map(tuple, uses)) == sorted(
        (str(graph.value(part, VOID.property)), str(graph.value(part, VOID.triples)))
        for part in graph.objects(dataset, VOID.propertyPartition)
    )
    graphs = served.rows(
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", asserted
    )
    assert sorted(map(tuple, graphs)) == sorted(
        (str(part), str(graph.value(part, VOID.triples)))
        for part in graph.objects(dataset, VOID.subset)
    )


def test_the_dataset_says_where_it_is_served(served: Site) -> None:
    graph = read(body(served, "/.well-known/void"), RdfFormat.TURTLE)
    dataset = URIRef(f"{CORE}.well-known/void#dataset")
    assert graph.value(dataset, VOID.sparqlEndpoint) == URIRef("http://test/sparql")
    assert str(graph.value(dataset, VOID.uriSpace)) == f"{CORE}id/"
    assert languages(graph, dataset, DCTERMS.title) == {"en", "fr"}
    dump = str(graph.value(URIRef(f"{CORE}graph/editorial"), VOID.dataDump))
    assert read(body(served, dump.removeprefix("http://test")), RdfFormat.N_TRIPLES)


def test_a_description_that_is_cut_says_so(tmp_path: Path) -> None:
    base, hub = "http://example.org/", "http://example.org/id/hub"
    quads = [f'<{hub}> <{RDFS.label}> "Hub"@en <{base}graph/editorial> .']
    quads += [f"<{base}id/{n}> <{AP.agent}> <{hub}> <{base}graph/editorial> ." for n in range(400)]
    snapshot = snapshot_of(("\n".join(quads) + "\n").encode(), base, tmp_path)
    tuning = Tuning(publication=Publication("hub", (base,), {}, {"ap": str(AP)}))
    with open_site(snapshot, tmp_path / "answers", tuning) as site:
        for suffix, syntax in (("ttl", RdfFormat.TURTLE), ("rdf", RdfFormat.RDF_XML)):
            graph = read(body(site, f"/doc/hub.{suffix}"), syntax)
            assert len([*graph.subjects(AP.agent, URIRef(hub))]) == 300
            said = [*graph.objects(URIRef(f"{base}doc/hub"), DCTERMS.description)]
            assert len(said) == len(LANGUAGES)
            assert all("300" in str(text) and "400" in str(text) for text in said)
