"""What of changes would change something, of those that come one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from pyoxigraph import Literal, NamedNode, Quad

from jalon.ledger.commits import ChangeSet
from jalon.store.live import Change, LiveIndex, as_kept, read_quads

_STRING = NamedNode("http://www.w3.org/2001/XMLSchema#string")

Sizes = Sequence[tuple[int, int]]
"""Of each of some changes, how many bytes of a payload are quads to add, and then to remove."""


def cut(payload: bytes, sizes: Sizes) -> Iterator[ChangeSet]:
    """The changes in a payload."""
    start = 0
    for adds, removes in sizes:
        middle, end = start + adds, start + adds + removes
        yield ChangeSet(payload[start:middle], payload[middle:end])
        start = end


class Difference:
    """Tells of changes one after the other what of them would change something."""

    def __init__(self, live: LiveIndex) -> None:
        self._live = live
        self._added = set[Quad]()
        self._removed = set[Quad]()

    def of(self, change: ChangeSet) -> ChangeSet:
        """What would, once the changes before are made."""
        adds, removes = read_quads(change.adds), read_quads(change.removes)
        kept, gone = [*map(_kept, adds)], [*map(_kept, removes)]
        new, old = [not there for there in self._are_there(kept)], [*self._are_there(gone)]
        if gone:
            # What is removed in one form and added in another is one value to the index: it stays.
            lost = set(gone)
            new = [is_new or quad in lost for quad, is_new in zip(kept, new, strict=True)]
        for quad in compress(gone, old):
            self._added.discard(quad)
            self._removed.add(quad)
        for quad in compress(kept, new):
            self._removed.discard(quad)
            self._added.add(quad)
        return ChangeSet(
            b"".join(compress(change.adds.splitlines(keepends=True), new)),
            b"".join(compress(change.removes.splitlines(keepends=True), old)),
        )

    def _are_there(self, quads: Sequence[Quad]) -> Iterator[bool]:
        for quad, missing in zip(quads, self._live.missing(quads), strict=True):
            yield quad in self._added or not (missing or quad in self._removed)


def _kept(quad: Quad) -> Quad:
    """A quad as the index keeps it: it writes literals its own way, but for texts."""
    value = quad.object
    if not isinstance(value, Literal) or value.language or value.datatype == _STRING:
        return quad
    return as_kept([quad])[0]


def joined(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes in order, those that only add quads as one: it is dear to begin another."""
    adds: list[Quad] = []
    for change in changes:
        adds += change.adds if not change.removes else ()
        if change.removes:
            yield Change(tuple(adds))
            yield change
            adds = []
    yield Change(tuple(adds))
