"""An engine as it is spoken to: queries, updates and whole graphs over HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from aiohttp import (
    BasicAuth,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DigestAuthMiddleware,
    DummyCookieJar,
    TCPConnector,
)

from jalon.store.port import Limits
from jalon.store.remote.dialects import DIALECTS, Dialect, Kind, dialect_of
from jalon.store.remote.lines import Line

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 120.0
"""How long the engine may take to answer that it has what it was sent."""

WHOLE_SECONDS = 3600.0
"""How long it may take until it has a whole graph, or none; it says nothing meanwhile."""

LOOK_SECONDS = 10.0
"""How long it may take to say what stands in it."""

MOST_CONNECTIONS = 64
IDLE_SECONDS = 4.0
"""How long a connection is kept that nothing is asked of: less than engines do, so that none is
closed by one of them while it is being written to."""

SOLUTIONS = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"
SUCCESSES = range(200, 300)
SHOWN_CHARACTERS = 300


class EngineLost(Exception):
    """The engine cannot be reached, or does not do what it is told; says what in words."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is, and who we are there; ``updates`` where it is written to, if elsewhere.

    Its text never has the password.
    """

    url: str
    user: str = ""
    password: str = ""
    updates: str | None = None

    @classmethod
    def read(cls, url: str, updates: str | None = None) -> Address:
        """The address that was written ``http://user:password@host:port/path``."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        user, password = (unquote(each or "") for each in (parts.username, parts.password))
        return cls(plain, user, password, updates)

    def __str__(self) -> str:
        return self.url

    def __repr__(self) -> str:
        return f"Address({self.url!r})"


