"""Has conclusions drawn in a process of its own, once for the same triples."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, Triple

from jalon.errors import NotReady
from jalon.reasoning import subset
from jalon.reasoning.conclusions import Conclusions, read_conclusions
from jalon.reasoning.worker import Job
from jalon.store.locks import locked
from jalon.store.port import MEGABYTE
from jalon.store.process import OutputTooLarge, ending, spool, worker

WORKER = "jalon.reasoning.worker"
ENGINE = "owlrl"
LAYOUT = 1
"""Changes when the form of what is kept does."""

OUTPUT_BYTES = 100 * MEGABYTE

_WRITING = "writing-"

Reason = Literal["too-large", "timeout", "memory", "failed"]

_log = logging.getLogger(__name__)


class NotConcluded(Exception):
    """There are no conclusions, for a reason that has been logged."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class ReasoningLimits:
    """The most triples to reason over, and what the process that does it may use.

    Measured: owlrl takes a second or two for a thousand triples, so that the default number takes
    20 to 40 seconds; the default deadline leaves room for a machine three times slower.
    """

    triples: int = 20_000
    seconds: float = 120.0
    memory_bytes: int = 2048 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Reasoner:
    """Draws conclusions with owlrl and keeps them in a folder, named after what they depend on."""

    folder: Path
    limits: ReasoningLimits = field(default_factory=ReasoningLimits)

    def conclude(self, triples: Iterable[Triple]) -> Conclusions:
        """What follows from these triples: kept from an earlier time, else concluded now.

        Two processes that need the same conclusions draw them once; a process that dies leaves
        nothing that a later one would take for complete. Not to be called where an event loop runs.
        Raises NotConcluded when the triples are too many or the work fails, and NotReady where the
        folder cannot be written.
        """
        ntriples = canonical(triples)
        place = self.folder / f"{key(ntriples)}.conclusions"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "lock"):
                kept = _kept(place)
                if kept is not None:
                    _log.info("entailments reused: %s", place)
                    return kept
                return self._draw(ntriples, place)
        except OSError as error:
            raise NotReady(reason=f"{self.folder}: {error.strerror or error}") from error

    def check_size(self, triples: int) -> None:
        """Raises NotConcluded when there are more triples than the limit."""
        if triples > self.limits.triples:
            _log.warning(
                "no entailments: %s triples are shown, more than the limit of %s for %s",
                *(triples, self.limits.triples, ENGINE),
            )
            raise NotConcluded("too-large")

    def _draw(self, ntriples: bytes, place: Path) -> Conclusions:
        size = ntriples.count(b"\n")
        self.check_size(size)
        _log.info(
            "reasoning over %s triples with %s, once for this content; at most %g seconds",
            *(size, ENGINE, self.limits.seconds),
        )
        content = asyncio.run(self._work(ntriples))
        conclusions = read_conclusions(content)
        _log.info(
            "entailed: %s useful triples of %s, in %s seconds",
            *(conclusions.useful, conclusions.found, conclusions.seconds),
        )
        _keep(content, place)
        return conclusions

    async def _work(self, ntriples: bytes) -> bytes:
        limits = self.limits
        job: Job = {"memory": limits.memory_bytes, "seconds": math.ceil(limits.seconds) + 1}
        payload = json.dumps(job).encode("utf-8") + b"\n" + ntriples
        try:
            async with asyncio.timeout(limits.seconds), worker(WORKER, payload) as process:
                body, _ = await spool(process, OUTPUT_BYTES, self.folder)
                with body:
                    end = await ending(process)
                    body.seek(0)
                    content = body.read()
        except TimeoutError as error:
            raise _given_up("timeout", f"{limits.seconds:g} seconds have passed") from error
        except OutputTooLarge as error:
            raise _given_up("memory", f"they are larger than {OUTPUT_BYTES} bytes") from error
        if end.fate == "done":
            return content
        reasons: dict[str, Reason] = {"processor-time": "timeout", "memory": "memory"}
        raise _given_up(reasons.get(end.fate, "failed"), f"status {end.status}: {end.log.strip()}")


def canonical(triples: Iterable[Triple]) -> bytes:
    """The triples as sorted N-Triples with canonical blank nodes: alike however they are named."""
    dataset = Dataset(Quad(each.subject, each.predicate, each.object) for each in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad.triple} .\n" for quad in dataset)).encode("utf-8")


def key(ntriples: bytes) -> str:
    """A name for what follows from these triples: another engine or subset gives another name."""
    return hashlib.sha256(versions().encode() + b"\n" + ntriples).hexdigest()


def versions() -> str:
    """All that conclusions depend on besides the triples."""
    parts = (LAYOUT, ENGINE, version("owlrl"), version("rdflib"), subset.VERSION)
    return " ".join(map(str, parts))


def _given_up(reason: Reason, why: str) -> NotConcluded:
    _log.error("no entailments: %s gave no conclusions: %s", ENGINE, why)
    return NotConcluded(reason)


def _kept(place: Path) -> Conclusions | None:
    try:
        return read_conclusions(place.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        _log.warning("entailments damaged, and concluded again: %s", place)
        return None


def _keep(content: bytes, place: Path) -> None:
    """Writes a file whole or not at all; holding the lock, what others began is never finished."""
    for left in place.parent.glob(f"{_WRITING}*"):
        left.unlink()
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=_WRITING, delete=False) as work:
        work.write(content)
    Path(work.name).rename(place)
