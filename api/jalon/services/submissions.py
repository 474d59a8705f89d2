"""The use cases around submissions together, and what is told of one, with the names of things."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import Ledger
from jalon.ledger.submissions import Submission
from jalon.services.foreseeing import Foreseeing, Foreseen
from jalon.services.naming import Names, Naming
from jalon.services.reviewing import Reviewing
from jalon.services.rights import Grant
from jalon.services.submitting import Submitting
from jalon.services.wording import iris_in, sentences
from jalon.services.writing import Writing


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a submission.

    ``account`` is an AccountDocument; ``names`` are labels of what it mentions, ``words`` a
    sentence for each of its shifts by language; ``change`` is what the organisation's graph gains
    and loses; ``authors`` has names by their opaque ids, None for who is not known any more.
    """

    submission: Submission
    release: int
    account: Mapping[str, Any]
    change: ChangeSet
    names: Names
    words: Mapping[str, list[str]]
    authors: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Stewardship:
    """Proposing, deciding and telling, over one ledger."""

    writing: Writing
    submitting: Submitting
    reviewing: Reviewing
    naming: Naming
    foreseeing: Foreseeing
    ledger: Ledger

    async def tell(self, grant: Grant, number: int) -> Told:
        """All that is told of a submission. Raises as Submitting.get, and as a query."""
        submission = await self.submitting.get(grant, number)
        result = await self.submitting.result(grant, number)
        account = await asyncio.to_thread(json.loads, result.report)
        names = await self.naming.names(iris_in(account["shifts"]))
        return Told(
            submission=submission,
            release=result.release,
            account=account,
            change=result.change,
            names=names,
            words=await asyncio.to_thread(sentences, account["shifts"], names),
            authors=await self.authors(submission),
        )

    async def foreseen(self, grant: Grant, number: int) -> tuple[int, Foreseen]:
        """What a submission would have entailed, and the release that it is held against.

        Raises as Submitting.get and Foreseeing.foreseen.
        """
        result = await self.submitting.result(grant, number)
        account = await asyncio.to_thread(json.loads, result.report)
        return result.release, await self.foreseeing.foreseen(account, result.release)

    async def authors(self, *submissions: Submission) -> Mapping[str, str | None]:
        """The names of who had a hand in submissions."""
        ids = {each.author for each in submissions}
        ids |= {step.author for each in submissions for step in each.steps}
        return await asyncio.to_thread(lambda: {each: self._name(each) for each in ids})

    async def name(self, author: str) -> str | None:
        """What an author is called; None for one who is not known any more."""
        return await asyncio.to_thread(self._name, author)

    def _name(self, author: str) -> str | None:
        known = self.ledger.author(author)
        return known.name if known else None
