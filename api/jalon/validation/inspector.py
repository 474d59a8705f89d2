"""Has documents validated, by processes that are kept, and can be killed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jalon.errors import ValidationTooLarge
from jalon.store.port import MEGABYTE, Limits
from jalon.store.releases import Releases
from jalon.store.snapshot import Snapshot
from jalon.store.stands import Trade
from jalon.store.workshop import Workshop
from jalon.validation.documents import Document
from jalon.validation.inspect_job import Header, Job
from jalon.validation.outcome import check_end, declined, timed_out
from jalon.validation.performing import Work, performed, trade_of
from jalon.validation.port import EngineName


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is to be validated, for which graph, and how the report is wanted.

    Without ``shapes`` the data is checked in the context of what is published, by its shapes;
    without ``data``, too, what is published is checked itself, all of it.
    """

    data: Document | None
    graph: str
    media_type: str
    language: str = "en"
    shapes: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A complete report in the media type asked for, and what it comes to.

    ``counts`` has the number of results of each severity that there are results of.
    """

    conforms: bool
    violations: int
    counts: Mapping[str, int]
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inspector:
    """Validates with one engine, in the context of the newest release.

    ``spool`` is a folder for large reports; ``isolated``: nothing is read by a process that can
    reach the network. ``own``: the unnamed graph of releases is not their shown graph.
    """

    releases: Releases
    engine: EngineName
    workshop: Workshop
    spool: Path
    isolated: bool = True
    limits: Limits = field(default_factory=Limits)
    own: bool = False

    @property
    def trade(self) -> Trade:
        """What processes are started as that work here."""
        return trade_of(self.engine, self.limits, isolated=self.isolated)

    def keep_ready(self) -> None:
        """Starts a process now, and another whenever one was ended; see Workshop.keep_ready."""
        self.workshop.keep_ready(self.trade)

    async def inspect(self, inspection: Inspection) -> WrittenReport:
        """The complete report; nothing that the documents do reaches this process.

        Raises a ValidationError, ServiceBusy, NotReady or Unsandboxed. Cancelling stops it.
        """
        try:
            return await self.workshop.do(self._work(inspection), self.limits.seconds)
        except TimeoutError as error:
            raise timed_out(self.limits) from error

    async def _work(self, inspection: Inspection) -> WrittenReport:
        data = () if inspection.data is None else (inspection.data,)
        documents = (*data, *inspection.shapes)
        limit = self.limits.answer_bytes
        work = Work(
            trade=self.trade,
            job=self._job(inspection, documents, self.releases.current),
            documents=tuple(document.content for document in documents),
            most_bytes=limit,
            folder=self.spool,
            check=partial(check_end, limits=self.limits),
            too_large=ValidationTooLarge(variant="report", limit=limit // MEGABYTE),
        )
        head: Header
        head, content = await performed(work, self.workshop)
        if head["outcome"] != "report":
            raise declined(head["outcome"], head["code"], head["details"])
        return WrittenReport(
            head["conforms"], head["violations"], head["counts"], inspection.media_type, content
        )

    def _job(self, inspection: Inspection, documents: Sequence[Document], release: Snapshot) -> Job:
        return {
            "task": "inspect",
            "documents": [
                {
                    "part": document.part,
                    "media_type": document.media_type,
                    "name": document.name,
                }
                for document in documents
            ],
            "graph": inspection.graph,
            "base": release.stamp.base,
            "checkpoint": str(release.checkpoint),
            "state": release.stamp.identity,
            "engine": self.engine,
            "own": self.own,
            "media_type": inspection.media_type,
            "language": inspection.language,
            "seconds": math.ceil(self.limits.seconds) + 1,
            "file_bytes": 0,
        }
