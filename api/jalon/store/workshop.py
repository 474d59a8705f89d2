"""The workshop: all work that is done in processes takes its turn here, whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TypeVar

from jalon.errors import NotReady
from jalon.store.turns import Turns

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Crew:
    """How many jobs run at once, how many wait, and for how many seconds."""

    running: int = 2
    waiting: int = 64
    seconds: float = 30.0


class Workshop:
    """Runs jobs by turns, and stops them all when it closes."""

    def __init__(self, crew: Crew | None = None) -> None:
        crew = crew or Crew()
        self._turns = Turns(crew.running, crew.waiting, crew.seconds)
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

    async def close(self) -> None:
        """Stops all work and waits until its processes are gone."""
        self._closed = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _in_turn(self, work: Coroutine[object, object, Made], seconds: float) -> Made:
        try:
            async with self._turns.turn(), asyncio.timeout(seconds):
                return await work
        finally:
            # Without a turn it was never begun.
            work.close()
