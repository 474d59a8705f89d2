"""How a rule is worked out from one of its atoms on: set at a time, in steps made beforehand.

A row is what some variables stand for; a step makes rows of rows, and leaves out what is not needed
any more. Rules of the plainest shapes need no rows: see ``shapes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import itemgetter

from jalon.reasoning.rules.facts import MASK, SHIFT, Facts, Relation, Stock
from jalon.reasoning.rules.rule import Atom, Rule
from jalon.reasoning.rules.shapes import TooMany, shape

Row = tuple[int, ...]
Rows = set[Row]
Step = Callable[[Rows, Facts, int], Rows]
Get = Callable[[Row], int]
Pick = Callable[[Row], Row]


class Plan:
    """A rule, from the atom at one place of its body on. It is made when it is first asked."""

    def __init__(self, rule: Rule, start: int) -> None:
        self.rule = rule
        self.first = rule.body[start]
        self._start = start
        self._shape = shape(rule, start)
        self._columns: Row = ()
        self._steps: list[Step] = []
        self._outcome: Pick | None = None

    def found(self, source: Stock, facts: Facts, room: int) -> set[int]:
        """What follows by a head that is an atom; see shapes.Work."""
        if self._shape is not None:
            return self._shape(source, facts, room)
        rows = self.rows(source, facts, room)
        if isinstance(self.rule.head, Atom) and self.rule.head.is_membership:
            return {subject for subject, _ in rows}
        return {subject << SHIFT | value for subject, value in rows}

    def rows(self, source: Stock, facts: Facts, room: int) -> Rows:
        """The terms of the head, for each time that it follows. Raises TooMany."""
        outcome = self._outcome or self._make()
        rows = _first_rows(self.first, source, self._columns)
        for step in self._steps:
            if not rows:
                break
            rows = step(rows, facts, room)
        return set(map(outcome, rows))

    def _make(self) -> Pick:
        rest = [atom for place, atom in enumerate(self.rule.body) if place != self._start]
        columns = self._columns = _needed(self.first.variables, rest, self.rule)
        while rest:
            atom = max(rest, key=lambda each: _nearness(each, columns))
            rest.remove(atom)
            keep = _needed((*columns, *atom.variables), rest, self.rule)
            self._steps.append(_step(atom, columns, keep))
            columns = keep
        self._outcome = _picked(self.rule.outcome, columns)
        return self._outcome


def _needed(found: Row, rest: Iterable[Atom], rule: Rule) -> Row:
    later = {term for atom in rest for term in atom.variables} | set(rule.outcome)
    return tuple(each for each in dict.fromkeys(found) if each in later)


def _nearness(atom: Atom, columns: Row) -> tuple[bool, int]:
    """How soon an atom is asked: what meets the rows comes first, and what adds least to them."""
    unknown = sum(term not in columns for term in atom.variables)
    return unknown < len(atom.variables) or not atom.variables, -unknown


def _first_rows(atom: Atom, source: Stock, columns: Row) -> Rows:
    """The rows that an atom begins with."""
    if atom.is_membership or not isinstance(source, Relation):
        ends: Iterable[Row] = ((thing, atom.value) for thing in source)
    elif atom.value >= 0:
        ends = ((subject, atom.value) for subject in source.by_value().get(atom.value, ()))
    else:
        ends = ((pair >> SHIFT, pair & MASK) for pair in source)
    if atom.subject >= 0:
        ends = (row for row in ends if row[0] == atom.subject)
    elif atom.subject == atom.value:
        ends = (row for row in ends if row[0] == row[1])
    return set(ends) if columns == atom.ends else set(map(_picked(columns, atom.ends), ends))


def _picked(terms: Row, columns: Row) -> Pick:
    """Of a row of these columns, the terms: what is in a column, or a constant."""
    if len(terms) > 1 and set(terms) <= set(columns):
        return itemgetter(*map(columns.index, terms))
    getters = [_getter(term, columns) for term in terms]
    return lambda row: tuple(get(row) for get in getters)


def _getter(term: int, columns: Row) -> Get:
    return itemgetter(columns.index(term)) if term in columns else lambda _: term


def _step(atom: Atom, columns: Row, keep: Row) -> Step:
    subject, value = (_getter(term, columns) for term in atom.ends)
    bound = [term >= 0 or term in columns for term in atom.ends]
    if all(bound):
        return _held(atom, (subject, value), _picked(keep, columns))
    pick = _picked(keep, (*columns, *(term for term in atom.variables if term not in columns)))
    if not any(bound) or atom.is_membership:
        return _beside(atom, pick)
    return _led(atom, subject if bound[0] else value, pick, forward=bound[0])


def _held(atom: Atom, ends: tuple[Get, Get], pick: Pick) -> Step:
    """The rows for which an atom is known."""
    subject, value = ends

    def held(rows: Rows, facts: Facts, _room: int) -> Rows:
        known = facts.stock(atom.key)
        if atom.is_membership:
            return {pick(row) for row in rows if subject(row) in known}
        return {pick(row) for row in rows if subject(row) << SHIFT | value(row) in known}

    return held


def _led(atom: Atom, end: Get, pick: Pick, *, forward: bool) -> Step:
    """Each row with each term that an atom leads to, from the end of it that is known."""

    def led(rows: Rows, facts: Facts, room: int) -> Rows:
        relation = facts.relation(atom.predicate)
        others = (relation.by_subject() if forward else relation.by_value()).get
        found: Rows = set()
        for row in rows:
            for other in others(end(row), ()):
                found.add(pick((*row, other)))
            if len(found) > room:
                raise TooMany
        return found

    return led


def _beside(atom: Atom, pick: Pick) -> Step:
    """Each row with each way in which an atom is known, whatever the row."""

    def beside(rows: Rows, facts: Facts, room: int) -> Rows:
        known = _first_rows(atom, facts.stock(atom.key), atom.variables)
        found: Rows = set()
        for row in rows:
            found.update(pick((*row, *other)) for other in known)
            if len(found) > room:
                raise TooMany
        return found

    return beside
