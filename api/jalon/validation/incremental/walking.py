"""From changed triples back to the shapes and nodes that read them, and on to all these read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pyoxigraph import NamedNode, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.activity import NONE, Activation, Activity, Classes
from jalon.validation.incremental.analysis import SUBCLASS, TYPE, Reads
from jalon.validation.incremental.automaton import Automaton, State, Step, walked
from jalon.validation.incremental.graph import ViewGraph, ViewState
from jalon.validation.incremental.rows import is_exact
from jalon.validation.port import Pair

Places = dict[State, set[Term]]
"""Nodes in states of an automaton."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Pairs to look at: those of a shape that is active at the node before the change, or after.

    Of those in ``rows``, results are looked at that are about some values, and no others.
    """

    before: frozenset[Pair]
    after: frozenset[Pair]
    rows: Mapping[Pair, frozenset[Term]]

    @property
    def either(self) -> frozenset[Pair]:
        """All of them."""
        return self.before | self.after


@dataclass(eq=False)
class Walker:
    """Walks the reads of shapes over a view."""

    reads: Reads
    classes: Classes
    _activation: Activation = field(init=False)
    _readers: Mapping[NamedNode | None, list[Step]] = field(init=False)
    _movers: Mapping[NamedNode | None, list[Step]] = field(init=False)
    _begun: dict[State, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._activation = Activation(self.reads, self.classes)
        self._readers = _by_property(self.reads.automaton)
        self._movers = _by_property(self.reads.activation)

    def affected(
        self,
        adds: AbstractSet[Triple],
        removes: AbstractSet[Triple],
        both: ViewGraph,
        things: Iterable[Term] = (),
    ) -> Affected:
        """The pairs whose results a change may change, in a view that has both its states.

        That is: what a shape reads that is active, or that it is active. With every pair of some
        ``things`` besides.
        """
        changed = (*adds, *removes)
        read, moved = self._reading(changed, both), self._moved(changed, both)
        rows = self._rows(changed, read, moved, both)
        for thing in things:
            read[thing] = frozenset(self.reads.starts)
            for shape in self.reads.rows:
                rows.pop((shape, thing), None)
        was = Activity(self._activation, ViewState(both, adds))
        is_now = Activity(self._activation, ViewState(both, removes))
        before: set[Pair] = set()
        after: set[Pair] = set()
        for node in read.keys() | moved.keys():
            reading, moving = read.get(node, NONE), moved.get(node, NONE)
            new = is_now.among(reading | moving, node)
            old = (new - moving) | was.among(moving, node) if moving else new
            looked_at = (old ^ new) | reading
            before.update([(shape, node) for shape in old & looked_at])
            after.update([(shape, node) for shape in new & looked_at])
        return Affected(frozenset(before), frozenset(after), rows)

    def neighbourhood(self, affected: Affected, graph: ViewGraph) -> frozenset[Triple]:
        """All triples that the shapes of pairs read from their nodes, for what is looked at."""
        starts: Places = defaultdict(set)
        triples: set[Triple] = set()
        either = affected.either
        for shape, node in affected.rows.keys() & either:
            read = self.reads.rows[shape].reading(node, affected.rows[shape, node], graph)
            if read is not None:
                either -= {(shape, node)}
                triples |= read
        for shape, node in either:
            starts[self.reads.starts[shape]].add(node)
        walked(self.reads.automaton, starts, graph, triples, forward=True)
        for kind in {each.object for each in triples if each.predicate == TYPE}:
            for child in self.classes.above(kind):
                for parent in self.classes.parents.get(child, ()):
                    triples.add(Triple(child, SUBCLASS, parent))  # type: ignore[arg-type]
        return frozenset(triples)

    def _rows(
        self,
        changed: Iterable[Triple],
        read: Mapping[Term, frozenset[str]],
        moved: Mapping[Term, frozenset[str]],
        both: ViewGraph,
    ) -> dict[Pair, frozenset[Term]]:
        """The pairs of which some triples change rows alone, with the values of these."""
        found: dict[Pair, frozenset[Term]] = {}
        for shape, rows in self.reads.rows.items():
            nodes = [
                node
                for node, shapes in read.items()
                if shape in shapes and shape not in moved.get(node, NONE) and is_exact(node)
            ]
            values = rows.changed(changed, both) if nodes else {}
            for node in nodes:
                of_node = values.get(node, set())
                if all(map(is_exact, of_node)):
                    found[shape, node] = frozenset(of_node)
        return found

    def _reading(self, changed: Iterable[Triple], both: ViewGraph) -> dict[Term, frozenset[str]]:
        """The shapes that read some triples, by the nodes that they may read them from."""
        places = _ends(self._readers, changed, far=False)
        back = walked(self.reads.automaton, places, both, forward=False)
        return _by_node((self._beginning(state), nodes) for state, nodes in back.items())

    def _moved(self, changed: Iterable[Triple], both: ViewGraph) -> dict[Term, frozenset[str]]:
        """The shapes that some triples may make active, by nodes."""
        places = _ends(self._movers, changed, far=True)
        for shape, node in self._targeted(changed):
            places[self.reads.active[shape]].add(node)
        forth = walked(self.reads.activation, places, both, forward=True)
        starts = self.reads.starts.keys()
        return _by_node(
            (self._activation.names(state, forward=True) & starts, nodes)
            for state, nodes in forth.items()
        )

    def _beginning(self, state: State) -> frozenset[str]:
        """The shapes whose reads begin in a state."""
        known = self._begun.get(state)
        if known is None:
            alike = set(self.reads.automaton.alike(state, forward=False))
            starts = self.reads.starts.items()
            known = self._begun[state] = frozenset(name for name, each in starts if each in alike)
        return known

    def _targeted(self, changed: Iterable[Triple]) -> Iterator[Pair]:
        """The shapes that triples may make a node a target of."""
        targets = self.reads.targets
        for triple in changed:
            if triple.predicate == TYPE:
                for kind in self.classes.above(triple.object):
                    for shape in targets.classes.get(kind, ()):
                        yield shape, triple.subject
            for shape in targets.subjects_of.get(triple.predicate, ()):
                yield shape, triple.subject
            for shape in targets.objects_of.get(triple.predicate, ()):
                yield shape, triple.object


def _by_property(automaton: Automaton) -> Mapping[NamedNode | None, list[Step]]:
    found: dict[NamedNode | None, list[Step]] = defaultdict(list)
    for step in automaton.steps:
        found[step.property].append(step)
    return dict(found)


def _by_node(
    found: Iterable[tuple[AbstractSet[str], AbstractSet[Term]]],
) -> dict[Term, frozenset[str]]:
    """The shapes of each node."""
    shapes_of: dict[Term, frozenset[str]] = {}
    for shapes, nodes in found:
        for node in nodes if shapes else ():
            shapes_of[node] = shapes_of.get(node, NONE).union(shapes)
    return shapes_of


def _ends(
    steps: Mapping[NamedNode | None, list[Step]], triples: Iterable[Triple], *, far: bool
) -> Places:
    """The places that triples are read from; ``far``, those that reading them leads to."""
    subjects: dict[NamedNode, set[Term]] = defaultdict(set)
    objects: dict[NamedNode, set[Term]] = defaultdict(set)
    for triple in triples:
        subjects[triple.predicate].add(triple.subject)
        objects[triple.predicate].add(triple.object)
    places: Places = defaultdict(set)
    for name in subjects:
        for step in (*steps.get(name, ()), *steps.get(None, ())):
            nodes = subjects if step.forward != far else objects
            places[step.target if far else step.source] |= nodes[name]
    return places
