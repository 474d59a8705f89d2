"""Clients that write to nodes and read from whichever answers, and what they have seen."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import httpx

from faults.harness import BASE
from nodes.team import Team

RELEASE, AT_LEAST = "Jalon-Release", "Jalon-At-Least"
GRAPH = f"{BASE}graph/submitted/nodes"
WRITTEN, COUNTED = f"{BASE}written", f"{BASE}counted"
WRITERS, COUNTERS, READERS = 2, 2, 2
SECONDS = 20.0
"""How long one request may take."""

EXPLAINED = frozenset({"busy", "not-ready", "publication-pending", "release-conflict"})
"""Codes that a request may be refused by while something is down."""

Step = Callable[[httpx.AsyncClient, "Client"], Awaitable[None]]


@dataclass(slots=True)
class Client:
    """One client: the newest release that it was told of, and its own chance."""

    name: str
    chance: random.Random
    seen: int = 0


@dataclass(slots=True)
class Seen:
    """What was written and read.

    ``last`` is when a write was last acknowledged (monotonic seconds); ``counts`` are the
    increments of each counter that were acknowledged, ``unsure`` those of which nobody knows.
    """

    kept: dict[int, int] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    unsure_counts: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    last: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


class Load:
    """Clients at work until they are told to stop."""

    def __init__(self, team: Team, token: str, seed: int) -> None:
        self.seen = Seen()
        self._team = team
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seed = seed
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Returns when all have stopped."""
        steps: list[tuple[str, Step]] = [
            *((f"writer-{number}", self._add) for number in range(WRITERS)),
            *((f"counter-{number}", self._count) for number in range(COUNTERS)),
            *((f"reader-{number}", self._read) for number in range(READERS)),
        ]
        await asyncio.gather(*(self._client(name, step) for name, step in steps))

    def stop(self) -> None:
        """Nothing more is begun."""
        self._stopped.set()

    async def acknowledged(self, after: float, patience: float) -> float:
        """Seconds from a moment until a write was acknowledged that was asked for after it."""
        async with asyncio.timeout(patience):
            while self.seen.last <= after:  # noqa: ASYNC110 (a test may look)
                await asyncio.sleep(0.01)
        return self.seen.last - after

    async def _client(self, name: str, step: Step) -> None:
        client = Client(name, random.Random(f"{self._seed} {name}"))  # noqa: S311 (no secret)
        while not self._stopped.is_set():
            async with httpx.AsyncClient(timeout=SECONDS) as connections:
                try:
                    while not self._stopped.is_set():
                        await step(connections, client)
                except (httpx.TransportError, IndexError):
                    # Whoever was asked is gone, or nobody is there: another is asked.
                    await asyncio.sleep(0.05)

    async def _add(self, connections: httpx.AsyncClient, client: Client) -> None:
        number = next(self.seen.numbers)
        text = f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/{number}> <{WRITTEN}> "{number}" }} }}'
        self.seen.unsure.add(number)
        release = await self._update(connections, client, text)
        if release is None:
            return
        self.seen.unsure.discard(number)
        self.seen.kept[number] = release
        asked = f"ASK {{ GRAPH <{GRAPH}> {{ <{BASE}id/{number}> <{WRITTEN}> ?value }} }}"
        if await self._ask(connections, client, asked) == "false":
            self.seen.wrong.append(f"{client.name} does not read its write {number}")

    async def _count(self, connections: httpx.AsyncClient, client: Client) -> None:
        thing = f"<{BASE}id/{client.name}> <{COUNTED}>"
        text = (
            f"WITH <{GRAPH}> DELETE {{ {thing} ?old }} INSERT {{ {thing} ?new }} WHERE {{ "
            f"OPTIONAL {{ {thing} ?old }} BIND(COALESCE(?old, 0) + 1 AS ?new) }}"
        )
        self.seen.unsure_counts[client.name] += 1
        if await self._update(connections, client, text) is not None:
            self.seen.unsure_counts[client.name] -= 1
            self.seen.counts[client.name] += 1

    async def _read(self, connections: httpx.AsyncClient, client: Client) -> None:
        asked = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?thing <{WRITTEN}> ?value }} }}"
        known = sum(release <= client.seen for release in [*self.seen.kept.values()])
        found = await self._ask(connections, client, asked)
        if found is not None and int(found) < known:
            self.seen.wrong.append(f"{client.name} reads {found} where {known} were known")

    async def _update(
        self, connections: httpx.AsyncClient, client: Client, text: str
    ) -> int | None:
        """The release that has an update; None where it was refused."""
        response = await connections.post(
            f"{client.chance.choice(self._team.urls)}/update",
            content=text,
            headers={**self._headers, "Content-Type": "application/sparql-update"},
        )
        if not self._answered(response):
            return None
        release = int(response.headers[RELEASE])
        client.seen = max(client.seen, release)
        self.seen.last = time.monotonic()
        return release

    async def _ask(self, connections: httpx.AsyncClient, client: Client, text: str) -> str | None:
        """The one value of an answer, from any node; None where it was refused."""
        response = await connections.get(
            f"{client.chance.choice(self._team.urls)}/sparql",
            params={"query": text},
            headers={"Accept": "application/sparql-results+json", AT_LEAST: str(client.seen)},
        )
        if not self._answered(response):
            return None
        release = int(response.headers[RELEASE])
        if release < client.seen:
            self.seen.wrong.append(f"{client.name} read {release} after {client.seen}")
        client.seen = max(client.seen, release)
        self.seen.reads += 1
        found = response.json()
        if "boolean" in found:
            return str(found["boolean"]).lower()
        return str(found["results"]["bindings"][0]["n"]["value"])

    def _answered(self, response: httpx.Response) -> bool:
        if response.is_success:
            return True
        code = str(response.json().get("code", response.status_code))
        self.seen.refused[code] += 1
        if code not in EXPLAINED:
            self.seen.wrong.append(f"refused: {response.text[:300]}")
        return False
