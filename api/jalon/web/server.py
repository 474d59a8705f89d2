"""The HTTP server itself: it listens, says so, and stops when it is told to."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

GRACE_SECONDS = 5
"""How long requests in flight may still take when the service stops."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes a free one."""

    host: str
    port: int

    def is_loopback(self) -> bool:
        """Whether only this machine can reach a server that listens here."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Served:
    """An application, and in words what it serves."""

    app: FastAPI
    content: str


def run(serving: Callable[[], AbstractAsyncContextManager[Served]], address: Address) -> None:
    """Opens what is to be served, and serves it until SIGINT or SIGTERM.

    Everything runs on one event loop. Once it listens, it logs what is served, and where.
    """
    # One that serves nothing: it knows which event loop is the best one here.
    factory = _config(FastAPI(), address).get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_serve(serving, address))


async def _serve(
    serving: Callable[[], AbstractAsyncContextManager[Served]], address: Address
) -> None:
    async with serving() as served:
        await _listen(served, address)


async def _listen(served: Served, address: Address) -> None:
    """uvicorn raises the signal again when it has stopped, and that ends here."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    try:
        await _Server(_config(served.app, address), served.content).serve()
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


def _config(app: FastAPI, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Says where to ask, and what is there, once it listens."""

    def __init__(self, config: uvicorn.Config, content: str) -> None:
        super().__init__(config)
        self._content = content

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        if not self.started:
            return
        _log.info("%s", self._content)
        for listening in self.servers:
            for bound in listening.sockets:
                host, port = bound.getsockname()[:2]
                shown_host = f"[{host}]" if ":" in host else host
                _log.info("SPARQL at http://%s:%s/sparql", shown_host, port)
