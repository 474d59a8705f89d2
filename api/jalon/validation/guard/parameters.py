"""Parameters with values that they cannot have: one engine passes over what another refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from rdflib import RDF, SH, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.validation.guard.naming import refused, shown
from jalon.validation.shapes import SHAPE_LISTS, SHAPE_VALUES, list_items

_NODE_KINDS = frozenset(
    {SH.IRI, SH.BlankNode, SH.Literal, SH.BlankNodeOrIRI, SH.BlankNodeOrLiteral, SH.IRIOrLiteral}
)


LONGEST_COUNT = 15
"""Digits of a count; an engine computes with 64 bits."""


def _is_iri(value: Node) -> bool:
    return isinstance(value, URIRef)


def _is_count(value: Node) -> bool:
    return (
        isinstance(value, Literal)
        and value.datatype == XSD.integer
        and str(value).removeprefix("+").isdecimal()
        and len(str(value)) <= LONGEST_COUNT
    )


def _is_boolean(value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype == XSD.boolean


def _is_literal(value: Node) -> bool:
    return isinstance(value, Literal)


def _is_message(value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype in {None, XSD.string, RDF.langString}


def _is_text(value: Node) -> bool:
    return isinstance(value, Literal) and value.datatype in {None, XSD.string}


def _is_node(value: Node) -> bool:
    return not isinstance(value, Literal)


def _is_filled(head: Node) -> bool:
    return head != RDF.nil


KINDS: Mapping[URIRef, Callable[[Node], bool]] = {
    **dict.fromkeys(
        (
            *(SH.minCount, SH.maxCount, SH.minLength, SH.maxLength),
            *(SH.qualifiedMinCount, SH.qualifiedMaxCount),
        ),
        _is_count,
    ),
    **dict.fromkeys(
        (SH.uniqueLang, SH.closed, SH.deactivated, SH.qualifiedValueShapesDisjoint), _is_boolean
    ),
    **dict.fromkeys(
        (SH.minExclusive, SH.minInclusive, SH.maxExclusive, SH.maxInclusive), _is_literal
    ),
    **dict.fromkeys((SH.pattern, SH.flags, SH.select, SH.ask, SH.prefix), _is_text),
    **dict.fromkeys(SHAPE_LISTS, _is_filled),
    SH.namespace: _is_literal,
    **dict.fromkeys(
        (
            *(SH["class"], SH.datatype, SH.severity, SH.equals, SH.disjoint),
            *(SH.lessThan, SH.lessThanOrEquals),
            *(SH.targetClass, SH.targetObjectsOf, SH.targetSubjectsOf),
        ),
        _is_iri,
    ),
    **dict.fromkeys((*SHAPE_VALUES, SH.sparql), _is_node),
    SH.message: _is_message,
    SH.nodeKind: _NODE_KINDS.__contains__,
}
"""What a value of each parameter must be (SHACL §4)."""

ITEMS: Mapping[URIRef, Callable[[Node], bool]] = {
    **dict.fromkeys(SHAPE_LISTS, _is_node),
    SH.languageIn: _is_text,
    SH.ignoredProperties: _is_iri,
}
"""What an item of each list must be."""

SINGLE = (
    *(SH.minCount, SH.maxCount, SH.minLength, SH.maxLength, SH.datatype, SH.nodeKind),
    *(SH.pattern, SH.flags, SH.path, SH["in"], SH.languageIn, SH.closed, SH.uniqueLang),
    *(SH.minExclusive, SH.minInclusive, SH.maxExclusive, SH.maxInclusive),
    *(SH.severity, SH.deactivated, SH.qualifiedValueShape, SH.ignoredProperties),
    *(SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.select, SH.ask),
)
"""Parameters that a shape has once at most."""


def check_parameters(graph: Graph) -> None:
    """Raises ShapesRefused for a parameter with a value of the wrong kind, or with several."""
    for subject, term, value, is_right in _values(graph):
        if not is_right(value):
            raise refused(graph, subject, "value", found=shown(value), term=_local(term))
    for term in SINGLE:
        times = Counter(graph.subjects(term))
        for subject in (each for each, number in times.items() if number > 1):
            raise refused(graph, subject, "several", term=_local(term))


def _values(graph: Graph) -> Iterator[tuple[Node, URIRef, Node, Callable[[Node], bool]]]:
    """Each value and each item of a list, whose it is, its parameter, and what it must be."""
    for term, is_right in KINDS.items():
        for subject, value in graph.subject_objects(term):
            yield subject, term, value, is_right
    for term, is_right in ITEMS.items():
        for subject, head in graph.subject_objects(term):
            for item in list_items(graph, head):
                yield subject, term, item, is_right


def _local(term: URIRef) -> str:
    return term.removeprefix(str(SH))
