"""An errand: one query as a worker process is told it, and its answer as it comes back."""

from __future__ import annotations

import errno
import json
import logging
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from jalon.errors import JalonError, QueryFailed, QueryTooLarge, ServiceBusy, StorageFull
from jalon.store.cache import Result
from jalon.store.evaluation import JobTerms
from jalon.store.flight import Flight
from jalon.store.frames import END, HEADER, packed_job
from jalon.store.hand import Hand
from jalon.store.outcome import declined, format_of
from jalon.store.outline import resolve
from jalon.store.port import (
    MEGABYTE,
    MEMORY_BYTES,
    Dataset,
    Kind,
    Limits,
    QueryRequest,
    ResultFormat,
    Version,
)
from jalon.store.process import OutputTooLarge
from jalon.store.snapshot import Snapshot
from jalon.store.spool import Spool, SpoolFolder, SpoolsFull
from jalon.store.turns import RETRY_SECONDS
from jalon.store.worker import Header

KEPT_TERMS = 32

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """A query, the job that it is to a worker process, and the flight that its answer is on.

    Large answers go into files in the ``folder``.
    """

    request: QueryRequest
    job: bytes
    version: Version
    folder: SpoolFolder
    flight: Flight

    async def run(self, hand: Hand, *, live: bool) -> Result | JalonError:
        """The answer, or why the query has none; the process is ready for the next job then.

        ``live``: an answer over 1 MiB is handed over while it comes, and fails where the work
        does. Raises HandLost when the process ends, and QueryTooLarge, StorageFull or QueryFailed
        where it is still at work.
        """
        hand.tell(self.job)
        head = _head(await _content(hand, HEADER))
        if head["outcome"] != "answer":
            await _content(hand, END)
            return declined(head, self.request)
        kind = cast("Kind", head["detail"])
        limit = self.request.limits.answer_bytes
        body = Spool(self.folder, limit)
        result = Result(kind, format_of(kind, self.request), body, self.version)
        try:
            await self._receive(hand, result, live=live)
        except BaseException:
            if not self.flight.handed_over:
                result.body.let_go()
            raise
        return result

    async def _receive(self, hand: Hand, result: Result, *, live: bool) -> None:
        body = result.body
        try:
            while True:
                kind, content = await hand.frame()
                if kind == END:
                    break
                await body.add(content)
                if live and body.size > MEMORY_BYTES:
                    self.flight.hand_over(result)
        except OutputTooLarge as error:
            limit = self.request.limits.answer_bytes // MEGABYTE
            raise QueryTooLarge(variant="answer", limit=limit) from error
        except SpoolsFull as error:
            raise ServiceBusy(seconds=RETRY_SECONDS) from error
        except OSError as error:
            _log.warning("an answer could not be kept: %s", error)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull(variant="answer") from error
            raise QueryFailed from error
        body.finish()
        self.flight.hand_over(result)


def job_of(request: QueryRequest, snapshot: Snapshot, state: str) -> bytes:
    """The job that a query is, on a snapshot in a state."""
    formats = (_media_type(request.solutions), _media_type(request.graph))
    place = (str(snapshot.checkpoint), state, snapshot.stamp.base, snapshot.entailed_graph)
    return packed_job(_terms(place, request.dataset, formats, request.limits), request.text)


@lru_cache(maxsize=KEPT_TERMS)
def _terms(
    place: tuple[str, str, str, str | None],
    dataset: Dataset,
    formats: tuple[str | None, str | None],
    limits: Limits,
) -> bytes:
    checkpoint, state, base, entailed = place
    terms: JobTerms = {
        "checkpoint": checkpoint,
        "state": state,
        "base": base,
        "default": _resolved(dataset.default, base),
        "named": _resolved(dataset.named, base),
        "entailed": entailed,
        "entailment": dataset.entailed,
        "solutions": formats[0],
        "graph": formats[1],
        "memory": limits.memory_bytes,
        "seconds": math.ceil(limits.seconds) + 1,
        "merged": limits.merged_triples,
    }
    return json.dumps(terms).encode("utf-8")


@lru_cache(maxsize=KEPT_TERMS)
def _head(content: bytes) -> Header:
    head: Header = json.loads(content)
    return head


def _resolved(graphs: tuple[str, ...] | None, base: str) -> list[str] | None:
    """The graphs of a dataset; FROM may name them by what a base completes."""
    return None if graphs is None else [resolve(base, graph) for graph in graphs]


async def _content(hand: Hand, expected: bytes) -> bytes:
    kind, content = await hand.frame()
    if kind != expected:
        hand.stop("broken")
        raise QueryFailed
    return content


def _media_type(wanted: ResultFormat | None) -> str | None:
    return None if wanted is None else wanted.media_type
