"""The useful subset of a closure: what it says of data, without what it says of its own terms.

A triple of the closure is useful when it is not asserted, and

- its subject is an IRI of the data: no literal, no blank node, no term of the schema;
- its object is no blank node, so that no anonymous class is a type;
- it is no owl:sameAs of a thing with itself or with a literal;
- it gives no type of the vocabularies rdf, rdfs, owl and xsd.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, URIRef
from rdflib.term import Node

VERSION = 1
"""Changes when the definition does."""

Triple = tuple[Node, Node, Node]

_LANGUAGES = tuple(str(namespace) for namespace in (RDF, RDFS, OWL, XSD))
_KINDS_OF_THINGS = frozenset((OWL.Thing, OWL.Nothing, OWL.NamedIndividual, RDFS.Resource))
_BETWEEN_TERMS = (
    *(RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range),
    *(OWL.equivalentClass, OWL.equivalentProperty, OWL.disjointWith, OWL.inverseOf),
)


def useful(closure: Graph, asserted: frozenset[Triple]) -> Iterator[Triple]:
    """The useful triples of a closure over these asserted triples, in no order."""
    schema = schema_terms(closure)
    for triple in closure:
        if triple not in asserted and _speaks_of_data(triple, schema):
            yield triple


def schema_terms(closure: Graph) -> frozenset[Node]:
    """The classes, properties, datatypes, ontologies and axioms of a graph, declared or not.

    A type in the namespace of owl or rdfs, or rdf:Property, makes a term of the schema; so does
    being used as one: as predicate, as type, or on either side of a relation between terms.
    """
    return frozenset(
        chain(
            closure.predicates(),
            closure.objects(None, RDF.type),
            (thing for thing, kind in closure.subject_objects(RDF.type) if _is_kind(kind)),
            (
                term
                for relation in _BETWEEN_TERMS
                for pair in closure.subject_objects(relation)
                for term in pair
            ),
        )
    )


def _is_kind(kind: Node) -> bool:
    """Whether what has this type is a term of the schema."""
    if kind in _KINDS_OF_THINGS:
        return False
    return kind == RDF.Property or str(kind).startswith((str(OWL), str(RDFS)))


def _speaks_of_data(triple: Triple, schema: frozenset[Node]) -> bool:
    subject, predicate, value = triple
    if not isinstance(subject, URIRef) or subject in schema or isinstance(value, BNode):
        return False
    if predicate == OWL.sameAs:
        return isinstance(value, URIRef) and value != subject
    if predicate == RDF.type:
        return not str(value).startswith(_LANGUAGES)
    return isinstance(predicate, URIRef)
