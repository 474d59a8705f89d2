"""What kept answers go by, and which of them a later release leaves as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache

import jalon
from jalon.store.cache import Result, ResultCache
from jalon.store.concern import is_concerned
from jalon.store.port import Dataset, QueryRequest, Version
from jalon.store.snapshot import Snapshot

Key = tuple[str, Dataset, tuple[str | None, str | None], str]
"""What an answer goes by: query, dataset, formats, and the identity of the release it is asked."""

_WHOLE = frozenset({Dataset(), Dataset(entailed=False)})
"""Datasets that name no graphs."""


def key_of(request: QueryRequest, state: str) -> Key:
    """The key of a query in a release with this identity."""
    solutions, graph = request.solutions, request.graph
    names = (solutions.name if solutions else None, graph.name if graph else None)
    return (request.text, request.dataset, names, state)


def kept_result(cache: ResultCache, key: Key, snapshot: Snapshot) -> Result | None:
    """The answer that is kept for a release.

    One of an earlier release counts, too, where nothing that is new since then concerns it: it
    becomes the later release's, and has the tag that it had.
    """
    kept = cache.peek(key)
    text, dataset, names, _ = key
    if kept is not None or not snapshot.news or dataset not in _WHOLE:
        return kept
    for count, news in enumerate(reversed(snapshot.news), 1):
        earlier = (text, dataset, names, news.before)
        kept = cache.peek(earlier)
        if kept is not None:
            if is_concerned(text, snapshot.news[-count:]):
                return None
            # The same bytes have the same tag: who has them already need not be sent them.
            moved = replace(kept, version=replace(kept.version, release=snapshot.stamp.number))
            cache.move(earlier, key, moved)
            return moved
    return None


def version_of(key: Key, snapshot: Snapshot, *, repeatable: bool) -> Version:
    """What the answer is, byte by byte, as far as that is known before it is computed."""
    if not repeatable:
        return Version(snapshot.stamp.number)
    text, dataset, names, state = key
    told = "\n".join((_told(dataset), repr(names), state, text))
    named = told.encode("utf-8", "backslashreplace")
    return Version(snapshot.stamp.number, hashlib.sha256(named).hexdigest()[:32])


@lru_cache(maxsize=32)
def _told(dataset: Hashable) -> str:
    return repr((jalon.__version__, dataset))
