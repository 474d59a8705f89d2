"""What is measured and counted, in the form that Prometheus reads.

Labels have few values, whoever asks for what: routes are templates, never paths.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

import jalon
from jalon.services.figures import Figures
from jalon.store.cache import CacheState
from jalon.store.hand import Reason
from jalon.store.process import Fate
from jalon.store.publisher import ENGINE, Publisher
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
        self._requests = Counter(
            "jalon_requests", "Requests by route and class of status.", ("route", "status"),
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "jalon_request_seconds", "Seconds until the answer began.", ("kind",),
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._bytes = Counter(
            "jalon_response_bytes", "Bytes of bodies that were sent.", ("kind",), registry=registry
        )
        self._problems = Counter(
            "jalon_problems", "Answers that say what is wrong, by code.", ("code",),
            registry=registry,
        )  # fmt: skip
        self._in_progress = Gauge(
            "jalon_requests_in_progress", "Requests that are being served.", registry=registry
        )
        for kind in get_args(Kind):
            self._seconds.labels(kind)
            self._bytes.labels(kind)
        registry.register(_Counts(figures, clock))
        ProcessCollector(registry=registry)

    def begin(self) -> None:
        """A request is being served; ``end`` follows."""
        self._in_progress.inc()

    def end(self, seen: Seen) -> None:
        """A request has been seen."""
        self._in_progress.dec()
        self._requests.labels(seen.route, f"{seen.status // 100}xx").inc()
        self._seconds.labels(seen.kind).observe(seen.seconds)
        self._bytes.labels(seen.kind).inc(seen.bytes)
        if seen.code:
            self._problems.labels(seen.code).inc()

    def text(self) -> bytes:
        """All of it as it is now, in the text format 0.0.4."""
        return generate_latest(_Told(self._registry))


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
    replaced = "Writer processes that were replaced."
    yield CounterMetricFamily("jalon_writers_replaced", replaced, record.replaced)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)
