"""What a query looks for: its triple patterns, as far as they are certain.

Queries are read token by token, by the grammar as far as patterns depend on it. What looks at more
than the matches of its patterns is not read: paths of no length, negated properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rdflib import RDF

from jalon.store.tokens import Token, tokens

Pattern = tuple[str | None, str | None, str | None]
"""Subject, predicate and object of a triple pattern: IRIs, or None where anything matches."""

Placed = tuple[str | None, str | None, str | None, str | None]
"""The graph that a pattern is looked for in, None for any that has a name, and the pattern."""

Sought = frozenset[Pattern | Placed]

BLANK = "_:"
"""Stands for every blank node that is a subject."""

READ_CHARACTERS = 4_000
"""A longer text is not read: this takes 0.5 ms a thousand characters."""

MOST_DEPTH = 50

GRAPHS: Pattern = ("_:graphs", None, None)
"""Stands among patterns for asking which graphs there are."""

_TYPE = str(RDF.type)
_JOINING = frozenset({"OPTIONAL", "UNION", "MINUS"})
_BOOLEANS = frozenset({"true", "false"})
_ENDS = frozenset({".", "}", "]", ""})
_OPERANDS = frozenset({"variable", "name", "iri", "string", "number", "language"})

_CERTAIN = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:(?!.*/\.)[^\s\\]+")
"""An IRI that the engine takes as it is written: absolute, without segments of dots or escapes."""


@lru_cache(maxsize=500)
def patterns_of(text: str) -> Sought | None:
    """What a query looks for, in whichever graphs; None where that is not certain.

    What it looks for in a named graph stands there in both ways.
    """
    if len(text) > READ_CHARACTERS:
        return None
    reader = _Reader(tokens(text))
    try:
        reader.read()
    except _Unclear:
        return None
    return frozenset(reader.found)


class _Unclear(Exception):
    """What a query looks for is not known."""


class _Reader:
    """Reads a query by the grammar of SPARQL 1.1 §19.8, as far as triple patterns depend on it."""

    def __init__(self, read: Iterable[Token]) -> None:
        self.found: set[Pattern | Placed] = set()
        self._graphs: list[str | None] = []
        self._tokens: Iterator[Token] = iter(read)
        self._ahead = next(self._tokens, _END)
        self._prefixes: dict[str, str] = {}
        self._depth = 0

    def read(self) -> None:
        """The whole query. Raises _Unclear."""
        word = self._next().text.upper()
        while word == "PREFIX":
            name, iri = self._next(), self._next()
            if not name.text.endswith(":") or iri.kind != "iri":
                raise _Unclear
            self._prefixes[name.text] = iri.text[1:-1]
            word = self._next().text.upper()
        if word == "DESCRIBE":
            self._described()
        elif word in {"SELECT", "ASK", "CONSTRUCT"}:
            # What CONSTRUCT makes is read as if it were looked for, which is more than enough.
            self._select()
            if self._ahead is not _END:
                raise _Unclear
        else:
            raise _Unclear

    def _described(self) -> None:
        """Descriptions of certain things: all that is said of them, and of blank nodes in that."""
        self.found.add((BLANK, None, None))
        while self._ahead is not _END:
            thing = self._next()
            named = self._iri(thing) if thing.kind in {"iri", "name"} else None
            if named is None:
                raise _Unclear
            self.found.add((named, None, None))

    def _select(self) -> None:
        """From behind SELECT or ASK to the end of the group that holds it, or of the query."""
        while self._ahead is not _END:
            token = self._next()
            if token.text == "{":
                self._group()
            elif token.text == "(":
                self._parentheses()
            elif token.text == "}":
                return
            elif token.kind == "word" and token.text.upper() == "FROM":
                raise _Unclear
            elif token.kind == "word" and token.text.upper() == "VALUES":
                self._values()

    def _group(self) -> None:
        """From behind an opening brace to its closing one."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _Unclear
        self._grouped()
        self._depth -= 1

    def _grouped(self) -> None:
        clauses = {
            "FILTER": self._constraint,
            "BIND": self._constraint,
            "VALUES": self._values,
            "GRAPH": self._graph,
        }
        while (token := self._next()).text != "}":
            word = token.text.upper() if token.kind == "word" else ""
            if word == "SELECT":
                # The group holds nothing else, and ends with it.
                self._select()
                return
            if token.text == "{":
                self._group()
            elif word in clauses:
                clauses[word]()
            elif token.text != "." and word not in _JOINING:
                self._properties(self._term(token))

    def _graph(self) -> None:
        """A group, and the graph that it is looked for in: there must be one."""
        self.found.add(GRAPHS)
        self._graphs.append(self._term(self._next()))
        if self._next().text != "{":
            raise _Unclear
        self._group()
        self._graphs.pop()

    def _constraint(self) -> None:
        """An expression in parentheses, a call, or a group that must or must not be found."""
        while True:
            token = self._next()
            if token.text == "(":
                self._parentheses()
                return
            if token.text == "{":
                self._group()
                return
            if token.kind not in {"word", "name", "iri"}:
                raise _Unclear

    def _parentheses(self) -> None:
        """From behind an opening parenthesis to its closing one, with the groups between."""
        before = False
        while (token := self._next()).text != ")":
            if token.kind == "iri" and before:
                # The engine takes its bracket for "less than", and its end for another thing.
                raise _Unclear
            before = token.kind in _OPERANDS or token.text in _BOOLEANS | {"(", "{"}
            if token.text == "(":
                self._parentheses()
            elif token.text == "{":
                self._group()

    def _values(self) -> None:
        """Rows of terms, which look for nothing."""
        while self._next().text != "{":
            pass
        while (token := self._next()).text != "}":
            if token.text == "{":
                raise _Unclear

    def _properties(self, subject: str | None) -> None:
        """What is looked for of a subject, to the end of the triples that begin with it."""
        while self._ahead.text not in _ENDS:
            if self._ahead.text == ";":
                self._next()
                continue
            path = self._path()
            while True:
                self._note(subject, path, self._term(self._next()))
                if self._ahead.text != ",":
                    break
                self._next()
            if self._ahead.text != ";":
                return

    def _note(self, subject: str | None, path: tuple[str | None, ...], value: str | None) -> None:
        if len(path) == 1:
            self._look_for((subject, path[0], value))
        elif path[0] == "^" and len(path) == 2:  # noqa: PLR2004 (one property, backwards)
            self._look_for((value, path[1], subject))
        else:
            self._look_for(*((None, each, None) for each in path if each != "^"))

    def _look_for(self, *patterns: Pattern) -> None:
        self.found.update(patterns)
        if self._graphs:
            self.found.update((self._graphs[-1], *each) for each in patterns)

    def _path(self) -> tuple[str | None, ...]:
        """One property; None for a variable; else the properties of a path, and what it is of."""
        token = self._next()
        if token.kind == "variable":
            return (None,)
        parts: list[str | None] = []
        depth, simple = 0, True
        while True:
            while token.text in {"^", "("}:
                depth += token.text == "("
                parts.append("^")
                token = self._next()
            parts.append(self._property(token))
            while self._ahead.text == "+" or (depth and self._ahead.text == ")"):
                depth -= self._next().text == ")"
                simple = False
            if self._ahead.text in {"*", "?", "!"}:
                raise _Unclear
            if self._ahead.text not in {"/", "|"}:
                break
            self._next()
            token, simple = self._next(), False
        if depth:
            raise _Unclear
        # More than one part is never taken for one property.
        return tuple(parts) if simple else ("^", "^", *parts)

    def _property(self, token: Token) -> str | None:
        if token.kind == "word" and token.text == "a":
            return _TYPE
        if token.kind not in {"iri", "name"}:
            raise _Unclear
        return self._iri(token)

    def _term(self, token: Token) -> str | None:
        """The IRI that a term is; None for what matches more than one, or is no IRI."""
        if token.kind in {"iri", "name"}:
            return self._iri(token)
        if token.text == "[":
            self._properties(None)
            if self._next().text != "]":
                raise _Unclear
        elif token.kind == "string":
            if self._ahead.kind == "language":
                self._next()
            elif self._ahead.text == "^^":
                self._next()
                self._iri(self._next())
        elif not (
            token.kind in {"variable", "blank"}
            # A plus may belong to a path before the number.
            or (token.kind == "number" and not token.text.startswith("+"))
            or token.text in _BOOLEANS
        ):
            raise _Unclear
        return None

    def _iri(self, token: Token) -> str | None:
        """An IRI as data write it; None where the engine may take it for another."""
        if token.kind == "iri":
            iri = token.text[1:-1]
        else:
            prefix, colon, local = token.text.partition(":")
            if not colon or prefix + colon not in self._prefixes:
                raise _Unclear
            iri = self._prefixes[prefix + colon] + local
        return iri if _CERTAIN.fullmatch(iri) else None

    def _next(self) -> Token:
        """The next token. Raises _Unclear at the end: the query is not whole."""
        token = self._ahead
        if token is _END:
            raise _Unclear
        self._ahead = next(self._tokens, _END)
        return token


_END = Token("end", "", -1)
