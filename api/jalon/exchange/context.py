"""The JSON-LD context: short names for terms, generated from what declares and uses them.

One mechanism gives every name. A term of the core ontology has its local name. So has a term of
RDFS, SKOS and DCTERMS, unless one before it took the name; every other term is ``prefix:name``.
Names depend on no other data than the terms themselves, so that they last.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, XSD

from jalon.content.turtle import shortened
from jalon.terms import AP

BARE = tuple(str(namespace) for namespace in (AP, RDFS, SKOS, DCTERMS))
"""The namespaces whose terms go by their local names, the first of them first."""

KEYWORDS = {
    "graph": "@graph",
    "id": "@id",
    "included": "@included",
    "language": "@language",
    "list": "@list",
    "type": "@type",
    "usedBy": "@reverse",
    "value": "@value",
}
"""What JSON-LD's own words are called, so that nobody meets them."""

PLAIN = frozenset(map(str, (XSD.string, XSD.integer, XSD.boolean)))
"""Datatypes that JSON has itself."""

Definition = str | dict[str, str]
_LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that is known of a class or property; ``properties.rq`` lists the kinds."""

    term: str
    kind: str


@dataclass(frozen=True, slots=True)
class Context:
    """``definitions`` is what stands under ``@context``; ``names`` the term of each name."""

    definitions: Mapping[str, Definition]
    names: Mapping[str, str]


def context_of(traits: Iterable[Trait], prefixes: Mapping[str, str]) -> Context:
    """The context of all these terms, in the order of their names: the same for the same terms."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for trait in traits:
        kinds[trait.term].add(trait.kind)
    names = _names(kinds, prefixes)
    definitions: dict[str, Definition] = {}
    for name, term in sorted(names.items()):
        prefix = name.partition(":")[0]
        if prefix != name:
            definitions[prefix] = prefixes[prefix]
        definitions[name] = _definition(term, kinds[term])
    return Context({**KEYWORDS, **dict(sorted(definitions.items()))}, names)


def _names(kinds: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for term in sorted(kinds, key=_precedence):
        curie = shortened(term, prefixes)
        local = curie.partition(":")[2]
        if curie == term or not _LOCAL_NAME.fullmatch(local):
            continue
        bare = term.startswith(BARE) and local not in names and local not in KEYWORDS
        names[local if bare else curie] = term
    return names


def _precedence(term: str) -> tuple[int, str]:
    place = next((place for place, space in enumerate(BARE) if term.startswith(space)), len(BARE))
    return place, term


def _definition(term: str, kinds: set[str]) -> Definition:
    """How values of a term are written: a plain name, or one with a type and a container."""
    values = kinds - {str(SH.maxCount), str(RDF.List), str(RDF.Property), str(RDFS.Class)}
    if values == {str(RDFS.Resource)}:
        link = {"@id": term, "@type": "@vocab" if str(RDF.Property) in kinds else "@id"}
        single = str(SH.maxCount) in kinds and str(RDF.List) not in kinds
        return link if single else {**link, "@container": "@set"}
    if values == {str(RDF.langString)}:
        return {"@id": term, "@container": "@language"}
    if len(values) == 1 and not values & PLAIN:
        return {"@id": term, "@type": values.pop()}
    return term
