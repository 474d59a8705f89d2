"""The HTTP server itself: it listens, says so, and stops when it is told to."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
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


def run(app: FastAPI, address: Address, content: str) -> None:
    """Serves until SIGINT or SIGTERM; once it listens, logs what ``content`` is served, and where.

    uvicorn raises the signal again when it has stopped, and that ends here.
    """
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    try:
        _Server(config, content).run()
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)


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
