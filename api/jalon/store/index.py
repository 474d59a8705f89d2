"""The index as the service sees it: the writer process, given orders one at a time."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyoxigraph

import jalon
from jalon.ledger.commits import ChangeSet
from jalon.store.difference import cut
from jalon.store.snapshot import Derivation, Snapshot, read_snapshot
from jalon.store.touches import news_of
from jalon.store.writer import Order, Reply

COMMAND = (sys.executable, "-s", "-P", "-m", "jalon.store.writer")
LIVE = "live-"
LOG_BYTES = 8192

_log = logging.getLogger(__name__)


Progress = Callable[[int, int], None]
"""Told of how many commits are applied, of how many."""


def silent(_done: int, _all: int) -> None:
    """Nobody is told."""


def _nobody(_done: int) -> None:
    """Nobody is told."""


class IndexLost(Exception):
    """The writer process is gone or failed; ``full``: there was no room on the disk."""

    def __init__(self, detail: str, *, full: bool = False) -> None:
        super().__init__(detail)
        self.full = full


@dataclass(frozen=True, slots=True)
class Workroom:
    """Where the index is written, from which ledger, for the pack with which base.

    ``deltas``: a folder for what comes and goes from release to release, where somebody wants it.
    """

    folder: Path
    ledger: Path
    base: str
    own: bool = False
    deltas: Path | None = None


class Index:
    """A live index in a process of its own. After IndexLost it is to be closed, and begun anew."""

    def __init__(self, process: Process, live: Path) -> None:
        self._process = process
        self._live = live
        self._turn = asyncio.Lock()
        self._progress: Callable[[int], None] = _nobody
        self._listening = asyncio.create_task(_log_from(process))

    @classmethod
    async def begin(cls, workroom: Workroom, snapshot: Snapshot | None) -> Index:
        """An index that goes on where a snapshot ends; without one, an empty index."""
        try:
            workroom.folder.mkdir(parents=True, exist_ok=True)
            live = Path(tempfile.mkdtemp(prefix=LIVE, dir=workroom.folder))
        except OSError as error:
            raise IndexLost(str(error), full=error.errno == errno.ENOSPC) from error
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        index = cls(process, live)
        try:
            await index._order(
                {
                    "task": "begin",
                    "live": str(live / "index"),
                    "place": str(snapshot.checkpoint.parent) if snapshot else None,
                    "ledger": str(workroom.ledger),
                    "base": workroom.base,
                    "own": workroom.own,
                    "deltas": str(workroom.deltas) if workroom.deltas else None,
                }
            )
        except BaseException:
            await index.close()
            raise
        return index

    @property
    def pid(self) -> int:
        """The process, for who watches over it."""
        return self._process.pid

    async def differ(self, changes: Iterable[ChangeSet]) -> list[ChangeSet]:
        """The parts of changes that change something if each is made on those before it.

        They are as they were written.
        """
        given = tuple(changes)
        payload = b"".join(part for each in given for part in (each.adds, each.removes))
        sizes = [(len(each.adds), len(each.removes)) for each in given]
        reply, found = await self._order(
            {"task": "differ", "size": len(payload), "sizes": sizes}, payload
        )
        return list(cut(found, reply["sizes"]))

    async def advance(self, number: int, progress: Progress = silent) -> None:
        """Applies the commits of the ledger up to this one, and says now and then how far it is."""
        self._progress = lambda done: progress(done, number)
        try:
            await self._order({"task": "advance", "number": number})
        finally:
            self._progress = _nobody

    async def dump(self, place: Path) -> int:
        """Writes the shown graph as N-Triples into a file; how many triples there are."""
        reply, _ = await self._order({"task": "dump", "place": str(place)})
        return reply["shown"]

    async def entail(self, ntriples: bytes, derivation: Derivation) -> None:
        """Puts what follows in the place of what followed before."""
        order: Order = {
            "task": "entail",
            "size": len(ntriples),
            "derivation": asdict(derivation),
        }
        await self._order(order, ntriples)

    async def publish(self, place: Path) -> Snapshot:
        """Freezes the index as the release in a folder, with what is new in it, as far as known."""
        _, told = await self._order({"task": "publish", "place": str(place)})
        snapshot = await self._frozen(place)
        return replace(snapshot, news=await asyncio.to_thread(news_of, told))

    async def settle(self) -> Snapshot:
        """Puts together what it has begun from, and freezes it: the same release, in a folder that
        goes with the index unless somebody takes it away before."""
        place = self._live / "settled"
        await self._order({"task": "settle", "place": str(place)})
        return await self._frozen(place)

    async def close(self) -> None:
        """Ends the process and removes its folder; may be called twice."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.shield(self._process.wait())
        await asyncio.shield(self._listening)
        await asyncio.to_thread(shutil.rmtree, self._live, ignore_errors=True)

    async def _frozen(self, place: Path) -> Snapshot:
        snapshot = await asyncio.to_thread(read_snapshot, place)
        if snapshot is None:
            raise IndexLost("the release is not there")
        return snapshot

    async def _order(self, order: Order, payload: bytes = b"") -> tuple[Reply, bytes]:
        # Who cancels does not stop it half way: the next order would meet its reply.
        doing = asyncio.ensure_future(self._carried_out(order, payload))
        doing.add_done_callback(_heard)
        return await asyncio.shield(doing)

    async def _carried_out(self, order: Order, payload: bytes) -> tuple[Reply, bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the writer process has all its pipes")
        async with self._turn:
            # Measured: uvloop raises RuntimeError where one writes to a pipe that has been closed.
            if stdin.is_closing():
                raise IndexLost("the writer process is gone")
            try:
                stdin.write(json.dumps(order).encode("utf-8") + b"\n" + payload)
                await stdin.drain()
                reply = await self._reply(stdout)
                if reply["fault"]:
                    raise IndexLost(reply["detail"], full=reply["fault"] == "full")
                return reply, await stdout.readexactly(reply["size"])
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                raise IndexLost("the writer process is gone") from error

    async def _reply(self, stdout: asyncio.StreamReader) -> Reply:
        while (line := await stdout.readline()).endswith(b"\n"):
            reply: Reply = json.loads(line)
            if reply["done"]:
                return reply
            self._progress(reply["number"])
        raise IndexLost("the writer process is gone")


def _heard(doing: asyncio.Future[tuple[Reply, bytes]]) -> None:
    """Takes the error of an order whose end nobody waits for any more: the process was ended."""
    if not doing.cancelled():
        doing.exception()


async def _log_from(process: Process) -> None:
    """Puts into the log what the process says by itself, such as why it fails."""
    while process.stderr is not None and (said := await process.stderr.read(LOG_BYTES)):
        for line in said.decode("utf-8", "replace").splitlines():
            _log.warning("the writer process says: %s", line)


def _environment() -> dict[str, str]:
    homes = (Path(jalon.__file__).parents[1], Path(pyoxigraph.__file__).parents[1])
    return {
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(str(home) for home in dict.fromkeys(homes)),
    }
