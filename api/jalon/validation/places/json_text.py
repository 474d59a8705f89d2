"""Reads JSON that a parser has taken, and keeps where each part of it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from jalon.validation.places.spots import UnreadError

_TOKEN = re.compile(
    r"""
      (?P<gap>    [ \t\r\n]++ )
    | (?P<string> "(?:[^"\\]++|\\.)*+" )
    | (?P<mark>   [\[\]{}:,] )
    | (?P<word>   [^ \t\r\n"\[\]{}:,]++ )
    """,
    re.DOTALL | re.VERBOSE,
)
_CONSTANTS = {"true": True, "false": False, "null": None}

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Value:
    """A string, number, boolean or null; ``text`` is how it is written."""

    value: Scalar
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    """An array; it starts with its bracket."""

    items: tuple[Part, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Members:
    """An object; it starts with its bracket. Its members are in order, their names as values."""

    members: tuple[tuple[Value, Part], ...]
    start: int

    def get(self, name: str) -> Part | None:
        """The last member with this name."""
        return next((part for key, part in reversed(self.members) if key.value == name), None)


Part = Value | Items | Members


def read_json(text: str) -> Part:
    """The whole of a JSON text, in time linear in it. Raises UnreadError for what is none.

    Recursive: who calls has counted the brackets.
    """
    reading = _Reading(text)
    part = reading.part()
    if reading.kind:
        raise UnreadError
    return part


class _Reading:
    """One run over a text; the current token has a kind, empty at the end."""

    def __init__(self, text: str) -> None:
        self._matches = _matches(text)
        self._next()

    def _next(self) -> None:
        match = next(self._matches, None)
        self.kind = "" if match is None else (match.lastgroup or "")
        self._text = "" if match is None else match.group()
        self._start, self._end = (0, 0) if match is None else match.span()

    def _taken(self, mark: str) -> bool:
        if self.kind != "mark" or self._text != mark:
            return False
        self._next()
        return True

    def part(self) -> Part:
        start = self._start
        if self._taken("{"):
            return Members(tuple(self._members()), start)
        if self._taken("["):
            return Items(tuple(self._items()), start)
        return self._value()

    def _value(self) -> Value:
        if self.kind not in ("string", "word"):
            raise UnreadError
        value = Value(_scalar(self._text), self._text, self._start, self._end)
        self._next()
        return value

    def _items(self) -> Iterator[Part]:
        while not self._taken("]"):
            yield self.part()
            if not self._taken(",") and self._text != "]":
                raise UnreadError

    def _members(self) -> Iterator[tuple[Value, Part]]:
        while not self._taken("}"):
            name = self._value()
            if not self._taken(":") or not isinstance(name.value, str):
                raise UnreadError
            yield name, self.part()
            if not self._taken(",") and self._text != "}":
                raise UnreadError


def _matches(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _TOKEN.finditer(text) if match.lastgroup != "gap")


def _scalar(text: str) -> Scalar:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    try:
        value: Scalar = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadError from error
    return value
