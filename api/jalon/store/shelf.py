"""The shelf: the releases that stand ready on disk, each in a folder named by its number."""

from __future__ import annotations

import logging
import shutil
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path

from jalon.store.snapshot import UNFINISHED, Snapshot, Stamp, read_snapshot

HOT = 10
"""How many of the newest releases stay ready."""

REBUILT = 4
"""How many of those last rebuilt stay ready beside them."""

Belongs = Callable[[Stamp], bool]
"""Whether a snapshot is of the ledger that is served."""

_log = logging.getLogger(__name__)


class Shelf:
    """The releases under a folder. Methods read and remove files: not for an event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._intact: set[Path] = set()
        self._rebuilt: deque[int] = deque(maxlen=REBUILT)

    def place(self, number: int) -> Path:
        """Where a release stands, or would."""
        return self._folder / str(number)

    def numbers(self) -> list[int]:
        """The numbers of the releases that have a folder, the newest first."""
        if not self._folder.is_dir():
            return []
        names = (path.name for path in self._folder.iterdir())
        return sorted((int(name) for name in names if name.isdecimal()), reverse=True)

    def newest(self, belongs: Belongs, upto: int) -> Snapshot | None:
        """The newest release up to a number that belongs and is intact; a damaged one goes."""
        for number in self.numbers():
            if number <= upto:
                found = self.get(number, belongs)
                if found is not None:
                    return found
        return None

    def newest_published(self, base: str) -> Snapshot | None:
        """The newest release of a pack, as another process has put it here."""
        for number in self.numbers():
            found = read_snapshot(self.place(number))
            if found is not None and found.stamp.base == base:
                return found
        return None

    def get(self, number: int, belongs: Belongs) -> Snapshot | None:
        """One release, if it stands here, belongs and is intact; else nothing stands here any more.

        Whether it is intact is found out once, and logged where it is not.
        """
        place = self.place(number)
        found = read_snapshot(place)
        if found is not None and belongs(found.stamp):
            if place in self._intact or found.intact():
                self._intact.add(place)
                return found
            _log.error("release %s is damaged on disk and is made again: %s", number, place)
        if place.exists():
            self.remove(number)
        return None

    def made(self, number: int, *, rebuilt: bool = False) -> None:
        """A release has just been put here, by us."""
        self._intact.add(self.place(number))
        if rebuilt:
            self._rebuilt.append(number)

    def prune(self, pinned: Collection[int]) -> None:
        """Removes what need not stay ready: who still reads it is not disturbed."""
        numbers = self.numbers()
        kept = {*numbers[:HOT], *pinned, *self._rebuilt}
        for number in numbers:
            if number not in kept:
                self.remove(number)

    def remove(self, number: int) -> None:
        """Takes a release away."""
        self._intact.discard(self.place(number))
        shutil.rmtree(self.place(number), ignore_errors=True)

    def clear_unfinished(self) -> None:
        """Removes what was not finished; for who alone writes here."""
        for left in self._folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
