"""The core ontology keeps its promises: every term is explained, and reasoning stays consistent."""

from __future__ import annotations

from pathlib import Path

import pytest
from owlrl import DeductiveClosure, OWLRL_Semantics  # type: ignore[import-untyped]
from owlrl.Namespaces import ERRNS  # type: ignore[import-untyped]
from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from jalon.terms import AP, DEF_IRI

HERE = Path(__file__).parent
ONTOLOGY = HERE.parents[2] / "ontology"
OWN = "https://w3id.org/jalon/"
EX = Namespace("https://example.org/")
DISJOINT_KINDS = URIRef(f"{DEF_IRI}/axiom/kinds-are-disjoint")
KINDS = frozenset((OWL.Class, OWL.DatatypeProperty, OWL.ObjectProperty))
KEPT_DATATYPES = frozenset(
    (
        RDF.langString,
        XSD.boolean,
        XSD.date,
        XSD.dateTime,
        XSD.decimal,
        XSD.gYear,
        XSD.integer,
        XSD.string,
    )
)
CONVENTION = frozenset(("convention-goal", "core-indicator", "cultural-domain", "monitoring-area"))
CORE_FILES = sorted((ONTOLOGY / "core").glob("**/*.ttl"))
VOCABULARY_FILES = sorted(
    [*(ONTOLOGY / "core" / "vocabulary").glob("*.ttl"), *(ONTOLOGY / "vocabulary").glob("*.ttl")]
)


def read(*paths: Path) -> Graph:
    graph = Graph(bind_namespaces="none")
    for path in paths:
        graph.parse(path)
    return graph


def languages(graph: Graph, subject: Node, predicate: URIRef) -> list[str]:
    values = graph.objects(subject, predicate)
    return sorted(value.language or "" for value in values if isinstance(value, Literal))


TERMS = sorted(
    {
        term
        for term in read(*CORE_FILES).subjects(RDF.type)
        if isinstance(term, URIRef) and term.startswith(AP)
    }
)


@pytest.fixture(scope="module")
def core() -> Graph:
    return read(*CORE_FILES)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: str(term).removeprefix(AP))
def test_term_is_of_one_kind_and_explained_in_both_languages(core: Graph, term: URIRef) -> None:
    assert len(KINDS & set(core.objects(term, RDF.type))) == 1
    assert list(core.objects(term, RDFS.isDefinedBy)) == [URIRef(DEF_IRI)]
    for predicate in (RDFS.label, SKOS.definition):
        assert languages(core, term, predicate) == ["en", "fr"]
    labels = {str(label).casefold() for label in core.objects(term, RDFS.label)}
    definitions = {str(text).casefold() for text in core.objects(term, SKOS.definition)}
    assert not labels & definitions
    assert languages(core, term, SKOS.scopeNote) in ([], ["en", "fr"])


def test_every_term_used_is_declared(core: Graph) -> None:
    whole = core + read(*VOCABULARY_FILES) + read(HERE / "instances.ttl")
    nodes = {node for triple in whole for node in triple if isinstance(node, URIRef)}
    assert {node for node in nodes if node.startswith(AP)} <= set(TERMS)


def test_no_term_of_another_vocabulary_is_a_subject(core: Graph) -> None:
    subjects = set((core + read(*VOCABULARY_FILES)).subjects())
    foreign = {node for node in subjects if not isinstance(node, BNode)}
    assert {node for node in foreign if not str(node).startswith(OWN)} == set()


def test_datatype_ranges_are_those_that_the_index_keeps(core: Graph) -> None:
    for term in core.subjects(RDF.type, OWL.DatatypeProperty):
        assert set(core.objects(term, RDFS.range)) <= KEPT_DATATYPES
        assert (term, RDFS.range, None) in core


def test_a_property_with_a_domain_names_no_other_class(core: Graph) -> None:
    includes = URIRef("https://schema.org/domainIncludes")
    for term in core.subjects(RDFS.domain):
        assert len(set(core.objects(term, RDFS.domain))) == 1
        assert (term, includes, None) not in core


@pytest.mark.parametrize("path", VOCABULARY_FILES, ids=lambda path: path.stem)
def test_concepts_are_labelled_and_hang_in_their_scheme(path: Path) -> None:
    graph = read(path)
    scheme = URIRef(f"{OWN}id/scheme/{path.stem}")
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        assert str(concept).startswith(f"{OWN}id/{path.stem}/")
        assert (concept, SKOS.inScheme, scheme) in graph
        assert {"en", "fr"} <= set(languages(graph, concept, SKOS.prefLabel))
        if path.stem in CONVENTION:
            assert (concept, AP.confidence, None) in graph


def closure(graph: Graph) -> tuple[Graph, list[str]]:
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    return graph, [str(message) for message in graph.objects(None, ERRNS.error)]


def everything() -> Graph:
    return read(*CORE_FILES, *VOCABULARY_FILES, HERE / "instances.ttl", HERE / "reused-axioms.ttl")


def test_reasoning_over_one_of_each_kind_finds_no_contradiction() -> None:
    """With the domains, ranges and disjointness of the reused vocabularies loaded as well."""
    graph, errors = closure(everything())
    assert errors == []
    members = graph.value(DISJOINT_KINDS, OWL.members)
    assert members is not None
    disjoint = set(graph.items(members))
    asserted = read(HERE / "instances.ttl")
    for thing in set(asserted.subjects()):
        assert len(disjoint & set(graph.objects(thing, RDF.type))) <= 1
    assert (EX.milestone, AP.ofPlan, EX.plan) in graph
    assert (EX.plan, AP.hasPart, EX.milestone) in graph
    assert (EX.dollars, AP.alternateOf, EX.converted) in graph


@pytest.mark.parametrize(
    ("predicate", "value"),
    [(AP.agent, EX.measure), (AP.role, EX.network), (AP.agent, EX.officer)],
    ids=["a measure as agent", "a network as role", "a concept as agent"],
)
def test_a_thing_of_two_kinds_is_a_contradiction(predicate: URIRef, value: URIRef) -> None:
    graph = read(*CORE_FILES, HERE / "instances.ttl")
    graph.add((EX.involvement, predicate, value))
    _, errors = closure(graph)
    assert any("isjoint" in message and str(value) in message for message in errors)
