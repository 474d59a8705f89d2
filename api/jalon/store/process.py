"""One query process: started, fed, read and put away, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile

import pyoxigraph

import jalon
from jalon.errors import QueryTooLarge
from jalon.store.port import CHUNK_BYTES, MEGABYTE, MEMORY_BYTES
from jalon.store.worker import Job

# -S: the site packages are named below; reading every .pth file would cost each query its time.
COMMAND = (sys.executable, "-s", "-S", "-P", "-m", "jalon.store.worker")
LOG_BYTES = 8192


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended: its exit status (negative: the signal) and the start of its stderr."""

    status: int
    log: str


@asynccontextmanager
async def worker(job: Job) -> AsyncIterator[Process]:
    """A process that has been given its job. On leaving, its whole group is dead and reaped."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )
    try:
        await _feed(process, job)
        yield process
    finally:
        # Shielded: a second cancellation must not leave a process behind.
        await asyncio.shield(asyncio.ensure_future(_put_away(process)))


async def ending(process: Process) -> End:
    """Waits for the process to end by itself."""
    status = await process.wait()
    log = await _reader(process.stderr).read(LOG_BYTES)
    return End(status, log.decode("utf-8", "replace"))


async def spool(
    process: Process, limit: int, folder: Path
) -> tuple[SpooledTemporaryFile[bytes], int]:
    """What is left of stdout, and its size; QueryTooLarge when it passes ``limit`` bytes."""
    body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (closed by Answer)
        max_size=MEMORY_BYTES, dir=str(folder)
    )
    size = 0
    try:
        while chunk := await _reader(process.stdout).read(CHUNK_BYTES):
            size += len(chunk)
            _check_size(size, limit)
            if size > MEMORY_BYTES:
                await asyncio.to_thread(body.write, chunk)
            else:
                body.write(chunk)
    except BaseException:
        body.close()
        raise
    return body, size


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise QueryTooLarge(variant="answer", limit=limit // MEGABYTE)


async def header(process: Process) -> bytes:
    """The first line of stdout, empty when the process died before it wrote one."""
    return await _reader(process.stdout).readline()


async def _feed(process: Process, job: Job) -> None:
    stdin = process.stdin
    if stdin is None:
        return
    # A process that has already died says why by its exit status.
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(json.dumps(job).encode("utf-8"))
        await stdin.drain()
    stdin.close()


async def _put_away(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        while await _reader(stream).read(CHUNK_BYTES):
            pass
    await process.wait()


def _reader(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise RuntimeError("a query process has all its pipes")
    return stream


def _environment() -> dict[str, str]:
    """What a query process knows of the outside: where its code is, and that text is UTF-8."""
    homes = (Path(jalon.__file__).parents[1], Path(pyoxigraph.__file__).parents[1])
    return {
        "LANG": "C.UTF-8",
        # Measured: each arena maps 64 MB and more of the address space that is limited.
        "MALLOC_ARENA_MAX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(str(home) for home in dict.fromkeys(homes)),
    }
