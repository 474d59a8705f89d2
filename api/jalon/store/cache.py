"""Answers that may be asked for again, kept within a bound, and computed once at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from jalon.store.port import MEGABYTE, Kind, ResultFormat, Version
from jalon.store.spool import Spool

SHARE = 4
"""An answer that would fill more than this part of the bound is not kept."""

ENTRY_BYTES = 1024
"""What an entry weighs beside its answer and its query."""


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as it is kept: what it is, and its body, which several may read."""

    kind: Kind
    format: ResultFormat
    body: Spool
    version: Version


@dataclass(frozen=True, slots=True)
class CacheState:
    """The cache, counted: its bytes and their bound, and how queries fared since the start.

    ``joined`` found the same query under way, and waited for its answer.
    """

    bytes: int
    bound: int
    entries: int
    hits: int
    misses: int
    joined: int


class ResultCache:
    """Keeps complete answers until they weigh more than ``bound`` bytes; then the least used goes.

    Nothing in it expires: a key names the release. An answer that a later release leaves as it is
    moves there.
    """

    def __init__(self, bound: int = 64 * MEGABYTE) -> None:
        self._bound = bound
        self._kept: OrderedDict[Hashable, tuple[Result, int]] = OrderedDict()
        self._weighs = 0
        self._hits = self._misses = self._joined = 0

    @property
    def state(self) -> CacheState:
        """What there is now, and what has been."""
        counts = (self._hits, self._misses, self._joined)
        return CacheState(self._weighs, self._bound, len(self._kept), *counts)

    def get(self, key: Hashable) -> Result | None:
        """The answer kept under a key."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._hits += 1
        self._kept.move_to_end(key)
        return found[0]

    def peek(self, key: Hashable) -> Result | None:
        """The answer kept under a key; this counts for nothing."""
        found = self._kept.get(key)
        return None if found is None else found[0]

    def missed(self, *, joined: bool) -> None:
        """Counts a query whose answer was not kept; ``joined``: it was on its way."""
        self._joined += joined
        self._misses += not joined

    def put(self, key: Hashable, result: Result, text_bytes: int) -> None:
        """Keeps a complete answer to a query whose text has so many bytes, if it is not too big."""
        weight = result.body.size + text_bytes + ENTRY_BYTES
        if weight * SHARE > self._bound or key in self._kept:
            return
        result.body.share()
        self._kept[key] = (result, weight)
        self._weighs += weight
        while self._weighs > self._bound:
            self._drop_oldest()

    def move(self, key: Hashable, other: Hashable, result: Result) -> None:
        """Keeps the answer under a key under another from now on, as this result."""
        _, weight = self._kept.pop(key)
        self._kept[other] = (result, weight)

    def clear(self) -> None:
        """Lets go of every answer."""
        while self._kept:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, (gone, weight) = self._kept.popitem(last=False)
        self._weighs -= weight
        gone.body.let_go()
