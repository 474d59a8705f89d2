"""What a run has found, before it is written as a report."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.checking import Checked
from bench.commits import Committed
from bench.mixes import Mixed
from bench.pairs import Comparison
from bench.sheets import Uploaded


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and when it was measured; ``load`` is that of the last minute before."""

    system: str
    processor: str
    processors: int
    memory_gb: float
    load: float
    when: datetime

    @classmethod
    def here(cls) -> Machine:
        """This one, now."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return cls(
            system=f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
            processor=_processor(),
            processors=os.cpu_count() or 1,
            memory_gb=memory,
            load=os.getloadavg()[0],
            when=datetime.now(UTC),
        )


@dataclass(slots=True)
class Loaded:
    """One size: what it holds, and what it took to load it. Seconds, megabytes."""

    size: str
    triples: int
    measures: int
    made_seconds: float
    filled_seconds: float = 0.0
    first_start_seconds: float = 0.0
    start_seconds: float = 0.0
    their_load_seconds: float = 0.0
    disk_mb: float = 0.0
    their_disk_mb: float = 0.0
    memory_mb: Mapping[str, float] = field(default_factory=dict)
    their_memory_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """Another server at one size: what it took to load it, and its memory after the lines."""

    size: str
    name: str
    load_seconds: float
    memory_mb: float


@dataclass(slots=True)
class Mirrored:
    """An engine of others under Jalon at one size: seconds and megabytes.

    ``filled_seconds`` are from when Jalon is started until the engine has everything. ``followed``
    are, of each commit of 100 triples, the seconds until it was acknowledged, and until the engine,
    asked directly, answered it. ``shares`` are, of each line, the share of Jalon's answers that
    came from the engine; memory and disk are the engine's own.
    """

    size: str
    engine: str
    filled_seconds: float
    followed: list[tuple[float, float]] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0
    disk_mb: float = 0.0

    @property
    def acknowledged(self) -> float:
        """The seconds until a commit was acknowledged, the median."""
        return median(first for first, _ in self.followed) if self.followed else 0.0

    @property
    def answered(self) -> float:
        """The seconds from a commit until the engine answered it, the median."""
        return median(last for _, last in self.followed) if self.followed else 0.0

    @property
    def slowest(self) -> float:
        """The same, the longest."""
        return max((last for _, last in self.followed), default=0.0)

    def line(self) -> str:
        """The figures, for people."""
        shares = ", ".join(f"{line} {share:.0%}" for line, share in self.shares.items())
        return (
            f"{self.size}, {self.engine} under Jalon: filled in {self.filled_seconds:.1f} s; a "
            f"commit acknowledged in {self.acknowledged * 1000:.0f} ms, answered by it after "
            f"{self.answered * 1000:.0f} (slowest {self.slowest * 1000:.0f}); "
            f"{self.memory_mb:.0f} MB, on disk {self.disk_mb:.0f}; answers from it: {shares}"
        )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the client can do: answers a second from a server that does nothing, by clients."""

    clients: int
    rate: float
    client_us: float


@dataclass(slots=True)
class Mixes:
    """The reporting mix at one size, server by server."""

    size: str
    clients: int
    each: list[Mixed] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """All of it. ``skipped`` says what was not measured, and why; ``wrong`` what was not compared,
    because the answers did not agree; ``broken`` what came to no end; ``shortened`` what was
    measured with less effort than elsewhere."""

    machine: Machine
    ceilings: list[Ceiling] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    mirrored: list[Mirrored] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    mixes: list[Mixes] = field(default_factory=list)
    commits: list[tuple[str, Committed]] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    uploads: list[Uploaded] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)
    seconds: float = 0.0


def disk_mb(folder: Path) -> float:
    """What the files below a folder take, each counted once however often it is linked."""
    seen = {
        (each.st_dev, each.st_ino): each.st_blocks * 512
        for each in (path.stat() for path in folder.rglob("*") if path.is_file())
    }
    return sum(seen.values()) / 1e6


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in said.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()
