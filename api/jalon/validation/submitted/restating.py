"""What an organisation's graph has to hold for things to be shown as it wants them.

Values are looked at place by place: a property of a thing. What other graphs show there stays in
these graphs; where it is not what the organisation says, a note of the organisation lets it give
way (DESIGN §4). What they say as well is not said twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as Choice

from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import RDF

from jalon.errors import LANGUAGES, RdfRefused, messages
from jalon.store.shown import (
    ABOUT,
    ABOUT_PROPERTY,
    SUPERSEDES,
    Term,
    is_shown,
)
from jalon.terms import AP, STATUS
from jalon.validation.submitted.literals import exact_forms
from jalon.validation.submitted.naming import DIGITS, is_given

Mode = Choice["replace", "add", "change", "rows"]
"""Documents say all that the organisation says of their things; or more of it; or what is added and
what is taken away; or all that is to be shown in some places, where that may be nothing."""

TYPE = NamedNode(str(RDF.type))
NOTE = NamedNode(str(AP.Note))
REASON = NamedNode(str(AP.reason))
VALUE_STATUS = NamedNode(str(AP.valueStatus))
STATED = NamedNode(str(STATUS.stated))

Slot = tuple[NamedNode, NamedNode]
"""A thing and a property of it."""

Values = frozenset[Term]


@dataclass(frozen=True, slots=True)
class Shift:
    """What is shown in a place, before and after; in the form in which the index keeps it."""

    thing: NamedNode
    property: NamedNode
    before: Values
    after: Values


@dataclass(frozen=True, slots=True)
class Restated:
    """Quads that an organisation's graph gains, in their exact forms, and those that it loses.

    ``shifts`` are the places in which another value is shown then, in the order of their IRIs.
    """

    adds: tuple[Quad, ...]
    removes: tuple[Quad, ...]
    shifts: tuple[Shift, ...]


class Restating:
    """Works out what the graph of an organisation comes to in a release."""

    def __init__(self, store: Store, base: str, graph: NamedNode) -> None:
        self._store = store
        self._base = base
        self._graph = graph
        self._organisation = graph.value.rpartition("/")[2]

    def restated(
        self,
        mode: Mode,
        adds: Sequence[Quad],
        removes: Sequence[Quad] = (),
        scope: Iterable[Slot] = (),
    ) -> Restated:
        """What documents come to: what they say, and for ``change`` what they take away.

        For ``rows``, ``scope`` are the places that are spoken for, whether or not a value is given.

        Raises RdfRefused for what is taken away and is not shown.
        """
        exact = exact_forms(adds)
        said = _by_slot(exact)
        gained: set[Quad] = set()
        lost: set[Quad] = set()
        shifts: list[Shift] = []
        for slot, asked in self._wanted(mode, said, _by_slot(exact_forms(removes)), scope):
            wanted = self._with_classes(slot, asked)
            now = set(self._own(slot)) | set(self._note_standing(slot))
            then = set(self._to_hold(slot, wanted))
            gained |= then - now
            lost |= now - then
            shifts.append(self._shift(slot, wanted))
        if mode in ("replace", "rows"):
            orphans = set(self._orphans(gained, lost))
            lost |= orphans
            shifts += [self._shift(slot, None) for slot in _by_slot(orphans)]
        return Restated(
            adds=tuple(exact.get(quad, quad) for quad in gained),
            removes=tuple(lost),
            shifts=tuple(sorted(filter(_is_seen, shifts), key=_in_order)),
        )

    def _shift(self, slot: Slot, wanted: Values | None) -> Shift:
        after = frozenset[Term]().union(*self._others(slot).values()) if wanted is None else wanted
        return Shift(*slot, self.shown(slot), after)

    def shown(self, slot: Slot) -> Values:
        """What is shown in a place."""
        silenced = self._silenced(slot)
        others = self._others(slot)
        own = {quad.object for quad in self._own(slot)}
        return frozenset(own).union(*(others[graph] for graph in others if graph not in silenced))

    def _wanted(
        self,
        mode: Mode,
        said: Mapping[Slot, Values],
        gone: Mapping[Slot, Values],
        scope: Iterable[Slot],
    ) -> Iterator[tuple[Slot, Values | None]]:
        """What is to be shown in which places; None where the organisation is silent."""
        if mode == "rows":
            for slot in dict.fromkeys((*scope, *said)):
                yield slot, said.get(slot, frozenset())
            return
        if mode == "replace":
            yield from said.items()
            for slot in self._said_before({thing for thing, _ in said}):
                if slot not in said:
                    yield slot, None
            return
        for slot in dict.fromkeys((*said, *gone)):
            shown, taken = self.shown(slot), gone.get(slot, frozenset())
            if taken - shown:
                value = str(next(iter(sorted(taken - shown, key=str))))
                raise RdfRefused(
                    variant="absent", part="data", found=f"{slot[0]} {slot[1]} {value}"[:400]
                )
            yield slot, (shown - taken) | said.get(slot, frozenset())

    def _with_classes(self, slot: Slot, wanted: Values | None) -> Values | None:
        """Who names a class of a thing does not say that it is of no other."""
        if wanted is None or slot[1] != TYPE:
            return wanted
        return wanted.union(*self._others(slot).values())

    def _said_before(self, things: Iterable[NamedNode]) -> Iterator[Slot]:
        """The places in which the organisation has a say on these things."""
        for thing in things:
            for quad in self._store.quads_for_pattern(thing, None, None, self._graph):
                yield thing, quad.predicate
            for quad in self._store.quads_for_pattern(None, ABOUT, thing, self._graph):
                for named in self._store.quads_for_pattern(
                    quad.subject, ABOUT_PROPERTY, None, self._graph
                ):
                    if isinstance(named.object, NamedNode):
                        yield thing, named.object

    def _to_hold(self, slot: Slot, wanted: Values | None) -> Iterator[Quad]:
        """What the organisation's graph holds for these values to be shown in a place."""
        if wanted is None:
            return
        others = self._others(slot)
        silenced = {graph for graph, values in others.items() if values - wanted}
        spoken = frozenset[Term]().union(
            *(values for graph, values in others.items() if graph not in silenced)
        )
        for value in wanted - spoken:
            yield Quad(*slot, value, self._graph)
        if silenced:
            yield from self._note(slot, silenced)

    def _others(self, slot: Slot) -> Mapping[NamedNode, Values]:
        """What other graphs show in a place, as far as nobody else lets it give way."""
        silenced = self._silenced_by_others(slot)
        found: dict[NamedNode, set[Term]] = defaultdict(set)
        for quad in self._store.quads_for_pattern(*slot, None, None):
            graph = quad.graph_name
            if not isinstance(graph, NamedNode) or graph == self._graph or graph in silenced:
                continue
            if is_shown(graph.value, self._base):
                found[graph].add(quad.object)
        return {graph: frozenset(values) for graph, values in found.items()}

    def _own(self, slot: Slot) -> Iterator[Quad]:
        yield from self._store.quads_for_pattern(*slot, None, self._graph)

    def _note(self, slot: Slot, silenced: Iterable[NamedNode]) -> Iterator[Quad]:
        """The note that lets the values of graphs give way in a place."""
        note = self._note_iri(slot)
        thing, said_of = slot
        values: list[tuple[NamedNode, Term]] = [
            (TYPE, NOTE),
            (ABOUT, thing),
            (ABOUT_PROPERTY, said_of),
            (VALUE_STATUS, STATED),
            *((SUPERSEDES, graph) for graph in silenced),
            *((REASON, Literal(text, language=language)) for language, text in self._reasons()),
        ]
        for name, value in values:
            yield Quad(note, name, value, self._graph)

    def _reasons(self) -> Iterator[tuple[str, str]]:
        texts = messages("submissions")["note"]["reason"]
        for language in LANGUAGES:
            yield language, texts[language].format(organisation=self._organisation)

    def _note_iri(self, slot: Slot) -> NamedNode:
        digest = hashlib.sha256("\n".join(each.value for each in slot).encode()).hexdigest()
        return NamedNode(f"{self._base}id/note/{self._organisation}-{digest[:DIGITS]}")

    def _note_standing(self, slot: Slot) -> Iterator[Quad]:
        """What the organisation's notes say by which values give way in a place."""
        thing, said_of = slot
        for about in self._store.quads_for_pattern(None, ABOUT, thing, self._graph):
            note = about.subject
            is_about_it = Quad(note, ABOUT_PROPERTY, said_of, self._graph) in self._store
            said = list(self._store.quads_for_pattern(note, None, None, self._graph))
            if is_about_it and any(quad.predicate == SUPERSEDES for quad in said):
                yield from said

    def _silenced(self, slot: Slot) -> set[NamedNode]:
        """The graphs whose values give way in a place to what the organisation says."""
        return {
            quad.object
            for quad in self._note_standing(slot)
            if quad.predicate == SUPERSEDES and isinstance(quad.object, NamedNode)
        }

    def _silenced_by_others(self, slot: Slot) -> set[NamedNode]:
        thing, said_of = slot
        found: set[NamedNode] = set()
        for about in self._store.quads_for_pattern(None, ABOUT, thing, None):
            graph = about.graph_name
            if graph == self._graph or not isinstance(graph, NamedNode):
                continue
            is_about_it = Quad(about.subject, ABOUT_PROPERTY, said_of, graph) in self._store
            if is_about_it and is_shown(graph.value, self._base):
                for quad in self._store.quads_for_pattern(about.subject, SUPERSEDES, None, graph):
                    if isinstance(quad.object, NamedNode):
                        found.add(quad.object)
        return found

    def _orphans(self, gained: set[Quad], lost: set[Quad]) -> Iterator[Quad]:
        """What is said of nodes without names of their own that nothing leads to any more."""
        waiting = {quad.object for quad in lost}
        gone = set(lost)
        while waiting:
            node = waiting.pop()
            if not isinstance(node, NamedNode) or not self._is_given(node):
                continue
            leading = self._store.quads_for_pattern(None, None, node, None)
            is_led_to = any(quad not in gone and self._is_shown(quad) for quad in leading)
            if is_led_to or any(quad.object == node for quad in gained):
                continue
            for quad in self._store.quads_for_pattern(node, None, None, self._graph):
                if quad not in gone and quad not in gained:
                    gone.add(quad)
                    waiting.add(quad.object)
                    yield quad

    def _is_shown(self, quad: Quad) -> bool:
        return is_shown(getattr(quad.graph_name, "value", ""), self._base)

    def _is_given(self, node: NamedNode) -> bool:
        return is_given(node.value, self._base, self._organisation)


def _by_slot(quads: Iterable[Quad]) -> Mapping[Slot, Values]:
    found: dict[Slot, set[Term]] = defaultdict(set)
    for quad in quads:
        if isinstance(quad.subject, NamedNode):
            found[quad.subject, quad.predicate].add(quad.object)
    return {slot: frozenset(values) for slot, values in found.items()}


def _is_seen(shift: Shift) -> bool:
    return shift.before != shift.after


def _in_order(shift: Shift) -> tuple[str, str]:
    return shift.thing.value, shift.property.value
