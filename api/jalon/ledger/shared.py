"""A ledger that several nodes share: the truth stands in one place, a copy of its chain in each.

What is appended is kept where all share it, and then copied. The chain is read from the copy, so
that what is published can be read while the shared ledger is away; what stands beside the chain
(authors, tokens, submissions, pins, acts) is in the shared one alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from jalon.errors import JalonError, LedgerBroken, NotReady
from jalon.ledger.chain import Progress, silent
from jalon.ledger.commits import Commit, Draft, Head, batches
from jalon.ledger.ledger import Clock, Ledger
from jalon.ledger.nodes import Nodes
from jalon.ledger.postgresql import PostgresDatabase
from jalon.ledger.sqlite import SqliteDatabase

COPY = Path("ledger") / "copy.sqlite"
"""Where the copy stands in the folder of all state."""

_log = logging.getLogger(__name__)


class SharedLedger(Ledger):
    """A ledger whose chain is read from a copy. One for each data folder, which alone writes it."""

    is_shared = True

    def __init__(self, copy: SqliteDatabase, shared: PostgresDatabase, clock: Clock) -> None:
        """Raises LedgerBroken where the copy ends before a commit that it had."""
        super().__init__(copy, clock, beside=shared)
        self.nodes = Nodes(shared)
        self._shared = Ledger(shared, clock)
        self._leading = shared
        self._turn = threading.Lock()
        self._obstacle: NotReady | None = None

    @classmethod
    def joined(cls, url: str, place: Path, clock: Clock) -> Self:
        """The ledger of this URL, with its copy in a file; one that is damaged is copied anew.

        Raises as Ledger.open.
        """
        shared = PostgresDatabase(url)
        try:
            try:
                return cls(SqliteDatabase(place), shared, clock)
            except LedgerBroken as error:
                _forget(place, error)
                return cls(SqliteDatabase(place), shared, clock)
        except BaseException:
            shared.close()
            raise

    @property
    def obstacle(self) -> NotReady | None:
        """Why the shared ledger could not be followed when that was tried last."""
        return self._obstacle

    def append_all(self, drafts: Sequence[Draft], after: Head | None = None) -> list[Commit]:
        """As Ledger: kept in the shared one when this returns, and copied if that can be done."""
        with self._turn:
            commits = self._shared.append_all(drafts, self.head() if after is None else after)
            try:
                self.extend(commits)
            except JalonError as error:
                _log.error("commit %s is kept and not copied yet: %s", commits[-1].number, error)
        return commits

    def follow(self, progress: Progress = silent) -> Head:
        """Copies what others have appended since; the head that the copy has then.

        Raises NotReady where the shared ledger cannot be read, and LedgerBroken where it does not
        have what the copy has.
        """
        with self._turn:
            try:
                self._follow(progress)
            except NotReady as error:
                self._obstacle = error
                raise
            self._obstacle = None
            return self.head()

    def verify(self, progress: Progress = silent) -> Head:
        """As Ledger, of the copy, which is made anew where it is damaged, and held against the
        shared one."""
        try:
            head = super().verify(progress)
        except LedgerBroken as error:
            place = self.path
            self._database.close()
            _forget(place, error)
            self._database = SqliteDatabase(place)
            self.follow(progress)
            head = super().verify(progress)
        self._shared.refuse_loss(head)
        return head

    def leads(self) -> bool:
        """As Ledger: one of the nodes does, and another when that one is gone. Raises NotReady."""
        return self._leading.leads()

    def close(self) -> None:
        """Lets go of both."""
        super().close()
        self._shared.close()

    def _follow(self, progress: Progress) -> None:
        own, head = self.head(), self._shared.head()
        if head == own:
            return
        self._shared.refuse_loss(own)
        for commits in batches(self._shared.commits(own.number, head.number)):
            self.extend(commits)
            progress(commits[-1].number, head.number)


def _forget(place: Path, why: LedgerBroken) -> None:
    """Takes a copy away that is not to be relied on: the truth is elsewhere."""
    _log.warning("the copy of the ledger is made anew: %s", why)
    for file in place.parent.glob(f"{place.name}*"):
        file.unlink(missing_ok=True)
