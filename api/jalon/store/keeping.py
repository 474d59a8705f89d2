"""Keeping: changes go into the ledger, and from there into the index that releases are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pyoxigraph

from jalon.errors import NotReady, ReleaseConflict, StorageFull
from jalon.ledger.commits import ChangeSet, Draft, Head, HeadMoved
from jalon.ledger.ledger import Ledger
from jalon.store.archive import Archive
from jalon.store.current_index import CurrentIndex
from jalon.store.index import Index, IndexLost
from jalon.store.intake import Asked, Outcome, Proposal
from jalon.store.room import Room
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot
from jalon.store.standing import Record

ENGINE = f"pyoxigraph {pyoxigraph.__version__}"


class Keeper:
    """Keeps changes; ``head`` is the newest commit that the index here is for.

    For who has the turn: one thing is done at a time.
    """

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        archive: Archive,
        index: CurrentIndex,
        record: Record,
    ) -> None:
        self.head = Head(0, "")
        self._site = site
        self._ledger = ledger
        self._index = index
        self._archive = archive
        self._record = record

    async def open_index(self) -> Index:
        """The index with the newest commit in it. Raises IndexLost, and OSError."""
        return await self._index.at(self.head.number, self._newest)

    def _newest(self) -> Snapshot | None:
        return self._archive.newest(self.head.number)

    async def take_in(self) -> None:
        """What others have committed since to a ledger that is shared. Raises NotReady."""
        head = await asyncio.to_thread(self._ledger.follow)
        if head != self.head:
            self.head = head
            await self._advance()

    async def keep(self, together: Sequence[Asked]) -> None:
        """Keeps changes in one transaction, and tells those who asked what came of it."""
        try:
            outcomes = await self._kept_after_others(together)
        except BaseException as error:
            for asked in together:
                asked.kept.set_exception(error)
                # Who has gone does not ask for it.
                asked.kept.exception()
            if not isinstance(error, Exception):
                raise
        else:
            for asked, outcome in zip(together, outcomes, strict=True):
                asked.kept.set_result(outcome)

    async def _kept_after_others(self, together: Sequence[Asked]) -> list[Outcome]:
        """As ``_kept``, behind what other nodes commit meanwhile: each time, one of them has."""
        while True:
            try:
                return await self._kept(together)
            except HeadMoved:
                await self.take_in()

    async def _kept(self, together: Sequence[Asked]) -> list[Outcome]:
        if self._ledger.is_shared:
            # Else what another node has undone would seem to be there still.
            await self.take_in()
        expected, number = together[0].expected, self.head.number
        if expected is not None and expected != number:
            raise ReleaseConflict(expected=expected, current=number)
        await asyncio.to_thread(self._check_room, sum(asked.size for asked in together))
        changes = await self._differing([asked.proposal.change for asked in together])
        drafts: list[Draft] = []
        outcomes: list[Outcome] = []
        for asked, change in zip(together, changes, strict=True):
            if change.adds or change.removes:
                drafts.append(self._draft(asked.proposal, change))
            outcomes.append(Outcome(number + len(drafts), change.added, change.removed))
        if drafts:
            commits = await asyncio.to_thread(self._ledger.append_all, drafts, self.head)
            self.head = commits[-1].head
            self._record.commits += len(commits)
            await self._advance()
        return outcomes

    def _draft(self, proposal: Proposal, change: ChangeSet) -> Draft:
        return Draft(
            change=change,
            author=proposal.author,
            message=proposal.message,
            source=proposal.source,
            report=proposal.report,
            rules=self._archive.rules,
            engine=ENGINE,
        )

    async def _differing(self, changes: Sequence[ChangeSet]) -> list[ChangeSet]:
        """The parts of changes that change something; a writer process that died is replaced."""
        try:
            return await (await self.open_index()).differ(changes)
        except IndexLost as lost:
            await self._index.lose(lost)
        try:
            return await (await self.open_index()).differ(changes)
        except IndexLost as lost:
            await self._index.lose(lost)
            if lost.full:
                raise StorageFull from lost
            raise NotReady(reason=str(lost)) from lost

    async def _advance(self) -> None:
        """Has the index take in the head; where it fails, publishing does it again."""
        try:
            await (await self.open_index()).advance(self.head.number)
        except (IndexLost, OSError) as lost:
            await self._index.lose(lost)

    def _check_room(self, size: int) -> None:
        obstacle = Room.of(self._site.folder).obstacle(size)
        if obstacle is not None:
            raise obstacle
