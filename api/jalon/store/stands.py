"""Stands: where processes of one trade work that are kept, and do one job after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from subprocess import Popen
from typing import TypeVar

from jalon.store.hand import START_SECONDS, Hand, HandLost, Reason
from jalon.store.process import End, OutputTooLarge, forget_said, started

Given = TypeVar("Given")

MOST_JOBS = 10_000
"""After so many jobs a process is replaced, whatever it looks like."""

MOST_SECONDS = 3600.0
"""After so much processor time a process is replaced, long before its limit for life."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trade:
    """What processes do: the module that they run, and what it is started with.

    A process that has grown by more than ``growth`` bytes since it was ready is replaced.
    """

    module: str
    terms: str
    growth: int


class JobLost(Exception):
    """A process ended before its job was done; ``end`` is None where we ended it, broken."""

    def __init__(self, end: End | None) -> None:
        super().__init__(end)
        self.end = end


class Stands:
    """At most ``size`` processes, started when they are needed, and kept.

    Who takes one has a turn: no more than ``size`` are asked for at once.
    """

    def __init__(self, size: int) -> None:
        self._threads = ThreadPoolExecutor(max(size, 1), "kept-processes")
        self._free = [_Stand(self._threads) for _ in range(size)]
        self._stands = tuple(self._free)
        self._kept: Trade | None = None

    def keep_ready(self, trade: Trade) -> None:
        """Starts one process now, and from now on another whenever one was ended.

        To be called where an event loop runs.
        """
        self._kept = trade
        if self._free:
            self._free[0].prepare(trade)

    @asynccontextmanager
    async def lent(self, trade: Trade) -> AsyncIterator[Hand]:
        """A process for one job, to which everything that it has said is to be read.

        Whoever leaves with an error leaves it unusable: it is gone then, with its whole group.
        Raises JobLost where it ended before, or was not to be started.
        """
        stand = max(self._free, key=lambda each: each.readiness(trade))
        self._free.remove(stand)
        try:
            hand = await stand.hand(trade)
            try:
                yield hand
            except BaseException as error:
                gone = isinstance(error, HandLost) and hand.stopped is None and not hand.alive
                hand.stop(_reason(error))
                # Shielded: a second cancellation must not leave its burial unfinished.
                end = await asyncio.shield(hand.end)
                if isinstance(error, HandLost):
                    raise JobLost(end if gone else None) from error
                raise
            if _is_worn(hand, trade):
                hand.stop("worn")
        finally:
            self._free.append(stand)
            if self._kept == trade:
                stand.prepare(trade)

    async def close(self) -> None:
        """Stops every process, and returns when all are gone."""
        self._kept = None
        await asyncio.gather(*(stand.close() for stand in self._stands))
        self._threads.shutdown()


class _Stand:
    """Where one process works at a time."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._trade: Trade | None = None
        self._hiring: asyncio.Task[Hand] | None = None
        self._hands: dict[Hand, Popen[bytes]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False

    def readiness(self, trade: Trade) -> int:
        """2 where a process of this trade is ready, 1 where one is being started, else 0."""
        if self._hiring is None or self._trade != trade:
            return 0
        return 1 + self._hiring.done() if self._is_usable(self._hiring) else 0

    def prepare(self, trade: Trade) -> None:
        """Sees to it that a process of this trade is there, or will be."""
        self._hired(trade)

    async def hand(self, trade: Trade) -> Hand:
        """The process, started where there is none. Raises JobLost when it does not get ready."""
        # Shielded: who leaves meanwhile leaves it to the next.
        hand = await asyncio.shield(self._hired(trade))
        forget_said(self._hands[hand])
        return hand

    async def close(self) -> None:
        """Stops the process, also one that is being started, and waits until it is gone."""
        self._closed = True
        for hand in self._hands:
            hand.stop("closing")
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hired(self, trade: Trade) -> asyncio.Task[Hand]:
        task = self._hiring
        if task is not None and self._trade == trade and self._is_usable(task):
            return task
        for hand in self._hands:
            hand.stop("closing")
        self._trade = trade
        self._hiring = self._tracked(self._hire(trade))
        return self._hiring

    def _is_usable(self, task: asyncio.Task[Hand]) -> bool:
        if not task.done():
            return True
        return not task.cancelled() and task.exception() is None and task.result().alive

    async def _hire(self, trade: Trade) -> Hand:
        """A new process, confined and ready for its first job."""
        loop = asyncio.get_running_loop()
        # In a thread: the event loop would stand still for 15 ms. The system kills the process
        # when the thread that started it ends, which is when everything is closed.
        starting = loop.run_in_executor(self._threads, started, trade.module, trade.terms)
        try:
            process, ours = await starting
        except OSError as error:
            _log.error("a process could not be started: %s", error)
            raise JobLost(None) from error
        _, hand = await loop.create_unix_connection(lambda: Hand(process, self._on_lost), sock=ours)
        self._hands[hand] = process
        if self._closed:
            hand.stop("closing")
        try:
            async with asyncio.timeout(START_SECONDS):
                await hand.frame()
        except (TimeoutError, HandLost) as error:
            hand.stop("deadline")
            end = await asyncio.shield(hand.end)
            if hand.stopped != "closing":
                _log.error("a process did not start: status %s: %s", end.status, end.log.strip())
            raise JobLost(None if hand.stopped else end) from error
        return hand

    def _on_lost(self, hand: Hand) -> None:
        self._tracked(self._bury(hand))

    async def _bury(self, hand: Hand) -> None:
        end = await asyncio.get_running_loop().run_in_executor(self._threads, hand.bury)
        self._hands.pop(hand, None)
        hand.end.set_result(end)

    def _tracked(self, work: Coroutine[object, object, Given]) -> asyncio.Task[Given]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        # Who waits is told; where nobody does, the log says it.
        if not task.cancelled():
            task.exception()


def _is_worn(hand: Hand, trade: Trade) -> bool:
    wear = hand.wear
    return hand.jobs >= MOST_JOBS or wear["memory"] > trade.growth or wear["seconds"] > MOST_SECONDS


def _reason(error: BaseException) -> Reason:
    """Why a process is stopped whose job came to this."""
    if isinstance(error, OutputTooLarge):
        return "answer"
    # A deadline and a client that leaves are the same here: the job is cancelled.
    return "left" if isinstance(error, asyncio.CancelledError) else "broken"
