"""The express: queries of a form that is known to be quick, done by callbacks alone.

A form is known once a query of it was quick in the ordinary way. Its queries ride behind each
other at processes that are borrowed from the quick lane. What turns out otherwise (slow, large,
refused, its process lost) is to be asked again in the ordinary way, which knows what to do with
it, and so is what was queued behind it: a query changes nothing. Measured: tasks, timers and places
cost four times what the query does.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import get_args

from jalon.store.frames import CHUNK, END, HEADER, unpacked_wear
from jalon.store.hand import Hand
from jalon.store.lanes import Lanes, Staffing
from jalon.store.outcome import format_of
from jalon.store.pool import Pool
from jalon.store.port import CHUNK_BYTES, Kind, QueryRequest, Told, Version, Whole
from jalon.store.recent import Recent

KNOWN_SECONDS = 0.05
"""A query that took no longer makes its form known."""

FORGET_SECONDS = 0.1
"""A form is forgotten where a query of it takes longer by the express."""

BARRED_SECONDS = 60.0
"""How long a client's queries of a form stand aside of which one was slow or large."""

SWEEP_SECONDS = 0.05
"""How often it is looked whether a process has been at one query for too long."""

DEPTH = 16
"""Queries that one process may have before it."""

SPREAD = 2
"""With so many before it, another process is borrowed, where there is one."""

SMALL_BYTES = CHUNK_BYTES
"""The largest answer: it is sent as one piece."""

REMEMBERED = 1_000

_KINDS: dict[bytes, Kind] = {
    json.dumps({"outcome": "answer", "detail": kind}).encode("ascii"): kind
    for kind in get_args(Kind)
}
"""The headers of answers, as a process writes them."""


@dataclass(eq=False, slots=True)
class Ride:
    """A query on its way. Who waits is told its answer, or None where it is to be asked anew."""

    request: QueryRequest
    version: Version
    key: Hashable
    shape: bytes
    waiting: list[Told] = field(default_factory=list)

    def leave(self, told: Told) -> None:
        """One waits no more."""
        if told in self.waiting:
            self.waiting.remove(told)


@dataclass(eq=False, slots=True)
class _Carriage:
    """One process and the queries before it, the one that it works on first."""

    hand: Hand
    done: Callable[[_Carriage], None]
    rides: deque[Ride] = field(default_factory=deque)
    began: float = 0.0
    head: bytes = b""
    body: bytes = b""

    def take(self, kind: bytes, content: bytes) -> None:
        """Takes what the process says next."""
        if kind == CHUNK:
            # More than is sent in one piece is only passed over, until the query is at its end.
            if len(self.body) <= SMALL_BYTES:
                self.body = self.body + content if self.body else content
        elif kind == HEADER:
            self.head, self.body = content, b""
        elif kind == END and self.rides:
            memory, seconds = unpacked_wear(content)
            self.hand.wear = {"memory": memory, "seconds": seconds}
            self.done(self)
        else:
            self.hand.stop("broken")


