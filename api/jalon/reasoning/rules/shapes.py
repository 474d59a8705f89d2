"""Rules of the plainest shapes, without any row: most rules are of these, and most triples.

One atom that becomes another one: subclasses, subproperties, domains, ranges, inverses. Two that
meet in a variable: transitive properties, chains of two.
"""

from __future__ import annotations

from collections.abc import Callable

from jalon.reasoning.rules.facts import MASK, SHIFT, Facts, Stock
from jalon.reasoning.rules.rule import Atom, Rule


class TooMany(Exception):
    """More follows than there is room for."""


Work = Callable[[Stock, Facts, int], set[int]]
"""What follows from some facts for one atom and all facts for the others.

Members of a class where the head names one, else pairs. Raises TooMany above a number of them.
"""


def shape(rule: Rule, start: int) -> Work | None:
    """How to work out a rule from the atom at a place on, if it has one of these shapes."""
    match rule.body, rule.head:
        case (only,), Atom() as head:
            return _passing(only, head)
        case (_, _), Atom() as head:
            return _meeting(rule.body[start], rule.body[1 - start], head)
    return None


def _passing(atom: Atom, head: Atom) -> Work | None:
    if atom.is_membership:
        same = head.is_membership and head.subject == atom.subject < 0
        return _as_it_is if same else None
    if atom.variables != atom.ends:
        return None
    if head.is_membership:
        return {atom.subject: _subjects, atom.value: _values}.get(head.subject)
    return {atom.ends: _as_it_is, atom.ends[::-1]: _turned}.get(head.ends)


def _as_it_is(source: Stock, _facts: Facts, _room: int) -> set[int]:
    return source.given | source.found if source.found else source.given


def _subjects(source: Stock, _facts: Facts, _room: int) -> set[int]:
    return {pair >> SHIFT for pair in source}


def _values(source: Stock, _facts: Facts, _room: int) -> set[int]:
    return {pair & MASK for pair in source}


def _turned(source: Stock, _facts: Facts, _room: int) -> set[int]:
    return {(pair & MASK) << SHIFT | pair >> SHIFT for pair in source}


def _meeting(first: Atom, other: Atom, head: Atom) -> Work | None:
    """Two atoms with one variable in common, and a head of the other two."""
    if not all(atom.variables == atom.ends for atom in (first, other, head)):
        return None
    if set(head.ends) != set(first.ends) ^ set(other.ends):
        return None
    at_value = first.value in other.ends
    by_subject = other.subject in first.ends
    ahead = head.subject in first.ends

    def met(source: Stock, facts: Facts, room: int) -> set[int]:
        relation = facts.relation(other.predicate)
        others = (relation.by_subject() if by_subject else relation.by_value()).get
        found: set[int] = set()
        for pair in source:
            near, shared = pair >> SHIFT, pair & MASK
            if not at_value:
                near, shared = shared, near
            for far in others(shared, ()):
                found.add(near << SHIFT | far if ahead else far << SHIFT | near)
            if len(found) > room:
                raise TooMany
        return found

    return met
