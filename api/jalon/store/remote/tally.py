"""A tally of a graph: how many triples it has, and what they come to, in whatever order they come.

Each triple is hashed, and the hashes are added, so that nothing needs to be sorted or kept. Of
triples that an engine may write otherwise, 16 bytes are kept, to tell those from others.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from jalon.store.remote.values import value_of

_BYTES, _SHORT_BYTES = 16, 8
_MODULUS = 1 << (8 * _BYTES)
_PARTS = 16
"""Short hashes are compared by so many parts, so that few are in memory as numbers."""


def _short() -> array[int]:
    return array("Q")


@dataclass(slots=True)
class Tally:
    """The triples of one graph; ``rounded`` as ``value_of``."""

    rounded: bool = False
    triples: int = 0
    _sum: int = 0
    _written: array[int] = field(default_factory=_short)
    _values: array[int] = field(default_factory=_short)

    def add(self, triple: str) -> None:
        """Counts a triple, written as pyoxigraph does."""
        self.triples += 1
        value = value_of(triple, rounded=self.rounded)
        if value is None:
            digest = blake2b(triple.encode(), digest_size=_BYTES).digest()
            self._sum = (self._sum + int.from_bytes(digest)) % _MODULUS
        else:
            self._written.append(_hash_of(triple))
            self._values.append(_hash_of(value))

    def compared(self, other: Tally) -> Compared:
        """What is so of this graph, and of that which it should be the same as."""
        same, only = self._sum == other._sum, 0
        for part in range(_PARTS):
            ours, theirs = set(_part(self._values, part)), set(_part(other._values, part))
            only += len(ours ^ theirs)
        written = 0
        for part in range(_PARTS):
            theirs = set(_part(other._written, part))
            written += len(theirs.difference(_part(self._written, part)))
        plain = self._plain() == other._plain()
        return Compared(self.triples, other.triples, same and plain and not only, written)

    def _plain(self) -> int:
        return self.triples - len(self._values)


@dataclass(frozen=True, slots=True)
class Compared:
    """How many triples two graphs have, whether they say the same, and how many of the second one
    are written otherwise in the first."""

    ours: int
    theirs: int
    same: bool
    rewritten: int


def _hash_of(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=_SHORT_BYTES).digest())


def _part(hashes: array[int], part: int) -> Iterator[int]:
    return (each for each in hashes if each % _PARTS == part)
