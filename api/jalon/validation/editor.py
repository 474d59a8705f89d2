"""Has writes to graphs worked out, each in a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import json
import math
import re
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass

from jalon.errors import ValidationFailed, ValidationTooLarge
from jalon.ledger.commits import ChangeSet
from jalon.store.port import MEGABYTE
from jalon.store.process import OutputTooLarge, ending, header, spool, worker
from jalon.store.snapshot import Snapshot
from jalon.validation.edit_worker import EditHeader, EditJob
from jalon.validation.edits import Edit
from jalon.validation.inspector import Inspector
from jalon.validation.outcome import check_end, declined, timed_out
from jalon.validation.port import VIOLATION

WORKER = "jalon.validation.edit_worker"

ATTEMPTS = 3
"""How often a write is worked out where its release is gone before it has been opened."""

CHANGE_BYTES = 400 * MEGABYTE
"""The largest change, its report with it: some million quads."""

_IRI = rb'<[^<>"{}|^`\\\x00-\x20]*+>'
_NODE = rb"(?:%s|_:[0-9A-Za-z]++)" % _IRI
_TEXT = rb'"(?:[^"\\\r\n]++|\\.)*+"(?:@[0-9A-Za-z-]++|\^\^%s)?' % _IRI
_LINE = re.compile(rb"%s %s (?:%s|%s)(?: (%s))? \." % (_NODE, _IRI, _NODE, _TEXT, _IRI))


@dataclass(frozen=True, slots=True)
class Worked:
    """A write worked out for a release.

    ``change`` adds what the documents say and removes what gives way; it names no other graph.
    ``existed``: the graph held something in this release. ``counts`` are results by severity, None
    where nothing was examined; ``report`` is the report as JSON, empty where there is no result.
    """

    release: int
    change: ChangeSet
    existed: bool
    counts: Mapping[str, int] | None
    report: bytes

    @property
    def violations(self) -> int:
        """How many results forbid what the documents say."""
        return self.counts.get(VIOLATION, 0) if self.counts else 0


@dataclass(frozen=True, slots=True)
class Editor:
    """Works where an inspector does, with its engine, by its limits and in turn with it."""

    inspector: Inspector

    async def work_out(self, edit: Edit, *, examined: bool) -> Worked:
        """What an edit comes to in the newest release; nothing that documents do gets further.

        With ``examined``, what the documents say is held against the shapes of that release, seen
        as it is after the edit. Raises as Inspector.inspect.
        """
        limits = self.inspector.limits
        try:
            return await self.inspector.workshop.do(self._work(edit, examined), limits.seconds)
        except TimeoutError as error:
            raise timed_out(limits) from error

    async def _work(self, edit: Edit, examined: bool) -> Worked:
        for _ in range(ATTEMPTS):
            release = self.inspector.releases.current
            try:
                return await self._worked_out(edit, release, examined)
            except ValidationFailed:
                # The release may have been put away before the process had opened it.
                if release.checkpoint == self.inspector.releases.current.checkpoint:
                    raise
        raise ValidationFailed

    async def _worked_out(self, edit: Edit, release: Snapshot, examined: bool) -> Worked:
        job = json.dumps(self._job(edit, release, examined)).encode("utf-8")
        payload = b"".join((job, b"\n", *(document.content for document in edit.documents)))
        async with worker(WORKER, payload) as process:
            line = await header(process)
            if not line:
                check_end(await ending(process), self.inspector.limits)
                raise ValidationFailed
            head: EditHeader = json.loads(line)
            if head["outcome"] != "edited":
                raise declined(head["outcome"], head["code"], head["details"])
            content = await self._content(process)
            check_end(await ending(process), self.inspector.limits)
        return await asyncio.to_thread(_worked, head, content, edit.graph, release.stamp.number)

    async def _content(self, process: Process) -> bytes:
        try:
            body, _ = await spool(process, CHANGE_BYTES, self.inspector.spool)
        except OutputTooLarge as error:
            limit = CHANGE_BYTES // MEGABYTE
            raise ValidationTooLarge(variant="change", limit=limit) from error
        with body:
            body.seek(0)
            return await asyncio.to_thread(body.read)

    def _job(self, edit: Edit, release: Snapshot, examined: bool) -> EditJob:
        limits = self.inspector.limits
        return {
            "kind": edit.kind,
            "graph": edit.graph,
            "documents": [
                {"part": each.part, "media_type": each.media_type, "size": len(each.content)}
                for each in edit.documents
            ],
            "base": release.stamp.base,
            "checkpoint": str(release.checkpoint),
            "engine": self.inspector.engine if examined else None,
            "memory": limits.memory_bytes,
            "seconds": math.ceil(limits.seconds) + 1,
            "isolated": self.inspector.isolated,
        }


def _worked(head: EditHeader, content: bytes, graph: str | None, release: int) -> Worked:
    adds, removes = head["adds"], head["adds"] + head["removes"]
    change = ChangeSet(content[:adds], content[adds:removes])
    check_lines(change.adds, graph)
    check_lines(change.removes, graph)
    return Worked(release, change, head["existed"], head["counts"], content[removes:])


def check_lines(lines: bytes, graph: str | None) -> None:
    """Raises ValidationFailed unless each line is one quad of this graph, and nothing else.

    The process has read what came from outside: not even one that has been taken over writes into
    another graph.
    """
    name = None if graph is None else f"<{graph}>".encode()
    for line in lines.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[1] != name:
            raise ValidationFailed
