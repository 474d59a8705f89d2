"""A linear SPARQL tokenizer: enough to measure a query and to see what it asks for.

It never backtracks over what it has passed (every repetition is possessive), so half a megabyte
of hostile text costs what half a megabyte of query does. It does not parse: what is not SPARQL
is found out by the engine, in its own process.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

GAP = " " * 20
_APART = frozenset("{}()[],;")

# The character classes of the SPARQL 1.1 grammar, rules 164 to 167.
_START = (
    "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INNER = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_PART = _INNER + "\\-"
_ESCAPED = rf"(?:[{_PART}:%]|\\.)"
_LOCAL = rf":{_ESCAPED}*+(?:\.++{_ESCAPED}++)*+"

_TOKEN = re.compile(
    rf"""
      (?P<space>   [ \t\r\n]++ | \#[^\r\n]*+ )
    | (?P<iri>     <[^<>"{{}}|^`\x00-\x20]*+> )
    | (?P<string>  \"\"\"(?:[^"\\]++|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]++|\\.|'(?!''))*+'''
                 | "(?:[^"\\\r\n]++|\\[^\r\n])++" | '(?:[^'\\\r\n]++|\\[^\r\n])++'
                 | ""(?!") | ''(?!') )
    | (?P<unclosed> ["'] )
    | (?P<variable> [?$][{_START}0-9][{_INNER}]*+ )
    | (?P<blank>   _:[{_PART}]++(?:\.++[{_PART}]++)*+ )
    | (?P<language> @[A-Za-z][A-Za-z0-9\-]*+ )
    | (?P<number>  [+\-]?[0-9]++(?:\.[0-9]++)?(?:[eE][+\-]?[0-9]++)? )
    | (?P<run>     [{_START}][{_PART}]*+(?:\.++[{_PART}]++)*+(?:{_LOCAL})?+ | {_LOCAL} )
    | (?P<mark>    <<|>>|\{{\||\|\}}|\|\||&&|\^\^|[!<>]=|. )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that means something: its kind, its text, and where it starts.

    Kinds: iri, string, unclosed (a string without end: nothing comes after it), variable, blank,
    language, number, name (prefixed), word (keyword, function, ``a``, ``true``), mark.
    """

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind == "run":
            yield from _names_or_words(match.group(), match.start())
        elif kind != "space":
            yield Token(kind, match.group(), match.start())
        if kind == "unclosed":
            return


def _names_or_words(run: str, start: int) -> Iterator[Token]:
    """A run is a prefixed name, which may hold dots, or words with dots between them."""
    if ":" in run:
        yield Token("name", run, start)
        return
    for part in re.split(r"(\.)", run):
        if part:
            yield Token("mark" if part == "." else "word", part, start)
        start += len(part)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text: line and column, both from 1, columns in characters."""

    line: int
    column: int


def position(text: str, offset: int) -> Position:
    """Where an offset is."""
    before = text.rfind("\n", 0, offset)
    return Position(text.count("\n", 0, offset) + 1, offset - before)


def offset_of(text: str, line: int, column: int) -> int:
    """Where a line and column are; the inverse of ``position``."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


@dataclass(frozen=True, slots=True)
class SpacedText:
    """A query on one line with wide gaps, and where each of its tokens stood before."""

    text: str
    starts: tuple[tuple[int, int], ...]

    def original(self, offset: int) -> int:
        """The start, in the original text, of the last token that starts before this offset."""
        found = bisect_right(self.starts, offset, key=itemgetter(0))
        return self.starts[max(found - 1, 0)][1] if self.starts else 0


def spaced(text: str) -> SpacedText:
    """The same query with every white space and comment made as wide as GAP, brackets set apart.

    The engine looks for a keyword by taking as many characters as the keyword has, and reports a
    syntax error where that ends. With gaps wider than any keyword it ends before the next token.
    """
    pieces: list[str] = []
    starts: list[tuple[int, int]] = []
    length = end = 0
    for token in tokens(text):
        if token.start > end or token.text in _APART or text[end - 1] in _APART:
            pieces.append(GAP)
            length += len(GAP)
        starts.append((length, token.start))
        pieces.append(token.text)
        length += len(token.text)
        end = token.start + len(token.text)
    return SpacedText("".join(pieces), tuple(starts))
