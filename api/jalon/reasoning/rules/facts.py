"""What is known: the pairs of each predicate and the members of each class, given or found.

A pair of terms is one integer, so that what a rule gives is compared with what is known by a single
operation on sets; and the rules that only pass on what there is cost little more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from jalon.reasoning.rules.rule import ANY, Key
from jalon.reasoning.rules.terms import TYPE

SHIFT = 30
MASK = (1 << SHIFT) - 1
"""Two numbers of at most 30 bits are an integer of 32 bytes in CPython, as small as one of them."""


class Stock:
    """A set of integers, in two parts: ``given`` with the graph, ``found`` by rules."""

    __slots__ = ("found", "given")

    def __init__(self, given: set[int] | None = None) -> None:
        self.given: set[int] = set() if given is None else given
        self.found: set[int] = set()

    def __len__(self) -> int:
        return len(self.given) + len(self.found)

    def __contains__(self, item: int) -> bool:
        return item in self.given or item in self.found

    def __iter__(self) -> Iterator[int]:
        return chain(self.given, self.found)

    def fresh(self, items: set[int]) -> set[int]:
        """Those that are not known."""
        return items.difference(self.given, self.found)

    def add(self, fresh: set[int]) -> None:
        """Takes in what was found, none of which is known."""
        self.found |= fresh

    def discard(self, old: Iterable[int]) -> None:
        """Takes out what is known under another name now."""
        self.given.difference_update(old)
        self.found.difference_update(old)


class Relation(Stock):
    """The pairs of one predicate. Its indexes are made when they are first asked for, and kept."""

    __slots__ = ("_by_subject", "_by_value")

    def __init__(self, given: set[int] | None = None) -> None:
        super().__init__(given)
        self._by_subject: dict[int, list[int]] | None = None
        self._by_value: dict[int, list[int]] | None = None

    def add(self, fresh: set[int]) -> None:
        """See Stock."""
        super().add(fresh)
        if self._by_subject is not None:
            for pair in fresh:
                self._by_subject.setdefault(pair >> SHIFT, []).append(pair & MASK)
        if self._by_value is not None:
            for pair in fresh:
                self._by_value.setdefault(pair & MASK, []).append(pair >> SHIFT)

    def discard(self, old: Iterable[int]) -> None:
        """See Stock."""
        super().discard(old)
        self._by_subject = self._by_value = None

    def by_subject(self) -> dict[int, list[int]]:
        """The values of each subject; not to be changed."""
        if self._by_subject is None:
            self._by_subject = {}
            for pair in self:
                self._by_subject.setdefault(pair >> SHIFT, []).append(pair & MASK)
        return self._by_subject

    def by_value(self) -> dict[int, list[int]]:
        """The subjects of each value; not to be changed."""
        if self._by_value is None:
            self._by_value = {}
            for pair in self:
                self._by_value.setdefault(pair & MASK, []).append(pair >> SHIFT)
        return self._by_value

    def values(self, subject: int) -> Sequence[int]:
        """The values of a subject."""
        return self.by_subject().get(subject, ())


class Facts:
    """Relations by predicate, members by class. Two sorts of relation are there once asked for.

    That of rdf:type, whatever the class. And ``~p``: the pairs of p that did not come by p being
    transitive; all others come of these, and each but once where one path alone leads to it.
    """

    def __init__(self) -> None:
        self.relations: dict[int, Relation] = {}
        self.classes: dict[int, Stock] = {}
        self._asserted: dict[Key, set[int]] | None = None

    def load(self, triples: Iterable[tuple[int, int, int]]) -> int:
        """Takes in what is given; how many different triples it was."""
        pairs: dict[int, set[int]] = {}
        members: dict[int, set[int]] = {}
        for subject, predicate, value in triples:
            if predicate == TYPE:
                members.setdefault(value, set()).add(subject)
            else:
                pairs.setdefault(predicate, set()).add(subject << SHIFT | value)
        self.relations = {predicate: Relation(given) for predicate, given in pairs.items()}
        self.classes = {kind: Stock(given) for kind, given in members.items()}
        return sum(map(len, chain(pairs.values(), members.values())))

    def stock(self, key: Key) -> Stock:
        """What is known of a class or predicate."""
        predicate, kind = key
        return self.relation(predicate) if kind == ANY else self.members(kind)

    def relation(self, predicate: int) -> Relation:
        """The pairs of a predicate."""
        if predicate not in self.relations:
            self.relations[predicate] = Relation(self._known(predicate))
        return self.relations[predicate]

    def members(self, kind: int) -> Stock:
        """The things of a class."""
        if kind not in self.classes:
            self.classes[kind] = Stock()
        return self.classes[kind]

    def add(self, key: Key, fresh: set[int]) -> Iterator[tuple[Key, Stock]]:
        """Takes in what is not known; what is new by that, key by key."""
        self.stock(key).add(fresh)
        kind = key[1]
        yield key, Relation(fresh) if kind == ANY else Stock(fresh)
        if kind != ANY and TYPE in self.relations:
            pairs = {thing << SHIFT | kind for thing in fresh}
            self.relations[TYPE].add(pairs)
            yield (TYPE, ANY), Relation(pairs)

    def asserted(self, key: Key) -> set[int]:
        """What was given of a predicate or class, as it was before anything was rewritten."""
        if self._asserted is None:
            return self.stock(key).given
        return self._asserted.get(key, set())

    def rewrite(
        self, moved: Mapping[int, int], of: Callable[[int], int]
    ) -> Iterator[tuple[Key, set[int]]]:
        """Takes out what has something in it that is called otherwise now; that, rewritten."""
        with_types = self.relations.pop(TYPE, None) is not None
        if self._asserted is None:
            self._asserted = {key: set(stock.given) for key, stock in self.stocks()}
        for predicate, relation in list(self.relations.items()):
            name = of(predicate) if predicate > TYPE else ~of(~predicate)
            old = [
                pair
                for pair in relation
                if name != predicate or pair >> SHIFT in moved or pair & MASK in moved
            ]
            if old:
                relation.discard(old)
                yield (name, ANY), {of(pair >> SHIFT) << SHIFT | of(pair & MASK) for pair in old}
        for kind, members in list(self.classes.items()):
            gone = [thing for thing in members if kind in moved or thing in moved]
            if gone:
                members.discard(gone)
                yield (TYPE, of(kind)), set(map(of, gone))
        if with_types:
            self.relation(TYPE)

    def stocks(self) -> Iterator[tuple[Key, Stock]]:
        """What is known by predicate and class, each triple once."""
        for predicate, relation in self.relations.items():
            if predicate > TYPE:
                yield (predicate, ANY), relation
        for kind, members in self.classes.items():
            yield (TYPE, kind), members

    def _known(self, predicate: int) -> set[int]:
        """What is known already of a relation that is only now asked for."""
        if predicate == TYPE:
            return {
                thing << SHIFT | kind for kind, members in self.classes.items() for thing in members
            }
        if predicate < 0 and ~predicate in self.relations:
            return set(self.relations[~predicate])
        return set()
