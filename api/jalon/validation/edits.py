"""What a write of documents to one graph comes to. Runs where it can be killed."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal as Choice

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from jalon.errors import RdfRefused
from jalon.ledger.commits import ChangeSet
from jalon.validation.documents import Document, Said, read_document

JSON_LD = "application/ld+json"
SHOWN_CHARACTERS = 200

SPARQL_UPDATE = "application/sparql-update"

Kind = Choice["add", "replace", "remove", "update", "change"]
"""Triples are added to what the graph holds, take its place, or it holds none any more; or what
happens is said by an update, of any graphs; or quad by quad, of any graphs, by ourselves."""

Graph = NamedNode | DefaultGraph

_SCRIPT = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')


@dataclass(frozen=True, slots=True)
class Edit:
    """A write to one graph: with which documents, and none to remove it; or one update.

    ``graph`` is an absolute IRI, or None for the unnamed graph; for an update, it is what the
    update says of no graph; for a change, it says nothing. ``default_graphs`` and ``named_graphs``,
    absolute IRIs, are the dataset that an update looks at.
    """

    kind: Kind
    graph: str | None
    documents: tuple[Document, ...] = ()
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit of a release comes to.

    ``change`` adds every line that the documents say, in their exact forms; what it removes is
    written as the release writes it. ``existed``: the graph held something. ``said`` is what the
    documents say, to be examined.
    """

    change: ChangeSet
    existed: bool
    said: Said


def edited(edit: Edit, base: str, store: Store) -> Edited:
    """What an edit comes to in a release, of the pack with this base.

    Raises as read_document, and RdfRefused for an IRI that browsers would run or that shows as
    another than it is.
    """
    if edit.kind == "change":
        return _changed(edit)
    graph = NamedNode(edit.graph) if edit.graph else DefaultGraph()
    quads, prefixes = _read(edit, graph, base)
    existed = next(store.quads_for_pattern(None, None, None, graph), None) is not None
    removed = () if edit.kind == "add" else tuple(_given_up(store, graph, quads))
    change = ChangeSet.of(_lines(quads), _lines(removed))
    return Edited(change, existed, Said.of(quads, prefixes, removed))


def _changed(edit: Edit) -> Edited:
    """A change that stands in its two documents, which are ours: what it adds, what it removes."""
    change = ChangeSet(*(document.content for document in edit.documents))
    adds, removes = (
        tuple(parse(lines, RdfFormat.N_QUADS)) for lines in (change.adds, change.removes)
    )
    things = frozenset(quad.subject for quad in (*adds, *removes))
    return Edited(change, existed=True, said=Said(adds, {}, frozenset(removes), things))


def _read(edit: Edit, graph: Graph, base: str) -> tuple[list[Quad], dict[str, str]]:
    """The quads of an edit's documents, all in its graph, their blank nodes named for good.

    With the prefixes that they were written with.
    """
    prefixes: dict[str, str] = {}
    quads: list[Quad] = []
    for number, document in enumerate(edit.documents):
        check_json(document)
        parsed = read_document(document, edit.graph or base)
        check_terms(parsed.quads, document)
        prefixes.update(parsed.prefixes)
        quads += _named(parsed.quads, graph, f"{_digest(document, graph)}x{number}")
    return quads, prefixes


def _digest(document: Document, graph: Graph) -> str:
    digest = hashlib.sha256(f"{graph}\n{document.media_type}\n".encode())
    digest.update(document.content)
    return digest.hexdigest()[:32]


def _named(quads: Iterable[Quad], graph: Graph, name: str) -> Iterator[Quad]:
    """The quads in a graph, their blank nodes named after the document, in order of appearance.

    The same document for the same graph gives the same names, so that sending it again changes
    nothing; no other document gives them, whatever names it writes.
    """
    names: dict[BlankNode, BlankNode] = {}
    numbers = itertools.count()

    def renamed(node: BlankNode) -> BlankNode:
        if node not in names:
            names[node] = BlankNode(f"b{name}n{next(numbers)}")
        return names[node]

    for quad in quads:
        subject, value = quad.subject, quad.object
        yield Quad(
            renamed(subject) if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            renamed(value) if isinstance(value, BlankNode) else value,
            graph,
        )


def _given_up(store: Store, graph: Graph, quads: Iterable[Quad]) -> Iterator[Quad]:
    """The quads of a graph that are not among these, as an index keeps them.

    It writes literals its own way.
    """
    kept = Store()
    kept.extend(quads)
    said = set(kept)
    for quad in store.quads_for_pattern(None, None, None, graph):
        if quad not in said:
            yield quad


def _lines(quads: Iterable[Quad]) -> Iterator[bytes]:
    for quad in quads:
        yield f"{quad} .".encode()


def is_taken(iri: str) -> bool:
    """Whether an IRI may be written: no script, nothing that turns the direction of text around.

    Pages lead to IRIs, and a browser would run the former. RFC 3987 §4.1 forbids the latter: such
    an IRI shows as another than it is.
    """
    return not (_SCRIPT.match(iri) or _DIRECTION.search(iri))


def check_terms(quads: Iterable[Quad], document: Document) -> None:
    """Raises RdfRefused for an IRI that may not be written, and for what is RDF 1.2 alone."""
    quads = tuple(quads)
    for quad in quads:
        term = quad.object
        if isinstance(term, Triple) or (isinstance(term, Literal) and term.direction is not None):
            raise RdfRefused(variant="triple-term", part=document.part)
    for iri in {iri for quad in quads for iri in _iris(quad)}:
        if not is_taken(iri):
            raise _iri_refused(iri, document)


def _iris(quad: Quad) -> Iterator[str]:
    for term in (quad.subject, quad.predicate, quad.object):
        if isinstance(term, NamedNode):
            yield term.value
        elif isinstance(term, Literal):
            yield term.datatype.value


def check_json(document: Document) -> None:
    """Raises RdfRefused for an @id or @type with what no IRI holds.

    JSON-LD leaves such a thing out without a word (JSON-LD 1.1 API §8.1). Who writes wants to know.
    """
    if document.media_type != JSON_LD:
        return

    def look(pairs: list[tuple[str, object]]) -> None:
        for name, value in pairs:
            for each in value if isinstance(value, list) else [value]:
                if name in {"@id", "@type"} and isinstance(each, str) and _NO_IRI.search(each):
                    raise _iri_refused(each, document)

    try:
        json.loads(document.content, object_pairs_hook=look)
    except (ValueError, RecursionError):
        # Who reads it says where it is wrong.
        return


def _iri_refused(iri: str, document: Document) -> RdfRefused:
    shown = iri.encode("unicode_escape").decode("ascii")
    return RdfRefused(variant="iri", part=document.part, found=shown[:SHOWN_CHARACTERS])
