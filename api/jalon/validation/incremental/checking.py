"""A change checked: what it makes wrong, what it puts right, and what stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal as Choice

from pyoxigraph import DefaultGraph, Quad, Store, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.activity import Classes
from jalon.validation.incremental.aiming import aims
from jalon.validation.incremental.analysis import SUBCLASS, Reads
from jalon.validation.incremental.change import ViewChange, view_change
from jalon.validation.incremental.dataset import Allowance, TooMuch
from jalon.validation.incremental.graph import Unanswered, ViewGraph
from jalon.validation.incremental.walking import Walker
from jalon.validation.port import Find, Found, Pair

ALLOWANCE = 300_000
"""How many quads may be read for one change; beyond it, everything is validated."""

MANY, SHARE = 1_000, 6
"""From so many quads on, a change of a graph with fewer than so many times as many triples is not
looked at by itself: everything takes less. Measured: 0.6 ms a quad of a change, 0.1 ms a triple of
everything."""

MOST_CLASSES = 100_000
"""How many statements about classes are kept in mind."""

Reason = Choice["large", "classes", "opaque", "reading", "markers", "unnamed"]
"""Why everything is validated: the change is a large part of it; the class hierarchy changes; a
shape is concerned whose reads are not known; too much would be read; shapes ask for markers by
their values; the unnamed graph is not the shown one."""


@dataclass(frozen=True, slots=True)
class WhyWhole:
    """Why everything is validated for a change; ``shape`` is the one that it is about, if any."""

    reason: Reason
    shape: str = ""


class NotLocal(Exception):
    """A change whose effect cannot be kept apart from everything else.

    What is to be kept of it is its ``why``: itself, it keeps the index open by its traceback.
    """

    def __init__(self, reason: Reason, shape: str = "") -> None:
        super().__init__(reason)
        self.why = WhyWhole(reason, shape)


Key = tuple[Term, str, str, str, str | None, Term | None, str | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to the results of the pairs that were looked at, and to no others.

    ``new`` results come with it, ``fixed`` ones go, ``standing`` ones were there before: all of
    those about things that were asked about; of a rule that is looked at for some values alone
    (``rows``), those with these values.
    ``triples`` are as many as were read for it.
    """

    pairs: frozenset[Pair]
    new: tuple[Found, ...]
    fixed: tuple[Found, ...]
    standing: tuple[Found, ...]
    triples: int


class Checker:
    """Checks changes of one release by shapes whose reads are known.

    ``find`` has those shapes ready, aimed (``aiming``).
    """

    def __init__(self, store: Store, base: str, reads: Reads, find: Find) -> None:
        self._store = store
        self._base = base
        self._find = find
        self._reads = reads
        self._walker: Walker | None = None

    def check(
        self,
        adds: Iterable[Quad],
        removes: Iterable[Quad],
        things: Iterable[Term] = (),
        *,
        fixed: bool = True,
    ) -> Effect:
        """What quads that are taken away, and then quads that are added, do to the results.

        With every result about some ``things``, changed or not. Unless ``fixed``, what is put right
        is told only where there are results, which takes half as long. Raises NotLocal.
        """
        allowance, quads = Allowance(ALLOWANCE), (tuple(adds), tuple(removes))
        self._check_share(sum(map(len, quads)))
        try:
            change = view_change(self._store, self._base, quads, allowance)
            _check_local(change, self._reads)
            return self._effect(change, things, fixed=fixed)
        except TooMuch as error:
            raise NotLocal("reading") from error
        except Unanswered as error:
            raise NotLocal("markers") from error

    def _effect(self, change: ViewChange, things: Iterable[Term], *, fixed: bool) -> Effect:
        # What is read of both at once holds all that is read of either, and nothing else.
        both = ViewGraph(change.before, change.adds)
        walker = self._walking()
        pairs = walker.affected(change.adds, change.removes, both, things)
        self._check_clear(pairs.either)
        triples = walker.neighbourhood(pairs, both)
        stays = _lines(triples - change.adds - change.removes)
        aim = stays + aims(pairs.after, self._reads.starts)
        new = self._results(pairs.after, pairs.rows, aim + _lines(triples & change.adds))
        old: Collection[Found] = ()
        if new or fixed:
            if pairs.before != pairs.after:
                aim = stays + aims(pairs.before, self._reads.starts)
            old = self._results(pairs.before, pairs.rows, aim + _lines(triples & change.removes))
        return effect_of(pairs.either, old, new, len(triples))

    def _results(
        self, pairs: frozenset[Pair], rows: Mapping[Pair, frozenset[Term]], aimed: str
    ) -> Collection[Found]:
        """The results of pairs that a graph names, each once; of those with rows, of these."""
        if not pairs:
            return ()
        found: dict[Key, Found] = {}
        for each in self._find(aimed.encode("utf-8")):
            pair = (each.shape, each.focus)
            if pair in pairs and (pair not in rows or each.value in rows[pair]):
                found[key_of(each)] = each
        return found.values()

    def _check_clear(self, pairs: frozenset[Pair]) -> None:
        """Raises NotLocal where a shape is looked at whose reads are not known."""
        opaque = {each.shape for each in self._reads.opaque}
        for shape, _ in pairs if opaque else ():
            if shape in opaque:
                raise NotLocal("opaque", shape)

    def _check_share(self, quads: int) -> None:
        """Raises NotLocal for a change that is large beside the graph."""
        if quads < MANY:
            return
        if self._shown_upto(SHARE * quads) < SHARE * quads:
            raise NotLocal("large")

    def _shown_upto(self, most: int) -> int:
        """How many quads are shown, counted no further than this."""
        shown = self._store.quads_for_pattern(None, None, None, DefaultGraph())
        return sum(1 for _ in islice(shown, most))

    def _walking(self) -> Walker:
        if self._walker is None:
            triples: list[Triple] = []
            for quad in self._store.quads_for_pattern(None, SUBCLASS, None, DefaultGraph()):
                triples.append(quad.triple)
                if len(triples) > MOST_CLASSES:
                    raise NotLocal("classes")
            self._walker = Walker(self._reads, Classes.of(triples))
        return self._walker


def key_of(found: Found) -> Key:
    """What tells a result from others."""
    return (
        *(found.focus, found.shape, found.component, found.severity),
        *(found.path, found.value, found.constraint, found.texts),
    )


def effect_of(
    pairs: frozenset[Pair], before: Iterable[Found], after: Iterable[Found], triples: int
) -> Effect:
    """What tells the results of some pairs before a change and after it apart."""
    old, new = tuple(before), tuple(after)
    had, has = {key_of(each) for each in old}, {key_of(each) for each in new}
    return Effect(
        pairs,
        new=tuple(each for each in new if key_of(each) not in had),
        fixed=tuple(each for each in old if key_of(each) not in has),
        standing=tuple(each for each in new if key_of(each) in had),
        triples=triples,
    )


def _lines(triples: Iterable[Triple]) -> str:
    return "".join([f"{triple} .\n" for triple in triples])


def _check_local(change: ViewChange, reads: Reads) -> None:
    names = {triple.predicate for triple in (*change.adds, *change.removes)}
    if SUBCLASS in names:
        raise NotLocal("classes")
    for opaque in reads.opaque:
        if names and (opaque.properties is None or opaque.properties & names):
            raise NotLocal("opaque", opaque.shape)
