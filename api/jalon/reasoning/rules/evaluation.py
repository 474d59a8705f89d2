"""The rules worked out: over and over with what is new, until nothing follows any more.

Semi-naive and set at a time: a rule is asked again only about what has been found since, and all
that it finds at once is compared with what is known in one operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jalon.reasoning.rules.equality import Equality
from jalon.reasoning.rules.facts import MASK, SHIFT, Facts, Stock
from jalon.reasoning.rules.plans import Plan, Row
from jalon.reasoning.rules.rule import ANY, Atom, Clash, Key, One, Rule
from jalon.reasoning.rules.shapes import TooMany
from jalon.reasoning.rules.terms import TYPE
from jalon.reasoning.rules.uniqueness import Found, Uniqueness


class Evaluation:
    """Works out rules over facts, which it adds to: at most ``room`` of them, else TooMany."""

    def __init__(self, facts: Facts, uniqueness: Uniqueness, room: int) -> None:
        self._facts = facts
        self._uniqueness = uniqueness
        self._room = room
        self._rules: set[Rule] = set()
        self._asking: dict[Key, list[Plan]] = {}
        self._next: dict[Key, set[int]] = {}
        self.found = 0
        """How many facts have been found."""

    def learn(self, rules: Iterable[Rule]) -> bool:
        """Asks the rules that are new about all that is known; whether there is any.

        Rules about contradictions are left alone.
        """
        fresh = [
            rule for rule in rules if rule not in self._rules and not isinstance(rule.head, Clash)
        ]
        self._rules.update(fresh)
        for rule in fresh:
            for place, atom in enumerate(rule.body):
                self._facts.stock(atom.key)
                self._asking.setdefault(atom.key, []).append(Plan(rule, place))
        for rule in fresh:
            if rule.body:
                plan = self._plan(rule)
                self._ask(plan, self._facts.stock(plan.first.key))
            elif isinstance(rule.head, Atom):
                self.take(rule.head.key, {_packed(rule.head)})
        return bool(fresh)

    def run(self) -> None:
        """Asks the rules about what is new until nothing is."""
        while self._next:
            turn, self._next = self._next, {}
            news = [new for key, fresh in turn.items() for new in self._facts.add(key, fresh)]
            for key, source in news:
                for plan in self._asking.get(key, ()):
                    self._ask(plan, source)

    def take(self, key: Key, found: set[int], *, by_path: bool = False) -> None:
        """Puts what is not known among what is new; ``by_path``: it came of other pairs."""
        if key == (TYPE, ANY):
            for pair in found:
                self.take((TYPE, pair & MASK), {pair >> SHIFT})
            return
        fresh = self._facts.stock(key).fresh(found)
        if not fresh:
            return
        base = ~key[0]
        if base in self._facts.relations and key[0] > TYPE and not by_path:
            self._put((base, ANY), self._facts.relation(base).fresh(fresh))
        self.found += self._put(key, fresh)
        if self.found > self._room:
            raise TooMany

    def clashes(self, rules: Iterable[Rule]) -> Iterator[Found]:
        """What cannot be by the rules about that: their name, what it is about, by way of what."""
        for rule in rules:
            if isinstance(rule.head, Clash):
                cut = len(rule.head.about)
                for row in self._rows(rule):
                    yield rule.name, row[:cut], row[cut:]

    def rewrite(self, equality: Equality, moved: Mapping[int, int]) -> None:
        """Calls everything by what stands for it now; what changes by that is new.

        Rules that name what has moved are forgotten: the axioms give others in their place.
        """
        gone = {rule for rule in self._rules if not rule.constants.isdisjoint(moved)}
        self._rules -= gone
        for rule in gone:
            self._uniqueness.forget(rule)
        for key, plans in self._asking.items():
            self._asking[key] = [plan for plan in plans if plan.rule not in gone]
        self._uniqueness.rewrite(equality)
        for key, rewritten in self._facts.rewrite(moved, equality.of):
            self.take(key, rewritten)

    def _ask(self, plan: Plan, source: Stock) -> None:
        head, room = plan.rule.head, self._room - self.found
        if isinstance(head, Atom):
            by_path = plan.rule.body[0].predicate == ~head.predicate
            self.take(head.key, plan.found(source, self._facts, room), by_path=by_path)
        elif isinstance(head, One):
            self._uniqueness.see(plan.rule, plan.rows(source, self._facts, room))

    def _rows(self, rule: Rule) -> Iterable[Row]:
        """The terms of the head, for each time that it follows from what is known."""
        if not rule.body:
            return (rule.outcome,)
        plan = self._plan(rule)
        return plan.rows(self._facts.stock(plan.first.key), self._facts, self._room)

    def _plan(self, rule: Rule) -> Plan:
        """How to work out a rule from nothing: from the atom of which least is known."""
        sizes = [len(self._facts.stock(atom.key)) for atom in rule.body]
        return Plan(rule, sizes.index(min(sizes)))

    def _put(self, key: Key, fresh: set[int]) -> int:
        """Adds to what is new; how much of it was not there."""
        new = self._next.setdefault(key, fresh)
        if new is fresh:
            return len(fresh)
        before = len(new)
        new |= fresh
        return len(new) - before


def _packed(head: Atom) -> int:
    return head.subject if head.is_membership else head.subject << SHIFT | head.value
