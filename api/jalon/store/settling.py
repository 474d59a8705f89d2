"""Settling: the newest release is put together once nobody has committed for a while.

Each commit leaves tables of its own, and whoever asks looks into all of them: after one commit,
short queries take half as long again (docs/bench.md). It is done on a copy, which takes the place
of the release when it is whole; a commit that comes first puts an end to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path

from jalon.errors import NotReady
from jalon.store.archive import Archive
from jalon.store.current_index import CurrentIndex
from jalon.store.index import Index, IndexLost
from jalon.store.port import MEGABYTE
from jalon.store.room import COST, Room
from jalon.store.snapshot import Snapshot
from jalon.store.standing import Record

QUIET_SECONDS = 5.0
"""How long nobody has committed by then."""

REST = 20
"""How many times as long as it took last it is at least left alone then."""

SMALL_BYTES = 64 * MEGABYTE
"""Tables of so many bytes are put together whenever there are new ones."""

SHARE = 20
"""Larger ones, where one of so many bytes is new: each time, all of it stands on disk once more."""

CLOSING_SECONDS = 0.5
"""How long what is begun may take to be tidied up at the end: a process may hang."""

Take = Callable[[Snapshot, Index], Awaitable[Index | None]]
"""Puts a settled release, and the index that it is of, in the place of the newest, and gives back
the index that is not needed any more: the one that was there, or, where there is a newer release,
the one that it was given. Raises OSError."""

_log = logging.getLogger(__name__)


class Settler:
    """Settles one release at a time, the newest."""

    def __init__(self, archive: Archive, index: CurrentIndex, record: Record, take: Take) -> None:
        self._archive = archive
        self._index = index
        self._record = record
        self._take = take
        self._tasks: set[asyncio.Task[None]] = set()
        self._rested = 0.0
        self._closed = False

    def expect(self, release: Snapshot) -> None:
        """There is a newer release: from now on it is waited until nobody commits any more."""
        self.put_off()
        if not self._closed:
            task = asyncio.create_task(self._settle(release))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def put_off(self) -> None:
        """Somebody commits."""
        for task in self._tasks:
            if not task.cancelling():  # else it is tidying up
                task.cancel()

    async def close(self) -> None:
        """Ends what is under way; from now on nothing is."""
        self._closed = True
        self.put_off()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _settle(self, release: Snapshot) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(QUIET_SECONDS, self._rested - clock()))
        if not await asyncio.to_thread(self._is_due, release):
            return
        began = clock()
        try:
            await self._put_together(release)
        except (IndexLost, OSError) as error:
            _log.warning("release %s is not settled: %s", release.stamp.number, error)
        finally:
            self._rested = clock() + REST * (clock() - began)

    async def _put_together(self, release: Snapshot) -> None:
        index = await self._begun(release)
        surplus: Index | None = index
        try:
            surplus = await self._take(await index.settle(), index)
            self._record.settled += surplus is not index
        finally:
            if surplus is not None:
                await _undisturbed(surplus.close())

    async def _begun(self, release: Snapshot) -> Index:
        """An index that goes on where it ends; who cancels leaves no process that is starting."""
        beginning = asyncio.ensure_future(self._index.beside(release))
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            with suppress(IndexLost):
                await (await beginning).close()
            raise

    def _is_due(self, release: Snapshot) -> bool:
        settled = self._archive.shelf.settled()
        known = _tables(settled) if settled else {}
        tables = _tables(release.checkpoint.parent)
        size = sum(tables.values())
        if not is_worth_it(size, sum(tables[table] for table in tables.keys() - known.keys())):
            return False
        try:
            # Twice over: while it is put together, what it is made of is there, too.
            return Room.of(self._archive.shelf.folder).obstacle(2 * size // COST) is None
        except NotReady:
            return False


def is_worth_it(size: int, new: int) -> bool:
    """Whether tables of so many bytes are put together, so many of which are new."""
    return new > 0 and (size <= SMALL_BYTES or new * SHARE >= size)


async def _undisturbed(work: Coroutine[object, object, None]) -> None:
    """Ends what is begun, whoever cancels meanwhile; who does so twice ends it at once."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _tables(place: Path) -> dict[int, int]:
    """The bytes of each table of a release, by its inode: they are hard links of one another."""
    try:
        found = [each.stat() for each in place.glob("*/*.sst")]
    except FileNotFoundError:
        return {}
    return {each.st_ino: each.st_size for each in found}
