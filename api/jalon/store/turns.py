"""Turns: how many queries run at once, and how many may wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jalon.errors import ServiceBusy

RETRY_SECONDS = 5


class Turn:
    """A turn that somebody has."""

    def pass_on(self) -> None:
        """What is left to do keeps no other node waiting; here, there is none."""


class Turns:
    """At most ``running`` at once; up to ``waiting`` more wait, each for ``seconds`` at most."""

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(running)
        self._waiting = 0
        self._most_waiting = waiting
        self._seconds = seconds

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Waits for a turn and holds it; ServiceBusy when the queue is full or does not move."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            yield Turn()
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if self._waiting >= self._most_waiting:
            raise ServiceBusy(seconds=RETRY_SECONDS)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise ServiceBusy(seconds=RETRY_SECONDS) from error
        finally:
            self._waiting -= 1
