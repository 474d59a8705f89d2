"""What the service counts, read when it is asked for: for who watches over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jalon.errors import NotReady
from jalon.services.health import Served
from jalon.store.cache import CacheState
from jalon.store.publisher import Publisher
from jalon.store.room import Room
from jalon.store.staff import PoolState


class Counted(Protocol):
    """A store that counts its processes and what it keeps."""

    @property
    def pool_state(self) -> PoolState:
        """The worker processes."""

    @property
    def cache_state(self) -> CacheState:
        """The kept answers."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Where to read what is counted; ``publisher`` is None where nobody writes.

    ``folder`` is that of all state.
    """

    store: Counted
    served: Served
    folder: Path
    publisher: Publisher | None = None

    def room(self) -> Room | None:
        """The room on the device of all state; None where it cannot be told."""
        try:
            return Room.of(self.folder)
        except NotReady:
            return None
