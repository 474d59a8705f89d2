"""Every shapes file keeps the habits: one rule a property shape, named and explained in two
languages, tried by cases, and within what both engines do alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.term import Node

from content.shape_engines import APS
from jalon.errors import LANGUAGES
from jalon.terms import AP

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "shapes" / "core").glob("*.ttl"))
OWN = sorted((ROOT / "shapes" / "quebec").glob("*.ttl"))
CASES = ROOT / "tests" / "cases" / "shapes"
SHACL_SHACL = Path(pyshacl.__file__).parent / "assets" / "shacl-shacl.ttl"
SCHEMA = Namespace("https://schema.org/")

COMPONENTS = frozenset(
    (
        *(SH["class"], SH.datatype, SH.nodeKind, SH["in"], SH.languageIn, SH.uniqueLang),
        *(SH.minCount, SH.maxCount, SH.node, SH["not"], SH["or"], SH.pattern, SH.hasValue),
        *(SH.minInclusive, SH.minExclusive, SH.equals, SH.disjoint, SH.sparql),
        SH.qualifiedValueShape,
    )
)
PLAIN = frozenset(
    (
        *(SH["class"], SH.datatype, SH.nodeKind, SH["in"], SH.languageIn, SH.uniqueLang),
        *(SH.minCount, SH.maxCount, SH.node),
    )
)
"""Components whose message comes from the catalogue; any other states policy."""

UNSAFE = re.compile(r"\b(GRAPH|FROM|SERVICE|MINUS|VALUES)\b|\?\w+\s+\?\w+\s+[?<\w\"]")
NESTED_QUANTIFIER = re.compile(r"[*+}]\)[*+?{]")


def read(*paths: Path) -> Graph:
    graph = Graph(bind_namespaces="none")
    for path in paths:
        graph.parse(path)
    return graph


def named(nodes: Iterable[Node]) -> list[URIRef]:
    return sorted({node for node in nodes if isinstance(node, URIRef)})


SHAPES = read(*CORE, *OWN)
ONTOLOGY = read(*(ROOT / "ontology" / "core").glob("*.ttl"))
TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
GROUPS = named(node for target in TARGETS for node in SHAPES.subjects(target))
RULES = named(rule for group in GROUPS for rule in SHAPES.objects(group, SH.property))
NAMED = named(
    shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in SHAPES.subjects(RDF.type, kind)
)


def local(node: Node) -> str:
    return str(node).removeprefix(APS)


def languages(shape: Node, predicate: URIRef) -> list[str]:
    values = SHAPES.objects(shape, predicate)
    return sorted(value.language or "" for value in values if isinstance(value, Literal))


@pytest.mark.parametrize("rule", RULES, ids=local)
def test_every_rule_has_a_passing_and_a_failing_case(rule: URIRef) -> None:
    kinds = {case.name.partition("-")[0] for case in (CASES / local(rule)).glob("*.trig")}
    assert kinds == {"pass", "fail"}


def test_every_case_is_of_a_rule() -> None:
    assert {case.name for case in CASES.iterdir()} == {local(rule) for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=local)
def test_a_rule_is_one_constraint_with_a_severity_and_its_texts(rule: URIRef) -> None:
    assert (rule, RDF.type, SH.PropertyShape) in SHAPES
    assert re.fullmatch(r"[A-Z][A-Za-z]+-[a-z][A-Za-z]+-[a-z][A-Za-z]+", local(rule))
    assert len(list(SHAPES.objects(rule, SH.severity))) == 1
    assert languages(rule, SH.name) == sorted(LANGUAGES)
    stated = Counter(p for p in SHAPES.predicates(rule) if p in COMPONENTS)
    assert len(stated) == 1, stated
    assert stated.total() == 1, stated
    texts = [languages(rule, SH.description), languages(rule, SH.message)]
    both = sorted(LANGUAGES)
    component = next(iter(stated))
    path = SHAPES.value(rule, SH.path)
    if component in PLAIN and isinstance(path, URIRef):
        assert texts in ([[], []], [both, both])
    else:
        assert texts == [both, both]


@pytest.mark.parametrize("shape", NAMED, ids=local)
def test_a_shape_has_a_name_and_a_group_says_what_it_is_for(shape: URIRef) -> None:
    both = sorted(LANGUAGES)
    assert languages(shape, SH.name) == both
    if (shape, RDF.type, SH.NodeShape) in SHAPES:
        assert languages(shape, SH.description) == both
        assert not list(SHAPES.objects(shape, SH.message))
        assert not list(SHAPES.objects(shape, SH.severity))


def test_a_group_with_a_target_states_no_constraint_of_its_own() -> None:
    for group in GROUPS:
        assert not COMPONENTS & set(SHAPES.predicates(group)), group


@pytest.mark.parametrize("rule", [r for r in RULES if (r, SH.sparql, None) in SHAPES], ids=local)
def test_a_query_is_one_that_both_engines_and_increments_can_run(rule: URIRef) -> None:
    constraint = SHAPES.value(rule, SH.sparql)
    text = str(SHAPES.value(constraint, SH.select))
    declared = SHAPES.objects(SHAPES.value(constraint, SH.prefixes), SH.declare)
    prefixes = "".join(
        f"PREFIX {SHAPES.value(one, SH.prefix)}: <{SHAPES.value(one, SH.namespace)}>\n"
        for one in declared
    )
    parseQuery(prefixes + text)
    assert re.match(r"SELECT (DISTINCT )?\$this \?value\nWHERE \{", text)
    assert not UNSAFE.search(text)


def test_no_pattern_nests_quantifiers() -> None:
    for pattern in SHAPES.objects(None, SH.pattern):
        re.compile(str(pattern))
        assert not NESTED_QUANTIFIER.search(str(pattern)), pattern


def test_blank_nodes_are_paths_and_lists_alone() -> None:
    path_terms = {SH.alternativePath, SH.inversePath, SH.zeroOrMorePath, RDF.first, RDF.rest}
    for subject, predicate, _ in SHAPES:
        if isinstance(subject, BNode):
            assert predicate in path_terms, predicate


def test_the_shapes_are_well_formed_by_the_shapes_for_shapes() -> None:
    conforms, _, text = pyshacl.validate(SHAPES, shacl_graph=read(SHACL_SHACL), inplace=True)
    assert conforms, text


def test_the_pack_only_adds_to_the_core() -> None:
    core, own = read(*CORE), read(*OWN)
    assert not {s for s in own.subjects() if isinstance(s, URIRef)} & set(core.subjects())
    assert not list(SHAPES.subject_objects(SH.deactivated))


def properties_of_classes() -> set[tuple[URIRef, URIRef]]:
    """Each class of the ontology, or used by it as it is, with each property it is said to have."""
    domains = (RDFS.domain, SCHEMA.domainIncludes)
    return {
        (kind, name)
        for domain in domains
        for name, kind in ONTOLOGY.subject_objects(domain)
        if isinstance(name, URIRef) and isinstance(kind, URIRef) and name.startswith(AP)
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    sorted(properties_of_classes()),
    ids=lambda term: str(term).rpartition("/")[2].rpartition("#")[2],
)
def test_every_property_of_a_class_has_a_rule(kind: URIRef, name: URIRef) -> None:
    """By the group of the class or of one above it, or by that of all that has the property."""
    kinds = [kind, *ONTOLOGY.transitive_objects(kind, RDFS.subClassOf)]
    groups = {g for one in kinds for g in SHAPES.subjects(SH.targetClass, one)}
    groups |= set(SHAPES.subjects(SH.targetSubjectsOf, name))
    paths = {
        SHAPES.value(rule, SH.path)
        for group in groups
        for rule in SHAPES.objects(group, SH.property)
    }
    assert name in paths


def test_each_property_has_its_place_on_sheets_and_forms() -> None:
    """The same order wherever it is ruled, and no other property's."""
    orders: dict[Node, set[Node | None]] = {}
    for rule, path in SHAPES.subject_objects(SH.path):
        if isinstance(rule, URIRef) and isinstance(path, URIRef):
            orders.setdefault(path, set()).add(SHAPES.value(rule, SH.order))
    places = [place for found in orders.values() for place in found]
    assert None not in places
    assert len(places) == len(set(places)) == len(orders)
