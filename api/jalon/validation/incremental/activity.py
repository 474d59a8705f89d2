"""Which shapes are active at which nodes of a view: a target leads to them there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import NamedNode, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.analysis import TYPE, Reads, Targets
from jalon.validation.incremental.automaton import State, walked
from jalon.validation.incremental.graph import ViewState

NONE: frozenset[str] = frozenset()

MOST_KEPT = 1_000
"""How many sets of shapes are kept with their targets."""


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


class Activation:
    """The ways from targets to the shapes that they make active."""

    def __init__(self, reads: Reads, classes: Classes) -> None:
        self.automaton = reads.activation
        self.active = reads.active
        self.targets = reads.targets
        self.classes = classes
        self._names: dict[tuple[State, bool], frozenset[str]] = {}
        self._of: dict[tuple[frozenset[str], bool], Targets] = {}
        self.led = self._led()

    def names(self, state: State, *, forward: bool) -> frozenset[str]:
        """The shapes that are active in a state or one that it leads to without a read.

        Backwards, in a state or one that leads to it so.
        """
        key = (state, forward)
        known = self._names.get(key)
        if known is None:
            alike = set(self.automaton.alike(state, forward=forward))
            known = frozenset(name for name, each in self.active.items() if each in alike)
            self._names[key] = known
        return known

    def of(self, shapes: frozenset[str], *, led: bool) -> Targets:
        """The targets of some shapes; ``led``, with those that only lead to them at the target."""
        key = (shapes, led)
        known = self._of.get(key)
        if known is None:
            if len(self._of) >= MOST_KEPT:
                self._of.clear()
            known = self._of[key] = _only(self.led if led else self.targets, shapes)
        return known

    def _led(self) -> Targets:
        """The targets, each with all shapes that it makes active at the target itself."""
        targets = self.targets
        kinds = (targets.nodes, targets.classes, targets.subjects_of, targets.objects_of)
        nodes, classes, subjects_of, objects_of = (
            {
                target: NONE.union(*(self.names(self.active[s], forward=True) for s in shapes))
                for target, shapes in kind.items()
            }
            for kind in kinds
        )
        return Targets(nodes, classes, subjects_of, objects_of)


class Activity:
    """Which shapes are active at which nodes, in one state of a view."""

    def __init__(self, activation: Activation, graph: ViewState) -> None:
        self._activation = activation
        self._graph = graph

    def among(self, shapes: frozenset[str], node: Term) -> frozenset[str]:
        """Those of some shapes that a target leads to at a node."""
        here = self._targeted(shapes, node, led=True)
        if not self._activation.automaton.steps:
            return here
        return here.union(each for each in shapes - here if self._is_led_to(each, node))

    def _is_led_to(self, shape: str, node: Term) -> bool:
        """Whether a target somewhere else leads to a shape, by way of property shapes."""
        activation = self._activation
        places = {activation.active[shape]: {node}}
        back = walked(activation.automaton, places, self._graph, forward=False)
        return any(
            self._targeted(shapes, origin, led=False)
            for state, origins in back.items()
            if (shapes := activation.names(state, forward=False))
            for origin in origins
        )

    def _targeted(self, shapes: frozenset[str], node: Term, *, led: bool) -> frozenset[str]:
        """Those of some shapes that targets name for a node."""
        wanted = self._activation.of(shapes, led=led)
        found = set(wanted.nodes.get(node, ()))
        if wanted.classes:
            for typing in self._graph.said(node, TYPE):
                for kind in self._activation.classes.above(typing.object):
                    found |= wanted.classes.get(kind, NONE)
        found.update(*self._pointed(wanted, node))
        return frozenset(found)

    def _pointed(self, wanted: Targets, node: Term) -> Iterator[frozenset[str]]:
        for name, shapes in wanted.subjects_of.items():
            if isinstance(name, NamedNode) and self._graph.said(node, name):
                yield shapes
        for name, shapes in wanted.objects_of.items():
            if isinstance(name, NamedNode) and self._graph.into(name, node):
                yield shapes


def _only(targets: Targets, shapes: frozenset[str]) -> Targets:
    """The targets of some shapes alone."""

    def of(kind: Mapping[Term, frozenset[str]]) -> Mapping[Term, frozenset[str]]:
        return {target: some for target, names in kind.items() if (some := names & shapes)}

    return Targets(
        of(targets.nodes), of(targets.classes), of(targets.subjects_of), of(targets.objects_of)
    )
