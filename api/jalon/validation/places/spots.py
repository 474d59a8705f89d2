"""Terms with the part of a text that they are written in, and triples of such terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from jalon.validation.port import Term

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[^/.]++|\.|/(?!\.))*+")
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')


class UnreadError(Exception):
    """A document is not what the readers of this package understand: it is read no further."""


class Spot(NamedTuple):
    """A term and where it is written: from ``start`` to before ``end``, in characters.

    Blank nodes have names of the reader's own.
    """

    term: Term
    start: int
    end: int


class Placed(NamedTuple):
    """A triple and where its terms are written."""

    subject: Spot
    predicate: Spot
    object: Spot


class Reader(Protocol):
    """Reads the triples of a text that an RDF parser has taken, in any order.

    ``base`` is what relative IRIs resolve against. Raises UnreadError where it does not understand.
    """

    def __call__(self, text: str, base: str) -> Iterator[Placed | Spot]:
        """The triples, each where it is written, and where else nodes are described."""


def resolved(iri: str, base: str) -> str:
    """An IRI as the parser resolves it against a base. Raises UnreadError for what is none."""
    if _NO_IRI.search(iri):
        raise UnreadError
    if _ABSOLUTE.fullmatch(iri):
        return iri
    line = f"<{iri}> <x:p> <x:o> .".encode()
    try:
        subject = next(iter(parse(line, RdfFormat.TURTLE, base_iri=base))).subject
    except SyntaxError as error:
        raise UnreadError from error
    return str(getattr(subject, "value", ""))


def named(iri: str) -> NamedNode:
    """The node with an IRI. Raises UnreadError for what is none."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise UnreadError from error


def tagged(text: str, language: str) -> Literal:
    """A text in a language. Raises UnreadError for what is no language tag."""
    try:
        return Literal(text, language=language)
    except ValueError as error:
        raise UnreadError from error


class Blanks:
    """Blank nodes of one document: one for each label, and new ones without."""

    def __init__(self) -> None:
        self._labelled: dict[str, BlankNode] = {}
        self._made = 0

    def new(self) -> BlankNode:
        """A node that no other is."""
        self._made += 1
        return BlankNode(f"p{self._made}")

    def labelled(self, label: str) -> BlankNode:
        """The node that a label names."""
        if label not in self._labelled:
            self._labelled[label] = self.new()
        return self._labelled[label]
