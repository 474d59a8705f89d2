"""Which triples are useful: what they say of data, without what they say of their own terms.

A triple that follows is useful when it is not asserted, and

- its subject is an IRI of the data: no literal, no blank node, no term of the schema;
- its object is no blank node, so that no anonymous class is a type;
- it is no owl:sameAs of a thing with itself or with a literal;
- it gives no type of the vocabularies rdf, rdfs, owl and xsd.

A term of the schema is a class, property, datatype, ontology or axiom, declared or not. A type in
the namespace of owl or rdfs, or rdf:Property, makes one; so does being used as one: as predicate,
as type, or on either side of a relation between terms.
"""

from __future__ import annotations

VERSION = 1
"""Changes when the definition does."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"

LANGUAGES = (RDF, RDFS, OWL, XSD)
"""The vocabularies whose types are not useful."""

PROPERTY = f"{RDF}Property"
KINDS_OF_TERMS = (OWL, RDFS)
"""How types begin that make a term of the schema, beside PROPERTY …"""

KINDS_OF_THINGS = frozenset(
    {f"{OWL}Thing", f"{OWL}Nothing", f"{OWL}NamedIndividual", f"{RDFS}Resource"}
)
"""… but for these."""

BETWEEN_TERMS = (
    *(f"{RDFS}{name}" for name in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(f"{OWL}{name}" for name in ("equivalentClass", "equivalentProperty")),
    *(f"{OWL}{name}" for name in ("disjointWith", "inverseOf")),
)
"""The relations between terms."""
