"""The embedded engine: queries in worker processes, on frozen snapshots of releases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from jalon.errors import NotReady, QueryFailed
from jalon.store.cache import CacheState, Result, ResultCache
from jalon.store.errand import Errand, job_of
from jalon.store.express import Ride
from jalon.store.flight import Flight, kept_answer
from jalon.store.kept import Key, kept_result, key_of, version_of
from jalon.store.lanes import Lane, Staffing, shape_of
from jalon.store.plain import is_plain
from jalon.store.port import (
    MEGABYTE,
    Answer,
    Capabilities,
    Kind,
    Protections,
    QueryRequest,
    Told,
    Version,
    Whole,
)
from jalon.store.releases import Releases
from jalon.store.remote.answering import NOTHING, RemoteAnswers
from jalon.store.repeatable import is_repeatable
from jalon.store.snapshot import Snapshot
from jalon.store.spool import SHARED_BYTES, Spool, SpoolFolder
from jalon.store.staff import PoolState, Staff
from jalon.store.worker import Terms
from jalon.store.workshop import Workshop

PROBE = "ASK {}"
STAND_BACK = 10
"""How far processes for long queries stand back for the processor (nice)."""

INLINE_CHARACTERS = 20_000
"""A longer text is read in a thread, so that no query holds up the others."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and how query processes work.

    ``spool`` is the folder for large answers, which may take ``spool_bytes`` together, beside
    ``shared_bytes`` in memory; ``isolated`` whether a process that can reach the network must
    refuse to answer. ``memory_bytes`` is the most that any query may use, ``cache_bytes`` what kept
    answers may weigh together, 0 for none.
    """

    spool: Path
    isolated: bool = True
    memory_bytes: int = 1024 * MEGABYTE
    cache_bytes: int = 64 * MEGABYTE
    spool_bytes: int = 4096 * MEGABYTE
    shared_bytes: int = SHARED_BYTES
    staffing: Staffing = field(default_factory=Staffing)


class OxigraphStore:
    """A GraphStore on pyoxigraph; nothing that a query does reaches this process.

    Where ``remote`` is given, an engine of others answers what it can. Answers are kept, and a
    query that is under way is not begun again, for as long as its release is the one asked.
    ``close`` closes the workshop, too.
    """

    def __init__(
        self,
        releases: Releases,
        workplace: Workplace,
        workshop: Workshop | None = None,
        remote: RemoteAnswers | None = None,
    ) -> None:
        self._remote = remote
        self._releases = releases
        self._workplace = workplace
        self._workshop = workshop
        self._spools = SpoolFolder(workplace.spool, workplace.spool_bytes, workplace.shared_bytes)
        self._staff = Staff(workplace.staffing, self._terms)
        self._staff.express.keep = self._keep
        self._cache = ResultCache(workplace.cache_bytes)
        self._flights: dict[Key, Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._met: tuple[Snapshot, str] | None = None
        self._closed = False

    @property
    def capabilities(self) -> Capabilities:
        """Every release can be asked, each frozen; unions are merged by the query process."""
        return Capabilities(as_of=True, snapshot=True, native_union=False)

    @property
    def release(self) -> int:
        """The newest release; it may be another a moment later."""
        return self._releases.current.stamp.number

    @property
    def pool_state(self) -> PoolState:
        """The worker processes, counted."""
        return self._staff.state

    @property
    def cache_state(self) -> CacheState:
        """The kept answers, counted."""
        return self._cache.state

    def keep_ready(self) -> None:
        """Starts every process now, and from now on another whenever one has ended.

        Otherwise they are started when they are needed. To be called where an event loop runs.
        """
        self._staff.keep_ready()

    async def version(self, request: QueryRequest) -> Version:
        """What the answer to a query would be; see GraphStore."""
        snapshot = await self._snapshot(request)
        key = self._key(request, snapshot)
        kept = kept_result(self._cache, key, snapshot)
        if kept is not None:
            return kept.version
        repeatable = await _is_repeatable(request.text)
        return version_of(key, snapshot, repeatable=repeatable)

    def kept(self, request: QueryRequest) -> Answer | None:
        """The answer of the newest release, where it is kept; see GraphStore."""
        if request.release is not None or not self._workplace.cache_bytes:
            return None
        snapshot = self._releases.current
        kept = self._kept(self._key(request, snapshot), snapshot)
        return None if kept is None else kept_answer(kept)

    def soon(self, request: QueryRequest, told: Told) -> Callable[[], None] | None:
        """Has the answer told in no time; see GraphStore."""
        plain = request.release is None and self._remote is None
        if not (plain and self._workplace.cache_bytes):
            return None
        express, snapshot = self._staff.express, self._releases.current
        key = self._key(request, snapshot)
        ride = express.riding(key)
        if ride is not None:
            self._cache.missed(joined=True)
            ride.waiting.append(told)
            return partial(ride.leave, told)
        if key in self._flights:
            return None
        shape = shape_of(request.text)
        if not express.knows(shape, request.client):
            return None
        ride = Ride(request, version_of(key, snapshot, repeatable=True), key, shape, [told])
        if not express.board(ride, job_of(request, snapshot, self._state(snapshot))):
            return None
        return partial(ride.leave, told)

    def _keep(self, ride: Ride, whole: Whole, kind: Kind) -> None:
        self._cache.missed(joined=False)
        body = Spool.of(self._spools, whole.body)
        result = Result(kind, whole.format, body, whole.version)
        self._cache.put(ride.key, result, len(ride.request.text))
        body.let_go()

    async def query(self, request: QueryRequest) -> Answer:
        """The answer to a query; see GraphStore."""
        snapshot = await self._snapshot(request)
        try:
            return await self._answer(request, snapshot)
        except QueryFailed:
            current = self._releases.current
            if request.release is not None or current.checkpoint == snapshot.checkpoint:
                raise
        # The release may have been put away before a process had opened it; now nobody waits for an
        # engine, lest this one be, too.
        return await self._answer(request, current, own=True)

    async def protections(self) -> Protections:
        """Which limits hold in a query process here, asked of one."""
        request, snapshot = QueryRequest(PROBE), self._releases.current
        version = Version(snapshot.stamp.number)
        (await self._depart(request, snapshot, version, None, own=False).answer()).close()
        return self._staff.held

    async def close(self) -> None:
        """Stops all work, and waits until its processes are gone."""
        self._closed = True
        await self._staff.close()
        if self._workshop is not None:
            await self._workshop.close()
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._cache.clear()

    async def _snapshot(self, request: QueryRequest) -> Snapshot:
        if request.release is None:
            return self._releases.current
        # It may have to be rebuilt first: who asks has no more of that than of queries.
        with self._staff.share(request.client):
            return await self._releases.at(request.release)

    async def _answer(
        self, request: QueryRequest, snapshot: Snapshot, *, own: bool = False
    ) -> Answer:
        """The answer that is kept, on its way, or computed now; ``own``: by processes of ours."""
        if not self._workplace.cache_bytes:
            repeatable = await _is_repeatable(request.text)
            version = version_of(self._key(request, snapshot), snapshot, repeatable=repeatable)
            return await self._depart(request, snapshot, version, None, own=own).answer()
        key = self._key(request, snapshot)
        kept = self._kept(key, snapshot) or await self._arrived(key)
        if kept is not None:
            return kept_answer(kept)
        repeatable = await _is_repeatable(request.text)
        flight = None if own else self._flights.get(key)
        self._cache.missed(joined=flight is not None)
        if flight is None:
            version = version_of(key, snapshot, repeatable=repeatable)
            shared = key if repeatable else None
            flight = self._depart(request, snapshot, version, shared, own=own)
        return await flight.answer()

    def _kept(self, key: Key, snapshot: Snapshot) -> Result | None:
        """The answer that is kept, for who is sent it."""
        if kept_result(self._cache, key, snapshot) is None:
            return None
        return self._cache.get(key)

    async def _arrived(self, key: Key) -> Result | None:
        """The answer to a query that is on its way by the express, when it is there."""
        ride = self._staff.express.riding(key)
        if ride is None:
            return None
        arrived = asyncio.Event()

        def told(whole: Whole | None) -> None:
            del whole
            arrived.set()

        ride.waiting.append(told)
        try:
            await arrived.wait()
        finally:
            ride.leave(told)
        return self._cache.get(key)

    def _depart(
        self,
        request: QueryRequest,
        snapshot: Snapshot,
        version: Version,
        key: Key | None,
        *,
        own: bool,
    ) -> Flight:
        """An answer that is computed from now on; with a key, others may join, and it is kept."""
        if self._closed:
            raise NotReady(variant="stopping")
        flight = Flight()
        job = job_of(request, snapshot, self._state(snapshot))
        errand = Errand(request, job, version, self._spools, flight)
        work = self._work(errand, key, None if own else snapshot)
        task = flight.depart(work, lambda: self._forget(key, flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if key is not None:
            self._flights[key] = flight
        return flight

    async def _work(self, errand: Errand, key: Key | None, remote: Snapshot | None) -> None:
        """Answers, by an engine of others if it has the release ``remote``."""
        try:
            result = await self._remotely(errand, remote) or await self._staff.do(errand)
            if key is not None:
                self._cache.put(key, result, len(errand.request.text))
        finally:
            self._forget(key, errand.flight)

    async def _remotely(self, errand: Errand, snapshot: Snapshot | None) -> Result | None:
        """The answer of the engine that mirrors the newest release; None where it has none."""
        remote, request = self._remote, errand.request
        if remote is None or snapshot is None or snapshot is not self._releases.current:
            return None
        if not remote.takes(request):
            return None

        async def kind() -> Kind:
            # A query process reads it, and refuses what is not to be asked of anybody.
            asked = replace(request, dataset=NOTHING)
            job = job_of(asked, snapshot, self._state(snapshot))
            read = Errand(asked, job, errand.version, self._spools, Flight())
            found = await self._staff.do(read)
            found.body.let_go()
            return found.kind

        with self._staff.share(request.client):
            return await remote.result(errand, snapshot, kind)

    def _forget(self, key: Key | None, flight: Flight) -> None:
        if key is not None and self._flights.get(key) is flight:
            del self._flights[key]

    def _key(self, request: QueryRequest, snapshot: Snapshot) -> Key:
        return key_of(request, self._state(snapshot))

    def _state(self, snapshot: Snapshot) -> str:
        """The identity of a snapshot; that of the one met last is known."""
        if self._met is None or self._met[0] is not snapshot:
            self._met = (snapshot, snapshot.stamp.identity)
        return self._met[1]

    def _terms(self, lane: Lane) -> Terms:
        current = self._releases.current
        return {
            "memory": self._workplace.memory_bytes,
            "nice": STAND_BACK if lane == "long" else 0,
            "isolated": self._workplace.isolated,
            "checkpoint": str(current.checkpoint),
            "state": self._state(current),
        }


async def _is_repeatable(text: str) -> bool:
    if len(text) <= INLINE_CHARACTERS:
        return is_plain(text) or is_repeatable(text)
    return await asyncio.to_thread(is_repeatable, text)
