"""A pool: worker processes that are kept, lent to one query at a time, and replaced."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor

from jalon.errors import NotReady
from jalon.store.hand import Hand, HandLost, hire
from jalon.store.port import Protections
from jalon.store.worker import Terms

MOST_JOBS = 200_000
"""After so many queries a process is replaced, whatever it looks like."""

MOST_SECONDS = 3600.0
"""After so much processor time a process is replaced, long before its limit for life."""

WORN_SHARE = 2
"""A process that holds more than this part of the memory it may use is replaced."""

_log = logging.getLogger(__name__)


class Tally:
    """What has become of worker processes: how many were started, and why others ended.

    ``held`` is what the one started last has given up.
    """

    def __init__(self) -> None:
        self.started = 0
        self.ended: Counter[str] = Counter()
        self.held = Protections(network=False, memory=False, cpu=False, files=False)


class Pool:
    """At most ``size`` worker processes of one kind, started when they are needed.

    ``terms`` says what a process that is started now is told; ``threads`` must live as long as the
    processes do. With ``keep_ready`` all are started at once, and again when they end.
    """

    def __init__(
        self, size: int, terms: Callable[[], Terms], threads: Executor, tally: Tally
    ) -> None:
        self._size = size
        self._terms = terms
        self._threads = threads
        self._tally = tally
        self._hands: set[Hand] = set()
        self._idle: list[Hand] = []
        self._wanting: deque[asyncio.Future[Hand]] = deque()
        self._hiring = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._keep_ready = False
        self._closed = False

    @property
    def workers(self) -> int:
        """How many processes there are."""
        return len(self._hands)

    def keep_ready(self) -> None:
        """Starts every process now, and from now on another whenever one has ended."""
        self._keep_ready = True
        self._fill()

    async def take(self) -> Hand:
        """A process for one query; it is given back, or stopped.

        Raises HandLost when none can be started, NotReady when the pool is closed.
        """
        if self._closed:
            raise NotReady(variant="stopping")
        while self._idle:
            hand = self._idle.pop()
            if hand.alive:
                return hand
        wanted: asyncio.Future[Hand] = asyncio.get_running_loop().create_future()
        self._wanting.append(wanted)
        self._fill()
        try:
            return await wanted
        except asyncio.CancelledError:
            if wanted.done() and not wanted.cancelled() and wanted.exception() is None:
                self._offer(wanted.result())
            raise

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for a process."""
        return bool(self._wanting)

    def spare(self) -> Hand | None:
        """A process that has nothing to do, as by ``take``; None where there is none."""
        while self._idle and not self._closed:
            hand = self._idle.pop()
            if hand.alive:
                return hand
        return None

    def give(self, hand: Hand) -> None:
        """Takes a process back that has done its job; one that is worn goes."""
        if hand.alive and self.is_worn(hand):
            hand.stop("worn")
        elif hand.alive:
            self._offer(hand)

    async def close(self) -> None:
        """Stops every process, and returns when all are gone."""
        self._closed = True
        while self._wanting:
            self._disappoint(NotReady(variant="stopping"))
        for hand in self._hands:
            hand.stop("closing")
        while self._hands or self._tasks:
            await asyncio.gather(asyncio.sleep(0), *self._tasks, return_exceptions=True)

    def is_worn(self, hand: Hand) -> bool:
        """Whether a process is to be replaced."""
        wear, most = hand.wear, hand.memory // WORN_SHARE
        return hand.jobs >= MOST_JOBS or wear["memory"] > most or wear["seconds"] > MOST_SECONDS

    def _fill(self) -> None:
        """Starts as many processes as are wanted, and may be."""
        if self._closed:
            return
        room = self._size - len(self._hands) - self._hiring
        wanted = room if self._keep_ready else len(self._wanting) - self._hiring
        for _ in range(min(wanted, room)):
            self._hiring += 1
            self._track(self._hire())

    async def _hire(self) -> None:
        try:
            hand = await hire(self._terms(), self._threads, self._on_lost)
        except HandLost as lost:
            self._hiring -= 1
            self._disappoint(lost)
            # Only for who waits: what cannot be started is not tried again and again.
            if self._wanting:
                self._fill()
            return
        self._hiring -= 1
        self._tally.started += 1
        self._tally.held = hand.held
        self._hands.add(hand)
        if self._closed:
            hand.stop("closing")
        else:
            self._offer(hand)

    def _offer(self, hand: Hand) -> None:
        while self._wanting:
            wanted = self._wanting.popleft()
            if not wanted.done():
                wanted.set_result(hand)
                return
        self._idle.append(hand)

    def _disappoint(self, why: Exception) -> None:
        """Tells whoever waits longest that there is no process to be had."""
        while self._wanting:
            wanted = self._wanting.popleft()
            if not wanted.done():
                wanted.set_exception(why)
                return

    def _on_lost(self, hand: Hand) -> None:
        self._track(self._bury(hand))
        if hand in self._idle:
            self._idle.remove(hand)
        if hand in self._hands:
            self._hands.remove(hand)
            self._fill()

    async def _bury(self, hand: Hand) -> None:
        end = await asyncio.get_running_loop().run_in_executor(self._threads, hand.bury)
        self._tally.ended[hand.stopped or end.fate] += 1
        if not hand.jobs and not hand.stopped:
            _log.error("query process did not start: status %s: %s", end.status, end.log.strip())
        hand.end.set_result(end)

    def _track(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
