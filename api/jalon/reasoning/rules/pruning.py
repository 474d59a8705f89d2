"""Rules that need not be asked: they tell of classes that nobody asks about and nobody is shown.

That is owl:Thing, of which every thing is, and most restrictions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jalon.reasoning.rules.rule import ANY, Atom, Key, Rule
from jalon.reasoning.rules.terms import TYPE


def worth_asking(rules: Iterable[Rule], unshown: Callable[[int], bool]) -> list[Rule]:
    """The rules whose conclusions another rule asks about, or that ``unshown`` does not hold of."""
    kept = list(rules)
    while True:
        asked: set[Key] = {atom.key for rule in kept for atom in rule.body}
        if (TYPE, ANY) in asked:
            return kept
        fewer = [
            rule
            for rule in kept
            if not (isinstance(rule.head, Atom) and rule.head.is_membership)
            or rule.head.key in asked
            or not unshown(rule.head.value)
        ]
        if len(fewer) == len(kept):
            return kept
        kept = fewer
