"""/health: whether the process lives, and whether it can answer."""

from __future__ import annotations

from typing import Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from jalon.services.health import Health, Readiness
from jalon.web.negotiation import choose_language
from jalon.web.problems import OPEN

HEADERS = {**OPEN, "Cache-Control": "no-store"}


class Live(BaseModel):
    """The process answers HTTP; it may be unable to answer queries."""

    status: Literal["live"] = "live"
    release: int


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


class Writes(BaseModel):
    """Whether anything can be written, and if not, why.

    ``reason`` is storage-full; or read-only, where the disk is, and where nobody is meant to write,
    which has no ``detail``.
    """

    possible: bool
    reason: str | None = None
    detail: str | None = None


class Ledger(BaseModel):
    """The number of the newest commit, and how many commits are in no release yet."""

    head: int
    lag: int


class Engine(BaseModel):
    """The engine that answers queries: which release it holds, and if it cannot be used, why."""

    release: int | None = None
    obstacle: str | None = None


class Ready(BaseModel):
    """A test query was answered just now by the newest release, and the ledger can be read.

    ``degraded``: reading goes on, and writing, which is meant to be possible, is not, or the engine
    that is meant to answer does not.
    """

    status: Literal["ready", "degraded"]
    pack: Pack
    release: int
    triples: int
    entailment: Entailment
    protections: Protections
    writes: Writes
    ledger: Ledger | None = None
    engine: Engine | None = None


def add_health(app: FastAPI, health: Health) -> None:
    """Adds /health/live and /health/ready."""

    @app.get("/health/live")
    async def live(response: Response) -> Live:
        """Whether the process answers at all; this depends on no other process."""
        response.headers.update(HEADERS)
        return Live(release=health.served.stamp.number)

    @app.get("/health/ready", response_model_exclude_none=True)
    async def ready(request: Request, response: Response) -> Ready:
        """Whether queries are answered: asks one, reads the ledger, and looks for room to write.

        503 where it is not so, with the reason.
        """
        response.headers.update({**HEADERS, "Vary": "Accept-Language"})
        language = choose_language(request.headers.get("accept-language", ""))
        return _ready(await health.ready(), language)


def _ready(readiness: Readiness, language: str) -> Ready:
    held, stamp, standing = readiness.protections, readiness.served.stamp, readiness.standing
    derivation, writes, engine = stamp.derivation, _writes(readiness, language), readiness.engine
    well = (standing is None or writes.possible) and not (engine and engine.obstacle)
    return Ready(
        status="ready" if well else "degraded",
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
        writes=writes,
        ledger=Ledger(head=standing.head, lag=max(0, standing.head - stamp.number))
        if standing
        else None,
        engine=Engine(release=engine.release, obstacle=engine.obstacle or None) if engine else None,
    )


def _writes(readiness: Readiness, language: str) -> Writes:
    if readiness.standing is None:
        return Writes(possible=False, reason="read-only")
    obstacle = readiness.standing.obstacle
    if obstacle is None:
        return Writes(possible=True)
    reason = str(obstacle.details.get("variant", obstacle.code))
    return Writes(possible=False, reason=reason, detail=obstacle.detail(language))
