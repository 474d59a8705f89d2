"""The shortest way to /sparql: a GET is answered by callbacks, from its request to its response.

It begins and ends at the HTTP server, and says the same, byte by byte, as the way through the
application; whatever is out of the ordinary is left to that, before or after it was tried here.
Measured: the tasks of a request, and what is handed through them, cost more than all of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from jalon.account import Account
from jalon.errors import JalonError
from jalon.services.questions import Questions
from jalon.store.port import Answer, Version, Whole
from jalon.web.answers import raw_headers, tag_header
from jalon.web.at_least import AT_LEAST_NAME
from jalon.web.connection import CLIENT_GONE, client_at
from jalon.web.hot import PATH, Readings
from jalon.web.observing import BEGAN, ID_NAME, Course, Observing, request_id

_FORWARDED = b"x-forwarded-for"
_ELSEWHERE = frozenset(
    {
        b"if-none-match",
        b"expect",
        b"upgrade",
        b"content-length",
        b"transfer-encoding",
        AT_LEAST_NAME,
    }
)
"""Headers of requests that are left to the application."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What the shortest way shares with the application."""

    questions: Questions
    readings: Readings
    observing: Observing


class ShortProtocol(HttpToolsProtocol):
    """HTTP on one connection as the server speaks it, but for what takes the shortest way.

    Where the server begins requests by another method than now, all go through the application.
    """

    def __init__(
        self,
        shortcut: Shortcut,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shortcut = shortcut
        self._trip: _Trip | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was sent away."""
        super().connection_lost(exc)
        trip, self._trip = self._trip, None
        if trip is not None:
            trip.abandon()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        """Serves a request: here where that can be, else by the application."""
        if app is not self.app or not _may_depart(cycle) or not self._depart(cycle):
            super()._start_asgi_task(cycle, app)

    def _depart(self, cycle: RequestResponseCycle) -> bool:
        """Whether the answer has been sent, or will be told."""
        questions, scope = self._shortcut.questions, cast("Scope", cycle.scope)
        try:
            question = self._shortcut.readings.question(scope)
        except JalonError:
            return False
        trip = _Trip(cycle, self._shortcut.observing)
        kept = questions.kept(question)
        if kept is not None:
            return trip.arrive_with(kept)
        trip.leave = questions.soon(question, self._client(scope), partial(self._told, trip))
        if trip.leave is None:
            return False
        self._trip = trip
        self._shortcut.observing.begin()
        return True

    def _told(self, trip: _Trip, whole: Whole | None) -> None:
        """The answer is there; without one, the application is asked."""
        if self._trip is not trip:
            return
        self._trip = None
        if whole is not None:
            trip.account.notes["lane"] = "quick"
            trip.arrive(whole)
            return
        self._shortcut.observing.withdraw()
        trip.cycle.scope["state"][BEGAN] = trip.course.began
        super()._start_asgi_task(trip.cycle, self.app)

    def _client(self, scope: Scope) -> str:
        """Who asks, as a trusted proxy says it: what the application would find."""
        if any(name == _FORWARDED for name, _ in scope["headers"]):
            scope = {**scope}
            trusted = self.config.forwarded_allow_ips
            work: Any = _proxies(trusted if isinstance(trusted, str) else ",".join(trusted))
            # It has nothing to wait for.
            with suppress(StopIteration):
                work(scope, None, None).send(None)
        return client_at(scope)


class _Trip:
    """One request on the shortest way; ``leave`` takes back that its answer is waited for."""

    __slots__ = ("_observing", "account", "course", "cycle", "leave")

    def __init__(self, cycle: RequestResponseCycle, observing: Observing) -> None:
        self.leave: Callable[[], None] | None = None
        self.account = Account(request_id(cast("Scope", cycle.scope)))
        self.course = Course()
        self.cycle = cycle
        self._observing = observing

    def arrive_with(self, kept: Answer) -> bool:
        """Sends what is kept, where it is in memory."""
        with kept:
            body = kept.whole
        if body is None:
            return False
        self._observing.begin()
        self.arrive(Whole(body, kept.format, kept.version))
        return True

    def arrive(self, whole: Whole) -> None:
        """Sends the answer as one piece, and tells of it."""
        cycle, course, body, version = self.cycle, self.course, whole.body, whole.version
        course.begin(200)
        course.release = version.release
        cycle.response_started = cycle.response_complete = True
        cycle.transport.write(
            b"%b%b%b%bcontent-length: %d\r\n%b: %b\r\n%b\r\n%b"
            % (
                STATUS_LINE[200],
                _written(cycle.default_headers),
                _said(version.release, whole.format.content_type),
                _written(tag_header(version)),
                len(body),
                ID_NAME,
                self.account.request.encode("ascii"),
                b"" if cycle.keep_alive else b"connection: close\r\n",
                body,
            )
        )
        course.bytes, course.complete = len(body), True
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        self._tell()

    def abandon(self) -> None:
        """Nobody is there any more to be answered."""
        if self.leave is not None:
            self.leave()
        self.account.notes["lane"] = "quick"
        self.course.begin(CLIENT_GONE)
        self.course.complete = True
        self._tell()

    def _tell(self) -> None:
        self._observing.tell("GET", PATH, self.account, self.course)


def _may_depart(cycle: RequestResponseCycle) -> bool:
    """Whether a request asks a query by GET, and nothing in particular."""
    scope = cycle.scope
    return (
        scope["path"] == PATH
        and scope["method"] == "GET"
        and scope["http_version"] == "1.1"
        and b"query=" in scope["query_string"]
        and not cycle.flow.write_paused
        and _ELSEWHERE.isdisjoint([name for name, _ in scope["headers"]])
    )


def _written(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


@lru_cache(maxsize=32)
def _said(release: int, content_type: str) -> bytes:
    """What is said of every answer of a release in a format, as it is sent."""
    return _written(raw_headers(Version(release), content_type))


@lru_cache(maxsize=4)
def _proxies(trusted: str) -> ProxyHeadersMiddleware:
    return ProxyHeadersMiddleware(_nothing, trusted)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    del scope, receive, send
