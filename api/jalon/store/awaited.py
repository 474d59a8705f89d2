"""Releases that somebody waits for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from jalon.errors import PublicationPending


@dataclass(slots=True, eq=False)
class _Awaited:
    """Who waits for a release to be published."""

    number: int
    news: asyncio.Future[None] = field(default_factory=asyncio.Future)


class AwaitedReleases:
    """Who waits for which release; each is told once."""

    def __init__(self) -> None:
        self._waiting: list[_Awaited] = []

    def expect(self, number: int) -> asyncio.Future[None]:
        """Comes true once a release of at least this number can be asked; see ``tell``."""
        waiting = _Awaited(number)
        self._waiting.append(waiting)
        return waiting.news

    def reached(self, number: int) -> None:
        """The release of this number can be asked now."""
        for waiting in self._waiting:
            if waiting.number <= number and not waiting.news.done():
                waiting.news.set_result(None)
        self._forget()

    def pending(self, number: int) -> None:
        """Tells all that what they wait for is kept, and cannot be asked yet."""
        self.fail(PublicationPending(release=number))

    def fail(self, error: Exception) -> None:
        """Tells all that something went wrong."""
        for waiting in self._waiting:
            if not waiting.news.done():
                waiting.news.set_exception(error)
        self._forget()

    def _forget(self) -> None:
        """Those who have been told, and those who have gone."""
        self._waiting = [waiting for waiting in self._waiting if not waiting.news.done()]
