"""The archive: earlier releases, those that stand ready and those that are made again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from jalon.errors import NotReady, ReleaseTooCostly
from jalon.ledger.ledger import Ledger
from jalon.store.index import Index, IndexLost, Workroom
from jalon.store.press import OWN, Press
from jalon.store.shelf import Shelf
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot, Stamp
from jalon.store.standing import Record

_log = logging.getLogger(__name__)


class Archive:
    """Every release of one ledger; one at a time is made again."""

    def __init__(self, site: Site, ledger: Ledger, press: Press, record: Record) -> None:
        self._site = site
        self._ledger = ledger
        self._press = press
        self._turn = asyncio.Lock()
        self._record = record
        self.shelf = Shelf(site.shelf)

    @property
    def rules(self) -> str:
        """Names the rules by which releases are made."""
        return self._press.rules

    def belongs(self, stamp: Stamp) -> bool:
        """Whether a snapshot is of this ledger."""
        own = stamp.derivation.rules == OWN
        if stamp.base != self._site.base or own != self._site.own or stamp.number < 1:
            return False
        commits = self._ledger.summaries(stamp.number - 1, stamp.number)
        return any(commit.digest == stamp.commit for commit in commits)

    def newest(self, upto: int) -> Snapshot | None:
        """The newest release up to a number that stands here whole."""
        return self.shelf.newest(self.belongs, upto)

    def workroom(self, deltas: Path | None = None) -> Workroom:
        """Where an index is written; in ``deltas``, what comes and goes in it, where it is
        wanted."""
        site = self._site
        return Workroom(site.workroom, self._ledger.path, site.base, site.own, deltas)

    async def get(self, number: int) -> Snapshot:
        """One release that has been. Raises ReleaseTooCostly over the budget, or NotReady."""
        found = await asyncio.to_thread(self.shelf.get, number, self.belongs)
        return await self._rebuild(number) if found is None else found

    async def _rebuild(self, number: int) -> Snapshot:
        async with self._turn:
            found = await asyncio.to_thread(self.shelf.get, number, self.belongs)
            if found is not None:
                return found
            start = await asyncio.to_thread(self.newest, number)
            await asyncio.to_thread(self._check_cost, start, number)
            _log.info("rebuilding release %s", number)
            index = await Index.begin(self.workroom(), start)
            try:
                await index.advance(number)
                snapshot = await self._press.freeze(index, self.shelf.place(number))
            except IndexLost as lost:
                raise NotReady(reason=str(lost)) from lost
            finally:
                await index.close()
            self.shelf.made(number, rebuilt=True)
            self._record.rebuilt += 1
            return snapshot

    def _check_cost(self, start: Snapshot | None, number: int) -> None:
        after = start.stamp.number if start else 0
        quads = sum(each.added + each.removed for each in self._ledger.summaries(after, number))
        if quads > self._site.rebuild_quads:
            limit = self._site.rebuild_quads
            raise ReleaseTooCostly(release=number, quads=quads, limit=limit)
