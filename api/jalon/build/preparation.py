"""The start of the service: what it is at, told to the log as long as it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from jalon.store.index import Progress

TOLD_SECONDS = 10.0
"""How long nothing is said."""

_log = logging.getLogger(__name__)


class Preparation:
    """What has been heard last of the work before serving; ``seconds`` between two words on it."""

    def __init__(self, seconds: float = TOLD_SECONDS) -> None:
        self._seconds = seconds
        self._heard = "making the newest release"

    def at(self, work: str) -> Progress:
        """Who is told how far this work has come; may be called from any thread."""

        def heard(done: int, every: int) -> None:
            self._heard = f"{work}, {done} of {every}" if done < every else f"after {work}"

        return heard

    @asynccontextmanager
    async def told(self) -> AsyncIterator[None]:
        """Says now and then that the work goes on, until this ends."""
        telling = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling

    async def _tell(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            await asyncio.sleep(self._seconds)
            _log.info("not serving yet, after %.0f seconds: %s", clock() - began, self._heard)
