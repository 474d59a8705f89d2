"""What of changes would change something, of those that come one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, islice

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
        live.forget()
        self._live = live
        self._added = set[Quad]()
        self._removed = set[Quad]()

    @property
    def net(self) -> Change:
        """All of them as one, as the index keeps it; each quad of it changes something."""
        return Change(tuple(self._added), tuple(self._removed))

    def of(self, changes: Sequence[ChangeSet]) -> list[ChangeSet]:
        """Of each what would, once those before it are made."""
        parts = [read_quads(lines) for each in changes for lines in (each.adds, each.removes)]
        all_kept = iter(kept_each([*chain.from_iterable(parts)]))
        kept = [[*islice(all_kept, len(part))] for part in parts]
        return [*map(self._of, changes, kept[::2], kept[1::2])]

    def _of(self, change: ChangeSet, kept: Sequence[Quad], gone: Sequence[Quad]) -> ChangeSet:
        new, old = [not there for there in self._are_there(kept)], [*self._are_there(gone)]
        if gone:
            # What is removed in one form and added in another is one value to the index: it stays.
            lost = set(gone)
            new = [is_new or quad in lost for quad, is_new in zip(kept, new, strict=True)]
        _move(set(compress(gone, old)), self._added, self._removed)
        _move(set(compress(kept, new)), self._removed, self._added)
        return ChangeSet(
            b"".join(compress(change.adds.splitlines(keepends=True), new)),
            b"".join(compress(change.removes.splitlines(keepends=True), old)),
        )

    def _are_there(self, quads: Sequence[Quad]) -> Iterator[bool]:
        for quad, missing in zip(quads, self._live.missing(quads), strict=True):
            yield quad in self._added or not (missing or quad in self._removed)


def _move(quads: set[Quad], undone: set[Quad], done: set[Quad]) -> None:
    """Quads take back what was done to them before; to the others it is done."""
    done |= quads - undone
    undone -= quads


def kept_each(quads: Sequence[Quad]) -> list[Quad]:
    """Each quad as the index keeps it, in their order: it writes literals its own way."""
    values = {quad.object for quad in quads if _is_rewritten(quad.object)}
    if not values:
        return list(quads)
    given = {NamedNode(f"value:{number}"): value for number, value in enumerate(values)}
    kept = as_kept(Quad(name, _STRING, value) for name, value in given.items())
    written = {given[each.subject]: each.object for each in kept}  # type: ignore[index]
    return [
        quad
        if written.get(quad.object, quad.object) == quad.object
        else Quad(quad.subject, quad.predicate, written[quad.object], quad.graph_name)
        for quad in quads
    ]


def _is_rewritten(value: object) -> bool:
    """Whether the index may write a value another way: a literal that is no text."""
    return isinstance(value, Literal) and not value.language and value.datatype != _STRING


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
