"""Whether an engine holds what a release does: each graph is read from both, and compared.

What is read is not kept: it takes some hundred megabytes for millions of triples, however many
graphs they stand in.
"""

from __future__ import annotations

import asyncio
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from jalon.store.remote.mirror import MIRRORS, unloaded
from jalon.store.remote.protocol import Engine, EngineLost
from jalon.store.remote.tally import Compared, Tally
from jalon.store.snapshot import Snapshot
from jalon.terms import CATALOGUE_GRAPH

BUFFER_BYTES = 1 << 20
TOLD_TRIPLES = 20_000
"""After as many triples of an engine, how far it has come is told."""

Progress = Callable[[int, int], None]
Tallies = defaultdict[str, Tally]


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it: ``graphs`` by name, empty for what queries see without naming one."""

    graphs: dict[str, Compared]

    @property
    def differing(self) -> dict[str, Compared]:
        """Those that are not the same."""
        return {name: each for name, each in sorted(self.graphs.items()) if not each.same}

    @property
    def triples(self) -> int:
        """How many triples the release has in all graphs."""
        return sum(each.ours for each in self.graphs.values())

    @property
    def rewritten(self) -> int:
        """How many triples say the same, and are written otherwise by the engine."""
        return sum(each.rewritten for each in self.graphs.values() if each.same)


async def verified(engine: Engine, snapshot: Snapshot, progress: Progress) -> Verified:
    """Holds all that stands in an engine against a release, while nobody writes to either.

    ``progress`` is told of triples of the engine, and how many there should be. Raises EngineLost,
    and OSError where the release cannot be read.
    """
    dialect = await engine.meet()
    ours: Tallies = defaultdict(partial(Tally, dialect.rounds))
    theirs: Tallies = defaultdict(partial(Tally, dialect.rounds))
    async for lines in unloaded(snapshot):
        for line in lines:
            ours[line.graph].add(line.triple)
    every, done = sum(each.triples for each in ours.values()), 0
    reading = _Reading(engine, snapshot.stamp.base)
    for graph in ("", *await engine.graphs()):
        before = done

        def told(read: int, before: int = before) -> None:
            progress(before + read, every)

        await reading.into(theirs[graph], graph, told)
        done += theirs[graph].triples
    graphs = {
        name: ours[name].compared(theirs[name]) for name in (*ours, *theirs.keys() - ours.keys())
    }
    return Verified(graphs)


class _Reading:
    """Reads graphs of an engine, as they come, in a thread."""

    def __init__(self, engine: Engine, base: str) -> None:
        self._engine = engine
        self._stamp = (f"{base}{CATALOGUE_GRAPH}", f"<{base}> <{MIRRORS}> ")

    async def into(self, tally: Tally, graph: str, told: Callable[[int], None]) -> None:
        """Counts the triples of a graph, but for the stamp of the mirror."""
        stamp = self._stamp[1] if graph == self._stamp[0] else None
        async with self._engine.triples(graph) as pieces:
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(_count, _Pieces(pieces, loop), tally, stamp, told)


def _count(pieces: _Pieces, tally: Tally, stamp: str | None, told: Callable[[int], None]) -> None:
    answer = io.BufferedReader(pieces, BUFFER_BYTES)
    try:
        for solution in cast(QuerySolutions, parse_query_results(answer, QueryResultsFormat.JSON)):
            triple = " ".join(str(solution[name]) for name in ("s", "p", "o"))
            if stamp is None or not triple.startswith(stamp):
                tally.add(triple)
                if tally.triples % TOLD_TRIPLES == 0:
                    told(tally.triples)
    except (SyntaxError, ValueError, OSError) as error:
        raise EngineLost(f"its answer cannot be read: {error}") from error
    told(tally.triples)


class _Pieces(io.RawIOBase):
    """An answer as it comes in the loop, to be read in a thread."""

    def __init__(self, pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._pieces = pieces
        self._loop = loop
        self._left = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Puts into the buffer what has come; 0 at the end. Raises EngineLost."""
        while not self._left:
            coming = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            piece = coming.result()
            if piece is None:
                return 0
            self._left = piece
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    async def _next(self) -> bytes | None:
        return await anext(self._pieces, None)
