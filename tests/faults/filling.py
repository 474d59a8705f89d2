"""A service whose disk gets full, again and again: run on a small disk of its own, prints JSON.

The folder named first is that disk; the second argument is a seed, the third how many rounds.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import httpx

from faults.harness import PATIENCE, NotServed, Plan, Service, served
from faults.load import Load, Record, admin_token, code_of, rows_of
from faults.truth import check

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 10000"
EXPLAINED = frozenset({"storage-full", "publication-pending", "not-ready", "release-conflict"})
PIECES = (1024 * 1024, 4096, 1)
BALLAST = "ballast"
FILLED_SECONDS = 0.5
TRIES = 2


Writing = Callable[[], Coroutine[None, None, None]]


@dataclass(slots=True)
class Fillings:
    """What came of filling the disk: codes of writes while it was full and while it got full."""

    rounds: int = 0
    full: Counter[str] = field(default_factory=Counter)
    racing: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    large_reads: Counter[str] = field(default_factory=Counter)
    starts: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)


class Story:
    """One service on one small disk."""

    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self.found = Fillings()
        self._plan = plan
        self._chance = chance
        self._record = Record()
        self._token = ""

    def tell(self, rounds: int) -> None:
        """Fills and frees the disk so often under one run of the service, then starts another."""
        with served(self._plan) as service:
            self._token = admin_token(self._plan.folder)
            self._write(service, Counter())
            for _ in range(rounds):
                self.found.rounds += 1
                self._get_full(service)
                with full(self._plan.folder):
                    self._while_full(service)
                self._heal(service)
            self.found.wrong += check(service, self._record)
            service.kill()
            service.wait()
        with full(self._plan.folder):
            self._start_full()
        with served(self._plan) as service:
            self._heal(service)
            self.found.wrong += check(service, self._record)
        self.found.acknowledged = len(self._record.acknowledged) + self._record.version
        self.found.wrong += self._record.wrong

    def _while_full(self, service: Service) -> None:
        for _ in range(TRIES):
            # What the service itself has freed is taken, too.
            fill(self._plan.folder / BALLAST)
            code = asyncio.run(Load(service.url, self._token, self._record, EXPLAINED).once())
            self.found.full[code] += 1
            self._read(service)
        if set(self.found.full) != {"storage-full"}:
            self.found.wrong.append(f"writes on a full disk: {dict(self.found.full)}")

    def _read(self, service: Service) -> None:
        number = self._chance.random()
        for query, counted in ((COUNT, self.found.reads), (LARGE, self.found.large_reads)):
            # A comment of its own: no kept answer will do.
            asked = {"query": f"{query} # {number}"}
            try:
                response = httpx.get(f"{service.url}/sparql", params=asked, timeout=PATIENCE)
            except httpx.TransportError:
                counted["broken off"] += 1
                continue
            counted[_outcome(response)] += 1
            if response.is_success and query == LARGE and len(rows_of(response)) != 10_000:
                self.found.wrong.append("an answer was cut short")

    def _get_full(self, service: Service) -> None:
        """The disk gets full, and free, and full while writers write."""

        async def story() -> None:
            load = Load(service.url, self._token, self._record, EXPLAINED)
            running = asyncio.create_task(load.run())
            for _ in range(3):
                with full(self._plan.folder, self._chance.randrange(1, 1024 * 1024)):
                    await asyncio.sleep(self._chance.uniform(0, FILLED_SECONDS))
                await asyncio.sleep(self._chance.uniform(0, FILLED_SECONDS))
            load.stop()
            await running

        self._counted(story, self.found.racing)

    def _write(self, service: Service, counted: Counter[str]) -> None:
        async def story() -> None:
            load = Load(service.url, self._token, self._record, EXPLAINED)
            running = asyncio.create_task(load.run())
            await asyncio.sleep(FILLED_SECONDS)
            load.stop()
            await running

        self._counted(story, counted)

    def _counted(self, story: Writing, counted: Counter[str]) -> None:
        before, kept = Counter(self._record.refused), len(self._record.acknowledged)
        asyncio.run(story())
        counted.update(self._record.refused - before)
        counted["acknowledged"] += len(self._record.acknowledged) - kept

    def _heal(self, service: Service) -> None:
        """Writing goes on by itself once there is room."""
        before = len(self._record.acknowledged)
        for _ in range(int(PATIENCE)):
            self._write(service, Counter())
            if len(self._record.acknowledged) > before:
                return
        self.found.wrong.append("writing did not heal")

    def _start_full(self) -> None:
        try:
            with served(self._plan) as service:
                self.found.starts["serves"] += 1
                self._while_full(service)
        except NotServed as refusal:
            self.found.starts[str(refusal).strip().splitlines()[-1][:200]] += 1


@contextmanager
def full(disk: Path, left: int = 0) -> Iterator[None]:
    """Takes all room of a disk, but for some bytes; in the end it is given back."""
    ballast = disk / BALLAST
    try:
        fill(ballast, left)
        yield
    finally:
        ballast.unlink()


def fill(ballast: Path, left: int = 0) -> None:
    """Lets a file grow until nothing more fits, but for some bytes."""
    with ballast.open("ab", buffering=0) as handle:
        for piece in PIECES:
            with suppress(OSError):
                while True:
                    handle.write(b"\0" * piece)
        handle.truncate(max(0, handle.tell() - left))


def _outcome(response: httpx.Response) -> str:
    if response.is_success:
        return "answered"
    return code_of(response)


if __name__ == "__main__":
    story = Story(Plan(Path(sys.argv[1])), random.Random(int(sys.argv[2])))  # noqa: S311
    story.tell(int(sys.argv[3]))
    found = {each.name: getattr(story.found, each.name) for each in fields(Fillings)}
    sys.stdout.write(json.dumps(found))
