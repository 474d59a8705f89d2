"""Has writes to graphs worked out, by processes that are kept, and can be killed."""

from __future__ import annotations

import asyncio
import math
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from jalon.errors import (
    JalonError,
    QueryFailed,
    StorageFull,
    ValidationFailed,
    ValidationTooLarge,
)
from jalon.ledger.commits import ChangeSet
from jalon.store import outcome as queries
from jalon.store.index import LIVE
from jalon.store.port import MEGABYTE, Limits
from jalon.store.process import End
from jalon.store.snapshot import Snapshot
from jalon.validation import outcome
from jalon.validation.edit_job import EditHeader, EditJob
from jalon.validation.edits import Edit
from jalon.validation.inspector import Inspector
from jalon.validation.outcome import declined
from jalon.validation.performing import Work, performed
from jalon.validation.port import VIOLATION
from jalon.validation.worker import FILE_BYTES

ATTEMPTS = 3
"""How often a write is worked out where its release is gone before it has been opened."""

CHANGE_BYTES = 400 * MEGABYTE
"""The largest change, its report with it: some million quads."""

_IRI = rb'<[^<>"{}|^`\\\x00-\x20]*+>'
_NODE = rb"(?:%s|_:[0-9A-Za-z]++)" % _IRI
_TEXT = rb'"(?:[^"\\\r\n]++|\\.)*+"(?:@[0-9A-Za-z-]++|\^\^%s)?' % _IRI
Made = TypeVar("Made")

_LINE = re.compile(rb"%s %s (?:%s|%s)(?: (%s))? \." % (_NODE, _IRI, _NODE, _TEXT, _IRI))


@dataclass(frozen=True, slots=True)
class Ends:
    """What it means that a process ended badly, or did not end."""

    check: Callable[[End, Limits], None]
    timed_out: Callable[[Limits], JalonError]


_DOCUMENTS = Ends(outcome.check_end, outcome.timed_out)
_UPDATES = Ends(queries.check_end, queries.timed_out)


@dataclass(frozen=True, slots=True)
class Worked:
    """A write worked out for a release.

    ``change`` adds what the documents say and removes what gives way; ``graphs`` are those that it
    names, None for the unnamed one: for documents, it is that of the edit. ``existed``: the graph
    held something in this release. ``counts`` are results by severity, None where nothing was
    examined; ``report`` is the report as JSON, empty where there is no result.
    """

    release: int
    change: ChangeSet
    existed: bool
    counts: Mapping[str, int] | None
    report: bytes
    graphs: frozenset[str | None]

    @property
    def violations(self) -> int:
        """How many results forbid what the documents say."""
        return self.counts.get(VIOLATION, 0) if self.counts else 0


