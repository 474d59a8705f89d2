"""How long a query may take in the quick lane where its process does not get the processor.

Where much else runs, a query that needs little is late all the same. To end its process and to
begin anew elsewhere would only be more work for a processor that has too much already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from jalon.store.hand import Hand

LONGEST = 4
"""So many times its seconds a query may take at most."""

_LOOK = 0.9
"""When it is looked what a process has had: so far into its seconds."""


@contextmanager
def sparing(limit: asyncio.Timeout, hand: Hand, seconds: float, most: float) -> Iterator[None]:
    """Puts the limit off while the process has had less than half of these seconds.

    It is put off to ``most`` seconds from now, or LONGEST times the seconds, and no further; and
    not where the system does not say what a process has had.
    """
    loop = asyncio.get_running_loop()
    end, before = loop.time() + min(most, LONGEST * seconds), hand.processor_seconds()
    handle: asyncio.TimerHandle

    def look() -> None:
        nonlocal handle
        had = hand.processor_seconds()
        if before is None or had is None or had - before >= seconds / 2:
            return
        later = min(loop.time() + seconds, end)
        limit.reschedule(later)
        if later < end:
            handle = loop.call_at(loop.time() + _LOOK * seconds, look)

    handle = loop.call_later(_LOOK * seconds, look)
    try:
        yield
    finally:
        handle.cancel()
