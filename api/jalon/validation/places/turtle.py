"""Reads Turtle, TriG, N-Triples and N-Quads for where their triples are written.

Without recursion, so that no nesting is too deep, and in time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode
from rdflib import RDF, XSD

from jalon.validation.places.spots import (
    Blanks,
    Placed,
    Spot,
    UnreadError,
    named,
    resolved,
    tagged,
)
from jalon.validation.places.turtle_tokens import Token, string_value, tokens, unescaped
from jalon.validation.port import Term

_TYPE, _FIRST, _REST, _NIL = (
    NamedNode(str(RDF[name])) for name in ("type", "first", "rest", "nil")
)
_NUMBERS = (
    (re.compile(r"[+\-]?[0-9]++"), NamedNode(str(XSD.integer))),
    (re.compile(r"[^eE]++"), NamedNode(str(XSD.decimal))),
    (re.compile(r".++"), NamedNode(str(XSD.double))),
)
_BOOLEAN = NamedNode(str(XSD.boolean))
_TERMS = frozenset({"iri", "name", "blank", "number"})
"""The kinds of tokens that are terms by themselves."""

_DIRECTIVES = frozenset({"prefix", "base", "version"})


def turtle_triples(text: str, base: str) -> Iterator[Placed]:
    """The triples of a Turtle or TriG text, each where it is written; see Reader."""
    return _Reading(base).triples(tokens(text))


def line_triples(text: str, base: str) -> Iterator[Placed]:
    """The triples of an N-Triples or N-Quads text, each where it is written; see Reader.

    Whatever graph a quad is of.
    """
    return _Reading(base, graphs_follow=True).triples(tokens(text))


@dataclass(slots=True)
class _Frame:
    """What is being read: a statement, what stands in brackets, or a collection."""

    closing: str
    opened: Token | None = None
    subject: Spot | None = None
    predicate: Spot | None = None
    filled: bool = False
    """The statement has an object, and may have no other without a comma."""
    head: Spot | None = None
    """The first cell of a collection; its last one is the subject."""


class _Reading:
    """One run over a text."""

    def __init__(self, base: str, *, graphs_follow: bool = False) -> None:
        self._terms = _Terms(base)
        self._graphs_follow = graphs_follow
        self._frames = [_Frame(".")]
        self._placed: list[Placed] = []

    def triples(self, found: Iterator[Token]) -> Iterator[Placed]:
        """The triples, each when it is complete."""
        waiting: Token | None = next(found, None)
        while waiting is not None:
            token = waiting
            waiting = next(found, None)
            if token.kind in _TERMS:
                self._take(Spot(self._terms.term(token), token.start, token.end))
            elif token.kind == "string":
                literal, waiting = self._terms.literal(token, waiting, found)
                self._take(literal)
            elif self._is_directive(token, waiting):
                waiting = self._terms.directed(token, waiting, found)
            elif token.kind == "mark":
                self._mark(token)
            elif not self._is_graph_word(token):
                self._take(Spot(self._terms.term(token), token.start, token.end))
            if self._placed:
                yield from self._placed
                self._placed.clear()

    def _is_directive(self, token: Token, after: Token | None) -> bool:
        """``@prefix``, or ``PREFIX`` at the start of a statement, which no term may be."""
        if token.kind == "at":
            return True
        if token.kind != "word" or after is None or self._frames[-1].subject is not None:
            return False
        return len(self._frames) == 1 and token.text.lower() in _DIRECTIVES

    def _is_graph_word(self, token: Token) -> bool:
        frame = self._frames[-1]
        return token.kind == "word" and frame.subject is None and token.text.lower() == "graph"

    def _mark(self, token: Token) -> None:
        frame = self._frames[-1]
        if token.text in ("[", "("):
            node = Spot(self._terms.blanks.new(), token.start, token.end)
            closing = "]" if token.text == "[" else ")"
            self._frames.append(_Frame(closing, token, node if closing == "]" else None))
        elif token.text in ("]", ")") and token.text == frame.closing:
            self._close(frame)
        elif token.text == ",":
            frame.filled = False
        elif token.text == ";":
            frame.predicate, frame.filled = None, False
        elif token.text in (".", "{", "}") and len(self._frames) == 1:
            # A graph's name stands where a subject would: it is no subject of anything.
            self._frames[-1] = _Frame(".")
        else:
            raise UnreadError

    def _close(self, frame: _Frame) -> None:
        self._frames.pop()
        if frame.closing == "]":
            if frame.subject is None:
                raise UnreadError
            self._take(frame.subject)
            return
        opened = frame.opened or Token("mark", "(", 0, 0)
        end = Spot(_NIL, opened.start, opened.end)
        if frame.subject is not None:
            self._place(frame.subject, Spot(_REST, *frame.subject[1:]), end)
        self._take(frame.head or end)

    def _take(self, spot: Spot) -> None:
        """A term comes next in what is being read."""
        frame = self._frames[-1]
        if frame.closing == ")":
            self._item(frame, spot)
        elif frame.subject is None:
            frame.subject = spot
        elif frame.predicate is None:
            frame.predicate = spot
        elif not frame.filled:
            frame.filled = True
            self._place(frame.subject, frame.predicate, spot)
        elif not self._graphs_follow:
            raise UnreadError

    def _item(self, frame: _Frame, item: Spot) -> None:
        """The next item of a collection; its cell stands where the item does."""
        opened = frame.opened or Token("mark", "(", 0, 0)
        place = (item.start, item.end) if frame.subject else (opened.start, opened.end)
        cell = Spot(self._terms.blanks.new(), *place)
        if frame.subject is None:
            frame.head = cell
        else:
            self._place(frame.subject, Spot(_REST, *frame.subject[1:]), cell)
        self._place(cell, Spot(_FIRST, item.start, item.end), item)
        frame.subject = cell

    def _place(self, subject: Spot, predicate: Spot, value: Spot) -> None:
        self._placed.append(Placed(subject, predicate, value))


@dataclass(slots=True)
class _Terms:
    """Reads terms, by the base and the prefixes that are declared at that point."""

    base: str
    blanks: Blanks = field(default_factory=Blanks)
    prefixes: dict[str, str] = field(default_factory=dict)
    known: dict[str, NamedNode] = field(default_factory=dict)
    """The IRIs read since the base or a prefix last changed, as they are written."""

    def term(self, token: Token) -> Term:
        """The term that a token, other than a string, is."""
        kind, text = token.kind, token.text
        if kind in ("iri", "name"):
            known = self.known.get(text)
            if known is None:
                known = self.known[text] = self._iri(text) if kind == "iri" else self._name(text)
            return known
        if kind == "blank":
            return self.blanks.labelled(text)
        return _number(text) if kind == "number" else _word(text)

    def literal(
        self, token: Token, after: Token | None, found: Iterator[Token]
    ) -> tuple[Spot, Token | None]:
        """The literal that starts with a string, and the token after it."""
        text = string_value(token.text)
        if after is not None and after.kind == "at":
            spot = Spot(tagged(text, after.text[1:]), token.start, after.end)
            return spot, next(found, None)
        if after is None or after.text != "^^":
            return Spot(Literal(text), token.start, token.end), after
        datatype = next(found, None)
        named_type = self.term(datatype) if datatype else None
        if datatype is None or not isinstance(named_type, NamedNode):
            raise UnreadError
        spot = Spot(Literal(text, datatype=named_type), token.start, datatype.end)
        return spot, next(found, None)

    def directed(
        self, directive: Token, after: Token | None, found: Iterator[Token]
    ) -> Token | None:
        """Does what a directive says; the token after it, but for its point."""
        name = directive.text.removeprefix("@").lower()
        if after is None:
            raise UnreadError
        if name == "prefix":
            iri = next(found, None)
            if iri is None or iri.kind != "iri":
                raise UnreadError
            self.prefixes[after.text.removesuffix(":")] = self._iri(iri.text).value
        elif name == "base" and after.kind == "iri":
            self.base = self._iri(after.text).value
        elif name != "version":
            raise UnreadError
        self.known.clear()
        return next(found, None)

    def _iri(self, text: str) -> NamedNode:
        return named(resolved(unescaped(text[1:-1]), self.base))

    def _name(self, text: str) -> NamedNode:
        prefix, _, local = text.partition(":")
        if prefix not in self.prefixes:
            raise UnreadError
        return named(self.prefixes[prefix] + unescaped(local))


def _number(text: str) -> Literal:
    datatype = next(datatype for form, datatype in _NUMBERS if form.fullmatch(text))
    return Literal(text, datatype=datatype)


def _word(text: str) -> Term:
    if text == "a":
        return _TYPE
    if text in ("true", "false"):
        return Literal(text, datatype=_BOOLEAN)
    raise UnreadError
