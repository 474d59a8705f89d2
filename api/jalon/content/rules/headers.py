"""Rules about headers: every file says what it is, in which version, under which licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import DCTERMS, OWL, RDF, SKOS, Literal, URIRef
from rdflib.term import Node

from jalon.content.findings import Hit
from jalon.content.material import Material, kind_of
from jalon.content.pack import PackFile
from jalon.errors import LANGUAGES

_BOTH = LANGUAGES
_ANY: tuple[str, ...] = ()
_ONTOLOGY: Mapping[URIRef, tuple[str, ...]] = {
    OWL.versionIRI: _ANY,
    OWL.versionInfo: _ANY,
    DCTERMS.title: _BOTH,
    DCTERMS.description: _BOTH,
    DCTERMS.modified: _ANY,
    DCTERMS.license: _ANY,
}
_DATA: Mapping[URIRef, tuple[str, ...]] = {
    DCTERMS.license: _ANY,
    DCTERMS.source: _ANY,
    DCTERMS.created: _ANY,
    DCTERMS.title: _BOTH,
}
_FIRST_VERSION = "1.0.0"


def ontology_headers(material: Material) -> Iterator[Hit]:
    """Ontology and shapes files without one complete owl:Ontology header."""
    for file in _of_kind(material, "ontology", "shapes"):
        headers = list(file.triples.subjects(RDF.type, OWL.Ontology))
        if len(headers) != 1:
            yield Hit(file.name, f"owl:Ontology ({len(headers)})", (file.name,))
            continue
        yield from _lacking(material, file, headers[0], _ONTOLOGY)
        version = file.triples.value(headers[0], OWL.versionInfo)
        if str(version) != _FIRST_VERSION:
            yield from _lacking(material, file, headers[0], {OWL.priorVersion: _ANY})


def versions(material: Material) -> Iterator[Hit]:
    """Ontology and shapes files whose version is not that of their layer's manifest."""
    pack = material.pack
    for file in _of_kind(material, "ontology", "shapes"):
        version = pack.core.version if file.layer == pack.core.id else pack.manifest.version
        for header in file.triples.subjects(RDF.type, OWL.Ontology):
            for found in file.triples.objects(header, OWL.versionInfo):
                if str(found) != version:
                    yield Hit(material.short(str(header)), str(found), (file.name,))
            for found in file.triples.objects(header, OWL.versionIRI):
                if not str(found).endswith(f"/{version}"):
                    yield Hit(material.short(str(header)), str(found), (file.name,))


def data_headers(material: Material) -> Iterator[Hit]:
    """Data files that do not say of their graph its title, source, licence and date."""
    for file in _of_kind(material, "source", "editorial", "external"):
        yield from _lacking(material, file, URIRef(file.graph), _DATA)


def scheme_headers(material: Material) -> Iterator[Hit]:
    """Vocabulary files without one complete skos:ConceptScheme."""
    for file in _of_kind(material, "vocabulary"):
        schemes = list(file.triples.subjects(RDF.type, SKOS.ConceptScheme))
        if len(schemes) != 1:
            yield Hit(file.name, f"skos:ConceptScheme ({len(schemes)})", (file.name,))
            continue
        yield from _lacking(material, file, schemes[0], _DATA)


def _of_kind(material: Material, *kinds: str) -> Iterator[PackFile]:
    base = material.pack.manifest.base
    return (file for file in material.pack.files if kind_of(file.graph, base) in kinds)


def _lacking(
    material: Material, file: PackFile, header: Node, wanted: Mapping[URIRef, tuple[str, ...]]
) -> Iterator[Hit]:
    for name, languages in wanted.items():
        values = list(file.triples.objects(header, name))
        spoken = {value.language for value in values if isinstance(value, Literal)}
        missing = [f"@{language}" for language in languages if language not in spoken]
        if missing or not values:
            lacking = " ".join((material.short(str(name)), *missing))
            yield Hit(material.short(str(header)), lacking, (file.name,))
