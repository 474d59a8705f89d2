"""The use case "decide on what was submitted": publish it, send it back, or take it back again.

Publishing is one commit and one release, made on the release that is the newest then: what it was
worked out for may be an older one, and it is held against the shapes again. Where something else
has changed the same thing meanwhile, nobody decides for the organisation: it is a conflict. Taking
back is a commit, too, and checked as any other. Whatever dies between, the chain alone says whether
a submission was published.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jalon.errors import BadRequest, DoesNotConform, ReleaseConflict, SubmissionConflict
from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import Ledger
from jalon.ledger.submissions import PUBLISHED, TAKEN_BACK, Result, Submission
from jalon.services.rights import Grant, Scope
from jalon.services.submitting import Submitting, conflict
from jalon.services.writing import ATTEMPTS, Writing, Written
from jalon.store.intake import Proposal
from jalon.store.shown import ABOUT
from jalon.validation.documents import Document
from jalon.validation.editor import Worked
from jalon.validation.edits import Edit
from jalon.validation.submitted.drafting import Drafted

N_QUADS = "application/n-quads"
_SUBJECT = re.compile(rb"^\S+", re.MULTILINE)
_ABOUT = re.compile(rb"^(\S+) %s (\S+)" % re.escape(str(ABOUT).encode()), re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Decisions on submissions; those that publish take turns with other writes."""

    submitting: Submitting
    writing: Writing
    ledger: Ledger

    async def approve(self, grant: Grant, number: int, reason: str) -> Written:
        """Publishes a submission that is ready; returns when it can be asked.

        Raises Forbidden, SubmissionUnknown, SubmissionConflict where it is not ready or something
        else has changed the same thing, DoesNotConform where the release of now forbids it, and as
        Writing.write.
        """
        grant.require(Scope.REVIEW)
        async with self.writing.turns.turn():
            return await self._retried(lambda: self._approve(grant, number, reason))

    async def revert(self, grant: Grant, number: int, reason: str) -> Written:
        """Takes back a submission that was published; errors as ``approve``."""
        grant.require(Scope.REVIEW)
        async with self.writing.turns.turn():
            return await self._retried(lambda: self._revert(grant, number, reason))

    async def reject(self, grant: Grant, number: int, reason: str) -> Submission:
        """Ends a submission that is open; reviewers do, and who has made it.

        Raises Forbidden, SubmissionUnknown, SubmissionConflict, and BadRequest without a reason.
        """
        found = await self.submitting.get(grant, number)
        if grant.author != found.author:
            grant.require(Scope.REVIEW)
        if not reason:
            raise BadRequest(variant="reason")
        submissions = self.submitting.submissions
        result = await asyncio.to_thread(submissions.result, number)
        step = Result("rejected", result.release)
        # In turn with who publishes it: what was answered as rejected is never published.
        async with self.writing.turns.turn():
            kept = await asyncio.shield(
                asyncio.to_thread(submissions.step, number, grant.author, reason, step)
            )
        found = await self.submitting.get(grant, number)
        if not kept:
            raise conflict(found, "ready")
        return found

    async def _retried(self, decide: Callable[[], Awaitable[Written]]) -> Written:
        for _ in range(ATTEMPTS - 1):
            try:
                return await decide()
            except ReleaseConflict:
                # Another commit has come between: it is looked at anew.
                continue
        return await decide()

    async def _approve(self, grant: Grant, number: int, reason: str) -> Written:
        submission = await self.submitting.get(grant, number)
        if submission.state != "ready":
            raise conflict(submission, "ready")
        result = await self.submitting.result(grant, number)
        await self.writing.settle()
        await self._check_meanwhile(submission, result.change, result.release)
        worked = await self._worked_out(result.change)
        if worked.violations:
            await self._send_back(grant, submission, result, worked)
        source = f"{PUBLISHED}{number}"
        return await self._publish(grant, submission, worked, source, reason)

    async def _revert(self, grant: Grant, number: int, reason: str) -> Written:
        submission = await self.submitting.get(grant, number)
        published = submission.published
        if submission.state != "approved" or published is None:
            raise conflict(submission, "approved")
        await self.writing.settle()
        made = (await asyncio.to_thread(self.ledger.commit, published)).change
        await self._check_meanwhile(submission, made, published)
        worked = await self._worked_out(ChangeSet(adds=made.removes, removes=made.adds))
        if worked.violations:
            report = worked.report.decode("utf-8")
            raise DoesNotConform(violations=worked.violations, report=report)
        source = f"{TAKEN_BACK}{number}"
        return await self._publish(grant, submission, worked, source, reason)

    async def _worked_out(self, change: ChangeSet) -> Worked:
        """What a change of ours comes to in the newest release."""
        documents = (
            Document("adds", change.adds, N_QUADS),
            Document("removes", change.removes, N_QUADS),
        )
        edit = Edit("change", None, documents)
        return await self.writing.editor.work_out(edit, examined=True)

    async def _send_back(
        self, grant: Grant, submission: Submission, result: Result, worked: Worked
    ) -> None:
        """Notes that a submission is invalid by now, and raises DoesNotConform."""
        account = {**json.loads(result.report), "report": json.loads(worked.report)}
        drafted = Drafted(
            release=worked.release,
            change=result.change,
            violations=worked.violations,
            counts=worked.counts or {},
            retyped=0,
            account=json.dumps(account, ensure_ascii=False).encode(),
        )
        drafted = await self.submitting.accounted(submission, drafted)
        step = Result("invalid", worked.release, drafted.account, result.change)
        table = self.submitting.submissions
        await asyncio.to_thread(table.step, submission.id, grant.author, "", step)
        report = worked.report.decode("utf-8")
        raise DoesNotConform(violations=worked.violations, report=report)

    async def _publish(
        self, grant: Grant, submission: Submission, worked: Worked, source: str, reason: str
    ) -> Written:
        proposal = Proposal(
            change=worked.change,
            author=grant.author,
            message=reason or submission.message,
            source=source,
            report=json.dumps({"validated": worked.counts is not None, "results": worked.counts}),
        )
        outcome = await self.writing.publisher.commit(proposal, worked.release)
        if not (outcome.added or outcome.removed):
            raise SubmissionConflict(variant="empty", submission=submission.id)
        return Written(outcome.release, created=False, changed=True)

    async def _check_meanwhile(
        self, submission: Submission, change: ChangeSet, release: int
    ) -> None:
        """Raises SubmissionConflict where a commit since a release has changed the same thing."""
        found = await asyncio.to_thread(self._meanwhile, change, release)
        if found is not None:
            commit, thing = found
            raise SubmissionConflict(
                variant="changed",
                submission=submission.id,
                release=commit.number,
                message=commit.message or commit.source,
                thing=thing,
            )

    def _meanwhile(self, change: ChangeSet, release: int) -> tuple[Commit, str] | None:
        mine = spoken_of(change)
        for commit in self.ledger.commits(release):
            both = mine.intersection(spoken_of(commit.change))
            if both:
                return commit, min(both).decode()
        return None


def spoken_of(change: ChangeSet) -> set[bytes]:
    """The things that a change is about: its subjects; for notes, what they are about instead."""
    lines = change.adds + change.removes
    notes = {match[1]: match[2] for match in _ABOUT.finditer(lines)}
    return {*_SUBJECT.findall(lines), *notes.values()} - set(notes)
