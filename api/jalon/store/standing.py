"""Where the ledger and its releases stand, and what has become of commits since the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jalon.errors import JalonError
from jalon.ledger.ledger import Ledger
from jalon.store.room import Room


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest commit, the newest release, and what there is between them.

    ``waiting`` is when the oldest commit was made that is in no release yet; None where there is
    none. ``obstacle`` is why nothing can be written now.
    """

    head: int
    release: int
    waiting: datetime | None = None
    obstacle: JalonError | None = None


@dataclass(slots=True)
class Record:
    """What has been done since the start, counted.

    ``seconds`` is what it took to publish all that was ``published``, ``last_seconds`` the newest
    of it. ``rebuilt`` are earlier releases that were made again, ``failures`` attempts to publish
    that came to nothing, ``replaced`` writer processes. ``settled`` are releases that were put
    together.
    """

    commits: int = 0
    published: int = 0
    rebuilt: int = 0
    failures: int = 0
    replaced: int = 0
    settled: int = 0
    seconds: float = 0.0
    last_seconds: float = 0.0

    def publish(self, seconds: float) -> None:
        """Counts a release that took so long to publish."""
        self.published += 1
        self.seconds += seconds
        self.last_seconds = seconds


def standing_of(ledger: Ledger, release: int, folder: Path) -> Standing:
    """Where a ledger and its newest release stand, whose state is in a folder.

    Raises LedgerBroken, or NotReady where ledger or folder cannot be read.
    """
    head = ledger.head().number
    oldest = next(ledger.summaries(release, release + 1), None)
    obstacle = Room.of(folder).obstacle() or ledger.obstacle
    return Standing(head, release, oldest.time if oldest else None, obstacle)
