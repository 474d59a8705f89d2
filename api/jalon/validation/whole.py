"""The validation view of a whole release, at the cost of reading it once.

The shown graph stands in the index, which writes it out by itself; the markers are found thing by
thing, where a thing can have any. It is the same view as ``jalon.validation.view`` makes of quads,
which takes everything in memory.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from jalon.store.shown import ABOUT_PROPERTY, Term
from jalon.validation import view
from jalon.validation.incremental.change import view_change
from jalon.validation.incremental.dataset import Allowance, Dataset
from jalon.validation.incremental.marks import marks_of

_SHOWN = DefaultGraph()
_STATED = {"source": view.STATED_IN, "submitted": view.SUBMITTED_IN}


def whole_view(store: Store, base: str) -> bytes:
    """The view of a release, whose unnamed graph is the shown graph, as N-Triples.

    A triple may stand there twice.
    """
    written = io.BytesIO()
    store.dump(written, RdfFormat.N_TRIPLES, from_graph=_SHOWN)
    text = _without(written.getvalue(), _asserted_markers(store))
    return text + _lines(_marks(Dataset(store, base, _unlimited())))


def view_after(store: Store, base: str, adds: Iterable[Quad], removes: Iterable[Quad]) -> bytes:
    """The view of a release after quads are taken away, and then others added."""
    change = view_change(store, base, (adds, removes), _unlimited())
    return _without(whole_view(store, base), change.removes) + _lines(change.adds)


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
    for thing in _things(dataset.said((None, None, None, graph))):
        if thing not in exempt:
            yield Triple(thing, _STATED[kind], graph)  # type: ignore[arg-type]


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


def _without(text: bytes, triples: frozenset[Triple]) -> bytes:
    if not triples:
        return text
    gone = {f"{triple} .".encode() for triple in triples}
    return b"".join(b"%s\n" % line for line in text.splitlines() if line not in gone)


def _lines(triples: Iterable[Triple]) -> bytes:
    return "".join(f"{triple} .\n" for triple in triples).encode("utf-8")


def _unlimited() -> Allowance:
    return Allowance(sys.maxsize)
