"""The schema compiled: each axiom of a graph gives the rules of the table that it is part of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import comb

from jalon.reasoning.rules.equality import Equality
from jalon.reasoning.rules.facts import MASK, SHIFT, Facts
from jalon.reasoning.rules.lists import Lists
from jalon.reasoning.rules.literals import Literals
from jalon.reasoning.rules.rule import Atom, Clash, One, Rule
from jalon.reasoning.rules.shapes import TooMany
from jalon.reasoning.rules.table import Condition, Listed, Meant, Pattern, Template
from jalon.reasoning.rules.terms import TYPE

MOST = 200_000
"""So many rules at most."""

LONGEST = 200
"""The most members of a list in what one rule asks: the properties of a chain, say."""

Binding = Mapping[str, int]
Members = tuple[int, ...]


class Compiler:
    """Gives the rules of a graph by the axioms that are known of it, each as one object, always."""

    def __init__(self, facts: Facts, equality: Equality, literals: Literals, lists: Lists) -> None:
        self._facts = facts
        self._equality = equality
        self._literals = literals
        self._lists = lists
        self._rules: dict[tuple[object, ...], Rule] = {}
        self._made: dict[tuple[int | Members, ...], Rule | None] = {}

    def rules(self, table: Iterable[Template]) -> list[Rule]:
        """Each rule once, by the first of its names, unless it says only what it asks.

        Raises TooMany for more than MOST of them, or LONGEST conditions in one.
        """
        found: dict[Rule, None] = {}
        for number, template in enumerate(table):
            for binding in self._solutions(template.axiom, {}):
                lists = self._lists_of(template, binding)
                # A list that is none, or empty, meets no rule.
                if max(map(len, lists), default=0) > LONGEST or len(found) > MOST:
                    raise TooMany
                if all(lists):
                    made: tuple[int | Members, ...] = (number, *binding.values(), *lists)
                    if made not in self._made:
                        self._made[made] = self._rule(template, binding, lists)
                    rule = self._made[made]
                    if rule is not None:
                        found[rule] = None
        return list(found)

    def forget(self) -> None:
        """Forgets what was made: something is called otherwise now."""
        self._made.clear()

    def _solutions(self, axiom: tuple[Condition, ...], binding: Binding) -> Iterator[Binding]:
        if not axiom:
            yield binding
            return
        first, rest = axiom[0], axiom[1:]
        matches = (
            self._listed(first, binding)
            if isinstance(first, Listed)
            else self._matches(first, binding)
        )
        for found in matches:
            yield from self._solutions(rest, found)

    def _listed(self, listed: Listed, binding: Binding) -> Iterator[Binding]:
        members = self._lists.members(binding[listed.list])
        if listed.how != "pairs":
            rows: Iterable[Members] = ((each,) for each in members)
        elif len(set(listed.words)) == 1:
            # One word twice: it stands for what is listed twice.
            twice = (each for each, times in Counter(members).items() if times > 1)
            rows = ((each, each) for each in twice)
        elif comb(len(members), 2) > MOST:
            raise TooMany
        else:
            rows = combinations(members, 2)
        for row in rows:
            yield {**binding, **dict(zip(listed.words, row, strict=True))}

    def _matches(self, pattern: Pattern, binding: Binding) -> Iterator[Binding]:
        subject, value = self._bound(pattern.subject, binding), self._bound(pattern.value, binding)
        for found_subject, found_value in self._pairs(pattern.predicate, subject, value):
            if pattern.number is None or self._literals.integer(found_value) == pattern.number:
                found = dict(binding)
                for word, term in ((pattern.subject, found_subject), (pattern.value, found_value)):
                    if isinstance(word, str):
                        found[word] = term
                yield found

    def _pairs(
        self, predicate: Meant, subject: int | None, value: int | None
    ) -> Iterator[tuple[int, int]]:
        """The pairs of a predicate of axioms that have these ends, where they are given."""
        known = self._bound(predicate, {})
        if known == TYPE and value is not None:
            members = self._facts.classes.get(value, ())
            yield from ((thing, value) for thing in members if subject in (None, thing))
        elif known is not None and known in self._facts.relations:
            relation = self._facts.relations[known]
            if subject is not None:
                values = relation.values(subject)
                yield from ((subject, each) for each in values if value in (None, each))
            elif value is not None:
                yield from ((each, value) for each in relation.by_value().get(value, ()))
            else:
                yield from ((pair >> SHIFT, pair & MASK) for pair in relation)

    def _bound(self, word: Meant, binding: Binding) -> int | None:
        return binding.get(word) if isinstance(word, str) else self._equality.of(word)

    def _lists_of(self, template: Template, binding: Binding) -> list[Members]:
        """The lists that a rule asks about."""
        listed = (each for each in template.body if isinstance(each, Listed))
        return [self._lists.members(binding[each.list]) for each in listed]

    def _rule(self, template: Template, binding: Binding, lists: Sequence[Members]) -> Rule | None:
        words = _Words(self._equality, binding)
        members = iter(lists)
        body: list[Atom] = []
        for each in template.body:
            if isinstance(each, Listed):
                body += words.atoms(each, next(members))
            else:
                body.append(words.atom(each))
        head = words.head(template)
        if head in body:
            return None
        rule = _by_base(Rule(template.name, tuple(body), head))
        # What follows by two rules alike follows once; a contradiction is told by each.
        name = rule.name if isinstance(head, Clash) else ""
        return self._rules.setdefault((name, rule.body, rule.head), rule)


class _Words:
    """The words of one template: terms where an axiom gave them, else variables."""

    def __init__(self, equality: Equality, binding: Binding) -> None:
        self._equality = equality
        self._known: dict[str, Members] = {word: (term,) for word, term in binding.items()}
        self._variables = 0

    def atom(self, pattern: Pattern) -> Atom:
        """A pattern with its words replaced."""
        predicate = self._term(pattern.predicate)
        return Atom(predicate, self._term(pattern.subject), self._term(pattern.value))

    def atoms(self, listed: Listed, members: Members) -> Iterator[Atom]:
        """The atoms that stand for a list of classes or properties; see the table."""
        thing = self._term(listed.words[0])
        if listed.how == "every":
            yield from (Atom(TYPE, thing, each) for each in members)
        elif listed.how == "values":
            values = self._several(listed.words[1], len(members))
            for each, value in zip(members, values, strict=True):
                yield Atom(each, thing, value)
        else:
            between = self._several("?between", len(members) - 1)
            path = (thing, *between, self._term(listed.words[1]))
            for each, (start, end) in zip(members, pairwise(path), strict=True):
                yield Atom(each, start, end)

    def head(self, template: Template) -> Atom | One | Clash:
        """What follows, with its words replaced."""
        if isinstance(template.head, Pattern):
            return self.atom(template.head)
        what = tuple(term for word in template.head.what for term in self._terms(word))
        of = tuple(term for word in template.head.of for term in self._terms(word))
        return One(what[0], of) if template.head.kind == "one" else Clash(what, of)

    def _term(self, word: Meant) -> int:
        return self._equality.of(word) if isinstance(word, int) else self._terms(word)[0]

    def _terms(self, word: str) -> Members:
        """All that a word stands for."""
        return self._known[word] if word in self._known else self._several(word, 1)

    def _several(self, word: str, number: int) -> Members:
        """Lets a word stand for as many variables."""
        first = self._variables + 1
        self._variables += number
        self._known[word] = tuple(-each for each in range(first, first + number))
        return self._known[word]


def _by_base(rule: Rule) -> Rule:
    """prp-trp and the like step by step: each pair is made from one that came otherwise.

    A path of n steps then gives its n² pairs once each, not once for each place to part it.
    """
    match rule.body, rule.head:
        case (Atom(p, x, y), Atom(q, middle, z)), Atom(r, start, end):
            path = {x, y, z}
            meets = (middle, start, end) == (y, x, z) and p == q == r != TYPE
            if meets and len(path) == len(("x", "y", "z")) and max(path) < 0:
                return Rule(rule.name, (Atom(~p, x, y), rule.body[1]), rule.head)
    return rule
