"""A service whose disk gets full, again and again: run on a small disk of its own, prints JSON.

The folder named first is that disk; the second argument is a seed, the third how many rounds, the
fourth of what it gets full: bytes, or files.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
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
MEGABYTE = 1024 * 1024
PIECES = (MEGABYTE, 4096, 1)
FILE_BYTES = 16 * 1024
BALLAST = "ballast"
FILLED_SECONDS = 0.5
TRIES = 2


Filler = Callable[[Path, int], None]
"""Takes all room for a folder, but for some bytes."""

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

    def __init__(self, plan: Plan, chance: random.Random, filler: Filler) -> None:
        self.found = Fillings()
        self._fill = filler
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
                with full(self._plan.folder, self._fill):
                    self._while_full(service)
                self._heal(service)
            self.found.wrong += check(service, self._record)
            service.kill()
            service.wait()
        with full(self._plan.folder, self._fill):
            self._start_full()
        with served(self._plan) as service:
            self._heal(service)
            self.found.wrong += check(service, self._record)
        self.found.acknowledged = len(self._record.acknowledged) + self._record.version
        self.found.wrong += self._record.wrong

    def _while_full(self, service: Service) -> None:
        for _ in range(TRIES):
            # What the service itself has freed is taken, too.
            self._fill(self._plan.folder / BALLAST, 0)
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
                with full(self._plan.folder, self._fill, self._chance.randrange(MEGABYTE)):
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
def full(disk: Path, filler: Filler, left: int = 0) -> Iterator[None]:
    """Takes all room of a disk, but for some; in the end it is given back."""
    ballast = disk / BALLAST
    try:
        filler(ballast, left)
        yield
    finally:
        shutil.rmtree(ballast)


def fill_with_bytes(ballast: Path, left: int) -> None:
    """Lets a file grow until nothing more fits, but for some bytes."""
    ballast.mkdir(exist_ok=True)
    with (ballast / "bytes").open("ab", buffering=0) as handle:
        for piece in PIECES:
            with suppress(OSError):
                while True:
                    handle.write(b"\0" * piece)
        handle.truncate(max(0, handle.tell() - left))


def fill_with_files(ballast: Path, left: int) -> None:
    """Makes files until there can be no more of them, but for some, one for each 16 KiB."""
    ballast.mkdir(exist_ok=True)
    begun = len(list(ballast.iterdir()))
    with suppress(OSError):
        for number in itertools.count(begun):
            (ballast / str(number)).touch(exist_ok=False)
    for each in list(ballast.iterdir())[: left // FILE_BYTES]:
        each.unlink()


FILLERS: Mapping[str, Filler] = {"bytes": fill_with_bytes, "files": fill_with_files}


def _outcome(response: httpx.Response) -> str:
    if response.is_success:
        return "answered"
    return code_of(response)


if __name__ == "__main__":
    disk, seed, rounds, what = sys.argv[1:]
    story = Story(Plan(Path(disk)), random.Random(int(seed)), FILLERS[what])  # noqa: S311
    story.tell(int(rounds))
    found = {each.name: getattr(story.found, each.name) for each in fields(Fillings)}
    sys.stdout.write(json.dumps(found))
