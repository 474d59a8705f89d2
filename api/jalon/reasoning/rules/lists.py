"""RDF lists, read whole before anything follows from an axiom that has one."""

from __future__ import annotations

from jalon.reasoning.rules.equality import Equality
from jalon.reasoning.rules.facts import Facts


class Lists:
    """The lists of a graph: each cell has one first and one rest, and rdf:nil ends it."""

    def __init__(self, facts: Facts, equality: Equality, ends: tuple[int, ...]) -> None:
        """``ends`` are rdf:first, rdf:rest and rdf:nil."""
        self._facts = facts
        self._equality = equality
        self._ends = ends

    def members(self, head: int) -> tuple[int, ...]:
        """The members of a list, in order; none where this is not a list, so that no rule is met.

        A list that has no end, or two of them, is not one.
        """
        by_first, by_rest, nil = map(self._equality.of, self._ends)
        first, rest = self._facts.relation(by_first), self._facts.relation(by_rest)
        found: list[int] = []
        passed = {head}
        while head != nil:
            items, rests = first.values(head), rest.values(head)
            if len(items) != 1 or len(rests) != 1 or rests[0] in passed:
                return ()
            found.append(items[0])
            head = rests[0]
            passed.add(head)
        return tuple(found)
