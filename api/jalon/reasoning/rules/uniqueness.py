"""What has to be the same because there may be but one: prp-fp, prp-ifp, prp-key, cls-maxc2 …

A thing and a value, or two values that differ, cannot be the same (dt-diff, eq-diff1): that is a
contradiction, and nothing is put in the place of anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from jalon.reasoning.rules.equality import Equality
from jalon.reasoning.rules.literals import Literals
from jalon.reasoning.rules.rule import Rule

Row = tuple[int, ...]
Found = tuple[str, Row, Row]
"""A contradiction: the name of the rule, what it is about, and by way of what."""


class Uniqueness:
    """What each rule has seen for each key, and what has to be the same for that."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals
        self._things: dict[Rule, dict[Row, int]] = {}
        self._values: dict[Rule, dict[Row, int]] = {}
        self._same: list[tuple[int, int]] = []
        self.clashes: set[Found] = set()

    def see(self, rule: Rule, rows: Iterable[Row]) -> None:
        """Takes in what a rule has found: rows of a thing and its key."""
        things = self._things.setdefault(rule, {})
        values = self._values.setdefault(rule, {})
        for thing, *rest in rows:
            key = tuple(rest)
            if thing in self._literals:
                first, other = values.setdefault(key, thing), things.get(key)
                if self._literals.differ(first, thing):
                    self.clashes.add((rule.name, key[:1], (first, thing, *key[1:])))
            else:
                first, other = things.setdefault(key, thing), values.get(key)
                if first != thing:
                    self._same.append((first, thing))
            if other is not None:
                self.clashes.add((rule.name, key[:1], (other, thing, *key[1:])))

    def say(self, one: int, other: int) -> None:
        """Takes in that two are said to be the same."""
        if one in self._literals or other in self._literals:
            about, by = (other, one) if one in self._literals else (one, other)
            if self._literals.differ(one, other):
                self.clashes.add(("dt-diff", (about,), (by,)))
        else:
            self._same.append((one, other))

    def same(self) -> list[tuple[int, int]]:
        """What has to be the same since this was last asked."""
        found, self._same = self._same, []
        return found

    def forget(self, rule: Rule) -> None:
        """Forgets what a rule has seen."""
        self._things.pop(rule, None)
        self._values.pop(rule, None)

    def rewrite(self, equality: Equality) -> None:
        """Calls everything by what stands for it now, which may make more the same."""
        for rule in list(self._things):
            seen = chain(self._things.pop(rule).items(), self._values.pop(rule).items())
            self.see(rule, [tuple(map(equality.of, (thing, *key))) for key, thing in seen])
