"""The application behind a real server, in a thread: real sockets, real connections that break."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from jalon.store.oxigraph import OxigraphStore
from jalon.store.releases import Releases
from jalon.web.server import protocol_of
from web.service import Tuning, compose

WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server listens, and the store that it asks."""

    host: str
    port: int
    store: OxigraphStore

    @property
    def sparql(self) -> str:
        return f"http://{self.host}:{self.port}/sparql"


@contextmanager
def serving(releases: Releases, folder: Path, tuning: Tuning | None = None) -> Iterator[Served]:
    """A server for one test, with its query processes ready; it is gone at the end."""
    app, store = compose(releases, folder, tuning or Tuning())
    config = uvicorn.Config(
        app,
        port=0,
        http=protocol_of(app),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        store.keep_ready()
        await server.serve()

    def run() -> None:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    listening = threading.Event()
    try:
        while not server.started and thread.is_alive():
            listening.wait(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield Served(host, port, store)
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
