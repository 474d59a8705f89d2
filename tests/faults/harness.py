"""The real service as real processes: started, looked at, killed, and put away whatever happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import httpx

import jalon

TINY = Path(__file__).parents[1] / "packs" / "tiny"
BASE = "https://example.org/plan/"
PATIENCE = 60.0
"""Seconds after which something that must happen is taken for something that never will."""

POLL = 0.01

Kind = Literal["http", "writer", "query", "upload", "other"]
"""What a process of the service does."""

_KINDS: Mapping[str, Kind] = {
    "jalon.store.writer": "writer",
    "jalon.store.worker": "query",
    "jalon.validation.": "upload",
}
_LISTENS = re.compile(r"SPARQL at (\S+)/sparql")


NOT_LISTED = "this machine does not list the processes and their files in /proc"


def can_watch() -> bool:
    """Whether this machine tells which processes there are; else NOT_LISTED is why we cannot."""
    return Path("/proc/self/task").is_dir() and Path("/proc/self/fd").is_dir()


class NotServed(Exception):
    """The service ended, or never got ready; with what it said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the service is started: on which data folder, with what else in its environment.

    What it says is kept in ``logs``, or beside the data folder.
    """

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    logs: Path | None = None

    @property
    def reasoner(self) -> str:
        """What entails triples."""
        return self.more.get("JALON_REASONER", "none")

    @property
    def environment(self) -> dict[str, str]:
        """Our own environment, less what would change the service."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
            "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
            "JALON_DATA_DIR": str(self.folder),
            "JALON_PACK": str(TINY),
            "JALON_PORT": "0",
            "JALON_REASONER": "none",
            **self.more,
        }

    def log(self) -> Path:
        """Where the service may say what it has to say; another file for each start."""
        place = self.logs or self.folder.parent
        place.mkdir(parents=True, exist_ok=True)
        starts = len(list(place.glob(f"{self.folder.name}-*.log")))
        return place / f"{self.folder.name}-{starts}.log"


class Service:
    """One run of the service. ``seconds`` is what it took until it was ready."""

    def __init__(self, process: subprocess.Popen[bytes], plan: Plan, log: Path) -> None:
        self.plan = plan
        self.log = log
        self.url = ""
        self.seconds = 0.0
        self.group: set[int] = set()
        self._process = process

    @property
    def pid(self) -> int:
        """The HTTP process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the HTTP process has not ended."""
        return self._process.poll() is None

    def until_listening(self) -> None:
        """Waits until it says where it listens. Raises NotServed."""
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            found = _LISTENS.search(self.said())
            if found:
                self.url = found[1]
                return
            if not self.alive:
                break
            time.sleep(POLL)
        raise NotServed(self.said())

    def until_ready(self) -> None:
        """Waits until /health/ready says so. Raises NotServed."""
        began = time.monotonic()
        self.until_listening()
        while time.monotonic() - began < PATIENCE:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health/ready", timeout=PATIENCE).status_code == 200:
                    return
            time.sleep(POLL)
        raise NotServed(self.said())

    def said(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> dict[Kind, list[int]]:
        """Its processes as they are now, by what they do."""
        found: dict[Kind, list[int]] = {kind: [] for kind in get_args(Kind)}
        for pid in descendants(self.pid):
            found[_kind(pid)].append(pid)
        if self.alive:
            found["http"].append(self.pid)
        self.group.update(pid for each in found.values() for pid in each)
        return found

    def kill(self, kinds: tuple[Kind, ...] = get_args(Kind)) -> int:
        """Kills every process of some kinds as fast as it can; how many."""
        found = self.processes()
        killed = 0
        for kind in kinds:
            for pid in found[kind]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        return killed

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the HTTP process."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit status of the HTTP process, once it has ended."""
        return self._process.wait(PATIENCE)

    def left_over(self) -> list[int]:
        """Which of its processes are still there, long after the HTTP process ended."""
        began = time.monotonic()
        left = self._left()
        while left and time.monotonic() - began < PATIENCE:
            time.sleep(POLL)
            left = self._left()
        return left

    def stop(self) -> int:
        """Ends it as an operator does; its exit status."""
        self.processes()
        self.send(signal.SIGTERM)
        return self.wait()

    def put_away(self) -> None:
        """Kills what is left of it, now."""
        self.kill()
        self._process.kill()
        self._process.wait()
        for pid in self._left():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _left(self) -> list[int]:
        known = [pid for pid in self.group if _is_ours(pid)]
        return sorted({*known, *(pid for pid in _pids() if _uses(pid, self.plan.folder))})


@contextmanager
def begun(plan: Plan, command: tuple[str, ...] = ()) -> Iterator[Service]:
    """The service from the moment that its process is there; nothing of it is left in the end."""
    place = plan.log()
    with place.open("wb") as log:
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "jalon", "serve"],
            env=plan.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    service = Service(process, plan, place)
    try:
        yield service
    finally:
        service.put_away()


@contextmanager
def served(plan: Plan) -> Iterator[Service]:
    """The service from the moment that it is ready. Raises NotServed."""
    began = time.monotonic()
    with begun(plan) as service:
        service.until_ready()
        service.seconds = time.monotonic() - began
        yield service


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                for child in (task / "children").read_text(encoding="ascii").split():
                    found += [int(child), *descendants(int(child))]
    return found


def _kind(pid: int) -> Kind:
    said = _command(pid)
    return next((kind for module, kind in _KINDS.items() if module in said), "other")


def _is_ours(pid: int) -> bool:
    """Whether a process that was one of the service's still is one: numbers are given again."""
    return _kind(pid) != "other" or "jalon\0serve" in _command(pid)


def _pids() -> list[int]:
    numbers = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal())
    return [pid for pid in numbers if pid != os.getpid()]


def _uses(pid: int, folder: Path) -> bool:
    """Whether a process names a folder in its command, or has a file of it open."""
    if str(folder) in _command(pid):
        return True
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(handle.readlink()).startswith(f"{folder}/"):
                    return True
    return False


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    return ""
