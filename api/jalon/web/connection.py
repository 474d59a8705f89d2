"""What all routes share about the connection: who may ask, and whether anybody still listens."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from typing import TypeVar

from fastapi import Request
from starlette.types import Scope

from jalon.web.problems import OPEN

CLIENT_GONE = 499
"""The status that is logged when there is nobody left to answer."""

NETWORK_BITS = 64
"""An address of IPv6 stands for all of its network: one client has them all."""

Made = TypeVar("Made")


def preflight_headers(methods: str) -> dict[str, str]:
    """The answer to OPTIONS: any page may ask by these methods."""
    return {
        **OPEN,
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": (
            "Accept, Accept-Language, Content-Type, If-None-Match, Jalon-At-Least"
        ),
        "Access-Control-Max-Age": "86400",
    }


def client_of(request: Request) -> str:
    """Who asks, as far as shares of the service go: an address, or the network that it is of.

    Behind a proxy that the server trusts, it is the address that the proxy names.
    """
    return client_at(request.scope)


def client_at(scope: Scope) -> str:
    """As ``client_of``, of the scope of a request."""
    client = scope.get("client")
    host: str = client[0] if client else "unknown"
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], NETWORK_BITS), strict=False))
    except ValueError:
        return host


async def while_connected(request: Request, work: Coroutine[object, object, Made]) -> Made | None:
    """What the work gives; None when the client went away first, which stops it.

    What it gave too late is closed, where it can be.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(request))
    taken = False
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        taken = working.done()
        return working.result() if taken else None
    finally:
        leaving.cancel()
        working.cancel()
        made, _ = await asyncio.gather(working, leaving, return_exceptions=True)
        if not taken and isinstance(made, AbstractContextManager):
            made.__exit__(None, None, None)


async def _disconnected(request: Request) -> None:
    """Returns when the client has gone; what else it sends is passed over."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
