"""One worker process: started, fed, read and put away, whatever happens to it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Literal

import pyoxigraph

import jalon
from jalon.store.port import CHUNK_BYTES, MEMORY_BYTES

# -S: the site packages are named below; reading every .pth file would cost each job its time.
COMMAND = (sys.executable, "-s", "-S", "-P", "-m")
LOG_BYTES = 8192
PIPE_BYTES = 1024 * 1024
"""More than a pipe holds."""

Fate = Literal["done", "processor-time", "memory", "depth", "failed"]
"""What the end of a process says of its job; ``depth``: what it read was nested too deeply."""

_FROM_OUTSIDE = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM})
_OUT_OF_MEMORY = re.compile(r"memory allocation|bad_alloc|system_error|mmap|MemoryError")
_TOO_DEEP = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT})


class OutputTooLarge(Exception):
    """A process wrote more than it may."""


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended: its exit status (negative: the signal) and the start of its stderr."""

    status: int
    log: str

    @property
    def may_be_from_outside(self) -> bool:
        """Whether somebody else may have ended it; the system does so, too, for want of memory."""
        return -self.status in _FROM_OUTSIDE

    @property
    def fate(self) -> Fate:
        """What became of the job."""
        if self.status == 0:
            return "done"
        if self.status == -signal.SIGXCPU:
            return "processor-time"
        if self.status == -signal.SIGKILL or _OUT_OF_MEMORY.search(self.log):
            return "memory"
        return "depth" if -self.status in _TOO_DEEP else "failed"


@asynccontextmanager
async def worker(module: str, job: bytes) -> AsyncIterator[Process]:
    """A process that runs a module and has been given its job.

    On leaving, its whole group is dead and reaped.
    """
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        module,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment(),
        cwd="/",
        start_new_session=True,
    )
    try:
        await _feed(process, job)
        yield process
    finally:
        # Shielded: a second cancellation must not leave a process behind.
        await asyncio.shield(asyncio.ensure_future(_put_away(process)))


def started(module: str, terms: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process that runs a module to do many jobs, and our end of the socket that is its stdin.

    It is the leader of a group, and is told ``terms`` as its argument. The system kills it when the
    thread ends that called this. Raises OSError where it cannot be started.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 (our own module)
                [*COMMAND, module, terms],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
    ours.setblocking(False)
    return process, ours


def forget_said(process: subprocess.Popen[bytes]) -> None:
    """Drops what a process has written to stderr so far: it is not about its next job."""
    if process.stderr is not None:
        said = process.stderr.fileno()
        os.set_blocking(said, False)
        with suppress(BlockingIOError):
            os.read(said, PIPE_BYTES)


async def ending(process: Process) -> End:
    """Waits for the process to end by itself."""
    status = await process.wait()
    log = await _reader(process.stderr).read(LOG_BYTES)
    return End(status, log.decode("utf-8", "replace"))


async def spool(
    process: Process, limit: int, folder: Path
) -> tuple[SpooledTemporaryFile[bytes], int]:
    """What is left of stdout, and its size; OutputTooLarge when it passes ``limit`` bytes."""
    spooled = Spooled(limit, folder)
    try:
        while chunk := await _reader(process.stdout).read(CHUNK_BYTES):
            await spooled.add(chunk)
    except BaseException:
        spooled.body.close()
        raise
    return spooled.body, spooled.size


class Spooled:
    """What a process writes, as it comes; what is large stands in a file in ``folder``.

    ``body`` is to be closed.
    """

    def __init__(self, limit: int, folder: Path) -> None:
        self.body: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 (see above)
            max_size=MEMORY_BYTES, dir=str(folder)
        )
        self.size = 0
        self._limit = limit

    async def add(self, chunk: bytes) -> None:
        """Takes the next piece; OutputTooLarge when all pass the limit."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise OutputTooLarge
        if self.size > MEMORY_BYTES:
            await asyncio.to_thread(self.body.write, chunk)
        else:
            self.body.write(chunk)

    async def content(self) -> bytes:
        """All of it."""
        self.body.seek(0)
        if self.size > MEMORY_BYTES:
            return await asyncio.to_thread(self.body.read)
        return self.body.read()


async def _feed(process: Process, job: bytes) -> None:
    stdin = process.stdin
    # A process that has already died says why by its exit status. Measured: uvloop raises
    # RuntimeError where one writes to a pipe that has been closed.
    if stdin is None or stdin.is_closing():
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(job)
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
        raise RuntimeError("a worker process has all its pipes")
    return stream


def environment() -> dict[str, str]:
    """What a worker process knows of the outside: where its code is, and that text is UTF-8."""
    homes = (Path(jalon.__file__).parents[1], Path(pyoxigraph.__file__).parents[1])
    return {
        "LANG": "C.UTF-8",
        # Measured: each arena maps 64 MB and more of the address space that is limited.
        "MALLOC_ARENA_MAX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(str(home) for home in dict.fromkeys(homes)),
    }
