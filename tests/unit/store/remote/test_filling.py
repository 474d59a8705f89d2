"""How an engine that takes a graph as one is sent it, however its lines come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest

from jalon.store.remote.filling import fill
from jalon.store.remote.lines import Line
from jalon.store.remote.protocol import Address, Engine, EngineLost

GRAPHS = {"": 5, "a:one": 3, "a:two": 1, "a:three": 4}
LINES = [
    Line(True, graph, f'<a:s> <a:p> "{number}"')
    for graph, many in GRAPHS.items()
    for number in range(many)
]


class Taker:
    """Takes what it is sent in chunks, by the last line of the address; answers with a status."""

    def __init__(self, status: int) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self._status = status

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert "Transfer-Encoding: chunked" in head
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        self.taken.append((unquote(head.split()[1]), body))
        writer.write(f"HTTP/1.1 {self._status} So\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


async def parts_of(size: int) -> AsyncIterator[list[Line]]:
    for start in range(0, len(LINES), size):
        yield LINES[start : start + size]


def filled(size: int, status: int) -> list[tuple[str, bytes]]:
    taker = Taker(status)

    async def work() -> None:
        async with await asyncio.start_server(taker, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            engine = Engine(Address.read(f"http://127.0.0.1:{port}/plans"), "fuseki")
            try:
                await fill(engine, parts_of(size))
            finally:
                await engine.close()

    asyncio.run(work())
    return taker.taken


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
def test_each_graph_is_sent_once_and_whole(size: int) -> None:
    sent = {
        f"/plans/data?{f'graph={name}' if name else 'default='}": "".join(
            f"{line.triple} .\n" for line in LINES if line.graph == name
        ).encode()
        for name in GRAPHS
    }
    assert filled(size, 201) == [*sent.items()]


def test_an_engine_that_does_not_take_a_graph_is_lost() -> None:
    with pytest.raises(EngineLost, match="507"):
        filled(2, 507)
