"""The live index: the one copy that is written to. Nobody asks it; its snapshots are asked.

It keeps the shown graph (DESIGN §4) up to date in its unnamed graph, at the cost of what changes.
What a crash leaves of it is never opened again: the next one starts from a snapshot.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from jalon.store.shown import (
    ABOUT,
    ABOUT_PROPERTY,
    NOTE_PROPERTIES,
    SUPERSEDES,
    Place,
    is_shown,
    superseded,
)
from jalon.store.snapshot import Derivation, Seals, Snapshot, Stamp, write_snapshot
from jalon.terms import ENTAILED_GRAPH

UNNAMED = DefaultGraph()
BULK_QUADS = 10_000

Note = tuple[NamedNode | BlankNode | Triple, NamedNode | BlankNode | DefaultGraph]
"""A note and the graph that it stands in."""


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
    """An index in a folder of its own; with ``own``, the unnamed graph is as it is written to."""

    def __init__(self, store: Store, stamp: Stamp, *, own: bool = False) -> None:
        self._store = store
        self._own = own
        self._seals: Seals = stamp.seals
        self.stamp = stamp

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
        """For each quad whether it is not there, as the index writes it."""
        for quad in quads:
            yield quad not in self._store

    def apply(self, change: Change) -> None:
        """Makes a change, and in the shown graph what follows of it."""
        change = change.as_kept()
        if self._own:
            self._write(change)
            return
        notes = self._notes(change)
        before = set(self._places(notes))
        self._write(change)
        after = set(self._places(notes))
        touched = self._shown_of(change.removes)
        for place in before ^ after:
            touched.update(map(_unnamed, self._standing(place)))
        self._show(self._shown_of(change.adds), touched)

    def load(self, changes: Iterable[Change]) -> None:
        """Makes many changes, and the shown graph from the whole at the end."""
        for change in changes:
            self._write(change.as_kept())
        if not self._own:
            self._show_all()

    def entail(self, triples: Iterable[Triple], derivation: Derivation) -> None:
        """Puts what follows in the place of what followed before, less what is shown."""
        graph = NamedNode(self.stamp.base + ENTAILED_GRAPH)
        wanted = {Quad(each.subject, each.predicate, each.object, graph) for each in triples}
        new = {quad for quad in wanted if _unnamed(quad) not in self._store}
        for quad in list(self._store.quads_for_pattern(None, None, None, graph)):
            if quad not in new:
                self._store.remove(quad)
        self._add(new)
        count = sum(1 for _ in self._store.quads_for_pattern(None, None, None, graph))
        self.stamp = replace(self.stamp, entailed=count, derivation=derivation)

    def shown_triples(self) -> Iterator[Triple]:
        """The shown graph, its literals as queries meet them, in no order."""
        for quad in self._store.quads_for_pattern(None, None, None, UNNAMED):
            yield quad.triple

    def publish(self, place: Path, number: int = 0, commit: str = "") -> Snapshot:
        """A snapshot of the index as it is after a commit; see write_snapshot."""
        self.stamp = replace(self.stamp, number=number, commit=commit)
        snapshot = write_snapshot(place, self._store, self.stamp, self._seals)
        self._seals = snapshot.stamp.seals
        return snapshot

    def _write(self, change: Change) -> None:
        removes = [quad for quad in change.removes if quad in self._store]
        for quad in removes:
            self._store.remove(quad)
        adds = [quad for quad in change.adds if quad not in self._store]
        self._add(adds)
        self._forget_empty({quad.graph_name for quad in removes})
        quads = self.stamp.quads - len(removes) + len(adds)
        self.stamp = replace(self.stamp, quads=quads)

    def _forget_empty(self, graphs: Iterable[NamedNode | BlankNode | DefaultGraph]) -> None:
        """A graph without quads is none; the engine would go on to name it."""
        for graph in graphs:
            quads = self._store.quads_for_pattern(None, None, None, graph)
            if isinstance(graph, NamedNode) and next(quads, None) is None:
                self._store.remove_graph(graph)

    def _add(self, quads: Collection[Quad]) -> None:
        # Bulk loading writes table files at once: right for many quads, dear for a few.
        load = self._store.bulk_extend if len(quads) > BULK_QUADS else self._store.extend
        load(quads)

    def _shown_of(self, quads: Iterable[Quad]) -> set[Quad]:
        """What graphs that are shown say of quads, in the unnamed graph."""
        return {
            _unnamed(quad)
            for graph, group in groupby(quads, attrgetter("graph_name"))
            if is_shown(getattr(graph, "value", ""), self.stamp.base)
            for quad in group
        }

    def _show(self, stated: set[Quad], touched: set[Quad]) -> None:
        """Puts triples into the shown graph, or takes them out, as their graphs say now.

        Those that are ``stated`` stand in a graph that shows them, unless they give way.
        """
        superseding = self._store.quads_for_pattern(None, SUPERSEDES, None, None)
        giving_way = next(superseding, None) is not None
        asked = stated | touched if giving_way else touched - stated
        wanted = {quad for quad in asked if self._is_shown(quad, giving_way=giving_way)}
        if not giving_way:
            wanted |= stated
        new = [quad for quad in wanted if quad not in self._store]
        gone = [quad for quad in asked - wanted if quad in self._store]
        self._add(new)
        for quad in gone:
            self._store.remove(quad)
        self.stamp = replace(self.stamp, shown=self.stamp.shown + len(new) - len(gone))

    def _is_shown(self, triple: Quad, *, giving_way: bool) -> bool:
        """Whether a graph shows a triple; ``giving_way``: there are values that give way."""
        return any(
            self._in_shown_graph(quad) and not (giving_way and self._is_superseded(quad))
            for quad in self._store.quads_for_pattern(
                triple.subject, triple.predicate, triple.object, None
            )
        )

    def _is_superseded(self, quad: Quad) -> bool:
        """Whether a note says that the values of the quad's place give way; see superseded."""
        if not isinstance(quad.graph_name, NamedNode):
            return False
        return any(
            self._in_shown_graph(about)
            and Quad(about.subject, ABOUT_PROPERTY, quad.predicate, about.graph_name) in self._store
            and Quad(about.subject, SUPERSEDES, quad.graph_name, about.graph_name) in self._store
            for about in self._store.quads_for_pattern(None, ABOUT, quad.subject, None)
        )

    def _notes(self, change: Change) -> set[Note]:
        """The notes whose say on what gives way the change touches, each with its graph."""
        return {
            (quad.subject, quad.graph_name)
            for quad in chain(change.removes, change.adds)
            if quad.predicate in NOTE_PROPERTIES and self._in_shown_graph(quad)
        }

    def _places(self, notes: Iterable[Note]) -> Iterable[Place]:
        said = (
            quad
            for note, graph in notes
            for said_of in NOTE_PROPERTIES
            for quad in self._store.quads_for_pattern(note, said_of, None, graph)
        )
        return superseded(said)

    def _standing(self, place: Place) -> Iterator[Quad]:
        thing, said_of, graph = place.thing, place.property, place.graph
        if isinstance(thing, Literal) or not isinstance(said_of, NamedNode):
            return
        if isinstance(graph, NamedNode):
            yield from self._store.quads_for_pattern(thing, said_of, None, graph)

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

    def _in_shown_graph(self, quad: Quad) -> bool:
        return is_shown(getattr(quad.graph_name, "value", ""), self.stamp.base)


def _unnamed(said: Quad | Triple) -> Quad:
    return Quad(said.subject, said.predicate, said.object, UNNAMED)


def as_kept(quads: Iterable[Quad]) -> list[Quad]:
    """The quads as the engine keeps them, each once: it writes literals its own way."""
    given = tuple(quads)
    if not given:
        return []
    kept = Store()
    kept.extend(given)
    return list(kept)
