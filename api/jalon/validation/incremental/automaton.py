"""What shapes read from a node, as an automaton: states, and the triples that lead between them.

A node in a state stands for "a shape that began somewhere else has come here". Walked forwards from
where a shape begins, the automaton gives everything that the shape reads; walked backwards from a
triple, it gives every place where a shape may begin that reads this triple.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from pyoxigraph import NamedNode, Triple
from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from jalon.store.shown import Term
from jalon.validation.shapes import list_items

State = int

Walk = Callable[[State], State]
"""Adds reads from a state, and gives the state at their end."""

_REPEATS = {SH.zeroOrMorePath: (True, True), SH.oneOrMorePath: (False, True)}


class Walked(Protocol):
    """A graph to walk on."""

    def said(self, node: Term, name: NamedNode | None) -> Sequence[Triple]:
        """What is said of a node by one property, or by any."""

    def into(self, name: NamedNode | None, node: Term) -> Sequence[Triple]:
        """The triples with a node as value, by one property."""


@dataclass(frozen=True, slots=True)
class Step:
    """A read of triples: from the node in ``source`` along a property, or against it.

    ``property`` None stands for any. Each triple leads to a node in ``target``.
    """

    source: State
    property: NamedNode | None
    forward: bool
    target: State


@dataclass(eq=False)
class Automaton:
    """Steps between states, and changes of state that read nothing.

    A state in ``only`` is for one node, and no other gets into it.
    """

    steps: list[Step] = field(default_factory=list)
    only: dict[State, Term] = field(default_factory=dict)
    _states: int = 0
    _next: dict[State, set[State]] = field(default_factory=lambda: defaultdict(set))
    _before: dict[State, set[State]] = field(default_factory=lambda: defaultdict(set))
    _out: dict[State, list[Step]] = field(default_factory=lambda: defaultdict(list))
    _into: dict[State, list[Step]] = field(default_factory=lambda: defaultdict(list))
    _moves: dict[tuple[State, bool], tuple[tuple[Term | None, Step], ...]] = field(
        default_factory=dict
    )
    _reach: dict[tuple[State, bool], tuple[State, ...]] = field(default_factory=dict)

    def state(self, only: Term | None = None) -> State:
        """A new state."""
        self._states += 1
        if only is not None:
            self.only[self._states] = only
        return self._states

    def step(self, source: State, name: NamedNode | None, *, forward: bool) -> State:
        """Adds a read, and gives the state that it leads to: the same for the same read."""
        for step in self._out[source]:
            if (step.property, step.forward) == (name, forward):
                return step.target
        made = Step(source, name, forward, self.state())
        self.steps.append(made)
        self._out[source].append(made)
        self._into[made.target].append(made)
        return made.target

    def join(self, source: State, target: State) -> None:
        """Who is in one state is in the other, too."""
        self._next[source].add(target)
        self._before[target].add(source)

    def alike(self, state: State, *, forward: bool) -> tuple[State, ...]:
        """A state and all that are reached from it without a read, or that reach it so.

        To be asked only once everything has been added.
        """
        key = (state, forward)
        known = self._reach.get(key)
        if known is None:
            known = self._reach[key] = self._closure(state, forward)
        return known

    def moves(self, state: State, *, forward: bool) -> tuple[tuple[Term | None, Step], ...]:
        """The reads that begin in a state or one alike, each with the one node that may make it.

        Backwards, those that end there. To be asked only once everything has been added.
        """
        key = (state, forward)
        known = self._moves.get(key)
        if known is None:
            steps = self._out if forward else self._into
            known = self._moves[key] = tuple(
                (self.only.get(each), step)
                for each in self.alike(state, forward=forward)
                for step in steps.get(each, ())
            )
        return known

    def _closure(self, state: State, forward: bool) -> tuple[State, ...]:
        edges = self._next if forward else self._before
        met = {state: None}
        for each in (left := [state]):
            for other in edges.get(each, ()):
                if other not in met:
                    met[other] = None
                    left.append(other)
        return tuple(met)


def walked(
    automaton: Automaton,
    places: Mapping[State, AbstractSet[Term]],
    graph: Walked,
    triples: set[Triple] | None = None,
    *,
    forward: bool,
) -> Mapping[State, set[Term]]:
    """The nodes in each state that walks from some places get to; backwards, that lead to them.

    ``triples`` takes what was read; walks forwards then leave out places that read nothing more.
    States that are alike are not told apart, see Automaton.alike.
    """
    met: dict[State, set[Term]] = defaultdict(set)
    left = {state: set(nodes) for state, nodes in places.items()}
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
            ends: set[Term] = set()
            for node in new if only is None else new & {only}:
                read = graph.said(node, step.property) if along else graph.into(step.property, node)
                if triples is not None:
                    triples.update(read)
                if read and not is_last:
                    ends.update([each.object if along else each.subject for each in read])
            if ends:
                left.setdefault(end, set()).update(ends)
    return met


def walk(automaton: Automaton, source: State, graph: Graph, path: Node, *, forward: bool) -> State:
    """Adds the reads of a SHACL path (§2.3.1), and gives the state of the nodes at its end.

    Backwards, from the nodes at its end to those at its start.
    """
    if isinstance(path, URIRef):
        return automaton.step(source, NamedNode(str(path)), forward=forward)

    def inner(each: Node, *, onward: bool = forward) -> Walk:
        return lambda start: walk(automaton, start, graph, each, forward=onward)

    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return inner(inverse, onward=not forward)(source)
    for term, (none, many) in {**_REPEATS, SH.zeroOrOnePath: (True, False)}.items():
        repeated = graph.value(path, term)
        if repeated is not None:
            return repeat(automaton, source, inner(repeated), none=none, many=many)
    choices = graph.value(path, SH.alternativePath)
    if choices is not None:
        return choose(automaton, source, map(inner, list_items(graph, choices)))
    if (path, RDF.first, None) not in graph:
        raise ValueError(path)
    parts = list_items(graph, path)
    return follow(source, map(inner, parts if forward else reversed(parts)))


def follow(source: State, parts: Iterable[Walk]) -> State:
    """One part after the other."""
    for part in parts:
        source = part(source)
    return source


def choose(automaton: Automaton, source: State, choices: Iterable[Walk]) -> State:
    """Any of several parts."""
    end = automaton.state()
    for choice in choices:
        automaton.join(choice(source), end)
    return end


def repeat(automaton: Automaton, source: State, part: Walk, *, none: bool, many: bool) -> State:
    """A part so many times: ``none`` too, ``many`` too."""
    end = automaton.state()
    start = automaton.state()
    automaton.join(source, start)
    made = part(start)
    automaton.join(made, end)
    if none:
        automaton.join(source, end)
    if many:
        automaton.join(made, start)
    return end
