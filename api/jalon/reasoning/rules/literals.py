"""The literals of a graph and the datatypes that their values are of: dt-type2, dt-diff."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jalon.reasoning.rules.datatypes import Value, datatypes
from jalon.reasoning.rules.terms import QUOTE, iri

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_STRING, _TAGGED = iri("xsd:string"), iri("rdf:langString")
_PLAIN, _ALL = iri("rdf:PlainLiteral"), iri("rdfs:Literal")


class Literals:
    """Which of the terms of a graph are literals, and what is known of their values."""

    def __init__(self, terms: Sequence[bytes]) -> None:
        self._terms = terms
        self._datatypes = datatypes()

    def __contains__(self, term: int) -> bool:
        return self._terms[term].startswith(QUOTE)

    def __iter__(self) -> Iterator[int]:
        return (number for number, term in enumerate(self._terms) if term.startswith(QUOTE))

    def integer(self, term: int) -> int | None:
        """The integer that a term is, if it is one."""
        value = self._value(term) if term in self else None
        if value is None or value.number is None or value.number.denominator != 1:
            return None
        return int(value.number)

    def differ(self, one: int, other: int) -> bool:
        """Whether two terms, of which one is a literal, cannot be the same (dt-diff)."""
        if one == other:
            return False
        if one not in self or other not in self:
            return True
        first, second = self._value(one), self._value(other)
        if first is None or second is None or first.number is None or second.number is None:
            return True
        return first.number != second.number

    def know(self, datatype: int) -> bool:
        """Whether a term is a datatype whose values are known."""
        term = self._terms[datatype]
        return term in self._datatypes or term in (_PLAIN, _ALL)

    def within(self, datatype: int) -> set[int]:
        """The literals whose value is of a datatype (dt-type2)."""
        return {literal for literal in self if self.has(datatype, literal)}

    def has(self, datatype: int, literal: int) -> bool | None:
        """Whether the value of a literal is of a datatype; None where that is not known."""
        term = self._terms[datatype]
        value = self._value(literal)
        if term == _ALL:
            return True
        if value is None:
            return None
        if term == _PLAIN:
            return value.space in ("text", "tagged")
        return self._datatypes[term].has(value)

    def malformed(self) -> Iterator[tuple[int, int]]:
        """The literals that have no value, with their datatypes (dt-not-type)."""
        numbers = {term: number for number, term in enumerate(self._terms) if self.know(number)}
        for literal in self:
            # What has no datatype beside it is a text, which cannot be wrong.
            if self._terms[literal].endswith(b">"):
                _, datatype = _parts(self._terms[literal])
                if datatype in self._datatypes and self._value(literal) is None:
                    yield literal, numbers[datatype]

    def _value(self, literal: int) -> Value | None:
        """The value of a literal; None where it has none, or its datatype is not known."""
        text, datatype = _parts(self._terms[literal])
        known = self._datatypes.get(datatype)
        return known.value(text) if known is not None else None


def known_datatypes() -> list[bytes]:
    """The datatypes whose values are known."""
    return [*datatypes(), _PLAIN, _ALL]


def _parts(literal: bytes) -> tuple[str, bytes]:
    """The text of a literal as it is meant, and its datatype."""
    cut = literal.rindex(b'"')
    text = literal[1:cut].decode()
    if "\\" in text:
        text = _ESCAPE.sub(_meant, text)
    if literal.endswith(b">"):
        return text, literal[cut + 3 :]
    return text, _STRING if literal.endswith(b'"') else _TAGGED


def _meant(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(escape[3], escape[3])
