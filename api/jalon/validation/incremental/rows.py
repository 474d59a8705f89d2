"""Queries whose rows for one ?value hang on nothing that is said with another value.

That no number stands twice in a plan is a rule that reads all numbers of the plan, and a change of
one number can change rows about this number alone. Where things are asked for that are tied to
$this by some properties and to ?value by others, such rows can be looked at by themselves: who has
the number is sooner found out than who is in the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from jalon.store.shown import Term
from jalon.validation.incremental.graph import ViewGraph
from jalon.validation.incremental.queries import asks_for_groups
from jalon.validation.view import MARKERS

_THIS, _VALUE = Variable("this"), Variable("value")
_STRING = Literal("").datatype
_MOST = 256
"""So many things with a value are looked through, or everything that the query reads is read."""

_AROUND = frozenset(
    {
        *("SelectQuery", "Project", "Distinct", "Reduced", "OrderBy", "Filter"),
        *("Extend", "AggregateJoin", "Group"),
    }
)
"""What may be around the patterns, and makes each row of solutions with one ?value."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A query about the things that have $this by all of ``ties`` and ?value by all of ``says``."""

    ties: tuple[NamedNode, ...]
    says: tuple[NamedNode, ...]

    def changed(self, triples: Iterable[Triple], graph: ViewGraph) -> Mapping[Term, set[Term]]:
        """The values of the rows that some triples may change, by focus node."""
        names = {*self.ties, *self.says}
        found: dict[Term, set[Term]] = defaultdict(set)
        for thing in {each.subject for each in triples if each.predicate in names}:
            values = {each.object for name in self.says for each in graph.said(thing, name)}
            for name in self.ties:
                for each in graph.said(thing, name):
                    found[each.object] |= values
        return found

    def reading(
        self, node: Term, values: Iterable[Term], graph: ViewGraph
    ) -> frozenset[Triple] | None:
        """What makes the rows of a focus node with some values; None where too many have these."""
        found: set[Triple] = set()
        left = _MOST
        for value in values:
            leading = graph.few_into(self.says[0], value, left)
            if leading is None:
                return None
            left -= len(leading)
            for thing in {each.subject for each in leading}:
                made = [*_triples(thing, self.ties, node), *_triples(thing, self.says, value)]
                if all(map(graph.has, made)):
                    found.update(made)
        return frozenset(found)


def is_exact(term: Term) -> bool:
    """Whether every engine and the index have a term in one form alone: an IRI, a plain string."""
    if isinstance(term, Literal):
        return term.datatype == _STRING
    return isinstance(term, NamedNode)


def _triples(thing: Term, names: Iterable[NamedNode], value: Term) -> Iterator[Triple]:
    for name in names:
        yield Triple(thing, name, value)  # type: ignore[arg-type]


def rows_of(algebra: CompValue) -> Rows | None:
    """The rows of a query; None where it is not one that this is known of."""
    if algebra.name != "SelectQuery" or not {_THIS, _VALUE} <= {*algebra.PV}:
        return None
    renamed: dict[Node, Node] = {}
    sampled: dict[Node, Node] = {}
    node = algebra
    while node.name != "BGP":
        if node.name not in _AROUND or asks_for_groups((node.get("expr"), node.get("A"))):
            return None
        if node.name == "Group" and _VALUE not in _variables(node.expr):
            return None
        if node.name == "Extend":
            renamed[node.var] = node.expr
        if node.name == "AggregateJoin":
            sampled = {each.res: each.vars for each in node.A if each.name == "Aggregate_Sample"}
        node = node.p
    # Where rows are grouped, the library makes each variable a sample of itself.
    if any(sampled.get(renamed[name]) != name for name in (_THIS, _VALUE) if name in renamed):
        return None
    return _tied(node.triples)


def _variables(terms: Iterable[object] | None) -> set[Variable]:
    return {each for each in terms or () if isinstance(each, Variable)}


def _tied(patterns: Iterable[tuple[Node, object, Node]]) -> Rows | None:
    """The rows of patterns that all say of one other variable that it has $this, or ?value."""
    ends: dict[Node, list[NamedNode]] = {_THIS: [], _VALUE: []}
    things: set[Node] = set()
    for subject, name, value in patterns:
        if value not in ends or not isinstance(name, URIRef) or NamedNode(str(name)) in MARKERS:
            return None
        things.add(subject)
        ends[value].append(NamedNode(str(name)))
    [thing, *others] = things or {_THIS}
    if others or thing in ends or not isinstance(thing, Variable) or not all(ends.values()):
        return None
    return Rows(tuple(ends[_THIS]), tuple(ends[_VALUE]))
