"""A load of writes and reads over HTTP, and a record of what was acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx

from faults.harness import BASE, PATIENCE
from jalon.ledger.ledger import PLACE, Ledger
from jalon.services.rights import Rights, Scope

QUADS = 5
"""How many quads each write adds: all of them are there, or none."""

WRITERS, READERS = 4, 2
RELEASE = "Jalon-Release"
GRAPHS = tuple(f"{BASE}graph/submitted/writer-{number}" for number in range(WRITERS))
REPLACED = f"{BASE}graph/submitted/replaced"
SEEN = f"""
SELECT ?write (COUNT(?value) AS ?quads)
{{ GRAPH ?graph {{ ?write <{BASE}written> ?value }} FILTER(?graph != <{REPLACED}>) }}
GROUP BY ?write
"""
STANDING = f"SELECT ?value {{ GRAPH <{REPLACED}> {{ ?thing <{BASE}written> ?value }} }}"
EXPLAINED = frozenset(
    {"busy", "not-ready", "publication-pending", "release-conflict", "validation-too-large"}
)
"""Codes that a write or a read may be refused by while processes die."""


@dataclass(slots=True)
class Record:
    """What was sent, what of it was acknowledged, and what else came back.

    ``version`` is the last version of the replaced graph that was acknowledged, ``sent_version``
    the last that was sent. ``wrong`` says what should never have been seen.
    """

    sent: set[int] = field(default_factory=set)
    acknowledged: dict[int, int] = field(default_factory=dict)
    version: int = 0
    sent_version: int = 0
    reads: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


Act = Callable[[httpx.AsyncClient, str], Awaitable[None]]


class Load:
    """Several writers and readers at once, until they are told to stop or nobody answers."""

    def __init__(
        self, url: str, token: str, record: Record, explained: frozenset[str] = EXPLAINED
    ) -> None:
        self._explained = explained
        self._url = url
        self._token = token
        self._record = record
        self._stopped = asyncio.Event()
        self._kept = asyncio.Event()

    async def run(self) -> None:
        """Returns when all have stopped."""
        writers = (self._worker(self._add, graph) for graph in GRAPHS)
        readers = (self._worker(self._read, "") for _ in range(READERS))
        try:
            await asyncio.gather(*writers, *readers, self._worker(self._replace, REPLACED))
        finally:
            self._kept.set()

    async def a_moment(self, chance: random.Random, longest: float) -> None:
        """Waits for a random moment: mostly one after the first acknowledgement."""
        if chance.random() < 0.8:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._kept.wait()
        await asyncio.sleep(chance.uniform(0, longest))

    async def once(self) -> str:
        """One write alone: the code that refused it, or that it was acknowledged."""
        before = Counter(self._record.refused)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            try:
                await self._add(client, GRAPHS[0])
            except httpx.TransportError as error:
                return type(error).__name__
        return next(iter(self._record.refused - before), "acknowledged")

    def stop(self) -> None:
        """Nothing more is begun."""
        self._stopped.set()

    async def _worker(self, act: Act, graph: str) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            while not self._stopped.is_set():
                try:
                    await act(client, graph)
                except httpx.TransportError:
                    return

    async def _add(self, client: httpx.AsyncClient, graph: str) -> None:
        number = next(self._record.numbers)
        self._record.sent.add(number)
        release = await self._write(client, "POST", graph, turtle(_name(graph), number))
        if release is not None:
            self._record.acknowledged[number] = release

    async def _replace(self, client: httpx.AsyncClient, graph: str) -> None:
        self._record.sent_version = version = self._record.sent_version + 1
        if (
            await self._write(client, "PUT", graph, turtle(_name(graph), 0, str(version)))
            is not None
        ):
            self._record.version = version

    async def _write(
        self, client: httpx.AsyncClient, method: str, graph: str, content: bytes
    ) -> int | None:
        """The release that holds the write; None where it was refused."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "text/turtle"}
        response = await client.request(
            method,
            f"{self._url}/rdf-graph-store?graph={quote(graph, safe='')}",
            content=content,
            headers=headers,
        )
        if response.is_success:
            self._kept.set()
            return int(response.headers[RELEASE])
        self._refuse(response)
        return None

    async def _read(self, client: httpx.AsyncClient, _graph: str) -> None:
        known = dict(self._record.acknowledged)
        seen = await self._rows(client, SEEN)
        standing = await self._rows(client, STANDING)
        self._record.reads += 1
        if seen is not None:
            counts = {_number(row["write"]): int(row["quads"]) for row in seen}
            self._note(f"{n} has {m} quads" for n, m in counts.items() if m != QUADS)
            self._note(f"{n} is not to be read" for n in known if n not in counts)
        if standing:
            versions = {row["value"].partition(".")[0] for row in standing}
            if len(standing) != QUADS or len(versions) != 1:
                self._note([f"the replaced graph holds {sorted(versions)}"])

    async def _rows(self, client: httpx.AsyncClient, query: str) -> list[dict[str, str]] | None:
        response = await client.get(f"{self._url}/sparql", params={"query": query})
        if response.is_success:
            return rows_of(response)
        self._refuse(response)
        return None

    def _refuse(self, response: httpx.Response) -> None:
        code = code_of(response)
        self._record.refused[code] += 1
        if code not in self._explained:
            self._note([f"{response.status_code} {response.text[:300]}"])
            self.stop()

    def _note(self, wrong: Iterable[str]) -> None:
        self._record.wrong += wrong


def turtle(name: str, number: int, value: str = "") -> bytes:
    """What one write of an organisation says."""
    return "".join(f"{line} .\n" for line in said(name, number, value)).encode()


def said(name: str, number: int, value: str = "") -> list[str]:
    """Some triples about a thing of its own, as N-Triples without their end."""
    thing = f"<{BASE}id/written/{name}-{number}>"
    return [f'{thing} <{BASE}written> "{value or number}.{quad}"' for quad in range(QUADS)]


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    """The rows of a JSON answer, the value of each variable as text."""
    rows = json.loads(response.content)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def code_of(response: httpx.Response) -> str:
    """Why something was refused; what is no problem document is told as it is."""
    try:
        return str(json.loads(response.content)["code"])
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.text[:100]!r}"


def admin_token(folder: Path) -> str:
    """A new token that may write everywhere in a data folder."""
    with closing(Ledger.open(folder / PLACE, now)) as ledger:
        token, _ = Rights(ledger, now).create("faults", [Scope.ADMIN])
    return token


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _name(graph: str) -> str:
    return graph.rpartition("/")[2]


def _number(thing: str) -> int:
    return int(thing.rpartition("-")[2])