class Express:
    """Takes queries while there is room for them, each to the process that has the fewest."""

    def __init__(self, pool: Pool, lanes: Lanes, staffing: Staffing) -> None:
        self.keep: Callable[[Ride, Whole, Kind], None] = _forgotten
        self._pool = pool
        self._lanes = lanes
        self._staffing = staffing
        self._known: Recent[bytes, bool] = Recent(REMEMBERED)
        self._barred: Recent[tuple[str, bytes], float] = Recent(REMEMBERED)
        self._carriages: list[_Carriage] = []
        self._rides: dict[Hashable, Ride] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def running(self) -> int:
        """How many queries are on their way."""
        return len(self._rides)

    def note(self, shape: bytes, seconds: float, size: int) -> None:
        """A query of a form was answered in the ordinary way, in so many bytes."""
        # A page of a sorted answer is quick in a process that has kept it, and slow in others.
        if seconds <= KNOWN_SECONDS and size <= SMALL_BYTES and b"ORDERBY" not in shape.upper():
            self._known.put(shape, True)

    def knows(self, shape: bytes, client: str) -> bool:
        """Whether queries of a form may ride.

        That one was slow is held against its own client alone.
        """
        if self._known.get(shape) is None:
            return False
        until = self._barred.get((client, shape))
        return until is None or until <= asyncio.get_running_loop().time()

    def riding(self, key: Hashable) -> Ride | None:
        """The same query, where it is on its way; more may wait for it."""
        return self._rides.get(key)

    def board(self, ride: Ride, job: bytes) -> bool:
        """Takes a query; False where there is no room for it, or its client has its share."""
        if not self._lanes.take_share(ride.request.client):
            return False
        carriage = self._carriage()
        if carriage is None:
            self._lanes.give_share(ride.request.client)
            return False
        if not carriage.rides:
            carriage.began = asyncio.get_running_loop().time()
        carriage.rides.append(ride)
        self._rides[ride.key] = ride
        carriage.hand.tell(job)
        if self._sweeping is None:
            self._sweep_soon()
        return True

    def close(self) -> None:
        """Takes no more; who waits is to ask in the ordinary way, and is told there."""
        self._closed = True
        for carriage in [*self._carriages]:
            carriage.hand.stop("closing")
            self._clear(carriage)
        if self._sweeping is not None:
            self._sweeping.cancel()

    def _carriage(self) -> _Carriage | None:
        """Where the next query goes. Who waits for a process in the ordinary way comes first."""
        if self._closed or self._pool.wanted:
            return None
        best = min(self._carriages, key=_load, default=None)
        if best is not None and len(best.rides) < SPREAD:
            return best
        hand = self._pool.spare() if len(self._carriages) < self._staffing.quick else None
        if hand is not None:
            another = _Carriage(hand, self._done)
            hand.sink, hand.gone = another.take, lambda: self._clear(another)
            self._carriages.append(another)
            return another
        if best is None or len(best.rides) >= DEPTH or self._pool.is_worn(best.hand):
            return None
        return best

    def _done(self, carriage: _Carriage) -> None:
        """The first query of a process is at its end."""
        ride, now = carriage.rides.popleft(), asyncio.get_running_loop().time()
        took, carriage.began = now - carriage.began, now
        body, kind = carriage.body, _KINDS.get(carriage.head)
        most = min(SMALL_BYTES, ride.request.limits.answer_bytes)
        if kind is None:
            self._tell(ride, None)
        elif len(body) > most:
            self._bar(ride)
            self._tell(ride, None)
        else:
            if took > FORGET_SECONDS:
                self._known.drop(ride.shape)
            whole = Whole(body, format_of(kind, ride.request), ride.version)
            self.keep(ride, whole, kind)
            self._tell(ride, whole)
        if not carriage.rides:
            self._let_go(carriage)

    def _let_go(self, carriage: _Carriage) -> None:
        self._carriages.remove(carriage)
        carriage.hand.sink = carriage.hand.gone = None
        self._pool.give(carriage.hand)

    def _tell(self, ride: Ride, whole: Whole | None) -> None:
        del self._rides[ride.key]
        self._lanes.give_share(ride.request.client)
        for told in ride.waiting:
            # Not from here: what becomes of one is nothing to the process, nor to the others.
            asyncio.get_running_loop().call_soon(told, whole)

    def _bar(self, ride: Ride) -> None:
        until = asyncio.get_running_loop().time() + BARRED_SECONDS
        self._barred.put((ride.request.client, ride.shape), until)

    def _sweep_soon(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Stops processes that have been at one query for too long."""
        now = asyncio.get_running_loop().time()
        for carriage in [*self._carriages]:
            first = carriage.rides[0]
            most = min(self._staffing.quick_seconds, first.request.limits.seconds)
            if now - carriage.began > most:
                carriage.hand.stop("slow" if first.waiting else "left")
                self._clear(carriage)
        self._sweeping = None
        if self._carriages:
            self._sweep_soon()

    def _clear(self, carriage: _Carriage) -> None:
        """Its process is gone: the first query may be why, the others are not."""
        if carriage not in self._carriages:
            return
        self._carriages.remove(carriage)
        self._bar(carriage.rides[0])
        for ride in carriage.rides:
            self._tell(ride, None)


def _forgotten(ride: Ride, whole: Whole, kind: Kind) -> None:
    del ride, whole, kind


def _load(carriage: _Carriage) -> int:
    return len(carriage.rides)
