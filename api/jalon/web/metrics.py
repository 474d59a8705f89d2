"""What is measured and counted, in the form that Prometheus reads.

Labels have few values, whoever asks for what: routes are templates, never paths.
"""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

import jalon
from jalon.services.figures import Figures
from jalon.store.cache import CacheState
from jalon.store.hand import Reason
from jalon.store.keeping import ENGINE
from jalon.store.process import Fate
from jalon.store.publisher import Publisher
from jalon.store.staff import PoolState

Kind = Literal[
    "quick", "long", "cached", "refused", "describe", "page", "validate", "write", "other"
]
"""What a request is to the service: a query by the lane that it ran in, one whose answer was kept
or on its way, one that was never run; a description, a page, a validation, a write."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""The bounds of what is told apart in how long requests take."""

ENDS = (*get_args(Reason), *get_args(Fate))
"""Why a worker process may have ended."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that has been served.

    ``seconds`` is until the answer began, ``bytes`` the length of its body; ``code`` is that of a
    problem, empty where there was none.
    """

    kind: Kind
    route: str
    status: int
    seconds: float
    bytes: int
    code: str = ""


class Metrics:
    """Everything that is measured, in a registry of its own; ``clock`` counts seconds."""

    def __init__(
        self, registry: CollectorRegistry, figures: Figures, clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._tallies = _Tallies()
        registry.register(self._tallies)
        registry.register(_Counts(figures, clock))
        ProcessCollector(registry=registry)

    def begin(self) -> None:
        """A request is being served; ``end`` follows."""
        self._tallies.in_progress += 1

    def withdraw(self) -> None:
        """It begins anew, by another way."""
        self._tallies.in_progress -= 1

    def end(self, seen: Seen) -> None:
        """A request has been seen."""
        tallies = self._tallies
        tallies.in_progress -= 1
        route = (seen.route, seen.status // 100)
        tallies.requests[route] = tallies.requests.get(route, 0) + 1
        kind = tallies.kinds[seen.kind]
        kind.seconds += seen.seconds
        kind.bytes += seen.bytes
        kind.buckets[bisect_left(SECONDS, seen.seconds)] += 1
        if seen.code:
            tallies.problems[seen.code] += 1

    def text(self) -> bytes:
        """All of it as it is now, in the text format 0.0.4."""
        return generate_latest(_Told(self._registry))


@dataclass(slots=True)
class _Tally:
    """Requests of a kind: how many took how long, and what they sent."""

    seconds: float = 0.0
    bytes: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))


class _Tallies(Collector):
    """What is counted of each request, as plain numbers of one thread.

    Measured: counters with labels and locks of their own take eight times as long.
    """

    def __init__(self) -> None:
        self.in_progress = 0
        self.requests: dict[tuple[str, int], int] = {}
        self.problems: Counter[str] = Counter()
        self.kinds: dict[Kind, _Tally] = {kind: _Tally() for kind in get_args(Kind)}

    def collect(self) -> Iterable[Metric]:
        said = "Requests by route and class of status."
        requests = CounterMetricFamily("jalon_requests", said, labels=["route", "status"])
        for (route, status), count in self.requests.items():
            requests.add_metric([route, f"{status}xx"], count)
        yield requests
        said = "Seconds until the answer began."
        seconds = HistogramMetricFamily("jalon_request_seconds", said, labels=["kind"])
        sent = CounterMetricFamily(
            "jalon_response_bytes", "Bytes of bodies that were sent.", labels=["kind"]
        )
        for kind, tally in self.kinds.items():
            bounds = (*map(floatToGoString, SECONDS), "+Inf")
            counts = [*zip(bounds, map(float, accumulate(tally.buckets)), strict=True)]
            seconds.add_metric([kind], counts, tally.seconds)
            sent.add_metric([kind], tally.bytes)
        yield seconds
        yield sent
        said = "Answers that say what is wrong, by code."
        problems = CounterMetricFamily("jalon_problems", said, labels=["code"])
        for code, count in self.problems.items():
            problems.add_metric([code], count)
        yield problems
        said = "Requests that are being served."
        yield _gauge("jalon_requests_in_progress", said, self.in_progress)


