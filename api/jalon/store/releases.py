"""Releases: the snapshots that can be asked, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jalon.errors import ReleaseUnknown
from jalon.store.snapshot import Snapshot


class Releases(Protocol):
    """What can be asked: the newest release, and earlier ones."""

    @property
    def current(self) -> Snapshot:
        """The newest release; it may be another a moment later."""

    async def at(self, number: int) -> Snapshot:
        """One release, rebuilt first where it is not kept ready.

        Raises ReleaseUnknown or ReleaseTooCostly.
        """


@dataclass(frozen=True, slots=True)
class OnlyRelease:
    """One release that never changes."""

    current: Snapshot

    async def at(self, number: int) -> Snapshot:
        """The one release, by its own number; any other is unknown."""
        if number != self.current.stamp.number:
            raise ReleaseUnknown(release=number, current=self.current.stamp.number)
        return self.current
