"""The tokens of Turtle, TriG, N-Triples and N-Quads, with where they stand.

For texts that an RDF parser has taken, so that it need not tell what is wrong. It never backtracks
over what it has passed (repetitions are possessive), and takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = r"""[^ \t\r\n<>"'{}()\[\];,#.\\^|`@:]"""
_LOCAL = rf"(?:{_NAME}|:|\\.)"
_TOKEN = re.compile(
    rf"""
    (?: [ \t\r\n]++ | \#[^\r\n]*+ )*+
    (?:
      (?P<iri>    <[^<>"\x00-\x20]*+> )
    | (?P<string> \"\"\"(?:[^"\\]++|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]++|\\.|'(?!''))*+'''
                | "(?:[^"\\\r\n]++|\\[^\r\n])*+" | '(?:[^'\\\r\n]++|\\[^\r\n])*+' )
    | (?P<at>     @[A-Za-z]++(?:-[A-Za-z0-9]++)*+ )
    | (?P<blank>  _:{_NAME}++(?:\.++{_NAME}++)*+ )
    | (?P<number> [+\-]?(?: (?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)[eE][+\-]?[0-9]++
                          | [0-9]*+\.[0-9]++ | [0-9]++ ) )
    | (?P<name>   (?:{_NAME}++(?:\.++{_NAME}++)*+)?+:(?:{_LOCAL}++(?:\.++{_LOCAL}++)*+)?+ )
    | (?P<word>   {_NAME}++ )
    | (?P<mark>   \^\^ | . )
    )?+
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class Token(NamedTuple):
    """A token: its kind, its text, where it starts and before what it ends.

    Kinds: iri, string, at (a language tag, or a directive), blank, number, name (with a prefix),
    word, mark.
    """

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None:
            yield Token(kind, match[kind], *match.span(kind))


def unescaped(text: str) -> str:
    """A text with its escapes read: those of strings, of IRIs and of local names alike."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_character, text)


def string_value(text: str) -> str:
    """What a string stands for, in any of the four quotings."""
    width = 3 if text.startswith(('"""', "'''")) and len(text) >= 2 * 3 else 1
    return unescaped(text[width:-width])


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _LETTERS.get(match[3], match[3])