class _Told(Collector):
    """All but when each series began, which nobody needs here."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class _Counts(Collector):
    """What others count, read when it is asked for."""

    def __init__(self, figures: Figures, clock: Callable[[], float]) -> None:
        self._figures = figures
        self._clock = clock
        self._began = clock()

    def collect(self) -> Iterable[Metric]:
        figures = self._figures
        yield self._info()
        uptime = self._clock() - self._began
        yield _gauge("jalon_uptime_seconds", "Seconds since the service began to answer.", uptime)
        yield from _pool(figures.store.pool_state)
        yield from _cache(figures.store.cache_state)
        yield from self._contents()
        if figures.publisher is not None:
            yield from _publishing(figures.publisher)
        yield from self._room()

    def _info(self) -> Metric:
        served = self._figures.served
        labels = {
            "version": jalon.__version__,
            "engine": ENGINE,
            "python": platform.python_version(),
            "pack": served.pack,
            "pack_version": served.version,
        }
        info = GaugeMetricFamily("jalon_info", "What is running.", labels=[*labels])
        info.add_metric([*labels.values()], 1)
        return info

    def _contents(self) -> Iterator[Metric]:
        stamp = self._figures.served.stamp
        yield _gauge("jalon_release", "Number of the newest release.", stamp.number)
        triples = GaugeMetricFamily("jalon_triples", "Triples that queries see.", labels=["graph"])
        triples.add_metric(["shown"], stamp.shown)
        triples.add_metric(["entailed"], stamp.entailed)
        yield triples

    def _room(self) -> Iterator[Metric]:
        room = self._figures.room()
        if room is None:
            return
        yield _gauge("jalon_disk_bytes", "Size of the disk of all state.", room.total)
        yield _gauge("jalon_disk_free_bytes", "Room that is left on it.", room.free)
        if self._figures.publisher is not None:
            possible = room.obstacle() is None
            yield _gauge("jalon_writes_possible", "1 where there is room to write.", possible)


def _pool(pool: PoolState) -> Iterator[Metric]:
    yield _gauge("jalon_query_workers", "Query processes.", pool.workers)
    yield _gauge("jalon_queries_running", "Queries that have a place.", pool.running)
    yield _gauge("jalon_queries_waiting", "Queries that wait for a place.", pool.waiting)
    started = "Query processes that were started."
    yield CounterMetricFamily("jalon_query_workers_started", started, pool.started)
    ended = CounterMetricFamily(
        "jalon_query_workers_ended", "Query processes that have ended, by why.", labels=["reason"]
    )
    for reason in dict.fromkeys((*ENDS, *pool.ended)):
        ended.add_metric([reason], pool.ended.get(reason, 0))
    yield ended


def _cache(cache: CacheState) -> Iterator[Metric]:
    yield _gauge("jalon_cache_bytes", "Bytes of kept answers.", cache.bytes)
    yield _gauge("jalon_cache_bound_bytes", "Bytes that kept answers may have.", cache.bound)
    yield _gauge("jalon_cache_answers", "Kept answers.", cache.entries)
    yield CounterMetricFamily("jalon_cache_hits", "Queries whose answer was kept.", cache.hits)
    yield CounterMetricFamily("jalon_cache_misses", "Queries that were computed.", cache.misses)
    joined = "Queries that waited for the answer of another one."
    yield CounterMetricFamily("jalon_cache_joined", joined, cache.joined)


def _publishing(publisher: Publisher) -> Iterator[Metric]:
    record, head = publisher.record, publisher.head.number
    lag = head - publisher.current.stamp.number
    yield _gauge("jalon_ledger_head", "Number of the newest commit.", head)
    yield _gauge("jalon_ledger_lag", "Commits that are in no release yet.", lag)
    yield CounterMetricFamily("jalon_commits", "Commits since the start.", record.commits)
    published = SummaryMetricFamily(
        "jalon_publication_seconds", "Seconds that it took to publish a release."
    )
    published.add_metric([], record.published, record.seconds)
    yield published
    last = "Seconds that it took to publish the newest release."
    yield _gauge("jalon_publication_last_seconds", last, record.last_seconds)
    failures = "Attempts to publish that came to nothing."
    yield CounterMetricFamily("jalon_publication_failures", failures, record.failures)
    rebuilt = "Earlier releases that were made again."
    yield CounterMetricFamily("jalon_releases_rebuilt", rebuilt, record.rebuilt)
    settled = "Releases that were put together once nobody committed any more."
    yield CounterMetricFamily("jalon_releases_settled", settled, record.settled)
    replaced = "Writer processes that were replaced."
    yield CounterMetricFamily("jalon_writers_replaced", replaced, record.replaced)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)
