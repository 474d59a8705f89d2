"""Clients that fail too often are refused for a while."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jalon.errors import TooManyRequests


@dataclass(slots=True)
class _Count:
    since: datetime
    failures: int


class Failures:
    """How often each client failed within a window of time that starts with a failure of its own.

    At most ``clients`` are remembered: the one that has not failed for longest is forgotten first.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        most: int = 20,
        window: timedelta = timedelta(minutes=1),
        clients: int = 10_000,
    ) -> None:
        self._clock = clock
        self._most = most
        self._window = window
        self._clients = clients
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._lock = threading.Lock()

    def refuse(self, client: str) -> None:
        """Raises TooManyRequests where a client has failed too often, with when to come again."""
        with self._lock:
            count = self._counts.get(client)
            if count is None:
                return
            left = count.since + self._window - self._clock()
            if not timedelta() < left <= self._window:
                del self._counts[client]
            elif count.failures >= self._most:
                seconds = math.ceil(left.total_seconds())
                raise TooManyRequests(variant="token", seconds=seconds)

    def add(self, client: str) -> None:
        """Counts a failure."""
        with self._lock:
            count = self._counts.setdefault(client, _Count(self._clock(), 0))
            count.failures += 1
            self._counts.move_to_end(client)
            if len(self._counts) > self._clients:
                self._counts.popitem(last=False)
