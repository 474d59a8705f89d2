"""Whether a source document still says what the pack cites: passages compared by their digests."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, Graph
from rdflib.term import Node

from jalon.content.pack import Pack
from jalon.content.passages import digest, passage
from jalon.errors import SourceUnknown, SourceUnreadable
from jalon.terms import AP

MAX_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Citation:
    """One citation: the passage it names and the things that rest on it, as absolute IRIs."""

    iri: str
    document: str
    locator: str
    digest: str
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A source document as the pack knows it."""

    iri: str
    file_name: str
    digest: str

    @property
    def local_id(self) -> str:
        """The last segment of its IRI: ``dap-overview``."""
        return self.iri.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Difference:
    """A citation whose passage is not what it was.

    ``found`` is the digest of what stands there now, None where there is no such place;
    ``moved_to`` names a line on which the cited passage stands now, None where it is nowhere.
    """

    citation: Citation
    found: str | None
    moved_to: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The comparison of one file; ``same_file`` tells whether the whole file is as recorded."""

    document: Document
    same_file: bool
    file_digest: str
    matching: tuple[Citation, ...]
    differing: tuple[Difference, ...]


def verify_source(pack: Pack, path: Path, document_id: str | None = None) -> Verification:
    """Compares a file with every citation of its document, in the order of their locators' text.

    The document is the one named (local id or IRI), else the one with this file name, else the one
    with this digest. Raises SourceUnreadable or SourceUnknown.
    """
    content = _read(path)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise SourceUnreadable(file=str(path), reason=str(exc)) from exc
    if "\0" in text:
        raise SourceUnreadable(file=str(path), reason="\\0")
    file_digest = hashlib.sha256(content).hexdigest()
    document = _document(pack, path.name, file_digest, document_id)
    citations = [found for found in citations_of(pack) if found.document == document.iri]
    lines = {digest(line): f"L{number}" for number, line in enumerate(text.split("\n"), start=1)}
    matching, differing = [], []
    for citation in sorted(citations, key=lambda found: (found.locator, found.iri)):
        now = passage(text, citation.locator)
        found = None if now is None else digest(now)
        if found == citation.digest:
            matching.append(citation)
        else:
            differing.append(Difference(citation, found, lines.get(citation.digest)))
    same_file = file_digest == document.digest
    return Verification(document, same_file, file_digest, tuple(matching), tuple(differing))


def documents_of(pack: Pack) -> tuple[Document, ...]:
    """The documents that have a file name or a digest, by IRI."""
    found: dict[str, dict[Node, str]] = defaultdict(dict)
    for file in pack.files:
        for document in file.triples.subjects(RDF.type, AP.Document):
            for name in (AP.sourceFileName, AP.fileDigest):
                for value in file.triples.objects(document, name):
                    found[str(document)][name] = str(value)
    return tuple(
        Document(iri, said.get(AP.sourceFileName, ""), said.get(AP.fileDigest, ""))
        for iri, said in sorted(found.items())
    )


def citations_of(pack: Pack) -> tuple[Citation, ...]:
    """Every citation that has a passage digest, with what rests on it in its own graph."""
    graphs: dict[str, Graph] = defaultdict(Graph)
    for file in pack.files:
        if (None, AP.citation, None) in file.triples or (None, AP.locator, None) in file.triples:
            graphs[file.graph] += file.triples
    return tuple(
        Citation(
            iri=str(citation),
            document=str(graph.value(citation, AP.document)),
            locator=str(graph.value(citation, AP.locator)),
            digest=str(quote),
            things=tuple(sorted(map(str, graph.subjects(AP.citation, citation)))),
        )
        for graph in graphs.values()
        for citation, quote in graph.subject_objects(AP.quoteDigest)
    )


def _read(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(file=str(path), reason=f"> {MAX_BYTES} B")
        return path.read_bytes()
    except OSError as exc:
        raise SourceUnreadable(file=str(path), reason=exc.strerror or str(exc)) from exc


def _document(pack: Pack, file_name: str, file_digest: str, wanted: str | None) -> Document:
    documents = documents_of(pack)
    if wanted is not None:
        fitting = [found for found in documents if wanted in (found.iri, found.local_id)]
    else:
        fitting = [found for found in documents if found.file_name == file_name]
        fitting += [found for found in documents if found.digest == file_digest]
    if not fitting:
        known = ", ".join(document.local_id for document in documents)
        raise SourceUnknown(name=wanted or file_name, known=known)
    return fitting[0]
