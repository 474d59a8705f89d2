"""The staff: worker processes in two lanes, who do every query and survive none of its faults."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from jalon.account import note
from jalon.errors import JalonError, NotReady, QueryFailed, QueryTooLarge
from jalon.store.cache import Result
from jalon.store.errand import Errand
from jalon.store.express import Express
from jalon.store.hand import Hand, HandLost, Reason
from jalon.store.lanes import LANES, Lane, Lanes, Staffing, Turn
from jalon.store.outcome import check_end, timed_out
from jalon.store.patience import sparing
from jalon.store.pool import Pool, Tally
from jalon.store.port import Protections
from jalon.store.process import End
from jalon.store.worker import Terms

SPARE = 1
"""How many processes are ready in the quick lane, where they are ended often, beyond its places."""

THREADS = 4
"""Threads that start processes, and wait for them to be gone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PoolState:
    """The worker processes, counted: now, and since the start of the service.

    ``ended`` says how many have ended, by why: deadline, slow (for the quick lane), answer (too
    large), left (by whoever asked), worn, memory, depth, processor-time, failed.
    """

    workers: int
    running: int
    waiting: int
    started: int
    ended: Mapping[str, int]


class Staff:
    """Has errands done by worker processes, each by one at a time."""

    def __init__(self, staffing: Staffing, terms: Callable[[Lane], Terms]) -> None:
        self._staffing = staffing
        self._lanes = Lanes(staffing)
        self._tally = Tally()
        self._threads = ThreadPoolExecutor(THREADS, "query-processes")
        # One beyond the places: it takes over at once where a process has to be ended.
        spare = SPARE if staffing.quick else 0
        sizes: dict[Lane, int] = {"long": staffing.long, "quick": staffing.quick + spare}
        self._pools = {
            lane: Pool(sizes[lane], partial(terms, lane), self._threads, self._tally)
            for lane in LANES
        }
        self.express = Express(self._pools["quick"], self._lanes, staffing)

    @property
    def state(self) -> PoolState:
        """What there is now, and what has been."""
        return PoolState(
            workers=sum(pool.workers for pool in self._pools.values()),
            running=self._lanes.running + self.express.running,
            waiting=self._lanes.waiting,
            started=self._tally.started,
            ended=dict(self._tally.ended),
        )

    @property
    def held(self) -> Protections:
        """Which limits hold in the process that was started last; none before the first."""
        return self._tally.held

    def share(self, client: str) -> AbstractContextManager[None]:
        """Counts something for a client as one of its queries; see Lanes.share."""
        return self._lanes.share(client)

    def keep_ready(self) -> None:
        """Starts every process now, and from now on another whenever one has ended."""
        for pool in self._pools.values():
            pool.keep_ready()

    async def do(self, errand: Errand) -> Result:
        """The complete answer, handed over to who waits for it.

        Raises a QueryError, Unsandboxed or NotReady. Cancelling stops the query.
        """
        request = errand.request
        turn = Turn(request.client, request.text)
        with self._lanes.share(request.client):
            if await self._lanes.enter(turn) == "quick":
                try:
                    return await self._in_lane("quick", turn, errand)
                except TimeoutError as error:
                    if request.limits.seconds <= self._staffing.quick_seconds:
                        raise timed_out(request.limits) from error
                await self._lanes.enter(turn, again=True)
            try:
                return await self._in_lane("long", turn, errand)
            except TimeoutError as error:
                raise timed_out(request.limits) from error

    async def close(self) -> None:
        """Stops every process, and returns when all are gone."""
        self.express.close()
        for pool in self._pools.values():
            await pool.close()
        self._threads.shutdown()

    async def _in_lane(self, lane: Lane, turn: Turn, errand: Errand) -> Result:
        """The answer from a process of a lane. Raises TimeoutError when its time is over.

        A query whose process is ended by somebody else, or does not start, gets another one.
        """
        note("lane", lane)
        try:
            try:
                return await self._attempt(lane, turn, errand)
            except HandLost:
                _log.warning("a query waits for another process: one did not start")
            except _Ended as ended:
                if errand.flight.handed_over or not ended.end.may_be_from_outside:
                    raise
            # Somebody ended the process; if it happens again, the query is the reason.
            return await self._attempt(lane, turn, errand)
        except HandLost as lost:
            raise QueryFailed from lost
        except _Ended as ended:
            check_end(ended.end, errand.request.limits)
            raise QueryFailed from ended
        finally:
            self._lanes.leave(turn)

    async def _attempt(self, lane: Lane, turn: Turn, errand: Errand) -> Result:
        pool = self._pools[lane]
        hand = await pool.take()
        errand.flight.begin()
        found = await self._supervised(hand, lane, turn, errand)
        pool.give(hand)
        if isinstance(found, JalonError):
            raise found
        return found

    async def _supervised(
        self, hand: Hand, lane: Lane, turn: Turn, errand: Errand
    ) -> Result | JalonError:
        """What the process found; if it did not come to its end, it is stopped."""
        quick_seconds, seconds = self._staffing.quick_seconds, errand.request.limits.seconds
        began = asyncio.get_running_loop().time()
        try:
            if lane == "long":
                async with asyncio.timeout(seconds):
                    found = await errand.run(hand, live=True)
            else:
                async with asyncio.timeout(min(seconds, quick_seconds)) as limit:
                    with sparing(limit, hand, quick_seconds, seconds):
                        found = await errand.run(hand, live=False)
        except HandLost as lost:
            raise await _lost(hand) from lost
        except BaseException as error:
            hand.stop(_reason(error, lane))
            raise
        finally:
            took = asyncio.get_running_loop().time() - began
            self._lanes.experience.note(turn, slow=took >= quick_seconds)
        if isinstance(found, Result):
            self.express.note(turn.shape, took, found.body.size)
        return found


class _Ended(Exception):
    """A process ended before its errand was done."""

    def __init__(self, end: End) -> None:
        super().__init__(end.status)
        self.end = end


async def _lost(hand: Hand) -> Exception:
    """What it means that a process is gone."""
    end = await hand.end
    if hand.stopped == "closing":
        return NotReady(variant="stopping")
    return QueryFailed() if hand.stopped else _Ended(end)


def _reason(error: BaseException, lane: Lane) -> Reason:
    """Why a process is stopped whose errand came to this."""
    if isinstance(error, TimeoutError):
        return "deadline" if lane == "long" else "slow"
    if isinstance(error, QueryTooLarge):
        return "answer"
    return "left" if isinstance(error, asyncio.CancelledError) else "broken"
