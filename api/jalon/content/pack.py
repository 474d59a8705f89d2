"""A pack as it stands in its folder: the core layer first, then its own files, all of them read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.namespace import SH

from jalon.content.locate import CORE_MANIFEST, PACK_MANIFEST, find_core
from jalon.content.manifest import Manifest, read_manifest, satisfies
from jalon.content.turtle import lines_of, named_blank_nodes, read_turtle
from jalon.errors import ContentError, FileUnreadable, ManifestInvalid

PREFIX_TABLE = "ontology/prefixes.ttl"
_TURTLE_FOLDERS = ("ontology", "shapes", "data")


@dataclass(frozen=True, slots=True)
class PackFile:
    """One Turtle file: ``name`` is relative to its layer's root, ``graph`` an absolute IRI."""

    path: Path
    name: str
    graph: str
    triples: Graph
    layer: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A file and the graph that a manifest gives it."""

    path: Path
    name: str
    graph: str
    layer: str


@dataclass(frozen=True)
class Pack:
    """A pack: its manifests and its files, whose triples are read when they are first asked for.

    ``digest`` changes when a manifest or a Turtle file does; ``given`` are files read already.
    """

    root: Path
    manifest: Manifest
    core: Manifest
    placed: tuple[Placed, ...]
    queries: tuple[Path, ...]
    digest: str
    given: tuple[PackFile, ...] | None = None

    @cached_property
    def files(self) -> tuple[PackFile, ...]:
        """Every file with its triples. Raises FileUnreadable for the first that cannot be read."""
        if self.given is not None:
            return self.given
        return tuple(_read(place, number) for number, place in enumerate(self.placed))

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """The one table of prefixes: the core's, then those that the manifest adds."""
        if self.given is not None:
            tables = (file.triples for file in self.given if file.name == PREFIX_TABLE)
        else:
            paths = (place.path for place in self.placed if place.name == PREFIX_TABLE)
            tables = (read_turtle(path, PREFIX_TABLE) for path in paths)
        return {**declared_prefixes(next(tables, Graph())), **self.manifest.namespaces}

    def graph_iri(self, name: str) -> str:
        """The IRI of a graph from its name: ``graph/editorial``."""
        return self.manifest.base + name

    def own_files(self) -> tuple[PackFile, ...]:
        """The files that are not of the core layer."""
        return tuple(file for file in self.files if file.layer == self.manifest.id)

    def nquads(self) -> bytes:
        """Every asserted quad once, as sorted N-Quads: the same bytes for the same content."""
        quads = {
            f"{line} {URIRef(file.graph).n3()} .\n"
            for file in self.files
            for line in lines_of(file.triples)
        }
        return "".join(sorted(quads)).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Survey:
    """A pack as far as it can be read, and what is wrong with the files that cannot."""

    pack: Pack
    faults: tuple[ContentError, ...]


def read_pack(root: Path) -> Pack:
    """The pack in a folder, with the core layer it extends; its triples are read when asked for.

    Raises ManifestInvalid, also for a file that has no graph or two.
    """
    pack, faults = _found(root)
    for fault in faults:
        raise fault
    return pack


def survey_pack(root: Path) -> Survey:
    """As read_pack, but goes on after a file that cannot be read; a bad manifest still raises."""
    pack, faults = _found(root)
    files: list[PackFile] = []
    for place in pack.placed:
        try:
            files.append(_read(place, len(files)))
        except FileUnreadable as fault:
            faults.append(fault)
    return Survey(replace(pack, given=tuple(files)), tuple(faults))


def _found(root: Path) -> tuple[Pack, list[ContentError]]:
    core_root = _core_of(root)
    core = read_manifest(core_root / CORE_MANIFEST)
    manifest = read_manifest(root / PACK_MANIFEST)
    _require_core(root, manifest, core)
    placed, faults = place_files(root, manifest, core_root, core)
    pack = Pack(
        root=root,
        manifest=manifest,
        core=core,
        placed=tuple(placed),
        queries=tuple(sorted((root / "queries").rglob("*.rq"))),
        digest=_digest((core_root / CORE_MANIFEST, root / PACK_MANIFEST), placed),
    )
    return pack, faults


def _read(place: Placed, number: int) -> PackFile:
    """A file with its triples, its blank nodes named after its number."""
    triples = named_blank_nodes(read_turtle(place.path, place.name), f"f{number}")
    return PackFile(place.path, place.name, place.graph, triples, place.layer)


def read_prefixes(root: Path) -> dict[str, str]:
    """The one table of prefixes for a pack: the core's, then those that its manifest adds."""
    manifest = read_manifest(root / PACK_MANIFEST)
    path = _core_of(root) / PREFIX_TABLE
    return {**declared_prefixes(read_turtle(path, PREFIX_TABLE)), **manifest.namespaces}


def declared_prefixes(triples: Graph) -> dict[str, str]:
    """Prefix → namespace, of the sh:PrefixDeclarations of a graph."""
    return {
        str(prefix): str(triples.value(declaration, SH.namespace))
        for declaration, prefix in triples.subject_objects(SH.prefix)
    }


def turtle_files(root: Path) -> list[Path]:
    """Every Turtle file in the content folders of a pack, whether or not it has a graph."""
    return [path for folder in _TURTLE_FOLDERS for path in sorted((root / folder).rglob("*.ttl"))]


def place_files(
    root: Path, manifest: Manifest, core_root: Path, core: Manifest
) -> tuple[list[Placed], list[ContentError]]:
    """Every Turtle file of both layers with its graph, and the files that have none or two.

    Graph names of both layers resolve against the base of the pack.
    """
    placed = [*_matched(core_root, core, manifest.base), *_matched(root, manifest, manifest.base)]
    faults: list[ContentError] = []
    seen: dict[Path, Placed] = {}
    for place in placed:
        other = seen.setdefault(place.path, place)
        if other is not place:
            graphs = f"{other.graph}, {place.graph}"
            faults.append(_misplaced(place.name, f"2 ({graphs})"))
    for path in turtle_files(root):
        if path not in seen:
            name = path.relative_to(root).as_posix()
            faults.append(_misplaced(name, "0"))
    return list(seen.values()), faults


def _core_of(root: Path) -> Path:
    """The core layer of a pack: its own where the folder carries one, as ours does, else ours."""
    return root if (root / CORE_MANIFEST).is_file() else find_core()


def _matched(root: Path, manifest: Manifest, base: str) -> Iterator[Placed]:
    for graph, patterns in manifest.graphs.items():
        for pattern in patterns:
            for path in sorted(root.glob(pattern)):
                name = path.relative_to(root).as_posix()
                filled = graph.format(stem=path.stem, folder=path.parent.name)
                yield Placed(path, name, base + filled, manifest.id)


def _misplaced(name: str, graphs: str) -> ManifestInvalid:
    return ManifestInvalid(file=name, key="[graphs]", found=graphs, expected="1")


def _require_core(root: Path, manifest: Manifest, core: Manifest) -> None:
    if manifest.extends is None or not satisfies(core, manifest.extends):
        raise ManifestInvalid(
            file=str(root / PACK_MANIFEST),
            key="extends",
            found=str(manifest.extends),
            expected=f"{core.id}@^{core.version}",
        )


def _digest(manifests: tuple[Path, ...], placed: list[Placed]) -> str:
    total = hashlib.sha256()
    for path in manifests:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    for place in placed:
        for part in (place.name, place.graph):
            total.update(hashlib.sha256(part.encode("utf-8")).digest())
        total.update(hashlib.sha256(place.path.read_bytes()).digest())
    return total.hexdigest()
