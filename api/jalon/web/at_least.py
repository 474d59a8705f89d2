"""Who names a release that they have seen is answered from that one or a later one.

Several nodes may serve the same ledger, each a moment before or behind another. A client that goes
from one to another sends the highest ``Jalon-Release`` that it was told, and never reads what is
older than what it knows.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jalon.errors import BadRequest, JalonError, NotReady
from jalon.web.problems import problem

AT_LEAST = "Jalon-At-Least"
AT_LEAST_NAME = AT_LEAST.lower().encode("ascii")

PATIENCE_SECONDS = 5.0
"""How long a request waits for a release that is still to come."""

PAUSE_SECONDS = 0.01
SHOWN_CHARACTERS = 100

_NUMBER = re.compile(rb"[0-9]{1,18}")


class AtLeast:
    """In front of the application: lets a request in once the release that it names is there."""

    def __init__(self, app: ASGIApp, framework: FastAPI, newest: Callable[[], int]) -> None:
        self._app = app
        self._framework = framework
        self._newest = newest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; one that waits in vain is told that this node is behind."""
        wanted = _wanted(scope)
        if wanted:
            try:
                await self._wait(wanted)
            except JalonError as error:
                scope["app"] = self._framework
                await problem(error, Request(scope, receive))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _wait(self, wanted: list[bytes]) -> None:
        """Raises BadRequest for what is no number, NotReady for a release that does not come."""
        for each in wanted:
            if not _NUMBER.fullmatch(each):
                shown = each[:SHOWN_CHARACTERS].decode("latin-1")
                raise BadRequest(variant="at-least", found=shown)
        number = max(map(int, wanted))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self._newest() < number:  # noqa: ASYNC110 (few ask, and not for long)
                    await asyncio.sleep(PAUSE_SECONDS)
        except TimeoutError as error:
            current = self._newest()
            raise NotReady(variant="awaited", release=number, current=current) from error


def _wanted(scope: Scope) -> list[bytes]:
    if scope["type"] != "http":
        return []
    return [value for name, value in scope["headers"] if name == AT_LEAST_NAME]
