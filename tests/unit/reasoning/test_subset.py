from __future__ import annotations

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace
from rdflib.term import Node

from jalon.reasoning.subset import Triple, schema_terms, useful

EX = Namespace("http://example.org/")
SCHEMA: tuple[Triple, ...] = (
    (EX.Plan, RDF.type, OWL.Class),
    (EX.partOf, RDF.type, OWL.ObjectProperty),
    (EX.concept, RDF.type, SKOS.Concept),
)


def kept(*triples: Triple, asserted: frozenset[Triple] = frozenset()) -> set[Triple]:
    closure = Graph()
    for triple in (*SCHEMA, *triples):
        closure.add(triple)
    return set(useful(closure, asserted | {*SCHEMA}))


@pytest.mark.parametrize(
    "triple",
    [
        (EX.measure, EX.partOf, EX.plan),
        (EX.measure, RDF.type, EX.Plan),
        (EX.measure, RDFS.label, Literal("Measure", lang="en")),
        (EX.measure, OWL.sameAs, EX.other),
        (EX.concept, SKOS.broader, EX.wider),
    ],
    ids=["property", "type", "label", "same as another", "concept"],
)
def test_a_statement_about_data_is_useful(triple: Triple) -> None:
    assert kept(triple) == {triple}
    assert kept(triple, asserted=frozenset({triple})) == set()


@pytest.mark.parametrize(
    "triple",
    [
        (EX.measure, OWL.sameAs, EX.measure),
        (EX.measure, OWL.sameAs, Literal("1")),
        (EX.measure, RDF.type, OWL.Thing),
        (EX.measure, RDF.type, RDFS.Resource),
        (EX.measure, RDF.type, XSD.string),
        (EX.measure, RDF.type, BNode("anonymous")),
        (EX.measure, EX.partOf, BNode("anonymous")),
        (BNode("anonymous"), EX.partOf, EX.plan),
        (Literal("1"), RDF.type, EX.Plan),
        (Literal("1"), EX.partOf, EX.plan),
        (EX.measure, BNode("anonymous"), EX.plan),
        (EX.Plan, RDFS.subClassOf, EX.Thing),
        (EX.Plan, RDFS.label, Literal("plan", lang="en")),
        (EX.partOf, SKOS.related, EX.plan),
        (XSD.string, RDFS.subClassOf, RDFS.Literal),
    ],
)
def test_the_rest_is_left_out(triple: Triple) -> None:
    assert kept(triple) == set()


@pytest.mark.parametrize(
    ("triple", "terms"),
    [
        ((EX.a, RDFS.subClassOf, EX.b), {EX.a, EX.b}),
        ((EX.a, RDFS.range, EX.b), {EX.a, EX.b}),
        ((EX.a, OWL.inverseOf, EX.b), {EX.a, EX.b}),
        ((EX.a, RDF.type, EX.b), {EX.b}),
        ((EX.a, EX.b, EX.c), {EX.b}),
        ((EX.a, RDF.type, OWL.Ontology), {EX.a}),
        ((EX.a, RDF.type, OWL.AllDisjointClasses), {EX.a}),
        ((EX.a, RDF.type, RDF.Property), {EX.a}),
        ((EX.a, RDF.type, OWL.NamedIndividual), set()),
        ((EX.a, RDF.type, OWL.Nothing), set()),
        ((EX.a, OWL.sameAs, EX.b), set()),
    ],
)
def test_terms_of_the_schema_are_known_by_their_use(triple: Triple, terms: set[Node]) -> None:
    graph = Graph()
    graph.add(triple)
    assert {term for term in schema_terms(graph) if str(term).startswith(EX)} == terms
