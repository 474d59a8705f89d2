"""A hand: one worker process as the service sees it, which does one job after another."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Literal, cast

from jalon.store.frames import END, JOB, FrameBroken, FrameReader, framed, unpacked_wear
from jalon.store.port import MEGABYTE, Protections
from jalon.store.process import LOG_BYTES, End, started
from jalon.store.worker import Terms, Wear

WORKER = "jalon.store.worker"
START_SECONDS = 30.0
BACKLOG_BYTES = MEGABYTE
"""How much is read ahead of whoever takes the frames; then the process must wait."""

Reason = Literal["deadline", "slow", "answer", "left", "worn", "closing", "broken"]
"""Why a process was stopped: its query's deadline passed, or that of the lane for quick ones; its
answer was too large; nobody waits for it any more; it has worked enough; the service closes; it
said what makes no sense."""


_TICKS = os.sysconf("SC_CLK_TCK")
_log = logging.getLogger(__name__)


class HandLost(Exception):
    """The process has ended, or was stopped, and says nothing more."""


class Hand(asyncio.Protocol):
    """One worker process: is told jobs, and gives back frames.

    ``lost`` is called once when the process is gone; it is to be buried then, and ``end`` told.
    Who does not wait for frames sets ``sink``, which is called with each, and ``gone``, which is
    called when there are no more to come.
    """

    def __init__(self, process: subprocess.Popen[bytes], lost: Callable[[Hand], None]) -> None:
        self.jobs = 0
        self.memory = 0
        self.wear: Wear = {"memory": 0, "seconds": 0.0}
        self.held = Protections(network=False, memory=False, cpu=False, files=False)
        self.stopped: Reason | None = None
        self.end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self.sink: Callable[[bytes, bytes], None] | None = None
        self.gone: Callable[[], None] | None = None
        self._process = process
        self._lost = lost
        self._is_lost = False
        self._reader = FrameReader()
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._backlog = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def pid(self) -> int:
        """The process's number, which is that of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be told a job."""
        return not self._is_lost and self.stopped is None

    def processor_seconds(self) -> float | None:
        """What the process has had of the processor in all, by ticks; None where nobody says."""
        try:
            said = Path(f"/proc/{self._process.pid}/stat").read_bytes()
        except OSError:
            return None
        # After the name, which may hold anything: proc_pid_stat(5), utime and stime.
        fields = said.rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def tell(self, job: bytes) -> None:
        """Hands it a job; what comes of it is read by ``frame``."""
        self.jobs += 1
        if self._transport is not None:
            self._transport.write(framed(JOB, job))

    async def frame(self) -> tuple[bytes, bytes]:
        """The next frame: its kind and content. Raises HandLost when there is none to come."""
        while not self._frames:
            if not self.alive:
                raise HandLost
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        kind, content = self._frames.popleft()
        self._backlog -= len(content)
        if self._paused and self._backlog < BACKLOG_BYTES // 2 and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        if kind == END:
            memory, seconds = unpacked_wear(content)
            self.wear = {"memory": memory, "seconds": seconds}
        return kind, content

    def stop(self, reason: Reason) -> None:
        """Kills it with its whole group; the first reason counts."""
        if not self.alive:
            return
        self.stopped = reason
        self._kill()
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def bury(self) -> End:
        """Waits for the process in a thread, and says how it ended. Nothing of it is left then."""
        self._kill()
        status = self._process.wait()
        log = b""
        if self._process.stderr is not None:
            with self._process.stderr as said:
                os.set_blocking(said.fileno(), False)
                log = said.read(LOG_BYTES) or b""
        return End(status, log.decode("utf-8", "replace"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Takes what the process says; what is no frame is the end of it."""
        try:
            found = self._reader.feed(data)
        except FrameBroken:
            self.stop("broken")
            return
        if self.sink is not None:
            self._sink(found)
            return
        self._frames += found
        self._backlog += sum(len(content) for _, content in found)
        if self._backlog > BACKLOG_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if found:
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """The process is gone, or has been let go."""
        del error
        self._is_lost = True
        self._wake()
        if self.gone is not None:
            self.gone()
        self._lost(self)

    def _sink(self, found: list[tuple[bytes, bytes]]) -> None:
        for kind, content in found:
            # It may be let go in between; what it says then is no answer to anything.
            if self.sink is None:
                self.stop("broken")
                return
            self.sink(kind, content)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _kill(self) -> None:
        # Its number is its own until it has been waited for.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


async def hire(terms: Terms, threads: Executor, lost: Callable[[Hand], None]) -> Hand:
    """A new worker process, confined and ready for its first job.

    It is started in a thread of ``threads``, which must live as long as the process does: the
    system kills the process when the thread that started it ends. Raises HandLost when it does not
    get ready; ``lost`` is called then, too.
    """
    loop = asyncio.get_running_loop()
    process, ours = await loop.run_in_executor(threads, _start, terms)
    _, hand = await loop.create_unix_connection(lambda: Hand(process, lost), sock=ours)
    try:
        async with asyncio.timeout(START_SECONDS):
            _, said = await hand.frame()
    except TimeoutError as error:
        hand.stop("deadline")
        raise HandLost from error
    except asyncio.CancelledError:
        hand.stop("closing")
        raise
    hand.memory = terms["memory"]
    hand.held = Protections(**json.loads(said))
    return hand


def _start(terms: Terms) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process and our end of its socket. Measured: the event loop would stand still for 15 ms
    where it started the process itself."""
    try:
        return started(WORKER, json.dumps(terms))
    except OSError as error:
        _log.error("no query process could be started: %s", error)
        raise HandLost from error
