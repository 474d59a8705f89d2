"""The use case "propose what an organisation says": worked out, kept, and told to who may know.

A submission is documents, and how they are meant. It is worked out for the newest release, and kept
whatever comes of it: ready to be reviewed, or invalid with the reasons. What cannot even be read is
refused, and is not kept.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext
from dataclasses import dataclass

from jalon.errors import JalonError, NotFound, SubmissionConflict, SubmissionUnknown
from jalon.ledger.submissions import Proposed, Result, Sent, State, Submission, Submissions
from jalon.services.rights import Grant, Scope
from jalon.services.sheets import Sheets, is_sheet
from jalon.store.turns import Turns
from jalon.validation.documents import Document
from jalon.validation.submitted.drafting import Drafted, Drafting, Wish
from jalon.validation.submitted.restating import Mode

INVALID: tuple[State, ...] = ("invalid",)
MOST_NUMBER = 2**62
"""More than any number of a submission."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes, why, and the open submission that it takes the place of, if any."""

    wish: Wish
    message: str
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Submitting:
    """Submissions of one ledger. Methods raise as Submissions does.

    What ends a submission takes turns with what publishes one, which holds it for a while.
    """

    drafting: Drafting
    submissions: Submissions
    turns: Turns
    sheets: Sheets | None = None

    async def submit(self, grant: Grant, proposal: Proposal) -> Submission:
        """A submission as it is kept, with what it comes to.

        It takes the place of what its author has left invalid for the organisation. Raises
        Forbidden, SubmissionUnknown and SubmissionConflict for what it is to take the place of, and
        as Drafting.draft and Sheets.taken.
        """
        wish = proposal.wish
        grant.require_organisation(wish.organisation)
        instead_of = await self._replaced(grant, proposal)
        drafted, mode = await self._drafted(wish)
        proposed = Proposed(
            author=grant.author,
            organisation=wish.organisation,
            mode=mode,
            message=proposal.message,
            documents=tuple(map(_sent, wish.documents)),
        )
        async with self.turns.turn() if instead_of else nullcontext():
            # Who cancels does not know whether it is kept: it is, from here on.
            return await asyncio.shield(
                asyncio.to_thread(self._keep, proposed, result_of(drafted), instead_of)
            )

    async def _drafted(self, wish: Wish) -> tuple[Drafted, Mode]:
        """What a wish comes to, and how its documents are meant: a workbook by its rows."""
        if self.sheets is None or not any(map(is_sheet, wish.documents)):
            return await self.drafting.draft(wish), wish.mode
        taken = await self.sheets.taken(wish)
        drafted = await self.drafting.draft(taken.wish)
        return await asyncio.to_thread(taken.accounted, drafted), taken.wish.mode

    async def accounted(self, submission: Submission, drafted: Drafted) -> Drafted:
        """What a submission comes to by now, with what is wrong by the cells of its sheets, if any.

        Without cells anew where its sheets cannot be read as they were: their columns are others.
        """
        sent = await asyncio.to_thread(self.submissions.documents, submission.id)
        if self.sheets is None or not any(map(is_sheet, sent)):
            return drafted
        documents = tuple(map(_document, sent))
        try:
            taken = await self.sheets.taken(Wish(submission.organisation, "rows", documents))
        except JalonError:
            return drafted
        return await asyncio.to_thread(taken.accounted, drafted)

    async def get(self, grant: Grant, number: int) -> Submission:
        """One submission. Raises SubmissionUnknown, also for one that is none of theirs."""
        found = await asyncio.to_thread(self.submissions.get, number)
        if found is None or not may_see(grant, found):
            raise SubmissionUnknown(submission=number)
        return found

    async def result(self, grant: Grant, number: int) -> Result:
        """What a submission came to when it was last worked out; errors as ``get``."""
        await self.get(grant, number)
        return await asyncio.to_thread(self.submissions.result, number)

    async def annotated(self, grant: Grant, number: int, language: str | None) -> bytes:
        """A copy of the sheet of a submission, with what is wrong beside its cells.

        In the language of the sheet unless another is named. Raises NotFound where it is of no
        sheet, and as ``get`` and Sheets.annotated.
        """
        result = await self.result(grant, number)
        sent = await asyncio.to_thread(self.submissions.documents, number)
        if self.sheets is None or not any(map(is_sheet, sent)):
            raise NotFound(path=f"submissions/{number}/sheet.xlsx")
        account = await asyncio.to_thread(json.loads, result.report)
        return await self.sheets.annotated(sent, account, language)

    async def page(
        self, grant: Grant, most: int, before: int | None, states: tuple[State, ...] | None
    ) -> list[Submission]:
        """Up to ``most`` that who asks may see, with smaller numbers, the newest first."""
        organisations = None if sees_all(grant) else frozenset(grant.organisations)
        upto = MOST_NUMBER if before is None else before
        return await asyncio.to_thread(self.submissions.page, most, upto, states, organisations)

    async def _replaced(self, grant: Grant, proposal: Proposal) -> list[int]:
        organisation = proposal.wish.organisation
        left = await asyncio.to_thread(
            self.submissions.page, MOST_LEFT, MOST_NUMBER, INVALID, (organisation,)
        )
        found = [each.id for each in left if each.author == grant.author]
        if proposal.instead_of is None:
            return found
        earlier = await self.get(grant, proposal.instead_of)
        if earlier.organisation != organisation:
            raise SubmissionUnknown(submission=earlier.id)
        if not earlier.is_open:
            raise conflict(earlier, "ready")
        return [*found, earlier.id]

    def _keep(self, proposed: Proposed, result: Result, instead_of: list[int]) -> Submission:
        number = self.submissions.add(proposed, result, instead_of)
        found = self.submissions.get(number)
        if found is None:
            raise SubmissionUnknown(submission=number)
        return found


MOST_LEFT = 100
"""How many invalid submissions are looked through for those that a new one takes the place of."""


def sees_all(grant: Grant) -> bool:
    """Whether who asks sees every submission."""
    return Scope.REVIEW in grant.scopes or Scope.ADMIN in grant.scopes


def may_see(grant: Grant, submission: Submission) -> bool:
    """Whether who asks sees a submission: reviewers see all, others those of their organisation."""
    return sees_all(grant) or grant.submits_for(submission.organisation)


def result_of(drafted: Drafted) -> Result:
    """What a submission comes to, as it is kept."""
    state: State = "ready" if drafted.is_valid else "invalid"
    return Result(state, drafted.release, drafted.account, drafted.change)


def conflict(submission: Submission, needed: State) -> SubmissionConflict:
    """The error of a submission that is not in the state that something needs."""
    if submission.state == "approved" and submission.published is not None:
        return SubmissionConflict(
            variant="published", submission=submission.id, release=submission.published
        )
    return SubmissionConflict(submission=submission.id, state=submission.state, needed=needed)


def _sent(document: Document) -> Sent:
    return Sent(document.part, document.media_type, document.name, document.content)


def _document(sent: Sent) -> Document:
    """A document of sheets, which is always all that is said, as it was sent."""
    return Document("data", sent.content, sent.media_type, sent.name)
