"""Hostile inputs sent to a service one after another; after each, it must be well."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from faults.harness import BASE, PATIENCE, Plan, Service, served
from faults.hostile_files import FILES, Upload
from faults.hostile_texts import TEXTS
from faults.listening import listening
from faults.load import admin_token, code_of

QUICK = {"JALON_QUERY_SECONDS": "2", "JALON_VALIDATION_SECONDS": "5"}
"""What never ends is given up sooner than usual."""

EXPLAINED = frozenset(
    {
        *("query-timeout", "query-too-large", "busy"),
        *("validation-timeout", "validation-too-large", "storage-full"),
    }
)
BROKEN_OFF = "broken off"
UPDATES = 0.3
"""How many of the queries are sent as updates."""

WRITTEN = f"{BASE}graph/submitted/hostile"


@dataclass(slots=True)
class Hostilities:
    """How many inputs of each kind, how each was answered, and what went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    wrong: list[str] = field(default_factory=list)


def hostilities(folder: Path, count: int, chance: random.Random) -> Hostilities:
    """Sends so many inputs, of every kind in turn."""
    found = Hostilities()
    with served(Plan(folder / "state", QUICK)) as service, listening() as (port, calls):
        url = f"http://127.0.0.1:{port}/"
        sender = Sender(service, admin_token(service.plan.folder), url, chance)
        each = [*TEXTS, *FILES]
        kinds = itertools.cycle(chance.sample(each, len(each)))
        for kind in itertools.islice(kinds, count):
            found.tried[kind] += 1
            code = sender.send(kind)
            found.answers[code] += 1
            if not _is_explained(code):
                found.wrong.append(f"{kind}, number {found.tried.total()}: {code}")
            found.wrong += sender.look(kind)
        found.connections = len(calls)
        if found.connections:
            found.wrong.append(f"{found.connections} connections at the listener")
        if service.stop() != 0 or service.left_over():
            found.wrong.append("the service did not end as it should")
    return found


class Sender:
    """Sends hostile inputs to one service."""

    def __init__(self, service: Service, token: str, url: str, chance: random.Random) -> None:
        self._service = service
        self._token = token
        self._url = url
        self._chance = chance
        self._plain = itertools.count()

    def send(self, kind: str) -> str:
        """What an input of a kind comes to: its status, and its code where it is refused."""
        if kind in TEXTS:
            return self._ask(TEXTS[kind](self._chance, self._url))
        return self._upload(FILES[kind](self._chance, self._url))

    def look(self, kind: str) -> list[str]:
        """What is wrong after an input: the next plain query is answered."""
        number = next(self._plain)
        try:
            response = self._request("GET", "/sparql", params={"query": f"ASK {{}} # {number}"})
        except httpx.TransportError as error:
            return [f"after {kind}: {error!r}"]
        return [] if response.is_success else [f"after {kind}: {response.text[:300]}"]

    def _ask(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        if self._chance.random() < 0.1:
            content += self._chance.randbytes(4)
        if self._chance.random() < UPDATES:
            return self._update(content)
        headers = {"Content-Type": "application/sparql-query"}
        return self._told("POST", "/sparql", content=content, headers=headers)

    def _update(self, content: bytes) -> str:
        """What a query looks for is looked for by an update, as far as it has braces."""
        _, brace, condition = content.partition(b"{")
        if brace:
            content = b"INSERT { GRAPH <%s> { ?s ?p ?o } } WHERE {%s" % (
                WRITTEN.encode(),
                condition,
            )
        headers = {
            "Content-Type": "application/sparql-update",
            "Authorization": f"Bearer {self._token}",
        }
        return self._told("POST", "/update", content=content, headers=headers)

    def _upload(self, upload: Upload) -> str:
        if upload.shapes is not None:
            files = {
                "data": ("d.ttl", upload.content, upload.media_type),
                "shapes": ("s.ttl", upload.shapes, upload.media_type),
            }
            return self._told("POST", "/validate", files=files)
        headers = {"Content-Type": upload.media_type}
        if self._chance.random() < 0.7:
            return self._told("POST", "/validate", content=upload.content, headers=headers)
        headers["Authorization"] = f"Bearer {self._token}"
        path = f"/rdf-graph-store?graph={WRITTEN}"
        return self._told("PUT", path, content=upload.content, headers=headers)

    def _told(self, method: str, path: str, **options: object) -> str:
        try:
            response = self._request(method, path, **options)
        except httpx.RemoteProtocolError as error:
            # A long answer whose time is over breaks off where everybody sees it.
            return BROKEN_OFF if "incomplete" in str(error) else repr(error)
        except httpx.TransportError as error:
            return repr(error)
        if response.is_success:
            return str(response.status_code)
        return f"{response.status_code} {code_of(response)}"

    def _request(self, method: str, path: str, **options: object) -> httpx.Response:
        url = f"{self._service.url}{path}"
        return httpx.request(method, url, timeout=PATIENCE, **options)  # type: ignore[arg-type]


def _is_explained(told: str) -> bool:
    status, _, code = told.partition(" ")
    if told == BROKEN_OFF:
        return True
    return status.isdecimal() and (int(status) < 500 or code in EXPLAINED)
