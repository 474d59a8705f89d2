"""The HTTP server itself: it listens, says so, and stops when it is told to."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Literal, cast

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from jalon.web.answers import AnswerBroken
from jalon.web.shortcut import Shortcut, ShortProtocol

GRACE_SECONDS = 5
"""How long requests in flight may still take when the service stops."""

LAST_SECONDS = 1
"""How long before that is over the queries that still run are stopped."""

_SERVER_LOG = "uvicorn.error"
"""Where the server says everything."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 takes a free one. ``trusted_proxies`` are believed who asks."""

    host: str
    port: int
    trusted_proxies: str = "127.0.0.1"

    def is_loopback(self) -> bool:
        """Whether only this machine can reach a server that listens here."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Served:
    """An application, and in words what it serves.

    ``stop`` is told that it will be stopped; ``hurry`` ends what still runs shortly before.
    """

    app: FastAPI
    content: str
    stop: Callable[[], None]
    hurry: Callable[[], Awaitable[None]]


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
        # What has been loaded stays: it is not looked through for garbage again and again.
        gc.collect()
        gc.freeze()
        await _listen(served, address)


async def _listen(served: Served, address: Address) -> None:
    """uvicorn raises the signal again when it has stopped, and that ends here."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    said = logging.getLogger(_SERVER_LOG)
    said.addFilter(_is_news)
    try:
        await _Server(_config(served.app, address), served).serve()
    finally:
        said.removeFilter(_is_news)
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


class _Entrance:
    """The application without what the framework looks up before each request."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._stack = app.middleware_stack or app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        await self._stack(scope, receive, send)


def _config(app: FastAPI, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        _Entrance(app),
        http=protocol_of(app),
        host=address.host,
        port=address.port,
        forwarded_allow_ips=address.trusted_proxies,
        log_config=None,
        log_level="warning",  # what it says when all is well we say ourselves
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def protocol_of(app: FastAPI) -> type[asyncio.Protocol] | Literal["auto"]:
    """How a server of an application speaks HTTP."""
    shortcut: Shortcut | None = getattr(app.state, "shortcut", None)
    if shortcut is None:
        return "auto"
    return cast("type[asyncio.Protocol]", partial(ShortProtocol, shortcut))


def _is_news(record: logging.LogRecord) -> bool:
    """All but that an answer was broken off: who broke it off has said why."""
    return not (record.exc_info and isinstance(record.exc_info[1], AnswerBroken))


class _Server(uvicorn.Server):
    """Says where to ask, and what is there, once it listens."""

    def __init__(self, config: uvicorn.Config, served: Served) -> None:
        super().__init__(config)
        self._served = served

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        if not self.started:
            return
        _log.info("%s", self._served.content)
        for listening in self.servers:
            for bound in listening.sockets:
                host, port = bound.getsockname()[:2]
                root = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
                _log.info("SPARQL at %s/sparql and pages at %s/ from now on", root, root)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets what is being served come to its end, within a bound."""
        _log.info("stopping; what is being served has %s seconds", GRACE_SECONDS)
        hurrying = asyncio.create_task(self._hurry())
        await super().shutdown(sockets)
        hurrying.cancel()
        _log.info("stopped")

    async def _hurry(self) -> None:
        """Who would be cut off is told why, while there is still time for it."""
        await asyncio.sleep(GRACE_SECONDS - LAST_SECONDS)
        await self._served.hurry()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stops; whoever asks from now on is told so. Nothing is logged in a signal handler."""
        self._served.stop()
        super().handle_exit(sig, frame)
