"""/health: whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import FastAPI, Response
from pydantic import BaseModel

from jalon.services.health import Health
from jalon.web.problems import OPEN


class Live(BaseModel):
    """The process answers HTTP."""

    status: str = "live"


class Pack(BaseModel):
    """The content pack that is served."""

    id: str
    version: str


class Entailment(BaseModel):
    """What has been entailed: by which reasoner, how many triples, and whether it contradicts.

    ``state`` is complete; off where no reasoner is wanted; or says why nothing is entailed:
    too-large, timeout, memory, failed. The log says more.
    """

    reasoner: str
    state: str
    triples: int
    contradictions: int


class Protections(BaseModel):
    """Which limits a query process has on this machine."""

    network: bool
    memory: bool
    cpu: bool
    files: bool


class Ready(BaseModel):
    """A probe query was answered just now."""

    status: str = "ready"
    pack: Pack
    release: int
    triples: int
    entailment: Entailment
    protections: Protections


def add_health(app: FastAPI, health: Health) -> None:
    """Adds /health/live and /health/ready."""

    @app.get("/health/live")
    async def live(response: Response) -> Live:
        """Whether the process answers at all."""
        response.headers.update(OPEN)
        return Live()

    @app.get("/health/ready")
    async def ready(response: Response) -> Ready:
        """Whether queries are answered: asks one, and says what is served under which limits."""
        readiness = await health.ready()
        response.headers.update({**OPEN, "Cache-Control": "no-store"})
        held, stamp = readiness.protections, readiness.served.stamp
        derivation = stamp.derivation
        return Ready(
            pack=Pack(id=readiness.served.pack, version=readiness.served.version),
            release=stamp.number,
            triples=stamp.shown + stamp.entailed,
            entailment=Entailment(
                reasoner=derivation.reasoner,
                state=derivation.state,
                triples=stamp.entailed,
                contradictions=derivation.contradictions,
            ),
            protections=Protections(
                network=held.network, memory=held.memory, cpu=held.cpu, files=held.files
            ),
        )
