"""The live index: the one copy that is written to. Nobody asks it; its snapshots are asked.

It keeps the shown graph (DESIGN §4) up to date in its unnamed graph, at the cost of what changes.
What a crash leaves of it is never opened again: the next one starts from a snapshot.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, compress, groupby
from operator import attrgetter
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from jalon.store.remote.deltas import Touched, point_of
from jalon.store.showing import Note, Showing
from jalon.store.shown import NOTE_PROPERTIES, Place, is_shown, superseded
from jalon.store.snapshot import Derivation, Seals, Snapshot, Stamp, write_snapshot
from jalon.store.touches import Touches
from jalon.terms import CATALOGUE_GRAPH, ENTAILED_GRAPH

UNNAMED = DefaultGraph()
BULK_QUADS = 500
"""From so many quads on, table files are written at once: dear for a few, but then no checkpoint
has to write them (measured: at 100 quads 17 ms for 13, at 800 24 for 34, at 6,400 75 for 180)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Quads to take away, then quads to add; what is not there, or there already, is no change."""

    adds: tuple[Quad, ...] = ()
    removes: tuple[Quad, ...] = ()

    def as_kept(self) -> Change:
        """The same, as the engine keeps it."""
        return Change(tuple(as_kept(self.adds)), tuple(as_kept(self.removes)))


def read_quads(nquads: bytes) -> tuple[Quad, ...]:
    """The quads of N-Quads in their order; blank nodes keep their labels."""
    return tuple(parse(nquads, RdfFormat.N_QUADS))


def copy_checkpoint(checkpoint: Path, folder: Path) -> None:
    """A copy that can be written to, in a folder that does not exist yet, on the same disk."""
    folder.mkdir(parents=True)
    for file in checkpoint.iterdir():
        # Table files are never written again: one copy serves all.
        copy = os.link if file.suffix == ".sst" else shutil.copyfile
        copy(file, folder / file.name)


class LiveIndex:
    """An index in a folder of its own; with ``own``, the unnamed graph is as it is written to.

    ``touches`` are what came and went since it was last published; ``touched``, where somebody
    wants it, are these quads themselves.
    """

    def __init__(self, store: Store, stamp: Stamp, *, own: bool = False) -> None:
        self.touched: Touched | None = None
        self._store = store
        self._own = own
        self._showing = Showing(store, stamp.base)
        self._seals: Seals = stamp.seals
        self._unshown: dict[Quad, Quad] = {}
        self.stamp = stamp
        self.touches = Touches(stamp.identity)

    @classmethod
    def begin(cls, folder: Path, base: str, *, own: bool = False) -> LiveIndex:
        """An empty index in a folder that does not exist yet."""
        return cls(Store(str(folder)), Stamp(base), own=own)

    @classmethod
    def follow(cls, snapshot: Snapshot, folder: Path, *, own: bool = False) -> LiveIndex:
        """An index that goes on where a snapshot ends, which it leaves as it is."""
        copy_checkpoint(snapshot.checkpoint, folder)
        return cls(Store(str(folder)), snapshot.stamp, own=own)

    def missing(self, quads: Iterable[Quad]) -> Iterator[bool]:
        """For each quad, as the index writes it, whether it is not there."""
        plain = not (self._own or self._showing.gives_way())
        for graph, group in groupby(quads, attrgetter("graph_name")):
            # To look is dear: what is not shown stands in none of the graphs that are.
            if plain and is_shown(getattr(graph, "value", ""), self.stamp.base):
                yield from map(self._is_unshown, group)
            else:
                yield from map(self._is_missing, group)

    def forget(self) -> None:
        """Lets go of what was looked up; whoever makes a change of it has no need of it."""
        self._unshown.clear()

    def apply(self, change: Change) -> None:
        """Makes a change, and in the shown graph what follows of it."""
        kept = change.as_kept()
        self.make(self._effective(kept, self.missing(kept.adds)))

    def make(self, change: Change) -> None:
        """As ``apply``, of a change as the index writes it, each quad of which changes something.

        That is, none is both taken away and added.
        """
        notes = self._showing.notes(chain(change.removes, change.adds))
        if self._own:
            self._write(change)
        elif notes or self._showing.gives_way():
            self._make_with_notes(change, notes)
        else:
            self._make_plain(change)
        self.forget()

    def load(self, changes: Iterable[Change]) -> None:
        """Makes many changes, and the shown graph from the whole at the end.

        Then all of it is put together: queries have fewer tables to look into (measured: a tenth of
        the time of short ones).
        """
        self.touches.lose()
        if self.touched is not None:
            self.touched.lose()
        for change in changes:
            kept = change.as_kept()
            # What is shown is not made yet: it tells nothing.
            self._write(self._effective(kept, map(self._is_missing, kept.adds)))
        if not self._own:
            self._show_all()
        self._store.optimize()

    def entail(self, triples: Iterable[Triple], derivation: Derivation) -> None:
        """Puts what follows in the place of what followed before, less what is shown."""
        graph = NamedNode(self.stamp.base + ENTAILED_GRAPH)
        wanted = {Quad(each.subject, each.predicate, each.object, graph) for each in triples}
        new = {quad for quad in wanted if _unnamed(quad) not in self._store}
        old = set(self._store.quads_for_pattern(None, None, None, graph))
        for quad in old - new:
            self._store.remove(quad)
        self._add(new - old)
        self._note(old ^ new)
        if bool(old) != bool(new):
            self.touches.note_graph(graph)
        count = sum(1 for _ in self._store.quads_for_pattern(None, None, None, graph))
        self.stamp = replace(self.stamp, entailed=count, derivation=derivation)

    def record(self, said: Iterable[Triple]) -> None:
        """Puts what is said of releases into the catalogue: it is neither counted nor shown.

        Where the unnamed graph is as it is written to, nothing but what is written stands here.
        """
        graph = NamedNode(self.stamp.base + CATALOGUE_GRAPH)
        quads = [Quad(each.subject, each.predicate, each.object, graph) for each in said]
        if self._own or not quads:
            return
        if not self._has_graph(graph):
            self.touches.note_graph(graph)
        self.touches.note_apart(quads, graph)
        if self.touched is not None:
            self.touched.note(quads)
        self._add(quads)

    def shown_triples(self) -> Iterator[Triple]:
        """The shown graph, its literals as queries meet them, in no order."""
        for quad in self._store.quads_for_pattern(None, None, None, UNNAMED):
            yield quad.triple

    def publish(self, place: Path, number: int = 0, commit: str = "") -> Snapshot:
        """A snapshot of the index as it is after a commit; see write_snapshot."""
        self.stamp = replace(self.stamp, number=number, commit=commit)
        snapshot = write_snapshot(place, self._store, self.stamp, self._seals)
        self._seals = snapshot.stamp.seals
        self.touches = Touches(snapshot.stamp.identity)
        return snapshot

    def settle(self, place: Path) -> Snapshot:
        """Puts all of it together: the same release as before, with fewer tables to look into."""
        self._store.optimize()
        snapshot = write_snapshot(place, self._store, self.stamp, self._seals)
        self._seals = snapshot.stamp.seals
        return snapshot

    def write_delta(self, folder: Path, before: Stamp, number: int, commit: str) -> None:
        """Says for an engine what came and went since a release; for before it is published."""
        if self.touched is not None:
            after = replace(self.stamp, number=number, commit=commit)
            points = (point_of(before), point_of(after))
            self.touched.write(folder, self._store, self.stamp.base, *points)

    def _effective(self, change: Change, missing: Iterable[bool]) -> Change:
        """What changes something; ``missing`` says which quads to add are not there."""
        added = set(change.adds)
        return Change(
            tuple(compress(change.adds, missing)),
            tuple(quad for quad in change.removes if quad not in added and quad in self._store),
        )

    def _is_missing(self, quad: Quad) -> bool:
        return quad not in self._store

    def _is_unshown(self, quad: Quad) -> bool:
        """Whether a quad of a graph that is shown is not there, where nothing gives way."""
        triple = _unnamed(quad)
        if triple in self._store:
            return quad not in self._store
        self._unshown[quad] = triple
        return True

    def _make_plain(self, change: Change) -> None:
        """A change where nothing gives way, before or after."""
        stated, touched = self._shown_of(change.adds), self._shown_of(change.removes)
        unshown = {*self._unshown.values()}
        new = [triple for triple in stated if triple in unshown or triple not in self._store]
        self._write(change, new)
        gone = [triple for triple in touched - stated if not self._showing.shows(triple)]
        self._hide(gone)

    def _make_with_notes(self, change: Change, notes: set[Note]) -> None:
        before = set(self._showing.places(notes))
        self._write(change)
        after = set(self._showing.places(notes))
        asked = self._shown_of(change.adds) | self._shown_of(change.removes)
        for place in before ^ after:
            asked.update(map(_unnamed, self._showing.standing(place)))
        # Most of what is added does not give way: to find out who else says it would be dear.
        wanted = {_unnamed(quad) for quad in change.adds if self._showing.states(quad)}
        wanted |= {triple for triple in asked - wanted if self._showing.shows(triple)}
        self.touches.note(asked | wanted)
        self._write(Change(), [triple for triple in wanted if triple not in self._store])
        self._hide([triple for triple in asked - wanted if triple in self._store])

    def _write(self, change: Change, shown: Collection[Quad] = ()) -> None:
        """Makes a change that changes something, and puts triples into the shown graph."""
        self._note(change.removes)
        self._note(change.adds)
        if self.touched is not None:
            self.touched.note(shown)
        for graph in {quad.graph_name for quad in change.adds}:
            if not self._has_graph(graph):
                self.touches.note_graph(graph)
        for quad in change.removes:
            self._store.remove(quad)
        self._add([*change.adds, *shown])
        self._forget_empty({quad.graph_name for quad in change.removes})
        quads = self.stamp.quads - len(change.removes) + len(change.adds)
        self.stamp = replace(self.stamp, quads=quads, shown=self.stamp.shown + len(shown))

    def _hide(self, triples: Collection[Quad]) -> None:
        """Takes triples out of the shown graph."""
        for triple in triples:
            self._store.remove(triple)
        if self.touched is not None:
            self.touched.note(triples)
        self.stamp = replace(self.stamp, shown=self.stamp.shown - len(triples))

    def _note(self, quads: Collection[Quad]) -> None:
        self.touches.note(quads)
        if self.touched is not None:
            self.touched.note(quads)

    def _forget_empty(self, graphs: Iterable[NamedNode | BlankNode | DefaultGraph]) -> None:
        """A graph without quads is none; the engine would go on to name it."""
        for graph in graphs:
            quads = self._store.quads_for_pattern(None, None, None, graph)
            if isinstance(graph, NamedNode) and next(quads, None) is None:
                self._store.remove_graph(graph)
                self.touches.note_graph(graph)

    def _has_graph(self, graph: NamedNode | BlankNode | DefaultGraph) -> bool:
        return isinstance(graph, DefaultGraph) or self._store.contains_named_graph(graph)

    def _add(self, quads: Collection[Quad]) -> None:
        load = self._store.bulk_extend if len(quads) >= BULK_QUADS else self._store.extend
        load(quads)

    def _shown_of(self, quads: Iterable[Quad]) -> set[Quad]:
        """What graphs that are shown say of quads, in the unnamed graph."""
        return {
            self._unshown.get(quad) or _unnamed(quad)
            for graph, group in groupby(quads, attrgetter("graph_name"))
            if is_shown(getattr(graph, "value", ""), self.stamp.base)
            for quad in group
        }

    def _show_all(self) -> None:
        self._store.clear_graph(UNNAMED)
        kept = [
            graph for graph in self._store.named_graphs() if is_shown(graph.value, self.stamp.base)
        ]
        said = (
            quad
            for graph in kept
            for said_of in NOTE_PROPERTIES
            for quad in self._store.quads_for_pattern(None, said_of, None, graph)
        )
        gone = superseded(said)
        for graph in kept:
            self._store.bulk_extend(
                _unnamed(quad)
                for quad in self._store.quads_for_pattern(None, None, None, graph)
                if not gone or Place(quad.subject, quad.predicate, graph) not in gone
            )
        shown = sum(1 for _ in self._store.quads_for_pattern(None, None, None, UNNAMED))
        self.stamp = replace(self.stamp, shown=shown)


def _unnamed(said: Quad | Triple) -> Quad:
    # Measured: it takes half as long where the graph is not named.
    return Quad(said.subject, said.predicate, said.object)


def as_kept(quads: Iterable[Quad]) -> list[Quad]:
    """The quads as the engine keeps them, each once: it writes literals its own way."""
    given = tuple(quads)
    if not given:
        return []
    kept = Store()
    kept.extend(given)
    return list(kept)
