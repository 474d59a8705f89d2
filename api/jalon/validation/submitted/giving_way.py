"""The notes by which an organisation lets the values of other graphs give way (DESIGN §4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store
from rdflib import RDF

from jalon.errors import LANGUAGES, messages
from jalon.store.shown import ABOUT, ABOUT_PROPERTY, SUPERSEDES, Term, is_shown
from jalon.terms import AP, STATUS
from jalon.validation.submitted.naming import DIGITS

TYPE = NamedNode(str(RDF.type))
NOTE = NamedNode(str(AP.Note))
REASON = NamedNode(str(AP.reason))
VALUE_STATUS = NamedNode(str(AP.valueStatus))
STATED = NamedNode(str(STATUS.stated))

NOTES = "id/note/"
INSTEAD = "instead-of"
"""What tells the IRIs of these notes from those that nodes of documents are given."""

Slot = tuple[NamedNode, NamedNode]
"""A thing and a property of it."""

Graphs = frozenset[NamedNode]


def is_worked_out(iri: str, base: str, organisation: str) -> bool:
    """Whether an IRI is one of these notes, of an organisation: nobody says anything of them."""
    start = re.escape(f"{base}{NOTES}{organisation}-{INSTEAD}-")
    return re.fullmatch(f"{start}[0-9a-f]{{{DIGITS}}}", iri) is not None


class Notes:
    """What gives way in which places, by the notes of one graph, and by those of others."""

    def __init__(self, store: Store, base: str, graph: NamedNode) -> None:
        self._store = store
        self._base = base
        self._graph = graph
        self._organisation = graph.value.rpartition("/")[2]
        self._about: dict[NamedNode, list[Quad]] = {}

    def silenced(self, slot: Slot) -> Graphs:
        """The graphs whose values give way in a place to what this one says."""
        return frozenset(
            graph for note in self._standing(slot) for graph in self._said(note, SUPERSEDES)
        )

    def silenced_by_others(self, slot: Slot) -> Graphs:
        """The graphs whose values give way in a place by what other graphs say."""
        thing, said_of = slot
        found: set[NamedNode] = set()
        for about in self._notes_about(thing):
            graph = about.graph_name
            if graph == self._graph or not isinstance(graph, NamedNode):
                continue
            is_about_it = Quad(about.subject, ABOUT_PROPERTY, said_of, graph) in self._store
            if is_about_it and is_shown(graph.value, self._base):
                for quad in self._store.quads_for_pattern(about.subject, SUPERSEDES, None, graph):
                    if isinstance(quad.object, NamedNode):
                        found.add(quad.object)
        return frozenset(found)

    def restated(self, needed: Mapping[Slot, Graphs]) -> tuple[set[Quad], set[Quad]]:
        """What notes say now and what they have to say, for just these graphs to give way.

        Notes that say so stay as they are. One that others have written, of several places, is cut
        up where one of these is to change: nothing changes in the others.
        """
        other = {slot for slot, graphs in needed.items() if self.silenced(slot) != graphs}
        broken = {note for slot in other for note in self._standing(slot)}
        now = {quad for note in broken for quad in self._quads(note)}
        slots = other.union(*(self._slots(note) for note in broken))
        silenced = {slot: needed[slot] if slot in needed else self.silenced(slot) for slot in slots}
        then = {quad for slot, graphs in silenced.items() for quad in self._note(slot, graphs)}
        return now, then

    def _note(self, slot: Slot, graphs: Graphs) -> Iterator[Quad]:
        """The note that lets the values of graphs give way in a place; nothing for none."""
        if not graphs:
            return
        note, (thing, said_of) = self._iri(slot), slot
        values: list[tuple[NamedNode, Term]] = [
            (TYPE, NOTE),
            (ABOUT, thing),
            (ABOUT_PROPERTY, said_of),
            (VALUE_STATUS, STATED),
            *((SUPERSEDES, graph) for graph in graphs),
            *((REASON, Literal(text, language=language)) for language, text in self._reasons()),
        ]
        for name, value in values:
            yield Quad(note, name, value, self._graph)

    def _reasons(self) -> Iterator[tuple[str, str]]:
        texts = messages("submissions")["note"]["reason"]
        for language in LANGUAGES:
            yield language, texts[language].format(organisation=self._organisation)

    def _iri(self, slot: Slot) -> NamedNode:
        digest = hashlib.sha256("\n".join(each.value for each in slot).encode()).hexdigest()
        name = f"{self._organisation}-{INSTEAD}-{digest[:DIGITS]}"
        return NamedNode(f"{self._base}{NOTES}{name}")

    def _standing(self, slot: Slot) -> Iterator[NamedNode | BlankNode]:
        """The notes of this graph that let values give way in a place."""
        thing, said_of = slot
        for about in self._notes_about(thing):
            if about.graph_name != self._graph:
                continue
            note = about.subject
            is_about_it = Quad(note, ABOUT_PROPERTY, said_of, self._graph) in self._store
            if is_about_it and isinstance(note, NamedNode | BlankNode) and self._supersedes(note):
                yield note

    def _notes_about(self, thing: NamedNode) -> list[Quad]:
        """Which notes are about a thing, in whichever graph; read once."""
        if thing not in self._about:
            self._about[thing] = list(self._store.quads_for_pattern(None, ABOUT, thing, None))
        return self._about[thing]

    def _supersedes(self, note: NamedNode | BlankNode) -> bool:
        return any(True for _ in self._said(note, SUPERSEDES))

    def _slots(self, note: NamedNode | BlankNode) -> Iterable[Slot]:
        return product(self._said(note, ABOUT), self._said(note, ABOUT_PROPERTY))

    def _said(self, note: NamedNode | BlankNode, name: NamedNode) -> Iterator[NamedNode]:
        for quad in self._store.quads_for_pattern(note, name, None, self._graph):
            if isinstance(quad.object, NamedNode):
                yield quad.object

    def _quads(self, note: NamedNode | BlankNode) -> Iterator[Quad]:
        return self._store.quads_for_pattern(note, None, None, self._graph)
