"""The shelf: the releases that stand ready on disk, each in a folder named by its number.

One that was put together has a second folder, and is read from there.
"""

from __future__ import annotations

import logging
import shutil
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from jalon.store.snapshot import CHECKPOINT, UNFINISHED, Snapshot, Stamp, read_snapshot

HOT = 10
"""How many of the newest releases stay ready."""

REBUILT = 4
"""How many of those last rebuilt stay ready beside them."""

SETTLED = "-settled"
"""What the folder of a release ends in that was put together (``store/settling.py``)."""

MOVING = 2
"""How many of the newest releases stand as they were published, too: who reads one is not
disturbed."""

Belongs = Callable[[Stamp], bool]
"""Whether a snapshot is of the ledger that is served."""

_log = logging.getLogger(__name__)


class Shelf:
    """The releases under a folder. Methods read and remove files: not for an event loop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._intact: set[Path] = set()
        self._rebuilt: deque[int] = deque(maxlen=REBUILT)

    def place(self, number: int, *, settled: bool = False) -> Path:
        """Where a release stands, or would."""
        return self.folder / f"{number}{SETTLED if settled else ''}"

    def numbers(self) -> list[int]:
        """The numbers of the releases that have a folder, the newest first."""
        if not self.folder.is_dir():
            return []
        names = {path.name.removesuffix(SETTLED) for path in self.folder.iterdir()}
        return sorted((int(name) for name in names if name.isdecimal()), reverse=True)

    def settled(self) -> Path | None:
        """Where the newest of those stands that were put together."""
        places = (self.place(number, settled=True) for number in self.numbers())
        return next((place for place in places if place.exists()), None)

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
            found = self.find(number)
            if found is not None and found.stamp.base == base:
                return found
        return None

    def find(self, number: int) -> Snapshot | None:
        """One release, if it stands here; whether it is intact is not found out."""
        found = (read_snapshot(place) for place in self._places(number))
        return next((each for each in found if each is not None), None)

    def get(self, number: int, belongs: Belongs) -> Snapshot | None:
        """One release, if it stands here, belongs and is intact; else nothing stands here any more.

        Whether it is intact is found out once, and logged where it is not.
        """
        for place in self._places(number):
            found = read_snapshot(place)
            if found is not None and belongs(found.stamp):
                if place in self._intact or found.intact():
                    self._intact.add(place)
                    return found
                _log.error("release %s is damaged on disk and is made again: %s", number, place)
            self._remove(place)
        return None

    def made(self, number: int, *, rebuilt: bool = False) -> None:
        """A release has just been put here, by us; perhaps by other rules than it was before."""
        self._remove(self.place(number, settled=True))
        self._intact.add(self.place(number))
        if rebuilt:
            self._rebuilt.append(number)

    def settle(self, made: Snapshot) -> Snapshot:
        """Moves here a release that was put together elsewhere on this disk. Raises OSError."""
        place = self.place(made.stamp.number, settled=True)
        self._remove(place)
        made.checkpoint.parent.rename(place)
        self._intact.add(place)
        return replace(made, checkpoint=place / CHECKPOINT)

    def prune(self, pinned: Collection[int]) -> None:
        """Removes what need not stay ready: who still reads it is not disturbed."""
        numbers = self.numbers()
        kept = {*numbers[:HOT], *pinned, *self._rebuilt}
        for number in numbers:
            settled, published = self._places(number)
            if number not in kept:
                self._remove(settled)
                self._remove(published)
            elif number not in numbers[:MOVING] and settled.exists():
                self._remove(published)

    def _places(self, number: int) -> tuple[Path, Path]:
        """Where a release may stand, and is to be read from first."""
        return self.place(number, settled=True), self.place(number)

    def _remove(self, place: Path) -> None:
        self._intact.discard(place)
        shutil.rmtree(place, ignore_errors=True)

    def clear_unfinished(self) -> None:
        """Removes what was not finished; for who alone writes here."""
        for left in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
