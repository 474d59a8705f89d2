from __future__ import annotations

import asyncio

import pytest

from jalon.services.keeping import Keeping


class Work:
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def make(self, what: str) -> str:
        self.done.append(what)
        return what


def _ask(keeping: Keeping[str], work: Work, *keys: str) -> None:
    async def asked() -> None:
        for key in keys:
            assert await keeping.get(key, lambda key=key: work.make(key)) == key  # type: ignore[misc]

    asyncio.run(asked())


def test_what_is_kept_is_not_made_again() -> None:
    work = Work()
    _ask(Keeping(10, len), work, "one", "two", "one")
    assert work.done == ["one", "two"]


def test_the_least_used_goes_when_the_bound_is_passed() -> None:
    work = Work()
    _ask(Keeping(6, len), work, "one", "two", "one", "six", "one", "two")
    assert work.done == ["one", "two", "six", "two"]


def test_what_is_heavier_than_the_bound_is_not_kept() -> None:
    work = Work()
    _ask(Keeping(3, len), work, "one", "seven", "seven", "one")
    assert work.done == ["one", "seven", "seven"]


def test_a_failure_is_not_kept() -> None:
    keeping, work = Keeping[str](10, len), Work()

    async def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(keeping.get("one", fail))
    _ask(keeping, work, "one")
    assert work.done == ["one"]


def test_two_that_make_the_same_count_once() -> None:
    keeping, work = Keeping[str](6, len), Work()

    async def slowly() -> str:
        await asyncio.sleep(0)
        return await work.make("one")

    async def both() -> None:
        await asyncio.gather(keeping.get("one", slowly), keeping.get("one", slowly))

    asyncio.run(both())
    _ask(keeping, work, "two", "one")
    assert work.done == ["one", "one", "two"]
