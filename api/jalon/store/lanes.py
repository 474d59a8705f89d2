"""Lanes: which query runs next, and how many each client may have."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from jalon.errors import ServiceBusy, TooManyRequests
from jalon.store.recent import Recent
from jalon.store.turns import RETRY_SECONDS

Lane = Literal["long", "quick"]
LANES: tuple[Lane, ...] = ("long", "quick")
"""The lanes, the one that is used first at the front."""

REMEMBERED = 1_000
"""How many shapes of queries it is remembered for whether they are slow or quick."""

READ_CHARACTERS = 5_000
"""A longer text is its own shape."""

_TERM = re.compile(r"""<[^>\s]*+>|"[^"\n]*+"|'[^'\n]*+'|:[\w.\-]*+|[0-9]++""")
_COMMENT = re.compile(r"#[^\n]*+")
"""What may differ among queries of one form. It need not be exact: who is taken for another waits a
little longer, or a little less."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many queries run at once in each lane, and how many wait.

    A query in the quick lane has ``quick_seconds``; then it waits for the long one. ``waiting``
    queries wait at most, each for ``seconds``; as many of our own may wait beside these. A client
    may have ``per_client`` queries that run or wait.
    """

    long: int = 2
    quick: int = 2
    quick_seconds: float = 0.25
    waiting: int = 64
    seconds: float = 30.0
    per_client: int = 20


@dataclass(eq=False)
class Turn:
    """A query that waits for a place, or has one. An empty ``client`` is ourselves."""

    client: str
    text: str
    lane: Lane | None = None
    number: int = 0
    granted: asyncio.Future[Lane] | None = None

    @cached_property
    def shape(self) -> bytes:
        """What queries of the same form have in common; found out when it is first needed."""
        return shape_of(self.text)

    @property
    def compared(self) -> bool:
        """Whether its form has been needed."""
        return "shape" in self.__dict__


@dataclass(eq=False)
class Experience:
    """Which queries were found slow, and which quick.

    That one is slow is held against its own client alone: nobody can make others wait.
    """

    _slow: Recent[tuple[str, bytes], bool] = field(default_factory=lambda: Recent(REMEMBERED))
    _quick: Recent[bytes, bool] = field(default_factory=lambda: Recent(REMEMBERED))

    def is_slow(self, turn: Turn) -> bool:
        """Whether a query like this was too slow for the quick lane."""
        return self._slow.get((turn.client, turn.shape)) is not None

    def is_quick(self, turn: Turn) -> bool:
        """Whether a query like this was quick enough."""
        return self._quick.get(turn.shape) is not None

    def note(self, turn: Turn, *, slow: bool) -> None:
        """Remembers how a query fared; of a quick one only where there was a choice of lanes."""
        if slow:
            self._slow.put((turn.client, turn.shape), True)
        elif turn.compared:
            self._quick.put(turn.shape, True)
            self._slow.drop((turn.client, turn.shape))


class Lanes:
    """Gives places in two lanes: a long one, and a quick one that slow queries cannot hold up.

    Our own queries come first, then those of the client that has the fewest places, then the
    oldest. Measured: two endless queries block everybody where there is one lane.
    """

    def __init__(self, staffing: Staffing) -> None:
        self.experience = Experience()
        self._staffing = staffing
        self._free: dict[Lane, int] = {"long": staffing.long, "quick": staffing.quick}
        self._numbers = itertools.count()
        self._waiting: list[Turn] = []
        self._running: Counter[str] = Counter()
        self._shares: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many queries wait for a place."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many queries have a place."""
        return self._running.total()

    @contextmanager
    def share(self, client: str) -> Iterator[None]:
        """Counts one query for a client. Raises TooManyRequests when it has its share already."""
        if not self.take_share(client):
            raise TooManyRequests(limit=self._staffing.per_client, seconds=RETRY_SECONDS)
        try:
            yield
        finally:
            self.give_share(client)

    def take_share(self, client: str) -> bool:
        """Counts one query for a client, until ``give_share``; False where it has its share."""
        if client and self._shares[client] >= self._staffing.per_client:
            return False
        self._shares[client] += 1
        return True

    def give_share(self, client: str) -> None:
        """Counts one query less."""
        _less(self._shares, client)

    async def enter(self, turn: Turn, *, again: bool = False) -> Lane:
        """Waits for a place, and takes it; ``leave`` gives it back.

        Raises ServiceBusy when too many wait, unless this one waits ``again``, or when none gets
        free in time.
        """
        free = None if self._waiting else self._take_free(turn)
        if free is not None:
            return free
        turn.lane, turn.granted = None, asyncio.get_running_loop().create_future()
        turn.number = turn.number if again else next(self._numbers)
        self._waiting.append(turn)
        self._grant()
        try:
            if not again:
                self._check_queue(turn)
            async with asyncio.timeout(self._staffing.seconds):
                return await turn.granted
        except BaseException as error:
            self._withdraw(turn)
            if isinstance(error, TimeoutError):
                raise ServiceBusy(seconds=RETRY_SECONDS) from error
            raise

    def _take_free(self, turn: Turn) -> Lane | None:
        """Takes a place that is free, where nobody waits for one."""
        for lane in LANES:
            if self._free[lane] and (lane == "long" or not self.experience.is_slow(turn)):
                self._free[lane] -= 1
                self._running[turn.client] += 1
                turn.lane = lane
                return lane
        return None

    def leave(self, turn: Turn) -> None:
        """Gives a place back, if there is one."""
        if turn.lane is None:
            return
        _less(self._running, turn.client)
        self._free[turn.lane] += 1
        turn.lane = None
        self._grant()

    def _check_queue(self, turn: Turn) -> None:
        """Our own queries and those of others have their queues apart."""
        queued = sum(bool(each.client) == bool(turn.client) for each in self._waiting)
        if turn.lane is None and queued > self._staffing.waiting:
            raise ServiceBusy(seconds=RETRY_SECONDS)

    def _withdraw(self, turn: Turn) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        self.leave(turn)

    def _grant(self) -> None:
        """Gives every free place to who comes next, where anybody may have it."""
        for lane in LANES:
            while self._free[lane] and self._waiting:
                turn = self._next(lane)
                if turn is None or turn.granted is None:
                    break
                self._waiting.remove(turn)
                # One that was cancelled just now does not know it yet.
                if not turn.granted.done():
                    self._free[lane] -= 1
                    self._running[turn.client] += 1
                    turn.lane = lane
                    turn.granted.set_result(lane)

    def _next(self, lane: Lane) -> Turn | None:
        if len(self._waiting) == 1 and lane == "long":
            return self._waiting[0]
        known = self.experience
        if lane == "long":
            return min(self._waiting, key=self._rank)
        quick = [turn for turn in self._waiting if not known.is_slow(turn)]
        return min(
            quick, key=lambda turn: (not known.is_quick(turn), *self._rank(turn)), default=None
        )

    def _rank(self, turn: Turn) -> tuple[bool, int, int]:
        return (bool(turn.client), self._running[turn.client], turn.number)


def shape_of(text: str) -> bytes:
    """A name for a query's form: the same whatever IRIs, texts and numbers stand in it."""
    if len(text) > READ_CHARACTERS:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    alike = _COMMENT.sub("", _TERM.sub("?", text))
    return "".join(alike.split()).encode("utf-8", "surrogatepass")


def _less(counts: Counter[str], name: str) -> None:
    """Counts one less, and forgets a name that has none."""
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
