"""What all routes share about the connection: who may ask, and whether anybody still listens."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from fastapi import Request

from jalon.web.problems import OPEN

CLIENT_GONE = 499
"""The status that is logged when there is nobody left to answer."""

Made = TypeVar("Made")


def preflight_headers(methods: str) -> dict[str, str]:
    """The answer to OPTIONS: any page may ask by these methods."""
    return {
        **OPEN,
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
        "Access-Control-Max-Age": "86400",
    }


async def while_connected(request: Request, work: Coroutine[object, object, Made]) -> Made | None:
    """What the work gives; None when the client went away first, which stops it."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        leaving.cancel()
        working.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    """Returns when the client has gone; what else it sends is passed over."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