@dataclass(frozen=True, slots=True)
class Editor:
    """Works where an inspector does, with its engine, by its limits and in turn with it.

    ``workroom`` is a folder on the disk of the releases; ``own``: the unnamed graph is written to.
    """

    inspector: Inspector
    workroom: Path
    own: bool = False

    async def work_out(self, edit: Edit, *, examined: bool) -> Worked:
        """What an edit comes to in the newest release; nothing that documents do gets further.

        With ``examined``, what the documents say is held against the shapes of that release, seen
        as it is after the edit. Raises as Inspector.inspect; for an update, a QueryError.
        """
        ends = _UPDATES if edit.kind == "update" else _DOCUMENTS
        return await self.in_time(partial(self._worked_out, edit, examined=examined), ends)

    async def in_time(
        self, work: Callable[[Snapshot], Awaitable[Made]], ends: Ends | None = None
    ) -> Made:
        """What comes of work on the newest release; ``ends`` tells what it means that it is late.

        Raises as the work, and ServiceBusy.
        """
        limits = self.inspector.limits
        try:
            return await self.inspector.workshop.do(self._at_newest(work), limits.seconds)
        except TimeoutError as error:
            raise (ends or _DOCUMENTS).timed_out(limits) from error

    async def _at_newest(self, work: Callable[[Snapshot], Awaitable[Made]]) -> Made:
        for _ in range(ATTEMPTS):
            release = self.inspector.releases.current
            try:
                return await work(release)
            except (ValidationFailed, QueryFailed):
                # The release may have been put away before the process had opened it.
                if release.checkpoint == self.inspector.releases.current.checkpoint:
                    raise
        raise ValidationFailed

    async def _worked_out(self, edit: Edit, release: Snapshot, *, examined: bool) -> Worked:
        ends = _UPDATES if edit.kind == "update" else _DOCUMENTS
        async with self._scratch(edit) as scratch:
            work = Work(
                trade=self.inspector.trade,
                job=self._job(edit, release, examined, scratch),
                documents=tuple(document.content for document in edit.documents),
                most_bytes=CHANGE_BYTES,
                folder=self.inspector.spool,
                check=lambda end: ends.check(end, self.inspector.limits),
                too_large=ValidationTooLarge(variant="change", limit=CHANGE_BYTES // MEGABYTE),
            )
            head: EditHeader
            head, content = await performed(work, self.inspector.workshop)
        if head["outcome"] != "edited":
            raise declined(head["outcome"], head["code"], head["details"])
        return await asyncio.to_thread(_worked, head, content, edit, release.stamp.number)

    @asynccontextmanager
    async def _scratch(self, edit: Edit) -> AsyncIterator[Path | None]:
        """A place for a copy of the release, which an update may be evaluated on; else none."""
        if edit.kind != "update":
            yield None
            return
        try:
            self.workroom.mkdir(parents=True, exist_ok=True)
            folder = await asyncio.to_thread(tempfile.mkdtemp, prefix=LIVE, dir=self.workroom)
        except OSError as error:
            raise StorageFull from error
        try:
            yield Path(folder) / "scratch"
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    def _job(self, edit: Edit, release: Snapshot, examined: bool, scratch: Path | None) -> EditJob:
        limits = self.inspector.limits
        return {
            "task": "edit",
            "kind": edit.kind,
            "graph": edit.graph,
            "documents": [
                {
                    "part": each.part,
                    "media_type": each.media_type,
                    "name": each.name,
                }
                for each in edit.documents
            ],
            "default_graphs": list(edit.default_graphs),
            "named_graphs": list(edit.named_graphs),
            "base": release.stamp.base,
            "checkpoint": str(release.checkpoint),
            "state": release.stamp.identity,
            "scratch": str(scratch) if scratch else None,
            "own": self.own,
            "engine": self.inspector.engine if examined else None,
            "seconds": math.ceil(limits.seconds) + 1,
            "file_bytes": FILE_BYTES if scratch else 0,
        }


def _worked(head: EditHeader, content: bytes, edit: Edit, release: int) -> Worked:
    adds, removes = head["adds"], head["adds"] + head["removes"]
    change = ChangeSet(content[:adds], content[adds:removes])
    if edit.kind == "change":
        # It is ours, and is not taken back from a process that reads what came from outside.
        change = ChangeSet(*(document.content for document in edit.documents))
    elif edit.kind != "update":
        check_lines(change.adds + change.removes, edit.graph)
    graphs = graphs_of(change.adds) | graphs_of(change.removes)
    return Worked(release, change, head["existed"], head["counts"], content[removes:], graphs)


def check_lines(lines: bytes, graph: str | None) -> None:
    """Raises ValidationFailed unless each line is one quad of this graph, and nothing else."""
    if graphs_of(lines) - {graph}:
        raise ValidationFailed


def graphs_of(lines: bytes) -> frozenset[str | None]:
    """The graphs that quads are of, None for the unnamed one.

    Raises ValidationFailed unless each line is one quad, and nothing else. The process has read
    what came from outside: not even one that has been taken over writes where it may not.
    """
    names = set[bytes | None]()
    for line in lines.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValidationFailed
        names.add(match[1])
    return frozenset(None if name is None else name[1:-1].decode() for name in names)
