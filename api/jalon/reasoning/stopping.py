"""Stopping work that runs in another thread, on an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopping:
    """Stops what is done in other threads, once and for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self._stop: Callable[[], object] | None = None

    def stop(self) -> None:
        """Cancels the work under way, and whatever would be begun."""
        with self._lock:
            self._stopped = True
            if self._stop is not None:
                self._stop()

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """The task that is in here is cancelled by ``stop``; at once where that has been called."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        with self._lock:
            if self._stopped or task is None:
                raise asyncio.CancelledError
            self._stop = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            yield
        finally:
            with self._lock:
                self._stop = None
