"""What a change of quads comes to in the validation view: triples that are new or gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from pyoxigraph import NamedNode, Quad, Store, Triple

from jalon.store.shown import NOTE_PROPERTIES, superseded
from jalon.validation.incremental.dataset import Allowance, Dataset, Some
from jalon.validation.incremental.marks import deciding, marks_of, things_marked
from jalon.validation.view import MARKERS


@dataclass(frozen=True, slots=True)
class ViewChange:
    """Triples of the view that a change adds and removes; ``before`` is the dataset it meets."""

    before: Dataset
    adds: frozenset[Triple]
    removes: frozenset[Triple]


def view_change(
    store: Store, base: str, change: tuple[Iterable[Quad], Iterable[Quad]], allowance: Allowance
) -> ViewChange:
    """What quads to add, and quads to take away first, change in the view of a store.

    The store is a release's, whose unnamed graph is the shown graph. Raises TooMuch.
    """
    adds, removes = _net(store, *change)
    before = Dataset(store, base, allowance)
    after = Dataset(store, base, allowance, adds, removes, before.standing)
    both = Dataset(store, base, allowance, adds, standing=before.standing)
    changed = (*adds.all, *removes)
    touched = {quad.triple: quad for quad in changed if before.kind(quad.graph_name) is not None}
    for quad in _giving_way_otherwise(before, after, changed):
        touched.setdefault(quad.triple, quad)
    # What is said is shown, where nothing gives way.
    standing = frozenset() if before.anything_gives_way else removes
    new: set[Triple] = set()
    gone: set[Triple] = set()
    for triple, quad in touched.items():
        if triple.predicate in MARKERS:
            continue
        was = quad in standing or Quad(*triple) in store
        is_now = after.shows(quad)
        if was != is_now:
            (new if is_now else gone).add(triple)
    for thing in things_marked(both, deciding(before, after, changed)):
        marks, kept = marks_of(after, thing), marks_of(before, thing)
        new |= marks - kept
        gone |= kept - marks
    return ViewChange(before, frozenset(new), frozenset(gone))


def _net(store: Store, adds: Iterable[Quad], removes: Iterable[Quad]) -> tuple[Some, set[Quad]]:
    """What there is not yet, in the forms that it is written in, and what there is and goes.

    The store writes literals its own way, and takes other ways to write them for the same.
    """
    written = tuple(adds)
    said = Store()
    said.extend(written)
    taken = {quad for quad in removes if quad in store and quad not in said}
    return Some(quad for quad in written if quad not in store), taken


def _giving_way_otherwise(
    before: Dataset, after: Dataset, changed: tuple[Quad, ...]
) -> Iterable[Quad]:
    """The quads that give way before a change or after it, and not both, of old and new ones."""
    notes = {
        (quad.subject, quad.graph_name)
        for quad in changed
        if quad.predicate in NOTE_PROPERTIES and before.kind(quad.graph_name) is not None
    }
    places = [
        superseded(
            quad
            for note, graph in notes
            for name in NOTE_PROPERTIES
            for quad in dataset.quads((note, name, None, graph))
        )
        for dataset in (before, after)
    ]
    for place in places[0] ^ places[1]:
        if isinstance(place.property, NamedNode) and isinstance(place.graph, NamedNode):
            pattern = (place.thing, place.property, None, place.graph)
            yield from chain(before.quads(pattern), after.quads(pattern))
