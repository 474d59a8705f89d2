"""Jalon under load: a data folder filled as fast as its own ways allow, and the service on it.

The triples go into the ledger as commits, the way a restored backup has them; the service then
verifies the ledger and makes its index from it by itself, which is what its start takes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench import data
from bench.processes import START_SECONDS, Running
from bench.questions import Endpoint
from faults.harness import Plan, Service, begun
from faults.load import admin_token
from jalon.ledger.commits import ChangeSet, Draft
from jalon.ledger.ledger import PLACE, Ledger

COMMIT_QUADS = 200_000
SETTINGS: Mapping[str, str] = {
    "JALON_REASONER": "none",
    "JALON_QUERY_SECONDS": "300",
    "JALON_LOG": "json",
}
"""As it comes but for these: no reasoning, time enough for the slowest line at 5M, and its log as
a machine's operator has it."""

_READY_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Ours:
    """The service while it is measured; ``folder`` is its data folder."""

    service: Service
    running: Running
    folder: Path

    @property
    def endpoint(self) -> Endpoint:
        """Where it is asked."""
        return Endpoint(self.running.url, "/sparql")

    def token(self) -> str:
        """The value of the Authorization header of who may write."""
        return f"Bearer {admin_token(self.folder)}"

    def pids(self) -> dict[str, list[int]]:
        """Its processes by what they do: http, query, writer."""
        return {kind: each for kind, each in self.service.processes().items() if each}

    def counted(self, name: str) -> float:
        """One of the figures at /metrics, its labels summed up."""
        text = httpx.get(f"{self.running.url}/metrics").text
        pattern = rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$"
        return sum(float(each) for each in re.findall(pattern, text, re.MULTILINE))


def fill(folder: Path, ntriples: Path) -> float:
    """A data folder with these triples in its ledger, in one graph; the seconds that it took."""
    began = time.monotonic()
    place = folder / PLACE
    place.parent.mkdir(parents=True)
    with closing(Ledger.open(place, lambda: datetime.now(UTC))) as ledger:
        for lines in data.quads(ntriples, COMMIT_QUADS):
            ledger.append(
                Draft(
                    change=ChangeSet.of(lines),
                    author="operator",
                    message="invented plans",
                    source="bench",
                    report="",
                    rules="none",
                    engine="",
                )
            )
    return time.monotonic() - began


@contextmanager
def served(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[Ours]:
    """The service on a data folder, from when it is ready. Raises faults.harness.NotServed."""
    plan = Plan(folder, {**SETTINGS, **(more or {})}, logs=folder.parent / "logs")
    began = time.monotonic()
    with begun(plan) as service:
        _until_listening(service)
        service.until_ready()
        running = Running(service.pid, service.url, time.monotonic() - began)
        yield Ours(service, running, folder)


def _until_listening(service: Service) -> None:
    """The harness takes a minute for never; five million triples take longer."""
    began = time.monotonic()
    while "SPARQL at" not in service.said() and service.alive:
        if time.monotonic() - began > START_SECONDS:
            return
        time.sleep(_READY_POLL)
