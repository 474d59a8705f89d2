"""The embedded engine: each query in a process of its own, on a frozen snapshot."""

from __future__ import annotations

import json
import math
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from jalon.errors import QueryFailed, QueryTooLarge
from jalon.store.outcome import check_end, declined, format_of, timed_out
from jalon.store.port import (
    MEGABYTE,
    Answer,
    Capabilities,
    Kind,
    Protections,
    QueryRequest,
    ResultFormat,
)
from jalon.store.process import OutputTooLarge, ending, header, spool, worker
from jalon.store.worker import Header, Job
from jalon.store.workshop import Workshop

PROBE = "ASK {}"
WORKER = "jalon.store.worker"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and how query processes work.

    ``checkpoint`` is the frozen index, ``spool`` the folder for large answers, ``isolated``
    whether a process that can reach the network must refuse to answer, ``entailed`` the graph of
    the index that holds the entailed triples, if it holds any.
    """

    checkpoint: Path
    spool: Path
    isolated: bool = True
    entailed: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a query process gave: its answer, and the limits that held while it worked."""

    answer: Answer
    protections: Protections


class OxigraphStore:
    """A GraphStore on a snapshot of pyoxigraph; nothing that a query does reaches this process."""

    def __init__(self, workplace: Workplace, workshop: Workshop | None = None) -> None:
        self._workplace = workplace
        self._workshop = workshop or Workshop()
        workplace.spool.mkdir(parents=True, exist_ok=True)

    @property
    def capabilities(self) -> Capabilities:
        """One frozen state, no earlier ones; unions are merged by the query process."""
        return Capabilities(as_of=False, snapshot=True, native_union=False)

    async def query(self, request: QueryRequest) -> Answer:
        """The complete answer; see GraphStore."""
        return (await self._reply(request)).answer

    async def protections(self) -> Protections:
        """Which limits hold in a query process here, asked of one."""
        reply = await self._reply(QueryRequest(PROBE))
        reply.answer.close()
        return reply.protections

    async def close(self) -> None:
        """Stops all work of the workshop, and waits until its processes are gone."""
        await self._workshop.close()

    async def _reply(self, request: QueryRequest) -> Reply:
        try:
            return await self._workshop.do(self._work(request), request.limits.seconds)
        except TimeoutError as error:
            raise timed_out(request.limits) from error

    async def _work(self, request: QueryRequest) -> Reply:
        job = json.dumps(self._job(request)).encode("utf-8")
        async with worker(WORKER, job) as process:
            return await self._read(process, request)

    async def _read(self, process: Process, request: QueryRequest) -> Reply:
        line = await header(process)
        if not line:
            check_end(await ending(process), request.limits)
            raise QueryFailed
        head: Header = json.loads(line)
        if head["outcome"] != "answer":
            raise declined(head, request)
        kind = cast("Kind", head["detail"])
        limit = request.limits.answer_bytes
        try:
            body, size = await spool(process, limit, self._workplace.spool)
        except OutputTooLarge as error:
            raise QueryTooLarge(variant="answer", limit=limit // MEGABYTE) from error
        answer = Answer(kind, format_of(kind, request), body, size)
        try:
            check_end(await ending(process), request.limits)
        except BaseException:
            answer.close()
            raise
        return Reply(answer, Protections(**head["held"]))

    def _job(self, request: QueryRequest) -> Job:
        default, named = request.dataset.default, request.dataset.named
        return {
            "checkpoint": str(self._workplace.checkpoint),
            "text": request.text,
            "default": None if default is None else [*default],
            "named": None if named is None else [*named],
            "entailed": self._workplace.entailed,
            "entailment": request.dataset.entailed,
            "solutions": _media_type(request.solutions),
            "graph": _media_type(request.graph),
            "memory": request.limits.memory_bytes,
            "seconds": math.ceil(request.limits.seconds) + 1,
            "merged": request.limits.merged_triples,
            "isolated": self._workplace.isolated,
        }


def _media_type(wanted: ResultFormat | None) -> str | None:
    return None if wanted is None else wanted.media_type
