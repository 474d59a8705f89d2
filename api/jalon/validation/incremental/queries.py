"""What a query in a shape reads, as steps from $this.

Its triple patterns are tied to each other by the variables and constants that they share. Where
all hang together with $this, a triple can matter to a focus node only if the patterns between them
match, too: so they are walked like paths, along the shortest ties. Where something hangs loose
(a Cartesian product, a subquery, MINUS, another graph), nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import NamedNode
from rdflib import Graph, Literal, URIRef, Variable
from rdflib.namespace import SH
from rdflib.paths import (
    AlternativePath,
    InvPath,
    MulPath,
    NegatedPath,
    OneOrMore,
    Path,
    SequencePath,
    ZeroOrMore,
    ZeroOrOne,
)
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern, translatePath, traverse
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from jalon.validation.incremental.automaton import (
    Automaton,
    State,
    Walk,
    choose,
    follow,
    repeat,
)
from jalon.validation.shapes import path_text
from jalon.validation.translation import pyoxigraph_term

_PATH = "$PATH"

_PLAIN = frozenset(
    {
        *("SelectQuery", "AskQuery", "Project", "Distinct", "Reduced", "OrderBy", "Slice"),
        *("Extend", "Group", "AggregateJoin", "Filter"),
    }
)
"""What is around patterns and changes nothing in what is read."""

_EXISTS = frozenset({"Builtin_EXISTS", "Builtin_NOTEXISTS"})

Predicate = URIRef | Variable | Path
Pattern = tuple[Node, Predicate, Node]


class Unclear(Exception):
    """What a query reads is not known; only these properties matter to it, or any, for None."""

    def __init__(self, properties: frozenset[NamedNode] | None = None) -> None:
        super().__init__()
        self.properties = properties


@dataclass(frozen=True, slots=True)
class Bound:
    """The automaton that reads are added to, and the states of variables that have values."""

    automaton: Automaton
    states: Mapping[Node, State]


@dataclass(eq=False, slots=True)
class _Group:
    """Patterns that match together; ``branches``, one of which matches with them; and groups that
    are ``looked`` at where they match, each with the terms that it may be tied by."""

    patterns: list[Pattern] = field(default_factory=list)
    branches: list[_Group] = field(default_factory=list)
    looked: list[tuple[frozenset[Node], _Group]] = field(default_factory=list)

    def look(self, inner: _Group) -> None:
        """The inner group is looked at where the patterns match that are here so far."""
        terms = frozenset(term for each in self.patterns for term in (each[0], each[2]))
        self.looked.append((terms, inner))


def algebra_of(graph: Graph, shape: Node, query: Node) -> CompValue:
    """A query of a shape, a constraint or a validator. Raises Unclear."""
    text = str(graph.value(query, SH.select) or graph.value(query, SH.ask) or "")
    path = graph.value(shape, SH.path)
    if path is not None:
        text = text.replace(_PATH, path_text(graph, path))
    try:
        return prepareQuery(text, initNs=_namespaces(graph, query)).algebra
    except Exception as error:
        # The library raises many kinds, bare exceptions among them, for what it cannot read.
        raise Unclear from error


def read_query(algebra: CompValue, bound: Bound) -> None:
    """Adds what a query reads. Raises Unclear."""
    try:
        _connect(_group(algebra), bound.states, bound)
    except _NotSimple as error:
        raise Unclear(_mentioned(algebra)) from error


class _NotSimple(Exception):
    """A query has a part that this analysis does not follow."""


def _namespaces(graph: Graph, constraint: Node) -> dict[str, str]:
    return {
        str(graph.value(declaration, SH.prefix) or ""): str(graph.value(declaration, SH.namespace))
        for owner in graph.objects(constraint, SH.prefixes)
        for declaration in graph.objects(owner, SH.declare)
    }


def _group(node: CompValue) -> _Group:
    """The patterns of a part of a query. Raises _NotSimple."""
    if node.name == "BGP":
        return _Group([*node.triples])
    if node.name == "Join":
        return _joined(_group(node.p1), _group(node.p2))
    if node.name == "LeftJoin":
        made, option = _group(node.p1), _group(node.p2)
        made.look(option)
        _look(node.expr, option)
        return made
    if node.name == "Union":
        return _Group(branches=[_group(node.p1), _group(node.p2)])
    if node.name not in _PLAIN:
        raise _NotSimple
    made = _group(node.p)
    for name in ("expr", "A"):
        _look(node.get(name), made)
    return made


def _joined(one: _Group, other: _Group) -> _Group:
    return _Group(
        [*one.patterns, *other.patterns],
        [*one.branches, *other.branches],
        [*one.looked, *other.looked],
    )


def _look(expression: object, group: _Group) -> None:
    """Adds the groups that an expression asks for."""
    if isinstance(expression, CompValue):
        if expression.name in _EXISTS:
            group.look(_group(_translated(expression.graph)))
            return
        for value in expression.values():
            _look(value, group)
    elif isinstance(expression, list | tuple):
        for value in expression:
            _look(value, group)


def asks_for_groups(expression: object) -> bool:
    """Whether an expression asks if there is anything that matches."""
    if isinstance(expression, CompValue):
        return expression.name in _EXISTS or any(map(asks_for_groups, expression.values()))
    return isinstance(expression, list | tuple) and any(map(asks_for_groups, expression))


def _translated(node: CompValue) -> CompValue:
    """The algebra of a group that the library has left as it was read."""
    if node.name != "GroupGraphPatternSub":
        return node
    return translateGroupGraphPattern(traverse(node, visitPost=translatePath))


def _mentioned(algebra: CompValue) -> frozenset[NamedNode] | None:
    """Every property of a query; None where it may read any."""
    found: set[NamedNode] = set()
    try:
        for predicate in _predicates(algebra):
            found.update(_properties(predicate))
    except _NotSimple:
        return None
    return frozenset(found)


def _predicates(node: object) -> Iterator[Predicate]:
    if isinstance(node, CompValue):
        for name, value in node.items():
            if name == "triples":
                yield from (triple[1] for triple in _triples(value))
            elif name != "_vars":
                yield from _predicates(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _predicates(value)


def _triples(value: object) -> Iterator[Pattern]:
    """Triple patterns, as the algebra has them: or as they were read, in runs of three."""
    for item in value if isinstance(value, list | tuple) else ():
        if isinstance(item, tuple) and len(item) == 3:  # noqa: PLR2004 (subject, property, object)
            yield item
        else:
            raise _NotSimple


def _properties(predicate: Predicate) -> Iterator[NamedNode]:
    if isinstance(predicate, URIRef):
        yield NamedNode(str(predicate))
    elif isinstance(predicate, InvPath):
        yield from _properties(predicate.arg)
    elif isinstance(predicate, SequencePath | AlternativePath):
        for part in predicate.args:
            yield from _properties(part)
    elif isinstance(predicate, MulPath):
        yield from _properties(predicate.path)
    else:
        raise _NotSimple


def _connect(group: _Group, known: Mapping[Node, State], bound: Bound) -> None:
    """Adds the steps of a group, from what is known to what hangs on it, nearest first.

    Raises _NotSimple where something does not hang on it.
    """
    states = dict(known)
    left = group.patterns
    while left:
        tied = [each for each in left if each[0] in states or each[2] in states]
        if not tied:
            raise _NotSimple
        before = frozenset(states)
        for pattern in tied:
            _add(pattern, states, before, bound.automaton)
        left = [each for each in left if each not in tied]
    for branch in group.branches:
        _connect(branch, states, bound)
    for terms, inner in group.looked:
        tying = {term: states[term] for term in states if term in terms or term in bound.states}
        _connect(inner, tying, bound)


def _add(
    pattern: Pattern, states: dict[Node, State], known: frozenset[Node], automaton: Automaton
) -> None:
    """The steps of a pattern, one of whose ends is known."""
    subject, predicate, value = pattern
    forward = subject in known
    near, far = (subject, value) if forward else (value, subject)
    end = _walk(automaton, predicate, forward=forward)(states[near])
    if far in known:
        return
    # Another pattern of this round may have led there, too: one way is enough to walk on by.
    if far not in states:
        states[far] = end
        if isinstance(far, URIRef | Literal):
            states[far] = automaton.state(pyoxigraph_term(far))
            automaton.join(end, states[far])


def _walk(automaton: Automaton, predicate: Predicate, *, forward: bool) -> Walk:
    """The walk along a predicate of a query (SPARQL 1.1 §9.3)."""

    def inner(each: Predicate, *, onward: bool = forward) -> Walk:
        return _walk(automaton, each, forward=onward)

    if isinstance(predicate, URIRef | Variable):
        name = NamedNode(str(predicate)) if isinstance(predicate, URIRef) else None
        return lambda start: automaton.step(start, name, forward=forward)
    if isinstance(predicate, InvPath):
        return inner(predicate.arg, onward=not forward)
    if isinstance(predicate, SequencePath):
        parts = predicate.args if forward else [*reversed(predicate.args)]
        return lambda start: follow(start, map(inner, parts))
    if isinstance(predicate, AlternativePath):
        return lambda start: choose(automaton, start, map(inner, predicate.args))
    if isinstance(predicate, MulPath):
        none, many = _TIMES[predicate.mod]
        part = inner(predicate.path)
        return lambda start: repeat(automaton, start, part, none=none, many=many)
    if not isinstance(predicate, NegatedPath):
        raise _NotSimple
    both: Sequence[Walk] = (
        lambda start: automaton.step(start, None, forward=True),
        lambda start: automaton.step(start, None, forward=False),
    )
    return lambda start: choose(automaton, start, both)


_TIMES = {ZeroOrMore: (True, True), OneOrMore: (False, True), ZeroOrOne: (True, False)}
"""Whether a path may be taken no time, and whether many times."""
