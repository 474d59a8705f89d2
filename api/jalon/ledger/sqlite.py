"""The ledger in one SQLite database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from jalon.errors import LedgerBroken, ReleaseUnknown, StorageFull
from jalon.ledger.audit import Audit
from jalon.ledger.authors import Author, Authors
from jalon.ledger.backup import copy_database
from jalon.ledger.commits import Commit, Draft, Head, Summary, ordered, sealed, written
from jalon.ledger.database import Database
from jalon.ledger.rows import (
    NotAsWritten,
    Packed,
    digest_at,
    insert,
    numbers,
    read_head,
    select,
    select_summaries,
)
from jalon.ledger.submissions import Submissions
from jalon.ledger.tokens import Tokens
from jalon.ledger.watermark import Watermark

PLACE = Path("ledger") / "ledger.sqlite"
"""Where the ledger stands in the folder of all state."""

PAGE = 200
"""How many summaries are read at a time."""

Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


def silent(_done: int, _all: int) -> None:
    """Nobody is told."""


class SqliteLedger:
    """Commits in order, each durable before it is acknowledged.

    Methods may be called from any thread, and while other processes read. Reading checks each
    commit against its digest and the one before it: LedgerBroken where it is not as written.
    ``tokens``, ``audit`` and ``submissions`` stand beside the chain, as authors and pins do.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._watermark = Watermark(database.path)
        self._authors = Authors(database, clock)
        self.tokens = Tokens(database, clock)
        self.audit = Audit(database, clock)
        self.submissions = Submissions(database, clock)

    @classmethod
    def open(cls, path: Path, clock: Clock, *, read_only: bool = False) -> Self:
        """The ledger in this file, which is made where there is none unless only read.

        ``clock`` gives aware times. Raises LedgerBroken where it is damaged or ends before a
        commit that was acknowledged, NotReady where a later version wrote it or it cannot be
        opened, StorageFull.
        """
        # Before the ledger: it never notes what the ledger does not have yet.
        noted = Watermark(path).read()
        ledger = cls(Database(path, read_only=read_only), clock)
        try:
            ledger._refuse_loss(noted)
        except BaseException:
            ledger.close()
            raise
        if noted is None and not read_only:
            ledger._watermark.raise_to(ledger.head())
        return ledger

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def append(self, draft: Draft) -> Commit:
        """The commit of a draft, on the device when this returns; errors as ``append_all``."""
        [commit] = self.append_all([draft])
        return commit

    def append_all(self, drafts: Sequence[Draft]) -> list[Commit]:
        """The commits of drafts, at least one, all on the device when this returns, or none.

        Raises StorageFull where there is no room; nothing is kept then. ValueError where a change
        is not as ``ChangeSet`` says.
        """
        for draft in drafts:
            if not (ordered(draft.change.adds) and ordered(draft.change.removes)):
                raise ValueError("the lines of a change are sorted, each once")
        packed = [Packed.of(draft) for draft in drafts]
        commits: list[Commit] = []
        with self._database.write() as connection:
            head = read_head(connection)
            for draft, content in zip(drafts, packed, strict=True):
                commit = sealed(draft, head, self._clock())
                insert(connection, commit, content)
                head = Head(commit.number, commit.digest)
                commits.append(commit)
        self._watermark.raise_to(head)
        return commits

    def head(self) -> Head:
        """The last commit's number and digest."""
        with self._database.read() as connection:
            return read_head(connection)

    def commit(self, number: int) -> Commit:
        """One commit. Raises ReleaseUnknown where there is none of this number."""
        current = self.head().number
        if not 1 <= number <= current:
            raise ReleaseUnknown(release=number, current=current)
        return self._read(number)

    def commits(self, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """The commits after one number up to another, or to the head of now, in order.

        One at a time is in memory, and no transaction is open between them.
        """
        last = self.head().number
        for number in range(after + 1, min(last, last if upto is None else upto) + 1):
            yield self._read(number)

    def summaries(self, after: int = 0, upto: int | None = None) -> Iterator[Summary]:
        """As ``commits``, without the quads, and not checked against the digests."""
        last = self.head().number
        upto = min(last, last if upto is None else upto)
        while after < upto:
            page = min(after + PAGE, upto)
            try:
                with self._database.read() as connection:
                    summaries = select_summaries(connection, after, page)
            except NotAsWritten as error:
                raise self._broken(after + 1, "commit") from error
            yield from summaries
            after = page

    def verify(self, progress: Progress = silent) -> Head:
        """Recomputes the whole chain, and lets SQLite check its file; what it ends in.

        Raises LedgerBroken for the first commit that is not as it was written.
        """
        self._check_file()
        head = self._checked_head()
        for number in range(1, head.number + 1):
            if self._read(number).digest != head.digest and number == head.number:
                raise self._broken(number, "commit")
            progress(number, head.number)
        return head

    def backup(self, target: Path, progress: Progress = silent) -> Head:
        """Copies the whole database, as it is at one moment, into a file that may be there.

        It is written whole or not at all; reading and writing go on meanwhile. What is told of
        progress is in pages. Returns the head of the copy. Raises StorageFull, NotReady.
        """
        try:
            with self._database.read() as connection:
                return copy_database(connection, target, progress)
        except StorageFull as error:
            raise StorageFull(variant="copy", file=str(target)) from error

    def close(self) -> None:
        """Lets go of the file."""
        self._database.close()

    def add_author(self, name: str, address: str = "") -> str:
        """The opaque id of a new author, which is all that commits say of them."""
        return self._authors.add(name, address)

    def author(self, identifier: str) -> Author | None:
        """An author by id; without name and address once erased; None where unknown."""
        return self._authors.get(identifier)

    def erase_author(self, identifier: str) -> bool:
        """Forgets name and address; False where the id is unknown. Backups keep what they have."""
        return self._authors.erase(identifier)

    def pin(self, number: int) -> None:
        """Marks a release as one that stays ready. Raises ReleaseUnknown."""
        current = self.head().number
        if not 1 <= number <= current:
            raise ReleaseUnknown(release=number, current=current)
        with self._database.write() as connection:
            row = (number, written(self._clock()))
            connection.execute("INSERT INTO pins VALUES (?, ?) ON CONFLICT DO NOTHING", row)

    def unpin(self, number: int) -> bool:
        """Takes the mark away; False where there was none."""
        with self._database.write() as connection:
            done = connection.execute("DELETE FROM pins WHERE number = ?", (number,))
            return done.rowcount > 0

    def pins(self) -> tuple[int, ...]:
        """The releases that stay ready, in order."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT number FROM pins ORDER BY number")
            return tuple(number for (number,) in rows)

    def _read(self, number: int) -> Commit:
        """One commit that must be there, as it was written."""
        try:
            with self._database.read() as connection:
                commit = select(connection, number)
        except NotAsWritten as error:
            raise self._broken(number, "commit") from error
        if commit is None:
            raise self._broken(number, "missing")
        return commit

    def _check_file(self) -> None:
        with self._database.read() as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise self._database.broken(str(found))

    def _checked_head(self) -> Head:
        """The head; no commit stands outside of what it spans. A gap is found when it is read."""
        with self._database.read() as connection:
            # In this order: what is appended between the two is within the later head.
            first, last = numbers(connection)
            head = read_head(connection)
        if first < 1:
            raise self._broken(first, "commit")
        if last > head.number:
            raise self._broken(head.number + 1, "commit")
        return head

    def _refuse_loss(self, noted: Head | None) -> None:
        """A commit that was acknowledged is still there: the one that was noted as the last."""
        if noted is None or not noted.number:
            return
        with self._database.read() as connection:
            head, digest = read_head(connection), digest_at(connection, noted.number)
        if head.number < noted.number:
            raise self._broken(noted.number, "lost")
        if digest != noted.digest:
            raise self._broken(noted.number, "commit")

    def _broken(self, number: int, variant: str) -> LedgerBroken:
        return LedgerBroken(variant=variant, file=str(self.path), number=number)
