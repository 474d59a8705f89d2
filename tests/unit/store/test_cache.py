"""Kept answers: bounded, counted, and dropped when they are used least."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jalon.store.cache import ENTRY_BYTES, Result, ResultCache
from jalon.store.port import CSV_SOLUTIONS, Version
from jalon.store.spool import Spool, SpoolFolder

SIZE = 1000
WEIGHT = SIZE + ENTRY_BYTES


def result(folder: Path, size: int = SIZE) -> Result:
    async def make() -> Spool:
        spool = Spool(SpoolFolder(folder, 10**9), 10**9)
        await spool.add(b"a" * size)
        spool.finish()
        return spool

    return Result("solutions", CSV_SOLUTIONS, asyncio.run(make()), Version(1))


def test_what_is_kept_is_found_and_the_rest_is_missed(tmp_path: Path) -> None:
    cache, kept = ResultCache(100 * WEIGHT), result(tmp_path)
    cache.put("a", kept, 0)
    assert cache.get("a") is kept
    assert cache.get("b") is None
    cache.missed(joined=False)
    cache.missed(joined=True)
    state = cache.state
    assert (state.hits, state.misses, state.joined) == (1, 1, 1)
    assert (state.bytes, state.entries) == (WEIGHT, 1)


def test_the_least_used_go_when_there_are_too_many_bytes(tmp_path: Path) -> None:
    cache = ResultCache(4 * WEIGHT)
    for name in "abcd":
        cache.put(name, result(tmp_path), 0)
    cache.get("a")
    cache.put("e", result(tmp_path), 0)
    assert [name for name in "abcde" if cache.get(name)] == ["a", "c", "d", "e"]
    assert cache.state.bytes == 4 * WEIGHT


def test_an_answer_over_a_quarter_of_the_bound_is_not_kept(tmp_path: Path) -> None:
    cache = ResultCache(4 * WEIGHT)
    cache.put("a", result(tmp_path, SIZE + 1), 0)
    cache.put("b", result(tmp_path), 1)
    assert cache.state.entries == 0


def test_a_cleared_cache_weighs_nothing(tmp_path: Path) -> None:
    cache = ResultCache(100 * WEIGHT)
    cache.put("a", result(tmp_path), 0)
    cache.clear()
    assert (cache.state.bytes, cache.state.entries) == (0, 0)
