"""Has submissions worked out, by processes that are kept, and can be killed."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from jalon.errors import ValidationFailed, ValidationTooLarge
from jalon.ledger.commits import ChangeSet
from jalon.store.port import MEGABYTE
from jalon.store.snapshot import Snapshot
from jalon.terms import SUBMITTED_GRAPHS
from jalon.validation.documents import Document
from jalon.validation.editor import CHANGE_BYTES, Editor, check_lines
from jalon.validation.outcome import check_end, declined
from jalon.validation.performing import Work, performed
from jalon.validation.submitted.job import SubmitHeader, SubmitJob
from jalon.validation.submitted.restating import Mode


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organisation wants said, by documents: ``adds`` and ``removes``, or all data.

    ``scope``, for rows, are the places that they speak for: IRIs of a thing and a property.
    """

    organisation: str
    mode: Mode
    documents: tuple[Document, ...]
    scope: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """A submission worked out for a release.

    ``change`` is what the graph of the organisation gains and loses; ``violations`` are those that
    come with it, ``counts`` results by severity with those that were there before; ``retyped`` is
    how many literals the index would keep as another datatype; ``account`` is an AccountDocument.
    """

    release: int
    change: ChangeSet
    violations: int
    counts: Mapping[str, int]
    retyped: int
    account: bytes

    @property
    def is_valid(self) -> bool:
        """Whether it may be published: nothing is wrong with it, and nothing would be retyped."""
        return not self.violations and not self.retyped


@dataclass(frozen=True, slots=True)
class Drafting:
    """Works where an editor does, by its limits and in turn with it."""

    editor: Editor

    async def draft(self, wish: Wish) -> Drafted:
        """What a wish comes to in the newest release; nothing that documents do gets further.

        Raises Forbidden and RdfRefused for what the organisation may not say, and as
        Editor.work_out.
        """
        return await self.editor.in_time(partial(self._drafted, wish))

    async def _drafted(self, wish: Wish, release: Snapshot) -> Drafted:
        inspector = self.editor.inspector
        work = Work(
            trade=inspector.trade,
            job=self._job(wish, release),
            documents=tuple(document.content for document in wish.documents),
            most_bytes=CHANGE_BYTES,
            folder=inspector.spool,
            check=partial(check_end, limits=inspector.limits),
            too_large=ValidationTooLarge(variant="change", limit=CHANGE_BYTES // MEGABYTE),
        )
        head: SubmitHeader
        head, content = await performed(work, inspector.workshop)
        if head["outcome"] != "submitted":
            raise declined(head["outcome"], head["code"], head["details"])
        return await asyncio.to_thread(_checked, head, content, wish.organisation, release)

    def _job(self, wish: Wish, release: Snapshot) -> SubmitJob:
        inspector = self.editor.inspector
        return {
            "task": "submit",
            "mode": wish.mode,
            "organisation": wish.organisation,
            "scope": list(wish.scope),
            "documents": [
                {"part": each.part, "media_type": each.media_type, "name": each.name}
                for each in wish.documents
            ],
            "base": release.stamp.base,
            "checkpoint": str(release.checkpoint),
            "state": release.stamp.identity,
            "engine": inspector.engine,
            "own": self.editor.own,
            "seconds": math.ceil(inspector.limits.seconds) + 1,
            "file_bytes": 0,
        }


def _checked(head: SubmitHeader, content: bytes, organisation: str, release: Snapshot) -> Drafted:
    """What a process says, which has read what came from outside: it writes where it may, alone."""
    adds, removes = head["adds"], head["adds"] + head["removes"]
    change = ChangeSet(content[:adds], content[adds:removes])
    base = release.stamp.base
    check_lines(change.adds + change.removes, f"{base}{SUBMITTED_GRAPHS}{organisation}")
    about = re.compile(rb"<%s[^>]*> " % re.escape(f"{base}id/".encode()))
    if not all(about.match(line) for line in change.adds.splitlines()):
        raise ValidationFailed
    return Drafted(
        release=release.stamp.number,
        change=change,
        violations=head["new"],
        counts=head["counts"],
        retyped=head["retyped"],
        account=content[removes:],
    )
