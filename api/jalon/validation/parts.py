"""Validation of a whole graph within bounds of memory, however much of it is wrong.

An engine keeps some 10 kB for each result, so that a rule that fails everywhere takes more memory
than the data. Where there are too many at once, the nodes that shapes are for are looked at in
parts: the data is read again for each, and says itself which nodes the shapes are for (``aiming``).
"""

from __future__ import annotations

import io
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, cast

from pyoxigraph import RdfFormat, parse

from jalon.store.shown import Term
from jalon.validation.engines.choice import engine
from jalon.validation.incremental.activity import Classes
from jalon.validation.incremental.aiming import AIM, aimed
from jalon.validation.incremental.analysis import SUBCLASS, TYPE, Targets
from jalon.validation.port import EngineName, Find, Found, Text, TooManyResults
from jalon.validation.shapes import Shapes

MOST_AT_ONCE = 4_000
"""Results that an engine may keep at a time."""

_SAMPLE = 256
"""A part in so many is looked at to see how many there are."""

_FILLED = 0.7
_FINEST = 2**24
"""Nodes are not parted any more where each would stand alone."""

_BLOCK = 1 << 20

_TYPE, _SUBCLASS = (str(name).encode() for name in (TYPE, SUBCLASS))

Roots = Mapping[bytes, frozenset[str]]
"""Shapes by the text of what leads to them."""


def in_parts(
    data: bytes | Text, shapes: Shapes, targets: Targets, name: EngineName, most: int = MOST_AT_ONCE
) -> Iterator[Iterable[Found]]:
    """All results for a data graph, so many of them at a time: each node's are in one part."""
    parts = _Parts(data, shapes, targets, name)
    sample = sum(1 for _ in parts.find(parts.text(_SAMPLE, 0)))
    number = max(2, round(sample * _SAMPLE / most / _FILLED))
    left = [(number, place) for place in range(number)]
    while left:
        number, place = left.pop()
        try:
            found = parts.find(parts.text(number, place), most if number < _FINEST else None)
        except TooManyResults:
            left += [(2 * number, place), (2 * number, place + number)]
        else:
            yield found


class _Parts:
    """A data graph, and the shapes that look at the nodes it tells them to."""

    def __init__(
        self, data: bytes | Text, shapes: Shapes, targets: Targets, name: EngineName
    ) -> None:
        self._lines = _Kept(data)
        self._targets = targets
        kinds = (targets.nodes, targets.classes, targets.subjects_of, targets.objects_of)
        roots = sorted({shape for kind in kinds for found in kind.values() for shape in found})
        self._aims = {
            shape: f"<{AIM}> <{AIM}{number}> ".encode() for number, shape in enumerate(roots)
        }
        self.find: Find = engine(name).ready(
            aimed(shapes, {shape: number for number, shape in enumerate(roots)})
        )
        self._classes = self._by_class()
        self._subjects_of = _by_text(targets.subjects_of)
        self._objects_of = _by_text(targets.objects_of)

    def text(self, number: int, place: int) -> Text:
        """The data, for the nodes of one of so many parts."""

        def write(out: BinaryIO) -> None:
            self._lines.write_to(out)
            for node, roots in self._nodes(number, place).items():
                out.write(b"".join(self._aims[root] + node + b" .\n" for root in roots))

        return write

    def _nodes(self, number: int, place: int) -> Mapping[bytes, set[str]]:
        """The nodes of a part, each with the shapes that it is a target of (SHACL §2.1.3)."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for target, shapes in self._targets.nodes.items():
            node = str(target).encode()
            if zlib.crc32(node) % number == place:
                found[node] |= shapes
        for subject, name, value in self._lines.triples():
            roots = self._subjects_of.get(name)
            if name == _TYPE:
                roots = (roots or frozenset()) | self._classes.get(value, frozenset())
            if roots and zlib.crc32(subject) % number == place:
                found[subject] |= roots
            led = self._objects_of.get(name)
            if led and zlib.crc32(value) % number == place:
                found[value] |= led
        return found

    def _by_class(self) -> Roots:
        """The shapes that are for the instances of each class."""
        lines = (b" ".join(each) for each in self._lines.triples() if each[1] == _SUBCLASS)
        said = parse(b" .\n".join((*lines, b"")), RdfFormat.N_TRIPLES)
        classes = Classes.of(quad.triple for quad in said)
        known = self._targets.classes
        return _by_text(
            {
                kind: frozenset[str]().union(*(known.get(each, ()) for each in classes.above(kind)))
                for kind in (*classes.parents, *known)
            }
        )


def _by_text(shapes: Mapping[Term, frozenset[str]]) -> Roots:
    return {str(term).encode(): names for term, names in shapes.items()}


class _Kept(io.RawIOBase):
    """A text that is kept small."""

    def __init__(self, data: bytes | Text) -> None:
        self._pieces: list[bytes] = []
        self._packer = zlib.compressobj(1)
        if isinstance(data, bytes):
            self.write(data)
        else:
            data(cast(BinaryIO, self))
        self._pieces.append(self._packer.flush())

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        packed = self._packer.compress(piece)
        if packed:
            self._pieces.append(packed)
        return len(piece)

    def write_to(self, out: BinaryIO) -> None:
        """Writes all of it."""
        for piece in self._unpacked():
            out.write(piece)

    def triples(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Each line's subject, property and value, as they are written."""
        begun = b""
        for piece in self._unpacked():
            *whole, begun = (begun + piece).split(b"\n")
            for line in whole:
                subject, name, value = line.split(b" ", 2)
                yield subject, name, value[:-2]

    def _unpacked(self) -> Iterator[bytes]:
        unpacker = zlib.decompressobj()
        for packed in self._pieces:
            yield unpacker.decompress(packed, _BLOCK)
            while unpacker.unconsumed_tail:
                yield unpacker.decompress(unpacker.unconsumed_tail, _BLOCK)
        yield unpacker.flush()
