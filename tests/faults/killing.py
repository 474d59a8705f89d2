"""Processes of the service killed at random moments of a load of writes and reads."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from faults.harness import PATIENCE, POLL, Kind, NotServed, Plan, Service, begun, served
from faults.load import Load, Record, admin_token
from faults.truth import check

VICTIMS: dict[str, tuple[Kind, ...]] = {
    "the HTTP process": ("http",),
    "the writer process": ("writer",),
    "query processes": ("query",),
    "what reads uploads": ("upload",),
    "all at once": ("http", "writer", "query", "upload", "other"),
}
AT_THE_START = "all, while starting"
CHAPTER = 25
"""After so many moments a new data folder is begun, so that each is small."""

LONGEST_LOAD, LONGEST_START = 0.6, 3.0


@dataclass(slots=True)
class Kills:
    """What came of killing: how many moments of which kind, and what went wrong."""

    moments: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    reads: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Counts what a load has come to."""
        self.acknowledged += len(record.acknowledged) + record.version
        self.unacknowledged += len(record.sent) - len(record.acknowledged)
        self.reads += record.reads
        self.refused += record.refused
        self.wrong += record.wrong


def kills(folder: Path, moments: int, chance: random.Random) -> Kills:
    """Kills at so many moments; after each, everything is looked at."""
    found = Kills()
    while (done := found.moments.total()) < moments:
        place = folder / f"chapter-{done}"
        # Without validation there are more writes at once; with it, more processes.
        more = {"JALON_VALIDATE_UPDATES": chance.choice(("true", "false"))}
        chapter = Chapter(Plan(place / "state", more), chance, found)
        chapter.tell(min(CHAPTER, moments - done))
        if not found.wrong:
            shutil.rmtree(place)
    return found


class Chapter:
    """Some moments on one data folder; the first is while it is made."""

    def __init__(self, plan: Plan, chance: random.Random, found: Kills) -> None:
        self._plan = plan
        self._chance = chance
        self._found = found
        self._record = Record()
        self._token = ""

    def tell(self, moments: int) -> None:
        """Kills, starts and looks until so many moments have been."""
        until = self._found.moments.total() + moments
        with ExitStack() as stack:
            self._kill_at_the_start(stack)
            service = self._start(stack)
            while self._found.moments.total() < until:
                self._kill_under_load(service)
                if service.alive:
                    continue
                if self._found.moments.total() < until and self._chance.random() < 0.2:
                    self._kill_at_the_start(stack)
                service = self._start(stack)
            if service.stop() != 0 or service.left_over():
                self._found.wrong.append("the service did not end as it should")
        self._found.add(self._record)

    def _start(self, stack: ExitStack) -> Service:
        service = stack.enter_context(served(self._plan))
        self._found.starts.append(service.seconds)
        self._look(service)
        self._token = self._token or admin_token(self._plan.folder)
        return service

    def _look(self, service: Service) -> None:
        wrong = check(service, self._record)
        self._found.wrong += [f"moment {self._found.moments.total()}: {each}" for each in wrong]

    def _kill_under_load(self, service: Service) -> None:
        name = list(VICTIMS)[self._found.moments.total() % len(VICTIMS)]
        self._found.moments[name] += 1
        asyncio.run(self._load_and_kill(service, VICTIMS[name]))
        if "http" not in VICTIMS[name]:
            self._look(service)
            return
        service.wait()
        # Otherwise the next one starts while this one's processes are still ending.
        if self._chance.random() < 0.5 and service.left_over():
            self._found.wrong.append(f"processes are left over when this was killed: {name}")

    async def _load_and_kill(self, service: Service, kinds: tuple[Kind, ...]) -> None:
        load = Load(service.url, self._token, self._record)
        running = asyncio.create_task(load.run())
        await load.a_moment(self._chance, LONGEST_LOAD)
        self._found.killed += service.kill(kinds)
        if "http" not in kinds:
            await asyncio.sleep(self._chance.uniform(0, LONGEST_LOAD))
            load.stop()
        async with asyncio.timeout(2 * PATIENCE):
            await running

    def _kill_at_the_start(self, stack: ExitStack) -> None:
        self._found.moments[AT_THE_START] += 1
        service = stack.enter_context(begun(self._plan))
        asyncio.run(ended_within(service, self._chance.uniform(0, LONGEST_START)))
        if not service.alive:
            raise NotServed(service.said())
        self._found.killed += service.kill()
        service.wait()


async def ended_within(service: Service, seconds: float) -> None:
    """Waits so long, or until a service that should not have ended has."""
    over = time.monotonic() + seconds
    while service.alive and time.monotonic() < over:  # noqa: ASYNC110 (another process ends)
        await asyncio.sleep(POLL)
