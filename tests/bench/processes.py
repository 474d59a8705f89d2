"""What processes use, as the system tells it: processor time and memory. And servers of others."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from faults.harness import POLL, descendants

START_SECONDS = 900.0
"""The longest that a server may take to read its data."""

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class NotStarted(Exception):
    """A server did not come up; with the end of what it said."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: by its first process, and where."""

    pid: int
    url: str
    seconds: float

    def tree(self) -> list[int]:
        """All of its processes."""
        return [self.pid, *descendants(self.pid)]


def cpu_seconds(pids: Sequence[int]) -> float:
    """The processor time that these processes have used so far, those that are gone left out."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = (
                Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            )
            total += (int(fields[11]) + int(fields[12])) * _TICK
    return total


def ended_seconds(pid: int) -> float:
    """The processor time of a process's children that are gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) * _TICK
    return 0.0


def memory_mb(pids: Sequence[int]) -> float:
    """The memory of these processes in MB; what several share is counted once (PSS)."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += sum(int(each) for each in _PSS.findall(said))
    return total / 1024


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    command: Sequence[str], port: int, log: Path, more: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A server from when its port takes connections; its whole group is gone in the end.

    Raises NotStarted.
    """
    began = time.monotonic()
    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            env={**os.environ, **(more or {})},
        )
    try:
        while not _listens(port):
            if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise NotStarted(log.read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(POLL)
        yield Running(process.pid, f"http://127.0.0.1:{port}", time.monotonic() - began)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
