"""How an engine gets all that a release holds: part by part, or each graph as one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from jalon.store.remote.lines import Line
from jalon.store.remote.protocol import Engine


async def fill(engine: Engine, parts: AsyncIterator[list[Line]]) -> None:
    """Adds the triples of lines, which are all to be there and come graph by graph.

    Raises EngineLost.
    """
    if not (await engine.meet()).whole:
        async for lines in parts:
            await engine.add(lines)
        return
    graphs = _Graphs(parts)
    while (name := await graphs.next()) is not None:
        await engine.add_whole(name, graphs.triples(name))


class _Graphs:
    """The graphs of lines, one after the other, each to be read to its end."""

    def __init__(self, parts: AsyncIterator[list[Line]]) -> None:
        self._parts = parts
        self._lines: list[Line] = []

    async def next(self) -> str | None:
        """The name of the graph that the next line is of; None where there is none."""
        if not self._lines:
            self._lines = await anext(self._parts, [])
        return self._lines[0].graph if self._lines else None

    async def triples(self, name: str) -> AsyncIterator[bytes]:
        """The lines of the graph, as N-Triples, some at a time."""
        while await self.next() == name:
            size = next(
                (place for place, line in enumerate(self._lines) if line.graph != name),
                len(self._lines),
            )
            lines, self._lines = self._lines[:size], self._lines[size:]
            yield "".join(f"{line.triple} .\n" for line in lines).encode()
