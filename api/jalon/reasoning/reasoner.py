"""Has conclusions drawn in a process of its own, once for the same triples."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from jalon.errors import NotReady
from jalon.reasoning.conclusions import Conclusions, read_conclusions
from jalon.reasoning.engines import Engine, versions
from jalon.reasoning.stopping import Stopping
from jalon.reasoning.worker import TOO_MANY, Job
from jalon.store.locks import locked
from jalon.store.port import CHUNK_BYTES, MEGABYTE
from jalon.store.process import End, OutputTooLarge, ending, spool, worker

WORKER = "jalon.reasoning.worker"
OUTPUT_BYTES = 500 * MEGABYTE
KEPT = 8
"""Conclusions that are kept, those last asked for."""

SPARE, GROWTH = 100_000, 10
"""How many triples may follow: so many, and so many for each that is given."""

_KEPT = "*.conclusions"
_WRITING = "writing-"

Reason = Literal["too-large", "timeout", "memory", "failed", "stopped"]

_log = logging.getLogger(__name__)


class NotConcluded(Exception):
    """There are no conclusions, for a reason that has been logged."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def triples_by_default(engine: Engine) -> int:
    """The most triples to reason over unless something else is said.

    Measured (docs/decisions/0007): a million take our rules some 8 seconds and 1 GB, where two
    follow from each; a thousand take owlrl a second or two.
    """
    return 1_000_000 if engine == "rules" else 20_000


@dataclass(frozen=True, slots=True)
class ReasoningLimits:
    """The most triples to reason over, and what the process that does it may use.

    ``triples`` is None for what is right for the engine. The deadline leaves room for a machine
    that is some times slower than the one of the measurements.
    """

    triples: int | None = None
    seconds: float = 120.0
    memory_bytes: int = 2048 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Reasoner:
    """Draws conclusions with an engine and keeps them in a folder, named by what they depend on."""

    folder: Path
    limits: ReasoningLimits = field(default_factory=ReasoningLimits)
    engine: Engine = "rules"
    stopping: Stopping = field(default_factory=Stopping, repr=False, compare=False)

    @property
    def triples(self) -> int:
        """The most triples to reason over."""
        limit = self.limits.triples
        return triples_by_default(self.engine) if limit is None else limit

    def conclude(self, source: Path) -> Conclusions:
        """What follows from a file of N-Triples: kept from an earlier time, else concluded now.

        The file is as the engine of the index writes it, in a stable order and with stable names of
        blank nodes, or what was kept is not found. Two processes that need the same conclusions
        draw them once; a process that dies leaves nothing that a later one would take for complete.
        Not to be called where an event loop runs. Raises NotConcluded when the triples are too many
        or the work fails, and NotReady where the folder cannot be written.
        """
        size, digest = _measured(source)
        self._check_size(size)
        key = hashlib.sha256(f"{versions(self.engine)}\n{digest}".encode()).hexdigest()
        place = self.folder / _KEPT.replace("*", key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "lock"):
                kept = _kept(place)
                if kept is not None:
                    _log.info("entailments reused: %s", place)
                    return kept
                return self._draw(source.resolve(), size, place)
        except OSError as error:
            raise NotReady(reason=f"{self.folder}: {error.strerror or error}") from error

    def _check_size(self, size: int) -> None:
        if size > self.triples:
            _log.warning(
                "no entailments: %s triples are shown, more than the limit of %s for %s",
                *(size, self.triples, self.engine),
            )
            raise NotConcluded("too-large")

    def _draw(self, source: Path, size: int, place: Path) -> Conclusions:
        _log.info(
            "reasoning over %s triples with %s, once for this content; at most %g seconds",
            *(size, self.engine, self.limits.seconds),
        )
        job: Job = {
            "engine": self.engine,
            "source": str(source),
            "room": SPARE + GROWTH * size,
            "memory": self.limits.memory_bytes,
            "seconds": math.ceil(self.limits.seconds) + 1,
        }
        try:
            conclusions = asyncio.run(self._work(job, place))
        except asyncio.CancelledError as error:
            raise NotConcluded("stopped") from error
        _log.info(
            "entailed: %s useful triples of %s, in %s seconds",
            *(conclusions.useful, conclusions.found, conclusions.seconds),
        )
        return conclusions

    async def _work(self, job: Job, place: Path) -> Conclusions:
        payload = json.dumps(job).encode("utf-8") + b"\n"
        limits = self.limits
        try:
            with self.stopping.heeded():
                async with asyncio.timeout(limits.seconds), worker(WORKER, payload) as process:
                    body, _ = await spool(process, OUTPUT_BYTES, self.folder)
                    with body:
                        end = await ending(process)
                        if end.fate == "done":
                            return _taken(body, place)
        except TimeoutError as error:
            raise self._given_up("timeout", f"{limits.seconds:g} seconds have passed") from error
        except OutputTooLarge as error:
            why = f"they are larger than {OUTPUT_BYTES} bytes"
            raise self._given_up("too-large", why) from error
        raise self._given_up(*_why(end, job["room"]))

    def _given_up(self, reason: Reason, why: str) -> NotConcluded:
        _log.error("no entailments: %s gave no conclusions: %s", self.engine, why)
        return NotConcluded(reason)


def _why(end: End, room: int) -> tuple[Reason, str]:
    if end.status == TOO_MANY:
        return "too-large", f"more than {room} triples follow"
    reasons: dict[str, Reason] = {"processor-time": "timeout", "memory": "memory"}
    return reasons.get(end.fate, "failed"), f"status {end.status}: {end.log.strip()}"


def _measured(source: Path) -> tuple[int, str]:
    """The number of lines of a file, and the SHA-256 of its content.

    A chunk at a time, so that the thread of requests never waits for it.
    """
    size, digest = 0, hashlib.sha256()
    with source.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            size += chunk.count(b"\n")
            digest.update(chunk)
    return size, digest.hexdigest()


def _kept(place: Path) -> Conclusions | None:
    try:
        with place.open("rb") as content:
            found = read_conclusions(content)
        os.utime(place)
    except FileNotFoundError:
        return None
    except ValueError:
        _log.warning("entailments damaged, and concluded again: %s", place)
        return None
    return found


def _taken(body: IO[bytes], place: Path) -> Conclusions:
    """The conclusions that a process has written, which are kept as they are."""
    body.seek(0)
    conclusions = read_conclusions(body)
    body.seek(0)
    _keep(body, place)
    return conclusions


def _keep(content: IO[bytes], place: Path) -> None:
    """Writes a file whole or not at all, and removes those that were asked for long ago.

    Holding the lock, what others began to write is never finished.
    """
    for left in place.parent.glob(f"{_WRITING}*"):
        left.unlink()
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=_WRITING, delete=False) as work:
        shutil.copyfileobj(content, work)
    Path(work.name).rename(place)
    by_age = sorted(place.parent.glob(_KEPT), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        old.unlink()
