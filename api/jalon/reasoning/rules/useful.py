"""The useful part of what follows, as N-Triples; ``jalon.reasoning.usefulness`` defines it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, product

from jalon.reasoning.rules.facts import MASK, SHIFT, Stock
from jalon.reasoning.rules.rule import ANY, Key
from jalon.reasoning.rules.saturation import Saturation
from jalon.reasoning.rules.shapes import TooMany
from jalon.reasoning.rules.terms import BLANK, IRI, TYPE
from jalon.reasoning.usefulness import (
    BETWEEN_TERMS,
    KINDS_OF_TERMS,
    KINDS_OF_THINGS,
    LANGUAGES,
    PROPERTY,
)

_KINDS_OF_THINGS = frozenset(f"<{kind}>".encode() for kind in KINDS_OF_THINGS)
_KINDS_OF_TERMS = (*(f"<{kind}".encode() for kind in KINDS_OF_TERMS), f"<{PROPERTY}>".encode())
_LANGUAGES = tuple(f"<{language}".encode() for language in LANGUAGES)
_BETWEEN_TERMS = frozenset(f"<{relation}>".encode() for relation in BETWEEN_TERMS)


class Useful:
    """Tells what is useful of a saturated graph."""

    def __init__(self, known: Saturation) -> None:
        self._known = known
        self._terms = known.terms
        self._is_named = bytearray(not term.startswith(BLANK) for term in known.terms)
        self._is_thing = bytearray(term.startswith(IRI) for term in known.terms)
        for term in self._schema_terms():
            self._is_thing[term] = False

    def is_thing(self, term: int) -> bool:
        """Whether a term is an IRI of the data."""
        return bool(self._is_thing[term])

    def ntriples(self, room: int) -> bytes:
        """The useful triples, sorted. Raises TooMany when there are more than ``room``."""
        lines: list[bytes] = []
        for key, stock in self._known.facts.stocks():
            for named, items in self._following(key, stock, room):
                lines.extend(self._lines(named, items))
                if len(lines) > room:
                    raise TooMany
        return b"".join(sorted(lines))

    def _lines(self, key: Key, items: Iterable[int]) -> Iterator[bytes]:
        """The useful ones of a predicate or class, each as a line."""
        terms, is_thing, is_said = self._terms, self._is_thing, self._is_named
        predicate, kind = key
        if kind != ANY:
            if is_said[kind] and not terms[kind].startswith(_LANGUAGES):
                end = b" %b %b .\n" % (terms[TYPE], terms[kind])
                yield from (terms[thing] + end for thing in items if is_thing[thing])
            return
        if not terms[predicate].startswith(IRI):
            return
        if predicate == self._known.same_as:
            is_said = bytearray(term.startswith(IRI) for term in terms)
            items = [pair for pair in items if pair >> SHIFT != pair & MASK]
        between = b" %b " % terms[predicate]
        for pair in items:
            if is_thing[pair >> SHIFT] and is_said[pair & MASK]:
                yield terms[pair >> SHIFT] + between + terms[pair & MASK] + b" .\n"

    def _following(
        self, key: Key, stock: Stock, room: int
    ) -> Iterator[tuple[Key, Collection[int]]]:
        """What is not asserted of a predicate or class, by all the names that it has."""
        if not self._known.equality:
            yield key, stock.found
            return
        members, (predicate, kind) = self._known.equality.members, key
        items: set[int] = set()
        for item in self._worth_naming(key, stock):
            if kind != ANY:
                items.update(members(item))
            else:
                subjects, values = members(item >> SHIFT), members(item & MASK)
                if len(subjects) * len(values) > room:
                    raise TooMany
                items.update(one << SHIFT | other for one, other in product(subjects, values))
            if len(items) > room:
                raise TooMany
        asserted = self._known.facts.asserted
        for name in members(predicate if kind == ANY else kind):
            named = (name, ANY) if kind == ANY else (TYPE, name)
            yield named, items - asserted(named)
            for other in members(TYPE)[1:] if kind != ANY else ():
                pairs = {item << SHIFT | name for item in items}
                yield (other, ANY), pairs - asserted((other, ANY))

    def _worth_naming(self, key: Key, stock: Stock) -> Iterable[int]:
        """What was found, and what was given of things that have other names."""
        shared = self._known.equality.is_shared
        # Of a class the predicate is rdf:type, which may have another name as well.
        if any(each >= 0 and shared(each) for each in key):
            return stock
        if key[1] != ANY:
            return chain(stock.found, filter(shared, stock.given))
        given = (pair for pair in stock.given if shared(pair >> SHIFT) or shared(pair & MASK))
        return chain(stock.found, given)

    def _schema_terms(self) -> set[int]:
        """The terms of the schema, by all their names."""
        found = {TYPE}
        for (predicate, kind), stock in self._known.facts.stocks():
            if stock and kind != ANY:
                found.add(kind)
                if self._any_of(kind, _is_kind_of_terms):
                    found.update(stock)
            elif stock:
                found.add(predicate)
                if self._any_of(predicate, _BETWEEN_TERMS.__contains__):
                    found.update(each for pair in stock for each in (pair >> SHIFT, pair & MASK))
        return {name for term in found for name in self._known.equality.members(term)}

    def _any_of(self, standing: int, holds: Callable[[bytes], bool]) -> bool:
        return any(holds(self._terms[each]) for each in self._known.equality.members(standing))


def _is_kind_of_terms(kind: bytes) -> bool:
    return kind.startswith(_KINDS_OF_TERMS) and kind not in _KINDS_OF_THINGS
