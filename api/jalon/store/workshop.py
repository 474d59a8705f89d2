"""The workshop: all work that is done in processes takes its turn here, whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeVar

from jalon.errors import NotReady
from jalon.store.hand import Hand
from jalon.store.stands import Stands, Trade
from jalon.store.turns import Turns

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Crew:
    """How many jobs run at once, how many wait, and for how many seconds.

    So many processes are kept for them at most.
    """

    running: int = 2
    waiting: int = 64
    seconds: float = 30.0


class Workshop:
    """Runs jobs by turns, keeps the processes that do them, and stops all when it closes.

    What has done a job in it is to be closed before its event loop ends.
    """

    def __init__(self, crew: Crew | None = None) -> None:
        crew = crew or Crew()
        self._turns = Turns(crew.running, crew.waiting, crew.seconds)
        self._stands = Stands(crew.running)
        self._running: set[asyncio.Task[object]] = set()
        self._closed = False

    async def do(self, work: Coroutine[object, object, Made], seconds: float) -> Made:
        """What the work gives, begun when its turn comes and stopped after ``seconds`` of it.

        Raises TimeoutError at the deadline, ServiceBusy when the turn does not come, NotReady when
        the workshop is closed. Cancelling stops the work.
        """
        if self._closed:
            work.close()
            raise NotReady(variant="stopping")
        task = asyncio.ensure_future(self._in_turn(work, seconds))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await task
        except asyncio.CancelledError:
            if self._closed:
                raise NotReady(variant="stopping") from None
            raise

    def keep_ready(self, trade: Trade) -> None:
        """Starts a process of this trade now, and another whenever one was ended.

        To be called where an event loop runs.
        """
        self._stands.keep_ready(trade)

    def lent(self, trade: Trade) -> AbstractAsyncContextManager[Hand]:
        """A process for work that has its turn; see Stands.lent."""
        return self._stands.lent(trade)

    async def close(self) -> None:
        """Stops all work and waits until its processes are gone."""
        self._closed = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._stands.close()

    async def _in_turn(self, work: Coroutine[object, object, Made], seconds: float) -> Made:
        try:
            async with self._turns.turn(), asyncio.timeout(seconds):
                return await work
        finally:
            # Without a turn it was never begun.
            work.close()
