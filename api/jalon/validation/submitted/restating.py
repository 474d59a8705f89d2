"""What an organisation's graph has to hold for things to be shown as it wants them.

Values are looked at place by place: a property of a thing. What other graphs show there stays in
these graphs; where it is not what the organisation says, a note of the organisation lets it give
way (DESIGN §4). What they say as well is not said twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as Choice

from pyoxigraph import NamedNode, Quad, Store

from jalon.errors import Forbidden, RdfRefused
from jalon.store.shown import ABOUT, ABOUT_PROPERTY, Term, is_shown
from jalon.validation.submitted.giving_way import TYPE, Graphs, Notes, Slot
from jalon.validation.submitted.literals import exact_forms
from jalon.validation.submitted.naming import is_given

SHOWN_CHARACTERS = 200

Mode = Choice["replace", "add", "change", "rows"]
"""Documents say all that the organisation says of their things; or more of it; or what is added and
what is taken away; or all that is to be shown in some places, where that may be nothing."""

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
        self._notes = Notes(store, base, graph)
        self._standing: dict[NamedNode, Mapping[NamedNode, list[Quad]]] = {}

    def restated(
        self,
        mode: Mode,
        adds: Sequence[Quad],
        removes: Sequence[Quad] = (),
        scope: Iterable[Slot] = (),
    ) -> Restated:
        """What documents come to: what they say, and for ``change`` what they take away.

        For ``rows``, ``scope`` are the places that are spoken for, whether or not a value is given.

        Raises RdfRefused for what is taken away and is not shown, and Forbidden where another has
        let what the organisation says give way.
        """
        exact = exact_forms(adds)
        wishes = dict(self._wanted(mode, _by_slot(exact), _by_slot(exact_forms(removes)), scope))
        gained, lost = self._change(wishes)
        if mode in ("replace", "rows"):
            orphans = self._orphans(gained, lost, {thing for thing, _ in wishes})
            said_before = self._said_before(orphans)
            silent = dict.fromkeys((slot for slot in said_before if slot not in wishes), None)
            if silent:
                wishes |= silent
                gained, lost = self._change(wishes)
        shifts = (self._shift(slot, wanted) for slot, wanted in wishes.items())
        return Restated(
            adds=tuple(exact.get(quad, quad) for quad in gained),
            removes=tuple(lost),
            shifts=tuple(sorted(filter(_is_seen, shifts), key=_in_order)),
        )

    def shown(self, slot: Slot) -> Values:
        """What is shown in a place."""
        silenced = self._notes.silenced(slot)
        others = self._others(slot)
        found = frozenset[Term]().union(*(others[each] for each in others if each not in silenced))
        if self._graph in silenced | self._notes.silenced_by_others(slot):
            return found
        return found.union(quad.object for quad in self._own(slot))

    def _shift(self, slot: Slot, wanted: Values | None) -> Shift:
        after = frozenset[Term]().union(*self._others(slot).values()) if wanted is None else wanted
        return Shift(*slot, self.shown(slot), after)

    def _change(self, wishes: Mapping[Slot, Values | None]) -> tuple[set[Quad], set[Quad]]:
        """What the graph gains and loses for these values to be shown; None where it is silent."""
        needed: dict[Slot, Graphs] = {}
        now, then = set[Quad](), set[Quad]()
        for slot, wanted in wishes.items():
            silenced, said = self._to_hold(slot, wanted)
            needed[slot] = silenced
            now.update(self._own(slot))
            then.update(Quad(*slot, value, self._graph) for value in said)
        notes_now, notes_then = self._notes.restated(needed)
        now |= notes_now
        then |= notes_then
        return {quad for quad in then - now if quad not in self._store}, now - then

    def _to_hold(self, slot: Slot, wanted: Values | None) -> tuple[Graphs, Values]:
        """Which graphs have to give way in a place for these values to be shown, and what is said.

        Raises Forbidden where that is not shown: by a note of another, which may speak here, too.
        """
        if wanted is None:
            return frozenset(), frozenset()
        others = self._others(slot)
        silenced = frozenset(graph for graph, values in others.items() if values - wanted)
        spoken = (values for graph, values in others.items() if graph not in silenced)
        said = wanted.difference(*spoken)
        if said and self._graph in self._notes.silenced_by_others(slot):
            thing, said_of = (each.value[:SHOWN_CHARACTERS] for each in slot)
            raise Forbidden(
                variant="silenced",
                thing=thing,
                property=said_of,
                organisation=self._organisation,
            )
        return silenced, said

    def _wanted(
        self,
        mode: Mode,
        said: Mapping[Slot, Values],
        gone: Mapping[Slot, Values],
        scope: Iterable[Slot],
    ) -> Iterator[tuple[Slot, Values | None]]:
        """What is to be shown in which places; None where the organisation is silent."""
        if mode in ("add", "change"):
            for slot in dict.fromkeys((*said, *gone)):
                left = self._left(slot, gone.get(slot, frozenset()))
                yield slot, left | said.get(slot, frozenset())
            return
        for slot, values in said.items():
            yield slot, self._with_classes(slot, values)
        silent = scope if mode == "rows" else self._said_before({thing for thing, _ in said})
        for slot in silent:
            if slot not in said:
                yield slot, self._with_classes(slot, frozenset()) if mode == "rows" else None

    def _left(self, slot: Slot, taken: Values) -> Values:
        """What is shown in a place less what is taken away; RdfRefused where that is not shown."""
        shown = self.shown(slot)
        for value in sorted(taken - shown, key=str):
            found = f"{slot[0]} {slot[1]} {value}"[: 2 * SHOWN_CHARACTERS]
            raise RdfRefused(variant="absent", part="data", found=found)
        return shown - taken

    def _with_classes(self, slot: Slot, wanted: Values) -> Values:
        """Who names a class of a thing does not say that it is of no other."""
        if slot[1] != TYPE:
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

    def _others(self, slot: Slot) -> Mapping[NamedNode, Values]:
        """What other graphs show in a place, as far as nobody else lets it give way."""
        silenced = self._notes.silenced_by_others(slot)
        found: dict[NamedNode, set[Term]] = defaultdict(set)
        for quad in self._said(slot):
            graph = quad.graph_name
            if not isinstance(graph, NamedNode) or graph == self._graph or graph in silenced:
                continue
            if is_shown(graph.value, self._base):
                found[graph].add(quad.object)
        return {graph: frozenset(values) for graph, values in found.items()}

    def _own(self, slot: Slot) -> Iterator[Quad]:
        return (quad for quad in self._said(slot) if quad.graph_name == self._graph)

    def _said(self, slot: Slot) -> Iterable[Quad]:
        """What stands in a place, in whichever graph; all of a thing is read at once."""
        thing, said_of = slot
        if thing not in self._standing:
            found: dict[NamedNode, list[Quad]] = defaultdict(list)
            for quad in self._store.quads_for_pattern(thing, None, None, None):
                found[quad.predicate].append(quad)
            self._standing[thing] = found
        return self._standing[thing].get(said_of, ())

    def _orphans(
        self, gained: set[Quad], lost: set[Quad], described: set[NamedNode]
    ) -> set[NamedNode]:
        """Nodes without names of their own that nothing leads to any more.

        None of those that are ``described`` now.
        """
        found: dict[NamedNode, None] = {}
        waiting = [quad.object for quad in lost]
        while waiting:
            node = waiting.pop()
            if isinstance(node, NamedNode) and self._is_given(node) and node not in found:
                if node in described:
                    continue
                found[node] = None
                own = self._store.quads_for_pattern(node, None, None, self._graph)
                waiting += [quad.object for quad in own]
        led_to = {quad.object for quad in gained}
        staying = [node for node in found if node in led_to or self._is_led_to(node, found, lost)]
        while staying:
            node = staying.pop()
            if node in found:
                del found[node]
                own = self._store.quads_for_pattern(node, None, None, self._graph)
                staying += [q.object for q in own if isinstance(q.object, NamedNode)]
        return set(found)

    def _is_led_to(self, node: NamedNode, among: Mapping[NamedNode, None], gone: set[Quad]) -> bool:
        """Whether something else leads to a node than nodes among which it is."""
        return any(
            quad not in gone
            and self._is_shown(quad)
            and (quad.graph_name != self._graph or quad.subject not in among)
            for quad in self._store.quads_for_pattern(None, None, node, None)
        )

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
