"""Reads RDF that came from outside, in the process that may be killed for it.

What a parser would suffer from is refused in front of it, in time linear in the document:
pyoxigraph 0.5.13 makes a literal of a gigabyte from 640 bytes of XML entities, and takes 4 GB for
10,000 nested JSON objects (measured).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal as Choice
from typing import Self

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from jalon.errors import RdfRefused, RdfSyntax

SYNTAXES: Mapping[str, RdfFormat] = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
"""The media types that are read, and what they mean."""

SUFFIXES: Mapping[str, str] = {
    ".ttl": "text/turtle",
    ".trig": "application/trig",
    ".nt": "application/n-triples",
    ".nq": "application/n-quads",
    ".jsonld": "application/ld+json",
    ".json": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".owl": "application/rdf+xml",
    ".xml": "application/rdf+xml",
}
"""The media type of a file by the end of its name."""

DEPTH = 100
"""How deep the brackets of a document may nest. JSON-LD written by hand nests a handful."""

Part = Choice["data", "shapes", "adds", "removes"]
"""What is checked, and by what; or what is submitted to be added, and to be taken away."""

_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""\A<\?xml[^>]*?\sencoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)
_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: | \(line \d+\)$")
_REMOTE = "LoadDocumentCallback"
_LATER_MARKS = (b"<<", b"{|", b"~", b"--")
"""Without one of these, Turtle has no triple terms and no directions of text (RDF 1.2)."""

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """What somebody sent: which part of the request it is, its bytes, its media type.

    ``name`` is what its file was called where it was sent; empty where nobody says.
    """

    part: Part
    content: bytes
    media_type: str
    name: str = ""

    @property
    def file_name(self) -> str:
        """What reports call it: its name, or one that shows what it is."""
        suffixes = (suffix for suffix, known in SUFFIXES.items() if known == self.media_type)
        return self.name or f"{self.part}{next(suffixes, '')}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The triples of a document, as quads of the default graph, and the prefixes it declares.

    Blank nodes have names that no other document has.
    """

    quads: tuple[Quad, ...]
    prefixes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A document that was read for a graph, and the triples it came to, in the parser's order.

    It is what leads from a result back to the place in the document.
    """

    document: Document
    graph: str
    quads: tuple[Quad, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Quads that somebody wants to be said, and the prefixes that they were written with.

    Those that are ``gone`` are not said any more; ``things`` are what it is all about.
    """

    quads: tuple[Quad, ...]
    prefixes: Mapping[str, str]
    gone: frozenset[Quad]
    things: frozenset[object]

    @classmethod
    def of(
        cls, quads: Iterable[Quad], prefixes: Mapping[str, str], gone: Iterable[Quad] = ()
    ) -> Self:
        """What is said about the subjects of these quads."""
        said = tuple(quads)
        return cls(said, prefixes, frozenset(gone), frozenset(quad.subject for quad in said))


def read_document(document: Document, graph: str) -> Parsed:
    """The triples of a document that is for a graph; relative IRIs resolve against the graph's.

    Raises RdfSyntax, with line and column where there is a place, and RdfRefused: a DOCTYPE, too
    deep nesting, a remote context, RDF 1.2, another graph than this, no triple at all.
    """
    _check_text(document)
    syntax = SYNTAXES[document.media_type]
    if syntax == RdfFormat.JSON_LD:
        _check_depth(document)
    if syntax == RdfFormat.RDF_XML:
        _check_xml(document)
    content = document.content.removeprefix(_MARK)
    try:
        reader = parse(content, syntax, base_iri=graph, rename_blank_nodes=True)
        if _is_confined(document):
            quads = tuple(reader)
        else:
            quads = tuple(_confined(quad, document, graph) for quad in reader)
        prefixes = dict(reader.prefixes)
    except SyntaxError as error:
        raise _syntax_error(document, error) from error
    if not quads:
        raise RdfRefused(variant="empty", part=document.part)
    return Parsed(quads, prefixes)


def _check_text(document: Document) -> None:
    """UTF-8 without NUL, which tells UTF-16 from it: nobody reads the bytes in another way."""
    fault = document.content.find(b"\x00")
    try:
        document.content.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = error.start
    if fault >= 0:
        place = _place(document.content, fault)
        raise RdfSyntax(variant="encoding", part=document.part, **place)


def _check_depth(document: Document) -> None:
    depth = 0
    for match in _BRACKET.finditer(document.content):
        mark = match.group()
        if mark in b"[{":
            depth += 1
            if depth > DEPTH:
                place = _place(document.content, match.start())
                raise RdfRefused(variant="depth", part=document.part, limit=DEPTH, **place)
        elif mark in b"]}":
            depth -= 1


def _check_xml(document: Document) -> None:
    """No entities, and no second reading of the same bytes in another encoding."""
    match = _DOCTYPE.search(document.content)
    if match is not None:
        place = _place(document.content, match.start())
        raise RdfRefused(variant="doctype", part=document.part, **place)
    if _XML_ENCODING.match(document.content.removeprefix(_MARK)):
        raise RdfSyntax(variant="encoding", part=document.part, line=1, column=1)


def _is_confined(document: Document) -> bool:
    """Whether a document can hold but RDF 1.1 of the default graph, as nearly all do.

    To look at each term of what was read takes longer than reading it (measured: seven times).
    """
    is_one_graph = SYNTAXES[document.media_type] in (RdfFormat.TURTLE, RdfFormat.N_TRIPLES)
    return is_one_graph and not any(mark in document.content for mark in _LATER_MARKS)


def _confined(quad: Quad, document: Document, graph: str) -> Quad:
    for term in (quad.subject, quad.object):
        if isinstance(term, Triple) or (isinstance(term, Literal) and term.direction is not None):
            raise RdfRefused(variant="triple-term", part=document.part)
    name = quad.graph_name
    if not isinstance(name, DefaultGraph) and name != NamedNode(graph):
        found = str(getattr(name, "value", name))[:200]
        raise RdfRefused(variant="graph", part=document.part, found=found, graph=graph)
    return Quad(quad.subject, quad.predicate, quad.object, DefaultGraph())


def _syntax_error(document: Document, error: SyntaxError) -> RdfSyntax | RdfRefused:
    reason = _PLACE.sub("", str(error.msg))
    if _REMOTE in reason:
        return RdfRefused(variant="context", part=document.part)
    syntax = SYNTAXES[document.media_type].name
    # A parser repeats what it has met, also what would do something to a terminal.
    plain = " ".join(reason.split())
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in plain)
    said = {"part": document.part, "syntax": syntax, "reason": shown[:200]}
    if error.lineno is None:
        return RdfSyntax(variant="unplaced", **said)
    return RdfSyntax(line=error.lineno, column=error.offset or 1, **said)


def _place(content: bytes, offset: int) -> dict[str, int]:
    """Line and column of a byte, the column in characters."""
    start = content.rfind(b"\n", 0, offset) + 1
    column = len(content[start:offset].decode("utf-8", "replace")) + 1
    return {"line": content.count(b"\n", 0, offset) + 1, "column": column}
