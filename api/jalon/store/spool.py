"""A spool: the body of an answer, written as fast as its query can, read by each at their pace."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, TypeVar

from jalon.store.port import CHUNK_BYTES, MEMORY_BYTES
from jalon.store.process import OutputTooLarge

SHARED_BYTES = 64 * 1024 * 1024
"""How much of all large answers together stands in memory rather than in files."""

Made = TypeVar("Made")


class SpoolsFull(Exception):
    """There is no room for more large answers until others have been read."""


class SpoolFolder:
    """Where large answers stand, and how many bytes they may still take together.

    Without that bound, clients that read slowly could fill the device, on which the ledger is.
    ``memory`` is how many bytes of that may still stand in memory, beyond what each answer may by
    itself.
    """

    def __init__(self, path: Path, room: int, memory: int = SHARED_BYTES) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.room = room
        self.memory = memory

    def take(self, size: int) -> None:
        """Takes room for so many bytes; SpoolsFull where there is not as much."""
        if size > self.room:
            raise SpoolsFull
        self.room -= size

    def give(self, size: int) -> None:
        """Gives it back."""
        self.room += size


class Spool:
    """Bytes that grow until they are complete, or never will be.

    The first MiB stands in memory, and more while there is memory to share; the rest in a temporary
    file. Who uses a spool shares it and
    lets go of it; the file goes with the last. Everything is called from one event loop.
    """

    def __init__(self, folder: SpoolFolder, limit: int) -> None:
        self.size = 0
        self.complete = False
        self._folder = folder
        self._taken = 0
        self._shared = 0
        self._limit = limit
        self._head: bytes | bytearray = bytearray()
        self._file: IO[bytes] | None = None
        self._error: Exception | None = None
        self._users = 1
        self._busy = 0
        self._changed: asyncio.Event | None = None

    @classmethod
    def of(cls, folder: SpoolFolder, body: bytes) -> Spool:
        """A complete one, in memory."""
        spool = cls(folder, len(body))
        spool._head = body
        spool.size, spool.complete = len(body), True
        return spool

    def share(self) -> Spool:
        """The same spool for one more user."""
        self._users += 1
        return self

    def let_go(self) -> None:
        """One user less; after the last, the file is gone."""
        self._users -= 1
        self._close_unused()

    async def add(self, data: bytes) -> None:
        """Appends, for who still uses it.

        Raises OutputTooLarge where that passes the limit, SpoolsFull or OSError where there is no
        room.
        """
        if self.size + len(data) > self._limit:
            raise OutputTooLarge
        if not self._users:
            return
        if self._stays_in_memory(len(data)):
            self._head += data
        else:
            self._folder.take(len(data))
            self._taken += len(data)
            await self._in_thread(lambda: self._write(data))
        self.size += len(data)
        self._tell()

    def finish(self) -> None:
        """What has been added is all."""
        self.complete = True
        self._tell()

    def fail(self, error: Exception) -> None:
        """It will never be complete: every reader gets the error behind what there is."""
        self._error = error
        self._tell()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The whole body in pieces of at most 64 KiB, as it grows; then the error, if it failed."""
        offset = 0
        while True:
            changed = self._change()
            while offset < self.size:
                piece = await self._piece(offset)
                offset += len(piece)
                yield piece
            if self.complete:
                return
            if self._error is not None:
                raise self._error
            await changed.wait()

    async def finished(self) -> None:
        """Waits until it is complete; raises the error where it failed."""
        while not self.complete:
            if self._error is not None:
                raise self._error
            await self._change().wait()

    @property
    def whole(self) -> bytes | None:
        """All of it, where it is complete and stands in memory."""
        return bytes(self._head) if self.complete and self.size <= MEMORY_BYTES else None

    def _change(self) -> asyncio.Event:
        """Is set when something changes from now on."""
        if self._changed is None:
            self._changed = asyncio.Event()
        return self._changed

    async def _piece(self, offset: int) -> bytes:
        head = len(self._head)
        if offset < head:
            return bytes(memoryview(self._head)[offset : offset + CHUNK_BYTES])
        size = min(CHUNK_BYTES, self.size - offset)
        return await self._in_thread(lambda: self._read(offset - head, size))

    def _stays_in_memory(self, more: int) -> bool:
        """Whether so many more bytes are kept in memory, as all before them are."""
        if self.size + more <= MEMORY_BYTES:
            return True
        if self.size > len(self._head) or more > self._folder.memory:
            return False
        self._folder.memory -= more
        self._shared += more
        return True

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder.path, buffering=0)  # noqa: SIM115
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _read(self, offset: int, size: int) -> bytes:
        if self._file is None:
            raise RuntimeError("what is not in memory is in the file")
        return os.pread(self._file.fileno(), size, offset)

    async def _in_thread(self, work: Callable[[], Made]) -> Made:
        """What the work gives; it goes on when the caller is cancelled, and the file stays open."""
        self._busy += 1
        doing = asyncio.get_running_loop().run_in_executor(None, work)
        doing.add_done_callback(self._done)
        return await asyncio.shield(doing)

    def _done(self, doing: asyncio.Future[Made]) -> None:
        self._busy -= 1
        if not doing.cancelled():
            doing.exception()
        self._close_unused()

    def _close_unused(self) -> None:
        if self._users or self._busy:
            return
        self._folder.give(self._taken)
        self._folder.memory += self._shared
        self._taken = self._shared = 0
        self._head = b""
        if self._file is not None:
            self._file.close()

    def _tell(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set()
