"""The useful triples of a graph that owlrl has closed; ``usefulness`` defines them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rdflib import OWL, RDF, BNode, Graph, URIRef
from rdflib.term import Node

from jalon.reasoning.usefulness import (
    BETWEEN_TERMS,
    KINDS_OF_TERMS,
    KINDS_OF_THINGS,
    LANGUAGES,
    PROPERTY,
)

Triple = tuple[Node, Node, Node]


def useful(closure: Graph, asserted: frozenset[Triple]) -> Iterator[Triple]:
    """The useful triples of a closure over these asserted triples, in no order."""
    schema = schema_terms(closure)
    for triple in closure:
        if triple not in asserted and _speaks_of_data(triple, schema):
            yield triple


def schema_terms(closure: Graph) -> frozenset[Node]:
    """The terms of the schema of a graph, declared or not."""
    return frozenset(
        chain(
            closure.predicates(),
            closure.objects(None, RDF.type),
            (thing for thing, kind in closure.subject_objects(RDF.type) if _is_kind(kind)),
            (
                term
                for relation in BETWEEN_TERMS
                for pair in closure.subject_objects(URIRef(relation))
                for term in pair
            ),
        )
    )


def _is_kind(kind: Node) -> bool:
    """Whether what has this type is a term of the schema."""
    name = str(kind)
    return name == PROPERTY or (name.startswith(KINDS_OF_TERMS) and name not in KINDS_OF_THINGS)


def _speaks_of_data(triple: Triple, schema: frozenset[Node]) -> bool:
    subject, predicate, value = triple
    if not isinstance(subject, URIRef) or subject in schema or isinstance(value, BNode):
        return False
    if predicate == OWL.sameAs:
        return isinstance(value, URIRef) and value != subject
    if predicate == RDF.type:
        return not str(value).startswith(LANGUAGES)
    return isinstance(predicate, URIRef)
