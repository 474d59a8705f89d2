"""From changed triples back to the shapes and nodes that read them, and on to all these read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import NamedNode, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.analysis import SUBCLASS, TYPE, Reads
from jalon.validation.incremental.automaton import Automaton, State, Step
from jalon.validation.incremental.graph import ViewGraph
from jalon.validation.port import Pair

Place = tuple[State, Term]
"""A node in a state of an automaton."""


@dataclass(eq=False)
class Classes:
    """The class hierarchy of a view, which a change leaves as it is."""

    parents: Mapping[Term, frozenset[Term]]
    _above: dict[Term, frozenset[Term]] = field(default_factory=dict)

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> Classes:
        """The hierarchy that rdfs:subClassOf makes."""
        parents: dict[Term, set[Term]] = defaultdict(set)
        for triple in triples:
            parents[triple.subject].add(triple.object)
        return cls({child: frozenset(found) for child, found in parents.items()})

    def above(self, kind: Term) -> frozenset[Term]:
        """A class and all above it."""
        known = self._above.get(kind)
        if known is None:
            met = {kind}
            for each in (left := [kind]):
                new = self.parents.get(each, frozenset()) - met
                met |= new
                left += new
            known = self._above[kind] = frozenset(met)
        return known


@dataclass(eq=False)
class Walker:
    """Walks the reads of shapes over a view."""

    reads: Reads
    classes: Classes
    _readers: dict[NamedNode | None, list[Step]] = field(init=False)
    _movers: dict[NamedNode | None, list[Step]] = field(init=False)
    _active_by: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _named: dict[tuple[State, bool, bool], frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._readers = _by_property(self.reads.automaton)
        self._movers = _by_property(self.reads.activation)

    def affected(self, change: Iterable[Triple], both: ViewGraph) -> frozenset[Pair]:
        """The pairs whose results a change of triples may change, in a view with all of them."""
        read: set[Place] = set()
        moved: set[Place] = set()
        for triple in change:
            read.update(_touched(self._readers, triple))
            for step in _steps(self._movers, triple):
                moved.add((step.target, triple.object if step.forward else triple.subject))
            moved.update(self._targeted(triple))
        activity = Activity(self, both)
        found = {
            (shape, node)
            for state, nodes in _walked(self.reads.automaton, read, both, forward=False).items()
            if (shapes := self._beginning(state))
            for node in nodes
            for shape in activity.among(shapes, node)
        }
        for state, nodes in _walked(self.reads.activation, moved, both, forward=True).items():
            for shape in self._active(state, forward=True) & self.reads.starts.keys():
                found.update((shape, node) for node in nodes)
        return frozenset(found)

    def all_at(self, nodes: Iterable[Term], graph: ViewGraph) -> frozenset[Pair]:
        """Every pair of a shape and one of these nodes that it is active at."""
        activity, shapes = Activity(self, graph), frozenset(self.reads.starts)
        return frozenset((shape, node) for node in nodes for shape in activity.among(shapes, node))

    def neighbourhood(self, pairs: Iterable[Pair], graph: ViewGraph) -> frozenset[Triple]:
        """All triples that the shapes of pairs read from their nodes, and what leads to them."""
        starts = {(self.reads.starts[shape], node) for shape, node in pairs}
        triples = set(Activity(self, graph).witnesses(pairs))
        _walked(self.reads.automaton, starts, graph, triples, forward=True)
        for kind in {each.object for each in triples if each.predicate == TYPE}:
            for child in self.classes.above(kind):
                for parent in self.classes.parents.get(child, ()):
                    triples.add(Triple(child, SUBCLASS, parent))  # type: ignore[arg-type]
        return frozenset(triples)

    def roots(self, node: Term, graph: ViewGraph) -> frozenset[str]:
        """The shapes that have a node among their targets."""
        targets, said = self.reads.targets, graph.all(node)
        found = set(targets.nodes.get(node, ()))
        for typing in said.get(TYPE, ()):
            for each in self.classes.above(typing.object):
                found |= targets.classes.get(each, frozenset())
        for name in said:
            found |= targets.subjects_of.get(name, frozenset())
        for pointing, shapes in targets.objects_of.items():
            if isinstance(pointing, NamedNode) and graph.into(pointing, node):
                found |= shapes
        return frozenset(found)

    def active_by(self, roots: frozenset[str]) -> frozenset[str]:
        """The shapes that are active at a node which some shapes have among their targets."""
        known = self._active_by.get(roots)
        if known is None:
            active = self.reads.active
            found = (self._active(active[root], forward=True) for root in roots)
            known = self._active_by[roots] = frozenset[str]().union(*found)
        return known

    def leading_to(self, state: State) -> frozenset[str]:
        """The shapes that are active in a state of the activation, or lead to it at once."""
        return self._active(state, forward=False)

    def _beginning(self, state: State) -> frozenset[str]:
        """The shapes whose reads begin in a state."""
        return self._names(self.reads.automaton, self.reads.starts, state, forward=False)

    def _active(self, state: State, *, forward: bool) -> frozenset[str]:
        return self._names(self.reads.activation, self.reads.active, state, forward=forward)

    def _names(
        self, automaton: Automaton, states: Mapping[str, State], state: State, *, forward: bool
    ) -> frozenset[str]:
        """The shapes whose states are alike to a state."""
        key = (state, forward, automaton is self.reads.activation)
        known = self._named.get(key)
        if known is None:
            alike = set(automaton.alike(state, forward=forward))
            known = frozenset(name for name, each in states.items() if each in alike)
            self._named[key] = known
        return known

    def _targeted(self, triple: Triple) -> Iterator[Place]:
        """The shapes that a triple may make a node a target of."""
        targets, active = self.reads.targets, self.reads.active
        if triple.predicate == TYPE:
            for kind in self.classes.above(triple.object):
                for shape in targets.classes.get(kind, ()):
                    yield active[shape], triple.subject
        for shape in targets.subjects_of.get(triple.predicate, ()):
            yield active[shape], triple.subject
        for shape in targets.objects_of.get(triple.predicate, ()):
            yield active[shape], triple.object


class Activity:
    """Which shapes are active at which nodes of a view, and by what."""

    def __init__(self, walker: Walker, graph: ViewGraph) -> None:
        self._walker = walker
        self._graph = graph
        self._here: dict[Term, frozenset[str]] = {}

    def among(self, shapes: frozenset[str], node: Term) -> frozenset[str]:
        """Those of some shapes that a target leads to at a node."""
        here = shapes & self._active_here(node)
        if not self._walker.reads.activation.steps:
            return here
        led = (each for each in shapes - here if any(True for _ in self._origins(each, node)))
        return here.union(led)

    def witnesses(self, pairs: Iterable[Pair]) -> frozenset[Triple]:
        """The triples that make the shapes of pairs active at their nodes."""
        triples: set[Triple] = set()
        origins: set[Term] = set()
        for shape, node in pairs:
            origins.add(node)
            origins.update(self._origins(shape, node, triples))
        for origin in origins:
            triples.update(self._as_target(origin))
        return frozenset(triples)

    def _origins(
        self, shape: str, node: Term, triples: set[Triple] | None = None
    ) -> Iterator[Term]:
        """The targets that the shape is reached from by way of property shapes."""
        reads = self._walker.reads
        if not reads.activation.steps:
            return
        place = (reads.active[shape], node)
        back = _walked(reads.activation, (place,), self._graph, triples, forward=False)
        for state, nodes in back.items():
            shapes = self._walker.leading_to(state)
            for other in nodes:
                if shapes & self._walker.roots(other, self._graph):
                    yield other

    def _active_here(self, node: Term) -> frozenset[str]:
        known = self._here.get(node)
        if known is None:
            roots = self._walker.roots(node, self._graph)
            known = self._here[node] = self._walker.active_by(roots)
        return known

    def _as_target(self, node: Term) -> Iterator[Triple]:
        """The triples by which a node is a target of anything."""
        targets = self._walker.reads.targets
        for name, triples in self._graph.all(node).items():
            if name == TYPE or name in targets.subjects_of:
                yield from triples
        for pointing in targets.objects_of:
            if isinstance(pointing, NamedNode):
                yield from self._graph.into(pointing, node)


def _by_property(automaton: Automaton) -> dict[NamedNode | None, list[Step]]:
    found: dict[NamedNode | None, list[Step]] = defaultdict(list)
    for step in automaton.steps:
        found[step.property].append(step)
    return dict(found)


def _steps(readers: Mapping[NamedNode | None, list[Step]], triple: Triple) -> Iterator[Step]:
    yield from readers.get(triple.predicate, ())
    yield from readers.get(None, ())


def _touched(readers: Mapping[NamedNode | None, list[Step]], triple: Triple) -> Iterator[Place]:
    """The places that a triple is read from."""
    for step in _steps(readers, triple):
        yield step.source, triple.subject if step.forward else triple.object


def _walked(
    automaton: Automaton,
    places: Iterable[Place],
    graph: ViewGraph,
    triples: set[Triple] | None = None,
    *,
    forward: bool,
) -> Mapping[State, set[Term]]:
    """The nodes in each state that walks from some places get to; backwards, that lead to them.

    ``triples`` takes what was read; walks forwards then leave out places that read nothing more.
    States that are alike are not told apart, see Automaton.alike.
    """
    met: dict[State, set[Term]] = defaultdict(set)
    left: dict[State, set[Term]] = defaultdict(set)
    for state, node in places:
        left[state].add(node)
    while left:
        state, nodes = left.popitem()
        new = nodes - met[state]
        if state in automaton.only:
            new &= {automaton.only[state]}
        met[state] |= new
        for only, step in automaton.moves(state, forward=forward):
            along = step.forward == forward
            end = step.target if forward else step.source
            is_last = forward and triples is not None and not automaton.moves(end, forward=True)
            for node in new if only is None else new & {only}:
                read = graph.said(node, step.property) if along else graph.into(step.property, node)
                if triples is not None:
                    triples.update(read)
                if not is_last:
                    left[end].update([each.object if along else each.subject for each in read])
    return met
