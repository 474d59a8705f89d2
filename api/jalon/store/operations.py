"""The operations of an update, read from its tokens in time linear in its length.

As with the outline of a query, this is a courtesy and a convenience: it refuses early, with a place
in the text, says which graphs may change, and turns the dataset of a request into words of SPARQL.
What is SPARQL 1.1 Update, and what it does, is found out by the engine, in its own process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from jalon.errors import QueryRefused, QuerySyntax, QueryTooComplex
from jalon.store.outline import (
    OPERATOR_MARKS,
    OPERATOR_WORDS,
    REFUSED_WORDS,
    TRIPLE_TERM_MARKS,
    resolve,
)
from jalon.store.tokens import Token, position, tokens

DEPTH = 100
"""How deep brackets may nest; see OutlineLimits."""

OPERATORS = 1_000
"""How many patterns and operators there may be, of all operations; triples that are data are not
counted."""

Role = Literal["data", "pattern", "delete", "insert", "where"]
"""What a block in braces is; ``pattern``, of DELETE WHERE, is template and condition at once."""

_MANAGING = frozenset({"CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"})
_OPENING, _CLOSING = frozenset("{(["), frozenset("})]")
_PLAIN_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\\]*")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of triples in a block: from where to where, and the name of their graph, if any."""

    graph: Token | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block: the offsets of its braces, the latter one beyond, and its runs of triples.

    The runs of a ``where`` block are not read.
    """

    role: Role
    start: int
    end: int
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its tokens outside blocks, its blocks, and the prologue in force for it.

    ``prologue`` is text: each declaration that came before, in order. ``text`` is all the rest.
    """

    words: tuple[Token, ...]
    blocks: tuple[Block, ...]
    prologue: str
    text: str
    graphs: tuple[str | None, ...]
    """The graphs that may change, None for the unnamed one; see ``anything``."""

    anything: bool
    """Whether every named graph may change: where a variable names the graph, for instance."""

    every: bool
    """Whether it is for all graphs that may be written: CLEAR and DROP of ALL or NAMED."""

    @property
    def is_data(self) -> bool:
        """Whether it adds or removes just the quads that it lists."""
        return any(block.role == "data" for block in self.blocks)

    @property
    def loads(self) -> bool:
        """Whether it is LOAD."""
        return upper(self.words[0]) == "LOAD"

    @property
    def short(self) -> Block | None:
        """The block of DELETE WHERE, where it is that."""
        return next((block for block in self.blocks if block.role == "pattern"), None)

    def word(self, name: str) -> Token | None:
        """The first word of this name outside blocks."""
        return next((each for each in self.words if upper(each) == name), None)


def read_operations(text: str, base: str = "") -> tuple[Operation, ...]:
    """The operations of an update in order; relative names of graphs resolve against a base.

    Raises QueryTooComplex over a limit, QueryRefused (with line and column) for SERVICE and RDF 1.2
    triple terms, and QuerySyntax for a LOAD where none may stand. What else is no update is read as
    far as it goes.
    """
    reader = _Reader(text, base)
    for token in tokens(text):
        reader.take(token)
    return reader.finish()


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, text: str, base: str) -> None:
        self._text = text
        self._operations: list[Operation] = []
        self._prologue: list[str] = []
        self._names = _Names(base)
        self._declaring: list[Token] = []
        self._words: list[Token] = []
        self._blocks: list[Block] = []
        self._open: list[Token] = []
        self._inside: list[Token] = []
        self._role: Role | None = None
        self._opening = 0
        self._operators = 0

    def take(self, token: Token) -> None:
        self._check(token)
        closing = token.kind == "mark" and token.text in _CLOSING
        if closing and self._open:
            self._open.pop()
        if self._open:
            self._inside.append(token)
        elif closing:
            self._close(token)
        else:
            self._outside(token)
        if token.kind == "mark" and token.text in _OPENING:
            self._push(token)

    def finish(self) -> tuple[Operation, ...]:
        self._end(len(self._text))
        return tuple(self._operations)

    def _push(self, token: Token) -> None:
        if not self._open:
            self._role, self._opening = _role(self._words, self._blocks), token.start
            self._inside = []
        self._open.append(token)
        if len(self._open) > DEPTH:
            raise QueryTooComplex(variant="depth", limit=DEPTH)

    def _close(self, token: Token) -> None:
        """A block outside all others ends."""
        if self._role is None:
            return
        segments = () if self._role == "where" else _segments(self._inside)
        self._blocks.append(Block(self._role, self._opening, token.start + 1, segments))
        self._inside, self._role = [], None

    def _outside(self, token: Token) -> None:
        if token.kind == "mark" and token.text == ";":
            self._end(token.start)
        elif token.kind == "mark" and token.text in _OPENING:
            pass
        elif self._declaring or (not self._words and upper(token) in {"PREFIX", "BASE"}):
            self._declare(token)
        else:
            self._words.append(token)

    def _declare(self, token: Token) -> None:
        self._declaring.append(token)
        if token.kind == "iri":
            first = self._declaring[0]
            self._prologue.append(f"{self._text[first.start : token.start + len(token.text)]}\n")
            self._names.declare(self._declaring)
            self._declaring = []

    def _end(self, end: int) -> None:
        if self._words:
            graphs, anything = _changed(self._words, self._blocks, self._names)
            managing = upper(self._words[0]) in {"CLEAR", "DROP"}
            operation = Operation(
                words=tuple(self._words),
                blocks=tuple(self._blocks),
                prologue="".join(self._prologue),
                text=self._text[self._words[0].start : end],
                graphs=graphs,
                anything=anything,
                every=managing and upper(self._words[-1]) in {"ALL", "NAMED"},
            )
            self._operations.append(operation)
        self._words, self._blocks = [], []

    def _check(self, token: Token) -> None:
        mark = token.kind == "mark"
        word = upper(token)
        if word in REFUSED_WORDS or (mark and token.text in TRIPLE_TERM_MARKS):
            self._refuse(token)
        if self._role == "data":
            return
        if word in OPERATOR_WORDS or (mark and token.text in OPERATOR_MARKS):
            self._operators += 1
            if self._operators > OPERATORS:
                raise QueryTooComplex(variant="operators", limit=OPERATORS)

    def _refuse(self, token: Token) -> None:
        """Refuses what fetches and what is RDF 1.2, but for a LOAD where it may stand."""
        place = position(self._text, token.start)
        if upper(token) != "LOAD":
            raise QueryRefused(
                variant="update",
                construct=token.text.upper(),
                line=place.line,
                column=place.column,
            )
        if self._words or self._open or self._declaring:
            raise QuerySyntax(variant="update-placed", line=place.line, column=place.column)


