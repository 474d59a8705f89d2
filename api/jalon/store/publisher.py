"""The publisher: commits go into the ledger, then into the index, and come out as releases.

It is the one place that writes. A commit is kept once the ledger has it; everything after that can
be done again, and is, whatever process dies.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from jalon.errors import NotReady, PublicationPending, ReleaseUnknown
from jalon.ledger.commits import Head
from jalon.ledger.ledger import Ledger
from jalon.store.archive import Archive
from jalon.store.awaited import AwaitedReleases
from jalon.store.current_index import CurrentIndex
from jalon.store.fellows import Fellows
from jalon.store.index import LIVE, Index, IndexLost, Progress, silent
from jalon.store.intake import Intake, Outcome, Proposal
from jalon.store.keeping import Keeper
from jalon.store.press import DUMP, Deriver, Press
from jalon.store.settling import Settler
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot, following
from jalon.store.standing import Record, Standing, standing_of

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds between attempts to publish."""

CLOSING_SECONDS = 0.5
"""How long what is begun may take to end when nothing is written any more."""

Made = TypeVar("Made")

_log = logging.getLogger(__name__)


class Publisher:
    """Writes, and knows every release. One for each data folder, and one at a time."""

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        deriver: Deriver | None = None,
        progress: Progress = silent,
        fellows: Fellows | None = None,
    ) -> None:
        self.record = Record()
        self._site = site
        self._ledger = ledger
        self._fellows = fellows
        self._press = Press(site.folder, deriver, site.own)
        self._archive = Archive(site, ledger, self._press, self.record)
        self._turn = asyncio.Lock()
        self._intake = Intake()
        self._index = CurrentIndex(self._archive, self.record, progress, site.deltas)
        self._keeper = Keeper(site, ledger, self._archive, self._index, self.record)
        self._settler = Settler(self._archive, self._index, self.record, self._take_settled)
        self._current: Snapshot | None = None
        self._awaited = AwaitedReleases()
        self._publishing: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[object]] = set()
        self._closing = False
        self._watching: list[Callable[[Snapshot], None]] = []

    @property
    def current(self) -> Snapshot:
        """The newest release. Raises NotReady before there is one."""
        if self._current is None:
            raise NotReady(reason=str(self._site.shelf))
        return self._current

    @property
    def head(self) -> Head:
        """The newest commit; it may not be published yet."""
        return self._keeper.head

    @property
    def workroom(self) -> Path:
        """The folder of live indexes, where others may make copies of releases to work on."""
        return self._site.workroom

    def leads(self) -> bool:
        """Whether it is this node that speaks to what all nodes share. Raises NotReady."""
        return self._ledger.leads()

    def digest_of(self, number: int) -> str | None:
        """The digest of a commit; None where there is no such commit. It reads the ledger."""
        return next((each.digest for each in self._ledger.summaries(number - 1, number)), None)

    async def standing(self) -> Standing:
        """Where the ledger and the releases stand, read from the device. Raises as standing_of."""
        release = self.current.stamp.number
        return await asyncio.to_thread(standing_of, self._ledger, release, self._site.folder)

    @property
    def index_pid(self) -> int | None:
        """The writer process, while there is one."""
        return self._index.pid

    async def open(self) -> None:
        """Takes up the newest release that is whole, and publishes what is missing since then.

        The ledger has been verified. Nobody else writes to the folder. It takes as long as it
        takes: a large ledger's index may be minutes in the making.
        """
        await asyncio.to_thread(self._clear)
        self._keeper.head = await asyncio.to_thread(self._ledger.head)
        self._current = await asyncio.to_thread(self._archive.newest, self.head.number)
        if self.head.number and not self._is_current():
            await self._published(self.head.number, None)
        elif self._current is not None:
            self._settler.expect(self._current)

    def watch(self, told: Callable[[Snapshot], None]) -> None:
        """Has the newest release told now, and every later one."""
        self._watching.append(told)
        if self._current is not None:
            told(self._current)

    async def commit(
        self,
        proposal: Proposal,
        expected: int | None = None,
        kept: Callable[[], None] | None = None,
    ) -> Outcome:
        """Keeps a change and publishes it; returns when it can be asked.

        ``kept`` is called in between. Without a quad to add or remove nothing is kept, and the
        newest release is the outcome. Raises ReleaseConflict where the newest commit is not the
        expected one, StorageFull where nothing is kept, and PublicationPending where it is kept and
        cannot be asked yet. Who cancels does not undo: what is begun is ended.
        """
        return await self._finish(self._commit(proposal, expected, kept))

    async def settle(self) -> None:
        """Returns when the newest commit can be asked, whichever node it is of.

        Raises NotReady where a shared ledger cannot be read, and PublicationPending.
        """
        if self._ledger.is_shared or not self._is_current():
            await self._finish(self._settle())

    async def _settle(self) -> None:
        async with self._turn:
            await self._keeper.take_in()
        await self._published(self.head.number, self._site.patience)

    async def keep_up(self) -> None:
        """Takes in and publishes what other nodes have committed to a ledger that is shared.

        Returns when it can be asked. Raises NotReady where the ledger cannot be read.
        """
        async with self._turn:
            await self._keeper.take_in()
        if self.head.number:
            await self._published(self.head.number, None)

    async def at(self, number: int) -> Snapshot:
        """One release, rebuilt from the ledger where it does not stand ready.

        Raises ReleaseUnknown, or ReleaseTooCostly over the budget for that.
        """
        current = self.current
        if number == current.stamp.number:
            return current
        if not 1 <= number < current.stamp.number:
            raise ReleaseUnknown(release=number, current=current.stamp.number)
        return await self._finish(self._archive.get(number))

    async def close(self) -> None:
        """Ends what is begun, and the writer process; nothing is written any more.

        Who waits for a release is told that its change is kept. What does not end by itself is
        given up: a writer process may hang, and a release take minutes. May be called twice.
        """
        self._closing = True
        await self._settler.close()
        self._index.close()
        if self._publishing is not None:
            self._publishing.cancel()
        if self._work:
            await asyncio.wait(self._work, timeout=CLOSING_SECONDS)
        await self._index.drop()
        for each in self._work:
            each.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._index.drop()

    async def _finish(self, work: Coroutine[object, object, Made]) -> Made:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._closing and task.cancelled():
                raise NotReady(variant="stopping") from None
            raise

    async def _commit(
        self, proposal: Proposal, expected: int | None, kept: Callable[[], None] | None
    ) -> Outcome:
        asked = self._intake.ask(proposal, expected)
        try:
            async with self._turn:
                # Who comes first keeps what others have asked for meanwhile.
                while not asked.kept.done():
                    await self._keeper.keep(self._intake.take())
        finally:
            self._intake.withdraw(asked)
        outcome = asked.kept.result()
        if kept is not None:
            kept()
        await self._published(outcome.release, self._site.patience)
        if self._fellows is not None:
            await self._fellows.reached(outcome.release)
        return outcome

    async def _published(self, number: int, patience: float | None) -> None:
        """Returns when a release of at least this number can be asked; by then, if there is one."""
        if self._is_current() and self.current.stamp.number >= number:
            return
        if self._closing:
            raise PublicationPending(release=number)
        news = self._awaited.expect(number)
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.create_task(self._publish_all())
        try:
            async with asyncio.timeout(patience):
                await news
        except TimeoutError as error:
            raise PublicationPending(release=number) from error

    async def _publish_all(self) -> None:
        self._settler.put_off()
        pause = FIRST_PAUSE
        while not self._is_current():
            try:
                async with self._turn:
                    await self._publish()
            except (IndexLost, OSError) as error:
                _log.error("release %s is not published yet: %s", self.head.number, error)
                self.record.failures += 1
                await self._index.lose(error)
                if pause > FIRST_PAUSE:
                    self._awaited.pending(self.head.number)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except asyncio.CancelledError:
                self._awaited.pending(self.head.number)
                raise
            except Exception as error:
                self._awaited.fail(error)
                raise
            else:
                pause = FIRST_PAUSE
                self._awaited.reached(self.current.stamp.number)
        self._settler.expect(self.current)

    async def _publish(self) -> None:
        number, clock = self.head.number, asyncio.get_running_loop().time
        began = clock()
        index = await self._keeper.open_index()
        made = await self._press.freeze(index, self._archive.shelf.place(number))
        self._archive.shelf.made(number)
        self._put(following(self._current, made))
        await asyncio.to_thread(self._prune)
        self.record.publish(clock() - began)
        stamp = self.current.stamp
        counts = (stamp.quads, stamp.shown, stamp.entailed)
        _log.info("release %s: %s quads, %s triples shown, %s entailed", number, *counts)

    def _put(self, release: Snapshot) -> None:
        self._current = release
        for told in self._watching:
            told(release)

    async def _take_settled(self, made: Snapshot, index: Index) -> Index | None:
        async with self._turn:
            current = self.current
            same = current.stamp.identity == made.stamp.identity
            if self._closing or not same or not self._is_current():
                return index
            settled = self._archive.shelf.settle(made)
            self._put(replace(settled, news=current.news))
            return self._index.exchange(index)

    def _is_current(self) -> bool:
        """Whether the newest release has the newest commit, by the rules in force."""
        if self._current is None:
            return False
        stamp = self._current.stamp
        ruled = self._site.any_rules or stamp.derivation.rules == self._press.rules
        return ruled and (stamp.number, stamp.commit) == (self.head.number, self.head.digest)

    def _prune(self) -> None:
        # Which releases are pinned may stand elsewhere: without that, none goes.
        with suppress(NotReady):
            self._archive.shelf.prune(self._ledger.pins())

    def _clear(self) -> None:
        """What a process that died has left; this one alone writes here."""
        self._site.folder.mkdir(parents=True, exist_ok=True)
        self._archive.shelf.clear_unfinished()
        for left in (*self._site.workroom.glob(f"{LIVE}*"), *self._site.folder.glob(f"{DUMP}*")):
            shutil.rmtree(left, ignore_errors=True)
