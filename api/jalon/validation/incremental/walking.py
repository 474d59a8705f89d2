"""From changed triples back to the shapes and nodes that read them, and on to all these read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.analysis import SUBCLASS, TYPE, Reads
from jalon.validation.incremental.automaton import Automaton, State, Step
from jalon.validation.incremental.graph import ViewGraph

Pair = tuple[str, Term]
"""A shape, and a node that it may say something of."""

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
    _shapes: dict[State, str] = field(init=False)
    _actives: dict[State, str] = field(init=False)

    def __post_init__(self) -> None:
        self._readers = _by_property(self.reads.automaton)
        self._movers = _by_property(self.reads.activation)
        self._shapes = {state: shape for shape, state in self.reads.starts.items()}
        self._actives = {state: shape for shape, state in self.reads.active.items()}

    def affected(self, change: Iterable[Triple], both: ViewGraph) -> frozenset[Pair]:
        """The pairs whose results a change of triples may change, in a view with all of them."""
        read: set[Place] = set()
        moved: set[Place] = set()
        for triple in change:
            read.update(_touched(self._readers, triple))
            for step in _steps(self._movers, triple):
                moved.add((step.target, triple.object if step.forward else triple.subject))
            moved.update(self._targeted(triple))
        pairs = {
            (self._shapes[state], node)
            for state, node in _back(self.reads.automaton, read, both)
            if state in self._shapes
        }
        activity = Activity(self, both)
        found = {(shape, node) for shape, node in pairs if activity.is_active(shape, node)}
        for state, node in _onward(self.reads.activation, moved, both):
            shape = self._actives.get(state)
            if shape is not None and shape in self.reads.starts:
                found.add((shape, node))
        return frozenset(found)

    def neighbourhood(self, pairs: Iterable[Pair], graph: ViewGraph) -> frozenset[Triple]:
        """All triples that the shapes of pairs read from their nodes, and what leads to them."""
        starts, triples = set[Place](), set[Triple]()
        activity = Activity(self, graph)
        for shape, node in pairs:
            starts.add((self.reads.starts[shape], node))
            triples |= activity.witness(shape, node)
        for _ in _onward(self.reads.automaton, starts, graph, triples):
            pass
        for kind in {each.object for each in triples if each.predicate == TYPE}:
            for child in self.classes.above(kind):
                for parent in self.classes.parents.get(child, ()):
                    triples.add(Triple(child, SUBCLASS, parent))  # type: ignore[arg-type]
        return frozenset(triples)

    def roots(self, node: Term, graph: ViewGraph) -> frozenset[str]:
        """The shapes that have a node among their targets."""
        targets, said = self.reads.targets, graph.out(node)
        found = set(targets.nodes.get(node, ()))
        for kind in said.get(TYPE, ()):
            for each in self.classes.above(kind):
                found |= targets.classes.get(each, frozenset())
        for name in said:
            found |= targets.subjects_of.get(name, frozenset())
        for pointing, shapes in targets.objects_of.items():
            if isinstance(pointing, NamedNode) and graph.into(pointing, node):
                found |= shapes
        return frozenset(found)

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

    def is_active(self, shape: str, node: Term) -> bool:
        """Whether a target leads to the shape at the node."""
        if shape in self._active_here(node):
            return True
        return any(True for _ in self._origins(shape, node))

    def witness(self, shape: str, node: Term) -> frozenset[Triple]:
        """The triples that make the shape active at the node."""
        triples: set[Triple] = set()
        for origin in {node, *self._origins(shape, node, triples)}:
            triples |= self._as_target(origin)
        return frozenset(triples)

    def _origins(
        self, shape: str, node: Term, triples: set[Triple] | None = None
    ) -> Iterator[Term]:
        """The targets that the shape is reached from by way of property shapes."""
        reads = self._walker.reads
        if not reads.activation.steps:
            return
        states = {reads.active[name]: name for name in reads.active}
        for state, other in _back(
            reads.activation, {(reads.active[shape], node)}, self._graph, triples
        ):
            if states.get(state) in self._walker.roots(other, self._graph):
                yield other

    def _active_here(self, node: Term) -> frozenset[str]:
        known = self._here.get(node)
        if known is None:
            reads = self._walker.reads
            states = {name: reads.active[name] for name in self._walker.roots(node, self._graph)}
            alike = {
                each
                for state in states.values()
                for each in reads.activation.alike(state, forward=True)
            }
            known = frozenset(name for name, state in reads.active.items() if state in alike)
            self._here[node] = known
        return known

    def _as_target(self, node: Term) -> frozenset[Triple]:
        """The triples by which a node is a target of anything."""
        targets, said = self._walker.reads.targets, self._graph.out(node)
        triples = {
            Triple(node, name, value)  # type: ignore[arg-type]
            for name in said
            if name == TYPE or name in targets.subjects_of
            for value in said[name]
        }
        for pointing in targets.objects_of:
            if isinstance(pointing, NamedNode):
                triples.update(self._graph.into(pointing, node))
        return frozenset(triples)


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


def _back(
    automaton: Automaton,
    places: Iterable[Place],
    graph: ViewGraph,
    triples: set[Triple] | None = None,
) -> Iterator[Place]:
    """All places from which walks lead to some, and these; ``triples`` takes what was read."""
    met, left = set[Place](), list(places)
    while left:
        state, node = left.pop()
        for each in automaton.alike(state, forward=False):
            if (each, node) in met or automaton.only.get(each, node) != node:
                continue
            met.add((each, node))
            yield each, node
            for step in automaton.into(each):
                for triple in _read(graph, node, step.property, forward=not step.forward):
                    if triples is not None:
                        triples.add(triple)
                    left.append((step.source, triple.subject if step.forward else triple.object))


def _onward(
    automaton: Automaton,
    places: Iterable[Place],
    graph: ViewGraph,
    triples: set[Triple] | None = None,
) -> Iterator[Place]:
    """All places that walks from some lead to, and these; ``triples`` takes what was read."""
    met, left = set[Place](), list(places)
    while left:
        state, node = left.pop()
        for each in automaton.alike(state, forward=True):
            if (each, node) in met or automaton.only.get(each, node) != node:
                continue
            met.add((each, node))
            yield each, node
            for step in automaton.out_of(each):
                for triple in _read(graph, node, step.property, forward=step.forward):
                    if triples is not None:
                        triples.add(triple)
                    left.append((step.target, triple.object if step.forward else triple.subject))


def _read(
    graph: ViewGraph, node: Term, name: NamedNode | None, *, forward: bool
) -> Iterable[Triple]:
    """The triples of a node along a property, or against it."""
    if not forward:
        return graph.into(name, node)
    if isinstance(node, Literal):
        return ()
    said = graph.out(node)
    names = said if name is None else (name,)
    return [Triple(node, each, value) for each in names for value in said.get(each, ())]
