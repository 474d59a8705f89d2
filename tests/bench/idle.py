"""A server that does nothing, to see what the client itself can do."""

from __future__ import annotations

import asyncio
import multiprocessing
from multiprocessing.connection import Connection

from bench.client import Until, load
from bench.found import Ceiling

_BODY = b"x" * 600
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
REQUEST = b"GET / HTTP/1.1\r\nHost: idle\r\nAccept: text/plain\r\n\r\n"


class _Idle(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n") and isinstance(self._transport, asyncio.Transport):
            self._transport.write(ANSWER)


def ceilings(clients: tuple[int, ...], seconds: float) -> list[Ceiling]:
    """What so many clients get from it; it is another process, as any server is."""
    ours, theirs = multiprocessing.Pipe()
    # Spawned: who forks beside threads may inherit their locks.
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        url = f"http://127.0.0.1:{ours.recv()}"
        return [_ceiling(url, each, seconds) for each in clients]
    finally:
        process.terminate()
        process.join()


def _ceiling(url: str, clients: int, seconds: float) -> Ceiling:
    found = load(url, clients, lambda: REQUEST, Until(seconds))
    return Ceiling(clients, found.rate, found.cpu / max(found.answers, 1) * 1e6)


def _serve(told: Connection) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Idle, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())
