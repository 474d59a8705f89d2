"""The outline of a query: what it names and opens, read in front of the engine.

This is a courtesy: it says early, and with a place in the text, what would fail anyway. The
protection is the query process (``jalon.store.worker``), which meets every query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from jalon.errors import QueryRefused, QueryTooComplex
from jalon.store.tokens import Token, position, tokens

REFUSED_WORDS = frozenset({"SERVICE", "LOAD", "TRIPLE"})
"""What would fetch, and the function that makes an RDF 1.2 triple term."""

UPDATE_WORDS = frozenset(
    {"INSERT", "DELETE", "WITH", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"}
)
TRIPLE_TERM_MARKS = frozenset({"<<", "{|", "~"})
"""RDF 1.2: refused until every part of the service carries triple terms."""

OPERATOR_WORDS = frozenset({"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "GRAPH"})
OPERATOR_MARKS = frozenset({"||", "&&", "<=", ">=", "!=", *"|/^+-*!=<>.;"})
PROLOGUE_WORDS = frozenset({"PREFIX", "BASE"})
_CLOSING = {"{": "}", "(": ")", "[": "]"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


@dataclass(frozen=True, slots=True)
class OutlineLimits:
    """How large a query may be.

    Measured with pyoxigraph 0.5.13: nesting kills its process from about 860 levels (NOT EXISTS),
    chains from 2,000 operators (BIND); 100 levels and 1,000 operators are answered or timed out.
    """

    bytes: int = 500_000
    depth: int = 100
    operators: int = 1_000


@dataclass(slots=True)
class Outline:
    """What stands in a query.

    ``base`` and ``prefixes`` of its prologue; the graphs of FROM and FROM NAMED, resolved; the
    first use of each prefix; the string or bracket that is never closed, and the first closing
    bracket that closes nothing.
    """

    text: str
    base: str = ""
    prefixes: dict[str, str] = field(default_factory=dict)
    default_graphs: list[str] = field(default_factory=list)
    named_graphs: list[str] = field(default_factory=list)
    prefixes_used: dict[str, Token] = field(default_factory=dict)
    unclosed: Token | None = None
    unopened: Token | None = None

    @property
    def unclosed_string(self) -> Token | None:
        """What is never closed, when it is a string: it hides everything after it."""
        found = self.unclosed
        return found if found is not None and found.kind == "unclosed" else None

    def iri(self, token: Token) -> str:
        """The IRI that a token writes, resolved; as written where it cannot be."""
        if token.kind == "iri":
            return resolve(self.base, token.text[1:-1])
        prefix, _, local = token.text.partition(":")
        return self.prefixes.get(prefix, "") + local.replace("\\", "")


def resolve(base: str, iri: str) -> str:
    """An IRI resolved against a base; an empty fragment, as of a namespace, is kept."""
    if _SCHEME.match(iri) or not base:
        return iri
    resolved = urljoin(base, iri)
    return f"{resolved}#" if iri.endswith("#") and not resolved.endswith("#") else resolved


def read_outline(text: str, limits: OutlineLimits) -> Outline:
    """The outline of a query text, in time linear in its length.

    Raises QueryTooComplex when it is over a limit, QueryRefused (with line and column) when it
    asks for SERVICE, LOAD, an update or RDF 1.2 triple terms.
    """
    size = len(text.encode("utf-8"))
    if size > limits.bytes:
        raise QueryTooComplex(variant="bytes", limit=limits.bytes)
    reader = _Reader(text, limits)
    for token in tokens(text):
        reader.take(token)
    return reader.finish()


class _Reader:
    """Goes through the tokens once, and keeps those outside brackets for the clauses."""

    def __init__(self, text: str, limits: OutlineLimits) -> None:
        self._outline = Outline(text)
        self._limits = limits
        self._open: list[Token] = []
        self._outside: list[Token] = []
        self._operators = 0
        self._in_prologue = True

    def take(self, token: Token) -> None:
        if token.kind == "mark":
            self._take_mark(token)
        elif token.kind == "word":
            self._take_word(token)
        elif token.kind == "name":
            self._outline.prefixes_used.setdefault(token.text.partition(":")[0], token)
        elif token.kind == "unclosed":
            self._outline.unclosed = token
        if not self._open:
            self._outside.append(token)

    def finish(self) -> Outline:
        if self._open and self._outline.unclosed is None:
            self._outline.unclosed = self._open[-1]
        _read_clauses(self._outline, self._outside)
        return self._outline

    def _take_mark(self, token: Token) -> None:
        mark = token.text
        if mark in TRIPLE_TERM_MARKS:
            raise self._refused(token)
        if mark in _CLOSING:
            self._open.append(token)
            if len(self._open) > self._limits.depth:
                raise self._too_complex("depth", self._limits.depth)
        elif mark in "})]":
            self._close(token)
        elif mark in OPERATOR_MARKS:
            self._count_operator()

    def _close(self, token: Token) -> None:
        if self._open and _CLOSING[self._open[-1].text] == token.text:
            self._open.pop()
        elif self._outline.unopened is None:
            self._outline.unopened = token

    def _take_word(self, token: Token) -> None:
        word = token.text.upper()
        if word in REFUSED_WORDS:
            raise self._refused(token)
        if word in OPERATOR_WORDS:
            self._count_operator()
        if self._in_prologue and word not in PROLOGUE_WORDS:
            self._in_prologue = False
            if word in UPDATE_WORDS:
                raise self._refused(token)

    def _count_operator(self) -> None:
        self._operators += 1
        if self._operators > self._limits.operators:
            raise self._too_complex("operators", self._limits.operators)

    def _refused(self, token: Token) -> QueryRefused:
        place = position(self._outline.text, token.start)
        construct = token.text.upper()
        return QueryRefused(construct=construct, line=place.line, column=place.column)

    @staticmethod
    def _too_complex(variant: str, limit: int) -> QueryTooComplex:
        return QueryTooComplex(variant=variant, limit=limit)


def _read_clauses(outline: Outline, outside: list[Token]) -> None:
    """Reads PREFIX, BASE, FROM and FROM NAMED; the prologue resolves what comes after it."""
    rest = iter(outside)
    for token in rest:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE":
            outline.base = _next_iri(outline, rest) or outline.base
        elif word == "PREFIX":
            name = next(rest, None)
            namespace = _next_iri(outline, rest)
            if name is not None and namespace is not None:
                outline.prefixes[name.text.removesuffix(":")] = namespace
        elif word == "FROM":
            _read_from(outline, rest)


def _read_from(outline: Outline, rest: Iterator[Token]) -> None:
    token = next(rest, None)
    graphs = outline.default_graphs
    if token is not None and token.kind == "word" and token.text.upper() == "NAMED":
        token = next(rest, None)
        graphs = outline.named_graphs
    if token is not None and token.kind in {"iri", "name"}:
        graphs.append(outline.iri(token))


def _next_iri(outline: Outline, rest: Iterator[Token]) -> str | None:
    token = next(rest, None)
    return outline.iri(token) if token is not None and token.kind == "iri" else None