class _Names:
    """What the declarations so far make of the names of graphs."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._prefixes: dict[str, str] = {}

    def declare(self, declaration: Sequence[Token]) -> None:
        iri = resolve(self._base, declaration[-1].text[1:-1])
        if upper(declaration[0]) == "BASE":
            self._base = iri
        else:
            self._prefixes[declaration[1].text.removesuffix(":")] = iri

    def graph(self, token: Token) -> str | None:
        """The graph that a token names; None where that takes more than this to say."""
        if token.kind == "iri":
            iri = resolve(self._base, token.text[1:-1])
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            iri = self._prefixes.get(prefix, "\\") + local
        else:
            return None
        return iri if _PLAIN_IRI.fullmatch(iri) else None


def upper(token: Token) -> str:
    """A word in upper case; nothing for what is none."""
    return token.text.upper() if token.kind == "word" else ""


def _role(words: Sequence[Token], blocks: Sequence[Block]) -> Role | None:
    """What a block is, by the words and blocks in front of it."""
    before = [upper(each) for each in words]
    if before == ["DELETE", "WHERE"] and not blocks:
        return "pattern"
    roles: dict[str, Role] = {
        "DATA": "data",
        "DELETE": "delete",
        "INSERT": "insert",
        "WHERE": "where",
    }
    return roles.get(before[-1]) if before else None


def _segments(content: Sequence[Token]) -> tuple[Segment, ...]:
    """The runs of triples in a block, by the tokens between its braces."""
    segments: list[Segment] = []
    bare: list[Token] = []
    at = 0
    while at < len(content):
        if upper(content[at]) == "GRAPH" and at + 2 < len(content):
            end = _closing(content, at + 2)
            segments += _bare(bare)
            bare = []
            segments.append(_named(content, at, end))
            at = end + 1
        else:
            bare.append(content[at])
            at += 1
    return (*segments, *_bare(bare))


def _named(content: Sequence[Token], at: int, end: int) -> Segment:
    """The segment of a GRAPH word, whose block ends with the token at ``end``."""
    opening = content[at + 2]
    stop = content[end].start if end < len(content) else content[-1].start
    return Segment(content[at + 1], opening.start + 1, stop)


def _bare(run: list[Token]) -> list[Segment]:
    """The segment of triples outside GRAPH; a dot after a graph's block is none."""
    if all(token.text == "." for token in run):
        return []
    # A dot between a graph's block and these belongs to neither.
    first = next(token for token in run if token.text != ".")
    last = run[-1]
    return [Segment(None, first.start, last.start + len(last.text))]


def _closing(content: Sequence[Token], at: int) -> int:
    """Where the bracket that opens at an index closes; the end where it does not."""
    depth = 0
    for index in range(at, len(content)):
        if content[index].kind == "mark" and content[index].text in _OPENING:
            depth += 1
        elif content[index].kind == "mark" and content[index].text in _CLOSING:
            depth -= 1
            if depth == 0:
                return index
    return len(content)


def _changed(
    words: Sequence[Token], blocks: Iterable[Block], names: _Names
) -> tuple[tuple[str | None, ...], bool]:
    """The graphs that an operation may change, and whether it may change every named one."""
    if upper(words[0]) in _MANAGING:
        return _managed(words, names)
    given = next((words[at + 1] for at in range(len(words) - 1) if upper(words[at]) == "WITH"), 0)
    found: set[str | None] = set()
    anything = False
    for block in blocks:
        for segment in block.segments:
            named = segment.graph or given
            graph = names.graph(named) if isinstance(named, Token) else None
            anything = anything or (isinstance(named, Token) and graph is None)
            if graph is not None or not isinstance(named, Token):
                found.add(graph)
    return tuple(found), anything


def _managed(words: Sequence[Token], names: _Names) -> tuple[tuple[str | None, ...], bool]:
    """As _changed, for an operation on whole graphs."""
    kind = upper(words[0])
    if kind == "CREATE":
        return (), False
    # ADD and COPY change their last graph alone, MOVE the first, too.
    last = [words[-1]] if kind in {"ADD", "COPY"} else words[1:]
    named = [token for token in last if token.kind in {"iri", "name"}]
    graphs = [names.graph(token) for token in named]
    unnamed = [None] if {upper(each) for each in last} & {"DEFAULT", "ALL"} else []
    anything = None in graphs
    return (*(graph for graph in graphs if graph is not None), *unnamed), anything
