"""What a pack publishes beside its data: its IRIs, its prefixes, and the documents of its terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rdflib import OWL, RDF, Graph, URIRef

from jalon.content.pack import Pack, PackFile
from jalon.terms import ONTOLOGY_GRAPH, SHAPES_GRAPH

WHOLES = {"def": ONTOLOGY_GRAPH, "shapes": SHAPES_GRAPH}
"""The documents that hold all terms and all shapes, and the graphs these stand in."""


@dataclass(frozen=True, slots=True)
class Module:
    """One document about terms or shapes: its IRI and what it says."""

    iri: str
    triples: Graph


@dataclass(frozen=True, slots=True)
class Publication:
    """A pack as it is published; paths are those of IRIs below one of its bases.

    ``digest`` names the content. ``bases`` are the pack's own and that of the core layer, whose
    terms and concepts are there in every pack. ``wholes`` has the path in WHOLES for that path and
    for its version; ``modules`` each document about some terms or shapes, by its path and by that
    of its version; ``homes`` the path of the document that declares what is at a path.
    """

    digest: str
    bases: tuple[str, ...]
    titles: Mapping[str, str]
    prefixes: Mapping[str, str]
    wholes: Mapping[str, str] = field(default_factory=lambda: {path: path for path in WHOLES})
    modules: Mapping[str, Module] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)


def publication_of(pack: Pack) -> Publication:
    """What a pack publishes, found in its files."""
    bases = tuple(dict.fromkeys((pack.manifest.base, pack.core.base)))
    wholes = {path: path for path in WHOLES}
    modules: dict[str, Module] = {}
    homes: dict[str, str] = {}
    graphs = {pack.graph_iri(name): path for path, name in WHOLES.items()}
    for file in pack.files:
        if file.graph not in graphs:
            continue
        home = graphs[file.graph]
        for header, version in _headers(file, bases):
            if header in WHOLES:
                wholes[version] = header
            else:
                iri = next(base + header for base in bases if _says(file, base + header))
                modules[header] = modules[version] = Module(iri, file.triples)
                home = header
        for subject in set(file.triples.subjects()):
            path = _path(subject, bases)
            if path.startswith(f"{graphs[file.graph]}/"):
                homes[path] = home
    return Publication(
        digest=pack.digest,
        bases=bases,
        titles=pack.manifest.title,
        prefixes=pack.prefixes,
        wholes=wholes,
        modules=modules,
        homes=homes,
    )


def _headers(file: PackFile, bases: tuple[str, ...]) -> list[tuple[str, str]]:
    """The paths of the ontologies that a file declares, each with that of its version."""
    return [
        (_path(header, bases), _path(file.triples.value(header, OWL.versionIRI) or header, bases))
        for header in file.triples.subjects(RDF.type, OWL.Ontology)
    ]


def _says(file: PackFile, iri: str) -> bool:
    return (URIRef(iri), RDF.type, OWL.Ontology) in file.triples


def _path(iri: object, bases: tuple[str, ...]) -> str:
    """The path of an IRI below a base; empty where it is below none."""
    if not isinstance(iri, URIRef):
        return ""
    return next((iri.removeprefix(base) for base in bases if iri.startswith(base)), "")
