"""Rules about files: that they can be read, are laid out, and declare each thing once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rdflib import OWL, RDF, RDFS, SH, SKOS, URIRef

from jalon.content.findings import Hit
from jalon.content.layout import formatted
from jalon.content.material import Material, kind_of
from jalon.errors import FileUnreadable, ManifestInvalid

_DECLARING = frozenset(
    (
        *(OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty),
        *(OWL.Ontology, RDFS.Class, RDF.Property, SKOS.ConceptScheme, SKOS.Concept),
        *(SH.NodeShape, SH.PropertyShape),
    )
)
_DECLARING_KINDS = frozenset(("ontology", "shapes", "vocabulary"))


def readable(material: Material) -> Iterator[Hit]:
    """Files that cannot be read or parsed."""
    for fault in material.faults:
        if isinstance(fault, FileUnreadable):
            name = str(fault.details["file"])
            line = int(fault.details["line"])
            yield Hit(name, str(fault.details["reason"]), (name,), line)


def in_one_graph(material: Material) -> Iterator[Hit]:
    """Turtle files that the manifests give no graph, or several."""
    for fault in material.faults:
        if isinstance(fault, ManifestInvalid):
            name = str(fault.details["file"])
            yield Hit(name, str(fault.details["found"]), (name,))


def layout(material: Material) -> Iterator[Hit]:
    """Files whose text is not what the formatter writes, with the first line that differs."""
    for file in material.pack.files:
        text = file.path.read_text(encoding="utf-8")
        try:
            laid_out = formatted(text, material.pack.prefixes, file.name)
        except FileUnreadable as fault:
            yield Hit(file.name, str(fault.details["reason"]), (file.name,))
            continue
        if text != laid_out:
            yield Hit(file.name, "", (file.name,), _first_difference(text, laid_out))


def prefixes(material: Material) -> Iterator[Hit]:
    """Prefixes that a file declares otherwise than the one table does."""
    for file in material.pack.files:
        for prefix, namespace in sorted(file.triples.namespaces()):
            if material.pack.prefixes.get(prefix) != str(namespace):
                yield Hit(f"{prefix}:", str(namespace), (file.name,))


def declared_once(material: Material) -> Iterator[Hit]:
    """Terms, schemes, concepts and shapes that two files declare; data may repeat a type."""
    declared: dict[URIRef, set[str]] = defaultdict(set)
    for file in material.pack.files:
        if kind_of(file.graph, material.pack.manifest.base) not in _DECLARING_KINDS:
            continue
        for subject, kind in file.triples.subject_objects(RDF.type):
            if kind in _DECLARING and isinstance(subject, URIRef):
                declared[subject].add(file.name)
    for subject, names in sorted(declared.items()):
        if len(names) > 1:
            files = tuple(sorted(names))
            yield Hit(material.short(str(subject)), ", ".join(files), files)


def core_kept(material: Material) -> Iterator[Hit]:
    """Terms of the core of which a file of the pack says something more."""
    pack = material.pack
    core_terms = {
        subject
        for file in pack.files
        if file.layer == pack.core.id
        for subject in file.triples.subjects(RDF.type)
        if str(subject).startswith(f"{pack.core.base}def#")
    }
    for file in pack.own_files():
        for subject in sorted(map(str, core_terms.intersection(file.triples.subjects()))):
            yield Hit(material.short(subject), "", (file.name,))


def _first_difference(text: str, laid_out: str) -> int:
    lines = text.split("\n")
    wanted = laid_out.split("\n")
    pairs = enumerate(zip(lines, wanted, strict=False), start=1)
    return next((number for number, (a, b) in pairs if a != b), min(len(lines), len(wanted)) + 1)
