"""The use case "is the service able to answer?"."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.reasoning.index import Entailment
from jalon.store.port import GraphStore, Protections


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: the pack, and how many triples a reader sees without naming a graph.

    ``entailment`` says how many of these triples are entailed, or why none are.
    """

    pack: str
    version: str
    triples: int
    entailment: Entailment


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
