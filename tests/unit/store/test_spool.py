"""A body that grows: every reader gets all of it, or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from jalon.errors import QueryTimeout
from jalon.store.port import MEGABYTE
from jalon.store.process import OutputTooLarge
from jalon.store.spool import Spool, SpoolFolder, SpoolsFull

PIECES = [bytes([number]) * 100_000 for number in range(30)]
WHOLE = b"".join(PIECES)
ROOM = 100 * MEGABYTE


@pytest.fixture(params=[0, 5 * len(PIECES[0]), ROOM], ids=["files", "both", "memory"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> SpoolFolder:
    """Where answers stand in files, in memory first, or in memory alone."""
    return SpoolFolder(tmp_path, ROOM, memory=request.param)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def read(spool: Spool) -> bytes:
    return b"".join([chunk async for chunk in spool.chunks()])


def test_every_reader_gets_the_whole_whenever_it_comes(folder: SpoolFolder) -> None:
    async def work() -> None:
        spool = Spool(folder, 10 * MEGABYTE)
        early = asyncio.create_task(read(spool))
        for piece in PIECES[:20]:
            await spool.add(piece)
        middle = asyncio.create_task(read(spool))
        for piece in PIECES[20:]:
            await spool.add(piece)
        assert not early.done()
        spool.finish()
        assert await early == await middle == await read(spool) == WHOLE
        assert spool.size == len(WHOLE)
        spool.let_go()

    run(work())


def test_readers_get_what_there_is_and_then_the_error(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(SpoolFolder(tmp_path, ROOM), 10 * MEGABYTE)
        await spool.add(b"some")
        spool.fail(QueryTimeout(seconds="1"))
        chunks = aiter(spool.chunks())
        assert await anext(chunks) == b"some"
        with pytest.raises(QueryTimeout):
            await anext(chunks)
        with pytest.raises(QueryTimeout):
            await spool.finished()
        spool.let_go()

    run(work())


def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(SpoolFolder(tmp_path, ROOM), 5)
        await spool.add(b"12345")
        with pytest.raises(OutputTooLarge):
            await spool.add(b"6")
        spool.let_go()

    run(work())


def test_there_is_room_for_so_many_bytes_on_disk_and_again_when_they_are_gone(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        folder = SpoolFolder(tmp_path, 3 * len(PIECES[0]), memory=0)
        spool, other = (Spool(folder, 10 * MEGABYTE) for _ in range(2))
        for piece in PIECES[:13]:
            await spool.add(piece)
        for piece in PIECES[:10]:
            await other.add(piece)
        with pytest.raises(SpoolsFull):
            await other.add(PIECES[10])
        spool.let_go()
        await other.add(PIECES[10])
        other.let_go()
        assert folder.room == 3 * len(PIECES[0])

    run(work())


def test_a_reader_keeps_what_others_have_let_go_of(tmp_path: Path, folder: SpoolFolder) -> None:
    memory = folder.memory

    async def work() -> None:
        spool = Spool(folder, 10 * MEGABYTE)
        for piece in PIECES:
            await spool.add(piece)
        spool.finish()
        mine = spool.share()
        spool.let_go()
        assert await read(mine) == WHOLE
        mine.let_go()

    run(work())
    assert not list(tmp_path.iterdir())
    assert (folder.room, folder.memory) == (ROOM, memory)


def test_large_answers_share_the_memory_and_give_it_back(tmp_path: Path) -> None:
    folder = SpoolFolder(tmp_path, ROOM, memory=5 * len(PIECES[0]))

    async def work() -> None:
        first, second = (Spool(folder, 10 * MEGABYTE) for _ in range(2))
        for piece in PIECES[:14]:
            await first.add(piece)
        assert folder.memory == len(PIECES[0])
        for piece in PIECES[:14]:
            await second.add(piece)
        assert (folder.memory, folder.room) == (0, ROOM - 3 * len(PIECES[0]))
        first.let_go()
        await first.add(PIECES[0])
        assert folder.memory == 4 * len(PIECES[0])
        second.finish()
        assert await read(second) == b"".join(PIECES[:14])
        # What is larger than any answer that is kept whole is handed over in pieces.
        assert second.whole is None
        second.let_go()

    run(work())
    assert (folder.room, folder.memory) == (ROOM, 5 * len(PIECES[0]))


def test_who_is_stopped_while_it_writes_or_reads_disturbs_nobody(folder: SpoolFolder) -> None:
    """A thread may be at work with the file: it is closed when that has ended."""

    async def work() -> None:
        for _ in range(50):
            spool = Spool(folder, 10 * MEGABYTE)
            for piece in PIECES[:12]:
                await spool.add(piece)
            busy = [asyncio.create_task(spool.add(PIECES[0])), asyncio.create_task(read(spool))]
            await asyncio.sleep(0)
            for task in busy:
                task.cancel()
            spool.let_go()
            await asyncio.gather(*busy, return_exceptions=True)

    run(work())
