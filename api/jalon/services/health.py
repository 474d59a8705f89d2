"""The use case "is the service able to answer?"."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.store.port import GraphStore, Protections
from jalon.store.releases import Releases
from jalon.store.snapshot import Stamp


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
class Readiness:
    """What is served, and which limits held for the query that was just answered."""

    served: Served
    protections: Protections


@dataclass(frozen=True, slots=True)
class Health:
    """Finds out by asking: a probe query goes the way of every query."""

    store: GraphStore
    served: Served

    async def ready(self) -> Readiness:
        """What is ready. Raises what the probe query raised, when it got no answer."""
        return Readiness(self.served, await self.store.protections())
