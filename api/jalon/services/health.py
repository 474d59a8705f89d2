"""The use case "is the service able to answer?"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from jalon.errors import JalonError, NotReady
from jalon.store.port import GraphStore, Protections
from jalon.store.publisher import Publisher
from jalon.store.releases import Releases
from jalon.store.remote.mirror import Mirror
from jalon.store.snapshot import Stamp
from jalon.store.standing import Standing

LOOK_SECONDS = 5.0
"""How long a test query may take, and then the ledger to be read."""

PATIENCE_SECONDS = 30.0
"""How long a commit may wait for its release where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: a pack, and its releases."""

    pack: str
    version: str
    releases: Releases

    @property
    def stamp(self) -> Stamp:
        """What the newest release holds, and what is entailed in it, or why nothing is."""
        return self.releases.current.stamp


@dataclass(frozen=True, slots=True)
class Writes:
    """Who writes here, and how many seconds a commit may wait for its release."""

    publisher: Publisher
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class EngineStanding:
    """Which release an engine holds, None where that is not known; ``obstacle`` is why."""

    release: int | None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is served, and which limits held for the query that was just answered.

    ``standing`` is that of the ledger, None where nobody writes; ``engine`` that of the engine of
    others that answers queries, None where there is none.
    """

    served: Served
    protections: Protections
    standing: Standing | None = None
    engine: EngineStanding | None = None


class Health:
    """Finds out by asking: a test query goes the way of every query, and the ledger is read.

    Who asks while it is being found out is told the same: asking often costs no more.
    """

    def __init__(
        self,
        store: GraphStore,
        served: Served,
        writes: Writes | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        mirror: Mirror | None = None,
    ) -> None:
        self._mirror = mirror
        self.served = served
        self._store = store
        self._writes = writes
        self._clock = clock
        self._looking: asyncio.Task[Readiness] | None = None
        self._stopping = False

    def stop(self) -> None:
        """From now on nothing is ready: the service ends. May be called by a signal handler."""
        self._stopping = True

    async def ready(self) -> Readiness:
        """What is ready.

        Raises NotReady or LedgerBroken: when the test query got no answer, when the ledger cannot
        be read, when a commit waits too long for its release, and when the service stops.
        """
        if self._stopping:
            raise NotReady(variant="stopping")
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(_heard)
        return await asyncio.shield(self._looking)

    async def _look(self) -> Readiness:
        held = await self._probe()
        standing = await self._standing()
        return Readiness(self.served, held, standing, self._engine())

    def _engine(self) -> EngineStanding | None:
        if self._mirror is None:
            return None
        at, newest = self._mirror.at, self.served.stamp.number
        behind = "" if at and at.number == newest else f"release {newest} has not come there yet"
        return EngineStanding(at.number if at else None, self._mirror.obstacle or behind)

    async def _probe(self) -> Protections:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._store.protections()
        except TimeoutError as error:
            raise NotReady(variant="probe-late", seconds=f"{LOOK_SECONDS:g}") from error
        except NotReady:
            raise
        except JalonError as error:
            raise NotReady(variant="probe", fault=error.code) from error

    async def _standing(self) -> Standing | None:
        if self._writes is None:
            return None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                standing = await self._writes.publisher.standing()
        except TimeoutError as error:
            raise NotReady(variant="ledger-late", seconds=f"{LOOK_SECONDS:g}") from error
        if standing.waiting is not None:
            waited = (self._clock() - standing.waiting).total_seconds()
            if waited > self._writes.patience:
                next_release, current = standing.release + 1, standing.release
                raise NotReady(
                    variant="behind", release=next_release, current=current, seconds=f"{waited:.0f}"
                )
        return standing


def _heard(looking: asyncio.Task[Readiness]) -> None:
    """Takes the error of a look that nobody waits for any more."""
    with suppress(asyncio.CancelledError):
        looking.exception()
