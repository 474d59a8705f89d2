"""The ledger: the chain, how it grows, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Self

from sqlalchemy import Connection, delete, insert, select

from jalon.errors import NotReady, ReleaseUnknown, StorageFull
from jalon.ledger.audit import Audit
from jalon.ledger.authors import Author, Authors
from jalon.ledger.backup import copy_database
from jalon.ledger.chain import Chain, Progress, silent
from jalon.ledger.commits import (
    Commit,
    Draft,
    Head,
    HeadMoved,
    digest_of,
    ordered,
    sealed,
    written,
)
from jalon.ledger.database import Database
from jalon.ledger.postgresql import PostgresDatabase
from jalon.ledger.rows import Packed, digest_at, put, read_head
from jalon.ledger.sqlite import SqliteDatabase
from jalon.ledger.submissions import Submissions
from jalon.ledger.tables import pins
from jalon.ledger.tokens import Tokens

PLACE = Path("ledger") / "ledger.sqlite"
"""Where the ledger stands in the folder of all state."""

Clock = Callable[[], datetime]


class Ledger(Chain):
    """Commits in order, each durable before it is acknowledged.

    ``tokens``, ``audit`` and ``submissions`` stand beside the chain, as authors and pins do.
    """

    is_shared: ClassVar[bool] = False
    """Whether others may append to it from other machines; see SharedLedger."""

    def __init__(self, database: Database, clock: Clock, beside: Database | None = None) -> None:
        """``beside``: where all but the chain stands, if that is another database.

        Raises LedgerBroken where the chain ends before a commit that was acknowledged.
        """
        super().__init__(database)
        self._clock = clock
        self._beside = beside = database if beside is None else beside
        self._authors = Authors(beside, clock)
        self.tokens = Tokens(beside, clock)
        self.audit = Audit(beside, clock)
        self.submissions = Submissions(beside, clock)
        self.refuse_loss(database.noted())

    @classmethod
    def open(cls, place: Path | str, clock: Clock, *, read_only: bool = False) -> Self:
        """The ledger in a SQLite file, or in the PostgreSQL database of a URL.

        It is made where there is none unless it is only read. ``clock`` gives aware times. Raises
        LedgerBroken where it is damaged or ends before a commit that was acknowledged, NotReady
        where a later version wrote it or it cannot be opened, StorageFull; ValueError for another
        URL.
        """
        database: Database
        if isinstance(place, Path):
            database = SqliteDatabase(place, read_only=read_only)
        else:
            database = PostgresDatabase(place, read_only=read_only)
        return cls.over(database, clock, read_only=read_only)

    @classmethod
    def over(cls, database: Database, clock: Clock, *, read_only: bool = False) -> Self:
        """The ledger in a database, which is closed with it; errors as ``open``."""
        try:
            ledger = cls(database, clock)
            if database.noted() is None and not read_only:
                database.note(ledger.head())
        except BaseException:
            database.close()
            raise
        return ledger

    def append(self, draft: Draft) -> Commit:
        """The commit of a draft, on the device when this returns; errors as ``append_all``."""
        [commit] = self.append_all([draft])
        return commit

    def append_all(self, drafts: Sequence[Draft], after: Head | None = None) -> list[Commit]:
        """The commits of drafts, at least one, all on the device when this returns, or none.

        Raises StorageFull where there is no room, HeadMoved where ``after`` is given and is not
        the head; nothing is kept then. NotReady says whether anything may be. ValueError where a
        change is not as ``ChangeSet`` says.
        """
        for draft in drafts:
            if not (ordered(draft.change.adds) and ordered(draft.change.removes)):
                raise ValueError("the lines of a change are sorted, each once")
        packed = [Packed.of(draft) for draft in drafts]
        commits: list[Commit] = []
        with self._database.write(lambda connection: _has(connection, commits)) as connection:
            head = read_head(connection)
            if after is not None and head != after:
                raise HeadMoved(head)
            for draft in drafts:
                commits.append(sealed(draft, head, self._clock()))
                head = commits[-1].head
            put(connection, list(zip(commits, packed, strict=True)))
        self._database.note(head)
        return commits

    def extend(self, commits: Sequence[Commit]) -> None:
        """Keeps commits of another ledger as they are, behind the head; all of them, or none.

        Raises HeadMoved where the first does not follow on the head, ValueError where one does not
        follow on the one before it or is not as its digest says, otherwise as ``append_all``.
        """
        _refuse_what_is_no_chain(commits)
        packed = [Packed.of(commit) for commit in commits]
        if not commits:
            return
        with self._database.write(lambda connection: _has(connection, commits)) as connection:
            head = read_head(connection)
            if not _follows(commits[0], head):
                raise HeadMoved(head)
            put(connection, list(zip(commits, packed, strict=True)))
        self._database.note(commits[-1].head)

    @property
    def obstacle(self) -> NotReady | None:
        """Why nothing can be appended now, as far as that is known."""
        return None

    def leads(self) -> bool:
        """Whether it is this node that speaks for all; here, there is no other."""
        return True

    def follow(self, progress: Progress = silent) -> Head:
        """Takes in what others have appended; here, there are none. The head."""
        del progress
        return self.head()

    def backup(self, target: Path, progress: Progress = silent) -> Head:
        """Copies the SQLite file, as it is at one moment, into a file that may be there.

        It is written whole or not at all; reading and writing go on meanwhile. What is told of
        progress is in pages. Returns the head of the copy. Raises StorageFull, NotReady.
        """
        try:
            with self._database.moment() as connection:
                return copy_database(connection, target, progress)
        except StorageFull as error:
            raise StorageFull(variant="copy", file=str(target)) from error

    def close(self) -> None:
        """Lets go of the database."""
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
        with self._beside.write() as connection:
            if connection.scalar(select(pins.c.number).where(pins.c.number == number)) is None:
                row = {"number": number, "time": written(self._clock())}
                connection.execute(insert(pins), row)

    def unpin(self, number: int) -> bool:
        """Takes the mark away; False where there was none."""
        with self._beside.write() as connection:
            return connection.execute(delete(pins).where(pins.c.number == number)).rowcount > 0

    def pins(self) -> tuple[int, ...]:
        """The releases that stay ready, in order."""
        with self._beside.read() as connection:
            return tuple(connection.scalars(select(pins.c.number).order_by(pins.c.number)))


def _has(connection: Connection, commits: Sequence[Commit]) -> bool:
    """Whether these commits, written in one transaction, are kept: the last is, then."""
    return digest_at(connection, commits[-1].number) == commits[-1].digest


def _follows(commit: Commit, head: Head) -> bool:
    return (commit.number, commit.previous) == (head.number + 1, head.digest)


def _refuse_what_is_no_chain(commits: Sequence[Commit]) -> None:
    for commit in commits:
        if digest_of(commit) != commit.digest:
            raise ValueError(f"commit {commit.number} is not as its digest says")
        if not (ordered(commit.change.adds) and ordered(commit.change.removes)):
            raise ValueError("the lines of a change are sorted, each once")
    for earlier, commit in pairwise(commits):
        if not _follows(commit, earlier.head):
            raise ValueError(f"commit {commit.number} does not follow on {earlier.number}")
