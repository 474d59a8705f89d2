"""Has sheets read, each by a process of its own, which can be killed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jalon.errors import JalonError, SheetFailed, SheetRefused, SheetTooLarge, Unsandboxed
from jalon.exchange.sheets.model import Model, model_document
from jalon.exchange.sheets.reading import Reading, read_reading
from jalon.exchange.sheets.worker import FAILED, REFUSED, Job
from jalon.store.port import MEGABYTE
from jalon.store.process import End, OutputTooLarge, ending, spool, worker
from jalon.store.workshop import Workshop

WORKER = "jalon.exchange.sheets.worker"
ANSWER_BYTES = 64 * MEGABYTE

_REFUSALS: Mapping[str, type[JalonError]] = {
    kind.code: kind for kind in (SheetRefused, SheetTooLarge)
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """What reading one sheet may take: bytes of memory, seconds of processor time and in all.

    Measured: a thousand rows of twenty columns take 0.3 seconds and 60 MB.
    """

    memory_bytes: int = 256 * MEGABYTE
    processor_seconds: int = 2
    seconds: float = 15.0


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file that was sent; one without hidden sheets with its title, and what they would say."""

    content: bytes
    media_type: str
    title: str = ""
    hidden: Mapping[str, list[list[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetReader:
    """Reads sheets in turn with other work; ``spool`` is a folder for what is large.

    ``isolated``: nothing is read by a process that can reach the network.
    """

    workshop: Workshop
    spool: Path
    isolated: bool = True
    limits: SheetLimits = field(default_factory=SheetLimits)

    async def read(
        self, file: SheetFile, models: Iterable[Model], base: str, organisation: str
    ) -> list[Reading]:
        """What each sheet of a file says, in their order, by these models of a base.

        It is sent for an organisation, the IRIs of whose new things begin with its name.

        Raises SheetRefused, SheetTooLarge, SheetFailed, ServiceBusy, NotReady or Unsandboxed.
        Cancelling stops it.
        """
        job = self._job(file)
        job["models"] = [model_document(each) for each in models]
        job["base"], job["organisation"] = base, organisation
        told = json.loads(await self._done(job, file.content))
        return [read_reading(each) for each in told]

    async def annotate(self, file: SheetFile, remarks: Mapping[str, Any]) -> bytes:
        """A workbook of a sheet with remarks beside its cells; errors as ``read``."""
        job = self._job(file)
        job["task"], job["remarks"] = "annotate", remarks
        return await self._done(job, file.content)

    def _job(self, file: SheetFile) -> Job:
        return {
            "task": "read",
            "media_type": file.media_type,
            "title": file.title,
            "hidden": file.hidden,
            "models": [],
            "base": "",
            "organisation": "",
            "remarks": {},
            "isolated": self.isolated,
            "memory": self.limits.memory_bytes,
            "seconds": self.limits.processor_seconds,
        }

    async def _done(self, job: Job, content: bytes) -> bytes:
        try:
            return await self.workshop.do(self._work(job, content), self.limits.seconds)
        except TimeoutError as error:
            raise self._late() from error

    async def _work(self, job: Job, content: bytes) -> bytes:
        told = json.dumps(job).encode() + b"\n" + content
        async with worker(WORKER, told) as process:
            try:
                body, _ = await spool(process, ANSWER_BYTES, self.spool)
            except OutputTooLarge as error:
                raise SheetTooLarge(limit=ANSWER_BYTES // MEGABYTE) from error
            with body:
                body.seek(0)
                answer = body.read()
            self._check(await ending(process), answer)
            return answer

    def _check(self, end: End, answer: bytes) -> None:
        """Raises what the end of a process means that did not do its job."""
        if end.status == FAILED and answer:
            refusal = json.loads(answer)
            if refusal["outcome"] == REFUSED:
                raise _REFUSALS[refusal["code"]](**refusal["details"])
            raise Unsandboxed(variant="validation")
        if end.fate == "done":
            return
        _log.warning("sheet process ended with status %s: %s", end.status, end.log.strip())
        if end.fate == "processor-time":
            raise self._late()
        if end.fate == "memory":
            raise SheetTooLarge(limit=self.limits.memory_bytes // MEGABYTE)
        raise SheetFailed

    def _late(self) -> SheetTooLarge:
        return SheetTooLarge(variant="time", seconds=self.limits.processor_seconds)
