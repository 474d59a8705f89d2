"""An engine as it is spoken to: queries, updates and whole graphs over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from jalon.store.port import Limits
from jalon.store.remote.dialects import DIALECTS, Dialect, Kind, dialect_of
from jalon.store.remote.lines import Line

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 120.0
"""How long the engine may take to answer that it has what it was sent."""

LOOK_SECONDS = 10.0
"""How long it may take to say what stands in it."""

MOST_CONNECTIONS = 64
SOLUTIONS = "application/sparql-results+json"
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
        self._who: httpx.Auth | None = None
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(WRITE_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            trust_env=False,
        )

    @property
    def dialect(self) -> Dialect:
        """How it is spoken to, once that is known."""
        if self._dialect is None:
            raise EngineLost(f"{self.address} has not been reached yet")
        return self._dialect

    async def meet(self) -> Dialect:
        """Finds out how it is spoken to."""
        if self._dialect is None:
            async with self._lost():
                # Measured: without a query Fuseki 5.6 gives everything that it has.
                answer = await self._client.get(self.address.url, params={"query": "ASK {}"})
                self._dialect = dialect_of(answer.headers)
        return self._dialect

    async def rows(self, text: str, seconds: float = LOOK_SECONDS) -> list[dict[str, str]]:
        """The values of a small answer, by variable."""
        dialect = await self.meet()
        async with self._lost():
            answer = await self._client.post(
                self.address.url + dialect.query,
                # Measured: Virtuoso 7.2 does not answer a query that is the body itself.
                data={"query": text},
                headers={"Accept": SOLUTIONS},
                timeout=seconds,
            )
            _check(answer)
            bindings = answer.json()["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]

    @asynccontextmanager
    async def asking(
        self, text: str, media_type: str, limits: Limits
    ) -> AsyncIterator[httpx.Response]:
        """The answer to a query as it comes; its status is 200, or it is what was wrong."""
        dialect = await self.meet()
        asked = {"query": text}
        if dialect.unnamed is not None:
            asked["default-graph-uri"] = dialect.unnamed
        if dialect.timeout is not None:
            name, units = dialect.timeout
            asked[name] = f"{limits.seconds * units:.0f}"
        async with (
            self._lost(),
            self._client.stream(
                "POST",
                self.address.url + dialect.query,
                data=asked,
                headers={"Accept": media_type},
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            ) as answer,
        ):
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
        async with (
            self._lost(),
            self._client.stream(
                "POST",
                self.address.url + dialect.query,
                data={"query": f"SELECT ?s ?p ?o {{ {pattern} }}"},
                headers={"Accept": SOLUTIONS},
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            ) as answer,
        ):
            if not answer.is_success:
                await answer.aread()
            _check(answer)
            if (name := dialect.cut_by(answer.headers)) is not None:
                raise EngineLost(f"{self.address} cuts its answers short: {name}")
            yield answer.aiter_bytes()

    async def update(self, text: str) -> None:
        """Makes an update."""
        dialect = await self.meet()
        async with self._lost():
            _check(
                await self._client.post(
                    self.address.updates or self.address.url + dialect.update,
                    data={"update": text},
                    auth=self._auth(dialect),
                )
            )

    async def add(self, lines: Sequence[Line]) -> None:
        """Adds the triples of lines, which are all to be there."""
        dialect = await self.meet()
        if dialect.graphs is None:
            await self.update(insertion(lines, dialect))
            return
        for graph, group in groupby(lines, attrgetter("graph")):
            name = graph or dialect.unnamed
            async with self._lost():
                _check(
                    await self._client.post(
                        self.address.url + dialect.graphs,
                        params={"graph": name} if name else {"default": ""},
                        content="".join(f"{line.triple} .\n" for line in group).encode(),
                        headers={"Content-Type": "application/n-triples"},
                        auth=self._auth(dialect),
                    )
                )

    async def clear(self) -> None:
        """Removes everything that is not the engine's own."""
        dialect = await self.meet()
        if not dialect.kept:
            await self.update("DROP ALL")
            return
        unnamed = [] if dialect.unnamed is None else [dialect.unnamed]
        for graph in (*await self.graphs(), *unnamed):
            await self.update(f"CLEAR GRAPH <{graph}>")

    async def close(self) -> None:
        """Lets go of its connections."""
        await self._client.aclose()

    def _auth(self, dialect: Dialect) -> httpx.Auth:
        """Who we are; the same object each time, which knows what it was challenged with."""
        if self._who is None:
            scheme = httpx.DigestAuth if dialect.digest else httpx.BasicAuth
            user, password = self.address.user, self.address.password
            self._who = scheme(user, password) if user else httpx.Auth()
        return self._who

    @asynccontextmanager
    async def _lost(self) -> AsyncIterator[None]:
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
            said = str(error) or type(error).__name__
            raise EngineLost(f"{self.address}: {said[:SHOWN_CHARACTERS]}") from error


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


def _check(answer: httpx.Response) -> None:
    if not answer.is_success:
        said = " ".join(answer.text.split())[:SHOWN_CHARACTERS]
        raise httpx.HTTPError(f"{answer.status_code} {said}")