class Engine:
    """One engine. Methods raise EngineLost."""

    def __init__(self, address: Address, kind: Kind | None = None) -> None:
        self.address = address
        self._dialect = DIALECTS[kind] if kind else None
        self._who: _Who | None = None
        self._opened: ClientSession | None = None

    @property
    def dialect(self) -> Dialect:
        """How it is spoken to, once that is known."""
        if self._dialect is None:
            raise EngineLost(f"{self.address} has not been reached yet")
        return self._dialect

    async def meet(self) -> Dialect:
        """Finds out how it is spoken to."""
        if self._dialect is None:
            # Measured: without a query Fuseki 5.6 gives everything that it has.
            async with self._send(_Request("", params={"query": "ASK {}"})) as answer:
                self._dialect = dialect_of(answer.headers)
        return self._dialect

    async def rows(self, text: str, seconds: float = LOOK_SECONDS) -> list[dict[str, str]]:
        """The values of a small answer, by variable."""
        dialect = await self.meet()
        async with self._ask(dialect, {"query": text}, SOLUTIONS, seconds) as answer:
            await _check(answer)
            bindings = json.loads(await answer.read())["results"]["bindings"]
            return [{name: term["value"] for name, term in row.items()} for row in bindings]

    @asynccontextmanager
    async def asking(
        self, text: str, media_type: str, limits: Limits
    ) -> AsyncIterator[ClientResponse]:
        """The answer to a query as it comes; its status is 200, or it is what was wrong."""
        dialect = await self.meet()
        asked = {"query": text}
        if dialect.unnamed is not None:
            asked["default-graph-uri"] = dialect.unnamed
        if dialect.timeout is not None:
            name, units = dialect.timeout
            asked[name] = f"{limits.seconds * units:.0f}"
        async with self._ask(dialect, asked, media_type) as answer:
            yield answer

    async def graphs(self) -> list[str]:
        """The names of the graphs that have triples, without those that are the engine's own."""
        dialect = await self.meet()
        own = (*dialect.kept, self.address.url) if dialect.kept else ()
        rows = await self.rows("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", WRITE_SECONDS)
        names = (row["g"] for row in rows)
        return [name for name in names if not name.startswith(own) and name != dialect.unnamed]

    @asynccontextmanager
    async def triples(self, graph: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The triples of a graph, empty for the unnamed one: s, p and o, in JSON, as it comes."""
        dialect = await self.meet()
        named = graph or dialect.unnamed
        pattern = f"GRAPH <{named}> {{ ?s ?p ?o }}" if named else "?s ?p ?o"
        asked = {"query": f"SELECT ?s ?p ?o {{ {pattern} }}"}
        async with self._ask(dialect, asked, SOLUTIONS) as answer:
            await _check(answer)
            if (name := dialect.cut_by(answer.headers)) is not None:
                raise EngineLost(f"{self.address} cuts its answers short: {name}")
            yield answer.content.iter_any()

    async def update(self, text: str, seconds: float = WRITE_SECONDS) -> None:
        """Makes an update, which may take so long."""
        dialect = await self.meet()
        where, form = self.address.updates or dialect.update, urlencode({"update": text})
        await self._write(dialect, _Request(where, form.encode(), seconds=seconds))

    async def add(self, lines: Sequence[Line]) -> None:
        """Adds the triples of lines, which are all to be there."""
        dialect = await self.meet()
        if dialect.graphs is None:
            await self.update(insertion(lines, dialect))
            return
        for graph, group in groupby(lines, attrgetter("graph")):
            triples = "".join(f"{line.triple} .\n" for line in group)
            await self._write(dialect, _addition(graph, triples.encode(), dialect))

    async def add_whole(self, graph: str, triples: AsyncIterator[bytes]) -> None:
        """Adds to a graph, empty for the unnamed one, all N-Triples that come, or none of them."""
        dialect = await self.meet()
        request = _addition(graph, triples, dialect)
        await self._write(dialect, replace(request, seconds=WHOLE_SECONDS))

    async def clear(self) -> None:
        """Removes everything that is not the engine's own."""
        dialect = await self.meet()
        if not dialect.kept:
            # Measured: Fuseki 5.6 takes minutes for a million triples.
            await self.update("DROP ALL", WHOLE_SECONDS)
            return
        unnamed = [] if dialect.unnamed is None else [dialect.unnamed]
        for graph in (*await self.graphs(), *unnamed):
            await self.update(f"CLEAR GRAPH <{graph}>", WHOLE_SECONDS)

    async def close(self) -> None:
        """Lets go of its connections."""
        if self._opened is not None:
            await self._opened.close()

    def _ask(
        self,
        dialect: Dialect,
        asked: Mapping[str, str],
        media_type: str,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[ClientResponse]:
        # Measured: Virtuoso 7.2 does not answer a query that is the body itself.
        body = urlencode(asked).encode()
        return self._send(_Request(dialect.query, body, FORM, media_type, seconds))

    async def _write(self, dialect: Dialect, request: _Request) -> None:
        if self._who is None:
            self._who = _Who.at(self.address, digest=dialect.digest)
        async with self._send(request, self._who) as answer:
            await _check(answer)

    @asynccontextmanager
    async def _send(
        self, request: _Request, who: _Who | None = None
    ) -> AsyncIterator[ClientResponse]:
        """An exchange; whatever is lost until its end is EngineLost."""
        where, body = request.where, request.body
        headers = {"Accept": request.accept}
        if body is not None:
            headers["Content-Type"] = request.media_type
        try:
            async with self._session().request(
                "GET" if body is None else "POST",
                where if "://" in where else self.address.url + where,
                params=request.params,
                # Not as bytes, which would be sent all at once.
                data=io.BytesIO(body) if isinstance(body, bytes) else body,
                headers=headers,
                auth=None if who is None else who.basic,
                middlewares=() if who is None else who.digest,
                timeout=ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=request.seconds),
                allow_redirects=False,
            ) as answer:
                yield answer
        except (ClientError, ValueError, KeyError) as error:
            said = _said(error)
            raise EngineLost(f"{self.address}: {said[:SHOWN_CHARACTERS]}") from error

    def _session(self) -> ClientSession:
        """Its connections; they belong to the loop that runs."""
        if self._opened is None:
            self._opened = ClientSession(
                connector=TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=IDLE_SECONDS),
                cookie_jar=DummyCookieJar(),
            )
        return self._opened


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent: a POST, or a GET where there is no body.

    ``where`` is added to the address of the engine, or stands for itself. The engine may be silent
    for so many seconds.
    """

    where: str
    body: bytes | AsyncIterator[bytes] | None = None
    media_type: str = FORM
    accept: str = "*/*"
    seconds: float | None = WRITE_SECONDS
    params: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Who:
    """Who we are to an engine, in the way that it asks; a digest knows the last challenge."""

    basic: BasicAuth | None = None
    digest: tuple[DigestAuthMiddleware, ...] = ()

    @classmethod
    def at(cls, address: Address, *, digest: bool) -> _Who:
        if not address.user:
            return cls()
        if digest:
            return cls(digest=(DigestAuthMiddleware(address.user, address.password),))
        return cls(BasicAuth(address.user, address.password, "utf-8"))


def _addition(graph: str, triples: bytes | AsyncIterator[bytes], dialect: Dialect) -> _Request:
    name = graph or dialect.unnamed
    params = {"graph": name} if name else {"default": ""}
    return _Request(dialect.graphs or "", triples, "application/n-triples", params=params)


def insertion(lines: Iterable[Line], dialect: Dialect) -> str:
    """The operation that adds the triples of lines."""
    return f"INSERT DATA {{ {_data(lines, dialect)} }}"


def removal(lines: Iterable[Line], dialect: Dialect) -> str:
    """The operation that removes the triples of lines."""
    return f"DELETE DATA {{ {_data(lines, dialect)} }}"


def _data(lines: Iterable[Line], dialect: Dialect) -> str:
    parts = []
    for graph, group in groupby(lines, attrgetter("graph")):
        triples = " .\n".join(line.triple for line in group)
        name = graph or dialect.unnamed
        parts.append(f"GRAPH <{name}> {{ {triples} }}\n" if name else f"{triples} .\n")
    return "".join(parts)


def _said(error: Exception) -> str:
    """What an error says to people, who know where the engine is."""
    if isinstance(error, ClientConnectorError):
        return error.os_error.strerror or "it cannot be reached"
    return str(error) or type(error).__name__


async def _check(answer: ClientResponse) -> None:
    if answer.status not in SUCCESSES:
        said = " ".join((await answer.text(errors="replace")).split())[:SHOWN_CHARACTERS]
        raise ClientError(f"{answer.status} {said}")
