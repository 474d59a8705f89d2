"""The mirror: an engine is brought from release to release, in order, and once.

A statement in its catalogue graph, the *stamp*, says which release it holds. A delta may be told
again (``deltas``), so that whatever is cut short is done again from the stamp. Where there is no
way from there (another ledger, an emptied engine, deltas that are gone), everything is loaded anew.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

from jalon.errors import JalonError
from jalon.store.process import environment
from jalon.store.remote.deltas import Delta, Point, deltas_in, forget, point_of, way
from jalon.store.remote.filling import fill
from jalon.store.remote.lines import Line, read_line
from jalon.store.remote.protocol import Engine, EngineLost, insertion, removal
from jalon.store.snapshot import Snapshot
from jalon.terms import CATALOGUE_GRAPH, DEF_IRI

MIRRORS = f"{DEF_IRI}/mirrors"
"""Says of the base, in the catalogue graph of an engine, which release it holds."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds between attempts to reach an engine."""

LOOK_SECONDS = 0.05
"""How often a mirror that others bring on is looked at."""

LOADED_TOGETHER = 50_000
TOLD_LINES = 500_000
"""After as many lines of a whole load, how far it has come is told."""

UNLOAD = (sys.executable, "-s", "-P", "-m", "jalon.store.remote.unloading")

Item = TypeVar("Item")

_log = logging.getLogger(__name__)


