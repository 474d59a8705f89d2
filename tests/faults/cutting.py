"""The power cut at random moments of a load of writes and reads."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from faults.harness import PATIENCE, NotServed, Plan, Service, begun, served
from faults.killing import ended_within
from faults.load import Load, Record
from faults.power import MERCIES, Shim
from faults.truth import check
from jalon.ledger.ledger import PLACE

CHAPTER = 10
"""After so many cuts a new data folder is begun, so that each is small."""

LONGEST_LOAD, LONGEST_START = 1.0, 4.0
ACKNOWLEDGED = 50
DAMAGED = "is damaged on disk"


@dataclass(slots=True)
class Cuts:
    """What came of cutting the power: how often, what it took, and what went wrong."""

    moments: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    unacknowledged: int = 0
    names: int = 0
    sectors: int = 0
    damaged: int = 0
    starts: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def cuts(folder: Path, moments: int, chance: random.Random) -> Cuts:
    """Cuts the power so often; after each, everything is looked at. Raises NoShim."""
    found = Cuts()
    while (done := found.moments.total()) < moments:
        place = folder / f"chapter-{done}"
        place.mkdir(parents=True)
        Chapter(place, chance, found).tell(min(CHAPTER, moments - done))
        if not found.wrong:
            shutil.rmtree(place)
    return found


def lost_by(folder: Path, synchronous: Literal["OFF", "FULL"], chance: random.Random) -> int:
    """How many rows a power cut takes from a database that had said of each that it is kept."""
    root = folder / synchronous
    shim = Shim.made(folder, root)
    command = [sys.executable, str(Path(__file__).with_name("acknowledging.py"))]
    command += [str(root / "kept.sqlite"), synchronous]
    with subprocess.Popen(command, env=shim.environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(ACKNOWLEDGED):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = process.stdout.read().splitlines(keepends=True)
    acknowledged = ACKNOWLEDGED + sum(line.endswith(b"\n") for line in told)
    shim.cut(chance, 0.0)
    return acknowledged - _kept(root / "kept.sqlite")


def _kept(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


class Chapter:
    """Some cuts on one data folder; the first is while it is made."""

    def __init__(self, folder: Path, chance: random.Random, found: Cuts) -> None:
        # The service makes the data folder itself, and a folder around it.
        root = folder / "disk"
        self._shim = Shim.made(folder, root)
        # Without validation there are more writes in the same time.
        validated = {"JALON_VALIDATE_UPDATES": chance.choice(("true", "false"))}
        more = {**self._shim.environment, **validated}
        self._plan = Plan(root / "new" / "state", more, folder / "logs")
        self._chance = chance
        self._found = found
        self._record = Record()
        self._token = ""

    def tell(self, moments: int) -> None:
        """Starts, cuts and looks so often."""
        if self._chance.random() < 0.5:
            self._leave_a_beginning()
            self._cut_under_load()
        else:
            self._cut_at_the_start()
        for number in range(1, moments):
            if number % 5 == 0:
                self._cut_at_the_start()
            else:
                self._cut_under_load()
        with served(self._plan) as service:
            self._look(service)
        found, record = self._found, self._record
        found.acknowledged += len(record.acknowledged) + record.version
        found.unacknowledged += len(record.sent) - len(record.acknowledged)
        found.wrong += record.wrong

    def _leave_a_beginning(self) -> None:
        """What a process leaves that is killed before it has synced what it made."""
        ledger = self._plan.folder / PLACE
        ledger.parent.mkdir(parents=True)
        ledger.touch()

    def _look(self, service: Service) -> None:
        self._found.starts.append(service.seconds)
        self._found.damaged += service.said().count(DAMAGED)
        wrong = check(service, self._record)
        if "power: " in service.said():
            wrong.append("something that was synced could not be kept apart")
        self._found.wrong += [f"cut {self._found.moments.total()}: {each}" for each in wrong]

    def _cut_under_load(self) -> None:
        with served(self._plan) as service:
            self._look(service)
            self._token = self._token or self._durable_token()
            asyncio.run(self._load_and_kill(service))
        self._cut(service, "under load")

    def _durable_token(self) -> str:
        """A token made by a process that is watched, as the service is."""
        command = [sys.executable, "-m", "jalon", "token", "create", "--scope", "admin"]
        done = subprocess.run(
            command, env=self._plan.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    async def _load_and_kill(self, service: Service) -> None:
        load = Load(service.url, self._token, self._record)
        running = asyncio.create_task(load.run())
        await load.a_moment(self._chance, LONGEST_LOAD)
        service.kill()
        async with asyncio.timeout(2 * PATIENCE):
            await running

    def _cut_at_the_start(self) -> None:
        with begun(self._plan) as service:
            asyncio.run(ended_within(service, self._chance.uniform(0, LONGEST_START)))
            if not service.alive:
                raise NotServed(service.said())
            service.kill()
        self._cut(service, "while starting")

    def _cut(self, service: Service, moment: str) -> None:
        """Nobody writes any more: the power goes."""
        if service.left_over():
            self._found.wrong.append("processes are left over")
        left = list(MERCIES)[self._found.moments.total() % len(MERCIES)]
        self._found.moments[f"{moment}, {left} left of what was not synced"] += 1
        loss = self._shim.cut(self._chance, MERCIES[left])
        self._found.names += loss.names
        self._found.sectors += loss.sectors
