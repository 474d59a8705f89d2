"""The live index with the newest commit in it, whatever process has to be replaced for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from jalon.store.archive import Archive
from jalon.store.index import Index, IndexLost, Progress
from jalon.store.snapshot import Snapshot
from jalon.store.standing import Record

_log = logging.getLogger(__name__)


class CurrentIndex:
    """Begins an index when it is needed, and another when that is lost."""

    def __init__(
        self, archive: Archive, record: Record, progress: Progress, deltas: Path | None = None
    ) -> None:
        self._deltas = deltas
        self._archive = archive
        self._record = record
        self._progress = progress
        self._index: Index | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The writer process, while there is one."""
        return self._index.pid if self._index else None

    async def at(self, number: int, newest: Callable[[], Snapshot | None]) -> Index:
        """The index; one that has to be begun goes on from the newest release to this commit.

        Raises IndexLost, and OSError.
        """
        if self._index is None:
            if self._closed:
                raise IndexLost("the service is being stopped")
            start = await asyncio.to_thread(newest)
            self._index = index = await Index.begin(self._archive.workroom(self._deltas), start)
            await index.advance(number, self._progress)
        return self._index

    async def beside(self, release: Snapshot) -> Index:
        """Another index, which goes on where a release ends. Raises IndexLost."""
        return await Index.begin(self._archive.workroom(self._deltas), release)

    def exchange(self, index: Index) -> Index | None:
        """Puts another that stands where this one does in its place, which is given back."""
        away, self._index = self._index, index
        return away

    async def lose(self, why: Exception) -> None:
        """Puts away an index that is not to be trusted any more."""
        _log.warning("the writer process is replaced: %s", why)
        self._record.replaced += 1
        await self.drop()

    async def drop(self) -> None:
        """Ends the writer process, if there is one."""
        index, self._index = self._index, None
        if index is not None:
            await index.close()

    def close(self) -> None:
        """From now on no index is begun."""
        self._closed = True