class Mirror:
    """Brings one engine to the newest release, and knows which one it holds.

    ``digest_of`` gives the digest of a commit of our ledger, None where there is none. ``leads``
    says whether it is this node that writes to the engine; another one looks.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        base: str,
        digest_of: Callable[[int], str | None],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self.engine = engine
        self.at: Point | None = None
        self.obstacle = ""
        self._folder = folder
        self._base = base
        self._digest_of = digest_of
        self._leads = leads
        self._loaded: Callable[[int], None] | None = None
        self._wanted: Snapshot | None = None
        self._news, self._moved = asyncio.Event(), asyncio.Event()

    def offer(self, snapshot: Snapshot) -> None:
        """There is a newer release."""
        self._wanted = snapshot
        self._news.set()

    def doubt(self) -> None:
        """The engine does not hold what it held: it is looked at anew."""
        self.at = None
        self._news.set()

    async def reached(self, point: Point, seconds: float) -> bool:
        """Whether the engine holds exactly this release, by then at the latest.

        It is not waited for while something is in its way.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._may_reach(point):
                    self._moved.clear()
                    await self._moved.wait()
        return self.at == point

    def _may_reach(self, point: Point) -> bool:
        if self.at is None:
            return not self.obstacle
        return self.at != point and self.at.number <= point.number

    async def stamp(self) -> tuple[Point | None, int]:
        """The release that the engine says it holds, and up to which one it may hold parts.

        Raises EngineLost.
        """
        rows = await self.engine.rows(f"SELECT ?at {{ {self._said('?at')} }}")
        written = rows[0]["at"] if len(rows) == 1 else ""
        said, _, within = written.partition(" >")
        with suppress(ValueError):
            return Point.read(said), int(within or 0)
        return None, 0

    async def bring(self, snapshot: Snapshot, loaded: Callable[[int], None]) -> None:
        """Brings the engine to a release, once; where everything is loaded, it is told how many
        triples. Raises EngineLost, and OSError."""
        self._loaded = loaded
        await self._bring(snapshot)

    async def disown(self) -> None:
        """Has the engine say of no release that it holds it, so that all is loaded anew next time.

        Raises EngineLost.
        """
        self._move(None)
        await self.engine.update(self._unstamped())

    async def run(self) -> None:
        """Keeps the engine up, without end."""
        pause = FIRST_PAUSE
        while True:
            try:
                if self._wanted is not None:
                    await self._bring(self._wanted)
            except (EngineLost, JalonError, OSError) as error:
                if not self.obstacle:
                    _log.error("the engine is not up to date: %s", error)
                self._move(None, str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if self.obstacle:
                _log.warning("the engine %s is up to date again", self.engine.address)
            pause, self.obstacle = FIRST_PAUSE, ""
            if self._is_done():
                await self._news.wait()
                self._news.clear()
            else:
                await asyncio.sleep(LOOK_SECONDS)

    def _is_done(self) -> bool:
        return self._wanted is not None and self.at == point_of(self._wanted.stamp)

    def _move(self, at: Point | None, obstacle: str = "") -> None:
        self.at, self.obstacle = at, obstacle
        self._moved.set()

    async def _bring(self, snapshot: Snapshot) -> None:
        wanted = point_of(snapshot.stamp)
        at, within = await self.stamp()
        if at == wanted and not within:
            self._move(wanted)
            await asyncio.to_thread(self._forget_before, wanted.number)
            return
        if not await asyncio.to_thread(self._leads):
            self._move(None if within else at)
            return
        steps = await asyncio.to_thread(self._way, at, wanted, within)
        if steps:
            for step in steps:
                await self._apply(step)
        else:
            await self._load(snapshot, wanted)
        self._move(wanted)
        await asyncio.to_thread(self._forget_before, wanted.number)

    def _way(self, at: Point | None, wanted: Point, within: int) -> list[Delta]:
        if at is None or self._digest_of(at.number) != at.commit:
            return []
        found = way(deltas_in(self._folder), at, wanted.number, within)
        return found if found and found[-1].after == wanted else []

    def _forget_before(self, number: int) -> None:
        for delta in deltas_in(self._folder):
            if delta.after.number <= number:
                forget(delta)

    async def _apply(self, delta: Delta) -> None:
        dialect = await self.engine.meet()
        lines = sorted(await asyncio.to_thread(lambda: [*delta.lines()]))
        if dialect.atomic and len(lines) <= dialect.together:
            await self.engine.update(
                ";\n".join((*_changes(lines, self.engine), *self._stamped(delta.after)))
            )
            return
        for operation in self._stamped(delta.before, within=delta.after.number):
            await self.engine.update(operation)
        for part in _parts(lines, dialect.together):
            for operation in _changes(part, self.engine):
                await self.engine.update(operation)
        for operation in self._stamped(delta.after):
            await self.engine.update(operation)

    async def _load(self, snapshot: Snapshot, wanted: Point) -> None:
        _log.warning("release %s is loaded into the engine anew", wanted.number)
        self._move(None)
        await self.engine.update(self._unstamped())
        await self.engine.clear()
        await fill(self.engine, self._told(unloaded(snapshot), wanted.number))
        for operation in self._stamped(wanted):
            await self.engine.update(operation)

    async def _told(
        self, parts: AsyncIterator[list[Line]], number: int
    ) -> AsyncIterator[list[Line]]:
        """The same; how many have been taken is told."""
        done = 0
        async for lines in parts:
            yield lines
            done += len(lines)
            if self._loaded is not None:
                self._loaded(done)
            elif done % TOLD_LINES < len(lines):
                _log.info("loading release %s into the engine: %s triples", number, done)

    def _stamped(self, point: Point, within: int = 0) -> Iterator[str]:
        """The operations that write the stamp."""
        literal = f'"{point} >{within}"' if within else f'"{point}"'
        yield self._unstamped()
        yield f"INSERT DATA {{ {self._said(literal)} }}"

    def _unstamped(self) -> str:
        return f"DELETE WHERE {{ {self._said('?old')} }}"

    def _said(self, value: str) -> str:
        return f"GRAPH <{self._base}{CATALOGUE_GRAPH}> {{ <{self._base}> <{MIRRORS}> {value} }}"


def _changes(lines: Iterable[Line], engine: Engine) -> Iterator[str]:
    """The operations that make lines, in their order, true: one for each graph.

    Measured: of DELETE DATA with several graphs, Virtuoso 7.2 makes a part.
    """
    for (there, _), group in groupby(lines, lambda line: (line.there, line.graph)):
        yield (insertion if there else removal)(group, engine.dialect)


def _parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := [*islice(rest, size)]:
        yield part


async def unloaded(snapshot: Snapshot) -> AsyncIterator[list[Line]]:
    """Everything that a release holds, some at a time, by a process of its own. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        *UNLOAD,
        str(snapshot.checkpoint),
        snapshot.stamp.base,
        stdin=DEVNULL,
        stdout=PIPE,
        env=environment(),
        limit=64 * 1024 * 1024,
    )
    if process.stdout is None:
        raise RuntimeError("the process has its pipe")
    try:
        lines: list[Line] = []
        async for written in process.stdout:
            lines.append(read_line(written.decode("utf-8")))
            if len(lines) == LOADED_TOGETHER:
                yield lines
                lines = []
        if lines:
            yield lines
        if await process.wait():
            raise OSError("a release could not be read for the engine")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
