"""A B A B: two servers asked the same in turn, so that what the machine does meets both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from bench.client import Load, Next, Until, load
from bench.processes import cpu_seconds, ended_seconds
from bench.questions import Endpoint

PAIRS = 5


class Contender(Protocol):
    """A server that is measured."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it is asked."""

    def pids(self) -> dict[str, list[int]]:
        """Its processes by what they do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One load: answers a second, seconds (p50, p99), and microseconds of processor an answer."""

    rate: float
    p50: float
    p99: float
    client_us: float
    server_us: Mapping[str, float]
    bytes: float
    answers: int
    marked: float
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each load is, how many pairs there are, and how many clients ask at once."""

    seconds: float = 2.0
    pairs: int = PAIRS
    clients: tuple[int, ...] = (1, 8)


@dataclass(slots=True)
class Comparison:
    """The samples of two servers on one line, in the order of the pairs.

    ``first`` are the seconds of the first answer of each, before the pairs.
    """

    line: str
    size: str
    clients: int
    ours: list[Sample] = field(default_factory=list)
    theirs: list[Sample] = field(default_factory=list)
    peer: str = ""
    first: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """The median over the pairs of our rate to theirs."""
        each = [a.rate / b.rate for a, b in zip(self.ours, self.theirs, strict=True) if b.rate]
        return median(each) if each else 0.0

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio of a pair."""
        each = [a.rate / b.rate for a, b in zip(self.ours, self.theirs, strict=True) if b.rate]
        return (min(each), max(each)) if each else (0.0, 0.0)

    @property
    def slowest(self) -> float:
        """The seconds that the slowest answers took, of either server."""
        return max((each.p99 for each in (*self.ours, *self.theirs)), default=0.0)

    @property
    def failures(self) -> list[str]:
        """What was answered in place of answers."""
        samples = (*self.ours, *self.theirs)
        return sorted({said for each in samples for said in each.failed})


def middle(samples: list[Sample], of: Callable[[Sample], float]) -> float:
    """The median of one figure over the samples."""
    return median(of(each) for each in samples) if samples else 0.0


def measure(contender: Contender, following: Next, clients: int, until: Until) -> Sample:
    """One load on one server, and what its processes used meanwhile."""
    before = {kind: _each(pids) for kind, pids in contender.pids().items()}
    found = load(contender.endpoint.url, clients, following, until, b"x-cache: hit")
    used = {
        kind: sum(now - before.get(kind, {}).get(pid, 0.0) for pid, now in _each(pids).items())
        for kind, pids in contender.pids().items()
    }
    return sample_of(found, used)


def _each(pids: list[int]) -> dict[int, float]:
    """The processor time of each, with that of its children that are gone."""
    return {pid: cpu_seconds([pid]) + ended_seconds(pid) for pid in pids}


def sample_of(found: Load, used: Mapping[str, float]) -> Sample:
    """The figures of a load."""
    answers = max(found.answers, 1)
    return Sample(
        rate=found.rate,
        p50=found.percentile(0.5),
        p99=found.percentile(0.99),
        client_us=found.cpu / answers * 1e6,
        server_us={kind: seconds / answers * 1e6 for kind, seconds in used.items()},
        bytes=found.bytes / answers,
        answers=found.answers,
        marked=found.marked / answers,
        failed=tuple(found.failed[:3]),
    )


def in_pairs(
    comparison: Comparison,
    contenders: tuple[Contender, Contender],
    streams: tuple[Next, Next],
    effort: Effort,
) -> Comparison:
    """Fills in a comparison with pairs of loads."""
    until = Until(effort.seconds)
    for _ in range(effort.pairs):
        ours = measure(contenders[0], streams[0], comparison.clients, until)
        theirs = measure(contenders[1], streams[1], comparison.clients, until)
        comparison.ours.append(ours)
        comparison.theirs.append(theirs)
    return comparison
