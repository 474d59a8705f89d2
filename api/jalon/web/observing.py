"""Requests as they are seen from outside: each has an id, a line in the log, and is measured.

What was asked is not told: no query, no parameter, no header, no address; the route stands for it.
"""

from __future__ import annotations

import logging
import random
import re
import secrets
import time
from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jalon.account import Account, open_account
from jalon.errors import JalonError
from jalon.logs import Told
from jalon.web.answers import RELEASE, AnswerBroken
from jalon.web.metrics import Kind, Metrics, Seen
from jalon.web.problems import PROBLEM

REQUEST_ID = "X-Request-Id"
NO_ROUTE = "(none)"
"""The route of what leads nowhere."""

ID_BYTES = 8
SUCCESSES = frozenset({200, 304})
READS = frozenset({"GET", "HEAD"})
METHODS = READS | {"CONNECT", "DELETE", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
NO_METHOD = "(other)"
"""Any other method: it might be anything."""

ROOMS: Mapping[str, Kind | None] = {
    "": "page",
    "{language}": "page",
    "en": "page",
    "fr": "page",
    "sparql": None,
    "queries": None,
    "validate": "validate",
    "update": "write",
    "rdf-graph-store": "write",
    "submissions": "write",
    "id": "describe",
    "doc": "describe",
    "graph": "describe",
    "def": "describe",
    "shapes": "describe",
    "releases": "describe",
    "context.jsonld": "describe",
    ".well-known": "describe",
}
"""What a request is by the first part of its route; None: a query, which has kinds of its own."""

BEGAN = "began"
"""Under this name the state of a request says when it began, where it was tried before."""

_CHANCE = random.Random(secrets.randbits(256))  # noqa: S311 (ids are no secrets)
ID_NAME = REQUEST_ID.lower().encode("ascii")
_LOWER = {each: each.lower().encode("ascii") for each in (REQUEST_ID, RELEASE)}

_SANE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")

_log = logging.getLogger(__name__)


class Observing:
    """Around the whole application: nothing that is answered passes it by."""

    def __init__(
        self, app: ASGIApp, routes: Sequence[BaseRoute], metrics: Metrics | None = None
    ) -> None:
        self._app = app
        self._routes = routes
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, and tells of it when its answer has been sent, or has failed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # It stays open: what the server has to say of this request comes after us.
        account = open_account(request_id(scope))
        course = Course()
        course.began = scope.get("state", {}).get(BEGAN, course.began)
        answer = _Answer(send, account.request, course)
        self.begin()
        try:
            await self._app(scope, receive, answer.send)
        except AnswerBroken as broken:
            _blame(account, broken)
            raise
        finally:
            self.tell(_method(scope), self._route(scope), account, course)

    def begin(self) -> None:
        """A request is being served; ``tell`` follows, or ``withdraw``."""
        if self._metrics is not None:
            self._metrics.begin()

    def withdraw(self) -> None:
        """It will be served by another way, which begins anew."""
        if self._metrics is not None:
            self._metrics.withdraw()

    def tell(self, method: str, route: str, account: Account, course: Course) -> None:
        """Tells of a request that has been served."""
        kind = _kind(route, method, course.status, account)
        told: dict[str, str | int | float] = {
            "method": method,
            "route": route,
            "status": course.status,
            "ms": round(course.seconds * 1000, 1),
            "bytes": course.bytes,
        }
        notes = account.notes
        if course.release is not None:
            told["release"] = course.release
        if "lane" in notes and kind in {"quick", "long"}:
            told["lane"] = notes["lane"]
        if PROBLEM in notes:
            told["code"] = notes[PROBLEM]
        if not course.complete:
            told["broken"] = "yes"
        if _log.isEnabledFor(logging.INFO):
            _log.handle(Told(__name__, "request", {**told, "request": account.request}))
        if self._metrics is not None:
            seconds, code = course.begun_seconds, notes.get(PROBLEM, "")
            self._metrics.end(Seen(kind, route, course.status, seconds, course.bytes, code))

    def _route(self, scope: Scope) -> str:
        """The template of the route that was taken, or stands where the path leads."""
        path: str | None = getattr(scope.get("route"), "path", None)
        if path is not None:
            return path
        # Who is led to a page never came to a route.
        found = (each for each in self._routes if each.matches(scope)[0] is not Match.NONE)
        return getattr(next(found, None), "path", NO_ROUTE)


class Course:
    """What has come of a request so far: how large its answer is, and how long it takes."""

    __slots__ = ("_begun", "began", "bytes", "complete", "release", "status")

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.status = 500
        self.release: int | None = None
        self.bytes = 0
        self.complete = False
        self._begun: float | None = None

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.perf_counter() - self.began

    @property
    def begun_seconds(self) -> float:
        """From the request to the begin of the answer; to now where there is none."""
        return self.seconds if self._begun is None else self._begun

    def begin(self, status: int) -> None:
        """The answer begins."""
        self._begun = self.seconds
        self.status = status


class _Answer:
    """An answer on its way: gives it the id, and sees what comes of it."""

    def __init__(self, send: Send, request_id: str, course: Course) -> None:
        self._send = send
        self._id = request_id.encode("ascii")
        self._course = course

    async def send(self, message: Message) -> None:
        """Sends a part of the answer."""
        course = self._course
        if message["type"] == "http.response.start":
            course.begin(message["status"])
            headers = [*message.get("headers", ())]
            release = _header(headers, RELEASE)
            course.release = int(release) if release.isdecimal() else None
            headers.append((ID_NAME, self._id))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            course.bytes += len(message.get("body", b""))
            course.complete = not message.get("more_body", False)
        await self._send(message)


def _blame(account: Account, broken: AnswerBroken) -> None:
    """Notes what broke an answer off; the framework took it for a fault of ours."""
    cause = broken.__cause__
    if isinstance(cause, JalonError):
        account.notes[PROBLEM] = cause.code
    else:
        account.notes.pop(PROBLEM, None)


def request_id(scope: Scope) -> str:
    """The id that the request came with, where it is one, else a new one."""
    given = _header(scope["headers"], REQUEST_ID)
    if given and _SANE.fullmatch(given):
        return given
    return f"{_CHANCE.getrandbits(8 * ID_BYTES):0{2 * ID_BYTES}x}"


def _header(headers: Sequence[tuple[bytes, bytes]], name: str) -> str:
    # Names are in lower case here, by ASGI and by the framework.
    wanted = _LOWER[name]
    for each, value in headers:
        if each == wanted:
            return value.decode("latin-1")
    return ""


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in METHODS else NO_METHOD


def _kind(route: str, method: str, status: int, account: Account) -> Kind:
    room, _, rest = route.removeprefix("/").partition("/")
    if room not in ROOMS or method == "OPTIONS":
        return "other"
    kind = ROOMS[room]
    if kind is None:
        return _kind_of_query(status, account) if rest or room == "sparql" else "describe"
    return "describe" if kind == "write" and method in READS else kind


def _kind_of_query(status: int, account: Account) -> Kind:
    lane = account.notes.get("lane")
    if lane is not None:
        return "long" if lane == "long" else "quick"
    return "cached" if status in SUCCESSES else "refused"
