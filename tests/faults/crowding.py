"""Crowds: endless queries, clients that never read, half requests, an end with work in flight."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from faults.harness import PATIENCE, POLL, Plan, Service, served
from faults.load import Load, Record, admin_token, code_of
from faults.truth import check

ENDLESS = "SELECT (COUNT(?a) AS ?n) {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}"
CHEAP = "SELECT ?label { ?thing <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 5"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 40000"
SHORT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?c }"
SETTLE_SECONDS = 1.0
ANSWERED = frozenset({"200", "acknowledged", "503 not-ready", "not-ready"})
IN_PROGRESS = "jalon_requests_in_progress"
FORWARDED = "X-Forwarded-For"
"""The service believes one on this machine who says for whom it asks."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the crowds are."""

    endless: int = 8
    cheap: int = 300
    silent: int = 30
    half: int = 200
    short: int = 6


@dataclass(slots=True)
class Crowds:
    """What came of crowds. Times are in seconds."""

    cheap: list[float] = field(default_factory=list)
    cheap_in_crowd: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    endless: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)
    ended_after: float = 0.0
    wrong: list[str] = field(default_factory=list)


def crowds(folder: Path, sizes: Sizes, chance: random.Random) -> Crowds:
    """One crowd after another at one service, and the last of them while it is told to end."""
    found = Crowds()
    record = Record()
    plan = Plan(folder / "state")
    with served(plan) as service:
        token = admin_token(plan.folder)
        party = Party(service, sizes, chance, found)
        asyncio.run(party.endless())
        party.silent_and_half()
        asyncio.run(party.end(Load(service.url, token, record)))
        if service.wait() != 0:
            found.wrong.append("the service did not end by itself")
        found.ended_after = time.monotonic() - party.told_to_end
        if service.left_over():
            found.wrong.append("processes are left over")
    with served(plan) as service:
        found.wrong += [*check(service, record), *record.wrong]
    return found


class Party:
    """The crowds at one service."""

    def __init__(
        self, service: Service, sizes: Sizes, chance: random.Random, found: Crowds
    ) -> None:
        self.told_to_end = 0.0
        self._clients = 0
        self._service = service
        self._sizes = sizes
        self._chance = chance
        self._found = found

    async def endless(self) -> None:
        """Cheap queries alone, then while endless ones run."""
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            await self._cheap(client, self._found.cheap)
            over = asyncio.Event()
            endless = [
                asyncio.create_task(self._endless(client, over)) for _ in range(self._sizes.endless)
            ]
            await asyncio.sleep(SETTLE_SECONDS)
            await self._cheap(client, self._found.cheap_in_crowd)
            over.set()
            for each in endless:
                each.cancel()
            await asyncio.gather(*endless, return_exceptions=True)

    async def _cheap(self, client: httpx.AsyncClient, times: list[float]) -> None:
        for _ in range(self._sizes.cheap):
            began = time.monotonic()
            code = await self._ask(client, CHEAP)
            times.append(time.monotonic() - began)
            if code != "200":
                self._found.refused[code] += 1

    async def _endless(self, client: httpx.AsyncClient, over: asyncio.Event) -> None:
        while not over.is_set():
            self._found.endless[await self._ask(client, ENDLESS)] += 1

    async def _ask(self, client: httpx.AsyncClient, query: str) -> str:
        """The status, and the code where there is one; no two texts are the same."""
        asked = {"query": f"{query} # {self._chance.random()}"}
        try:
            response = await client.get(
                f"{self._service.url}/sparql", params=asked, headers={FORWARDED: self._address()}
            )
        except httpx.TransportError as error:
            return type(error).__name__
        if response.is_success:
            return str(response.status_code)
        return f"{response.status_code} {code_of(response)}"

    def _address(self) -> str:
        """Another client each time: each has its share of the service."""
        self._clients += 1
        return f"192.0.2.{self._clients % 256}"

    def silent_and_half(self) -> None:
        """Clients that never read, and others that never end their request."""
        with ExitStack() as open_ones:
            self._silent_and_half(open_ones)
            for _ in range(self._sizes.cheap // 10):
                response = httpx.get(
                    f"{self._service.url}/sparql",
                    params={"query": f"{CHEAP} # {self._chance.random()}"},
                    headers={FORWARDED: self._address()},
                    timeout=PATIENCE,
                )
                code = "answered" if response.is_success else code_of(response)
                self._found.beside[code] += 1
                if not response.is_success:
                    self._found.wrong.append(f"beside silent clients: {code}")

    def _silent_and_half(self, open_ones: ExitStack) -> None:
        for _ in range(self._sizes.silent):
            target = urlencode({"query": f"{LARGE} # {self._chance.random()}"})
            client = f"{FORWARDED}: {self._address()}"
            request = f"GET /sparql?{target} HTTP/1.1\r\nHost: test\r\n{client}\r\n\r\n"
            open_ones.enter_context(self._connected(request))
        for _ in range(self._sizes.half):
            whole = "POST /sparql HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nquery=ASK"
            open_ones.enter_context(self._connected(whole[: self._chance.randrange(len(whole))]))

    def _connected(self, sent: str) -> socket.socket:
        parts = urlsplit(self._service.url)
        connection = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(sent.encode())
        return connection

    async def end(self, load: Load) -> None:
        """Tells the service to end while much is going on; what ends soon is answered."""
        with ExitStack() as open_ones:
            self._silent_and_half(open_ones)
            over = asyncio.Event()
            async with httpx.AsyncClient(timeout=PATIENCE) as client:
                while await self._gauge(client, "jalon_queries_waiting"):  # noqa: ASYNC110
                    await asyncio.sleep(POLL)
                endless = asyncio.create_task(self._endless(client, over))
                await asyncio.sleep(SETTLE_SECONDS)
                before = await self._gauge(client, IN_PROGRESS)
                works = (*(self._ask(client, SHORT) for _ in range(self._sizes.short)), load.once())
                short = [asyncio.create_task(each) for each in works]
                while not any(each.done() for each in short):
                    if await self._gauge(client, IN_PROGRESS) >= before + len(short):
                        break
                self._service.processes()
                over.set()
                self.told_to_end = time.monotonic()
                self._service.send(signal.SIGTERM)
                codes = await asyncio.gather(*short)
                self._found.in_flight.update(codes)
                # Who is not answered any more is told so.
                if not ANSWERED.issuperset(codes):
                    self._found.wrong.append(f"in flight: {codes}")
                await endless

    async def _gauge(self, client: httpx.AsyncClient, name: str) -> int:
        """What the service itself says that it is doing."""
        said = (await client.get(f"{self._service.url}/metrics")).text
        found = re.search(rf"^{name} (\d+)", said, re.MULTILINE)
        assert found is not None, said
        return int(found[1])
