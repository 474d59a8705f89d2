"""The validation view of a whole release, at the cost of reading it once.

The shown graph stands in the index, which writes it out by itself; the markers are found thing by
thing, where a thing can have any. It is the same view as ``jalon.validation.view`` makes of quads,
which takes everything in memory; here it is written out piece by piece, and stands nowhere.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Triple

from jalon.store.shown import ABOUT_PROPERTY, Term
from jalon.validation import view
from jalon.validation.incremental.change import view_change
from jalon.validation.incremental.dataset import Allowance, Dataset
from jalon.validation.incremental.marks import marks_of
from jalon.validation.port import Text

_SHOWN = DefaultGraph()
_STATED = {"source": view.STATED_IN, "submitted": view.SUBMITTED_IN}
_SUBJECTS = Path(__file__).with_name("things.rq").read_text(encoding="utf-8")


def whole_view(store: Store, base: str) -> Text:
    """The view of a release, whose unnamed graph is the shown graph, as N-Triples.

    A triple may stand there twice.
    """

    def write(out: BinaryIO) -> None:
        gone = _asserted_markers(store)
        store.dump(_sieve(out, gone), RdfFormat.N_TRIPLES, from_graph=_SHOWN)
        for mark in _marks(Dataset(store, base, _unlimited())):
            out.write(_line(mark))

    return write


def view_after(store: Store, base: str, adds: Iterable[Quad], removes: Iterable[Quad]) -> Text:
    """The view of a release after quads are taken away, and then others added."""
    change = view_change(store, base, (adds, removes), _unlimited())

    def write(out: BinaryIO) -> None:
        whole_view(store, base)(_sieve(out, change.removes))
        for triple in change.adds:
            out.write(_line(triple))

    return write


def _marks(dataset: Dataset) -> Iterator[Triple]:
    """Every marker, some of them more than once."""
    others: set[Term] = set()
    for graph in dataset.store.named_graphs():
        kind = dataset.kind(graph)
        if kind in _STATED and isinstance(graph, NamedNode):
            yield from _stated(dataset, graph, kind)
        elif kind == "editorial":
            others.update(_things(dataset.said((None, None, None, graph))))
    for name in (view.ASKS_FOR, ABOUT_PROPERTY):
        others.update(_things(dataset.said((None, name, None, None))))
    for term in dataset.deprecated:
        others.update(_things(dataset.said((None, None, term, None))))
        if isinstance(term, NamedNode):
            others.update(_things(dataset.said((None, term, None, None))))
    for thing in others:
        yield from marks_of(dataset, thing)


def _stated(dataset: Dataset, graph: NamedNode, kind: str) -> Iterator[Triple]:
    """Documents and notes need no citation, so that a source graph does not mark them."""
    exempt = {
        quad.subject
        for each in (view.DOCUMENT, view.NOTE)
        for quad in dataset.said((None, view.TYPE, each, None))
        if kind == "source"
    }
    # What somebody has said with the properties of markers does not count by itself.
    unsure = {
        quad.subject
        for name in view.MARKERS
        for quad in dataset.store.quads_for_pattern(None, name, None, graph)
    }
    exempt |= {
        thing for thing in unsure if next(dataset.said((thing, None, None, graph)), None) is None
    }
    # Only the names of things are read, which the index gives sooner than whole quads.
    found = cast(QuerySolutions, dataset.store.query(_SUBJECTS, default_graph=graph))
    for [thing] in found:
        # The graph itself is no thing that it speaks of.
        if thing is not None and thing != graph and thing not in exempt:
            yield Triple(thing, _STATED[kind], graph)


def _things(quads: Iterable[Quad]) -> Iterator[Term]:
    """The subjects of quads; those of a graph come together."""
    last: Term | None = None
    for quad in quads:
        if quad.subject != last:
            last = quad.subject
            yield last


def _asserted_markers(store: Store) -> frozenset[Triple]:
    """What somebody has said with the properties that the view alone gives values to."""
    return frozenset(
        quad.triple
        for name in view.MARKERS
        for quad in store.quads_for_pattern(None, name, None, _SHOWN)
    )


class _Sieve(io.RawIOBase):
    """Passes lines on, but for some; a line may come in pieces."""

    def __init__(self, out: BinaryIO, gone: frozenset[bytes]) -> None:
        self._out = out
        self._gone = gone
        self._begun = b""

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        text = self._begun + bytes(piece)
        whole = text.rfind(b"\n") + 1
        self._begun = text[whole:]
        lines = text[:whole].splitlines(keepends=True)
        self._out.write(b"".join(line for line in lines if line not in self._gone))
        return len(piece)


def _sieve(out: BinaryIO, triples: frozenset[Triple]) -> BinaryIO:
    if not triples:
        return out
    return cast(BinaryIO, _Sieve(out, frozenset(map(_line, triples))))


def _line(triple: Triple) -> bytes:
    return f"{triple} .\n".encode()


def _unlimited() -> Allowance:
    return Allowance(sys.maxsize)
