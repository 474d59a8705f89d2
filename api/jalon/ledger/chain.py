"""The chain of commits, as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from jalon.errors import LedgerBroken, ReleaseUnknown
from jalon.ledger.commits import Commit, Head, Summary
from jalon.ledger.database import Database
from jalon.ledger.rows import (
    CommitRow,
    NotAsWritten,
    checked,
    digest_at,
    find_summaries,
    numbers,
    page_end,
    read_head,
    rows_of,
)

PAGE = 200
"""How many commits are read at a time, at most."""

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


def silent(_done: int, _all: int) -> None:
    """Nobody is told."""


class Chain:
    """Commits in order. Reading checks each against its digest and the one before it: LedgerBroken
    where it is not as written.

    Methods may be called from any thread, and while other processes read and write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Where its tables stand."""
        return self._database

    @property
    def path(self) -> Path:
        """The file that it stands in. Raises NotReady where that is none of ours."""
        return self._database.path

    def head(self) -> Head:
        """The last commit's number and digest."""
        with self._database.read() as connection:
            return read_head(connection)

    def commit(self, number: int) -> Commit:
        """One commit. Raises ReleaseUnknown where there is none of this number."""
        current = self.head().number
        if not 1 <= number <= current:
            raise ReleaseUnknown(release=number, current=current)
        with self._database.read() as connection:
            row = rows_of(connection, number - 1, number).get(number)
        return self._checked(number, row)

    def commits(self, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """The commits after one number up to another, or to the head of now, in order.

        A page of them is in memory, as they are kept, and no transaction is open between two.
        """
        last = self.head().number
        upto = min(last, last if upto is None else upto)
        while after < upto:
            with self._database.read() as connection:
                end = page_end(connection, after, min(after + PAGE, upto))
                rows = rows_of(connection, after, end)
            for number in range(after + 1, end + 1):
                yield self._checked(number, rows.pop(number, None))
            after = end

    def summaries(self, after: int = 0, upto: int | None = None) -> Iterator[Summary]:
        """As ``commits``, without the quads, and not checked against the digests."""
        last = self.head().number
        upto = min(last, last if upto is None else upto)
        while after < upto:
            page = min(after + PAGE, upto)
            try:
                with self._database.read() as connection:
                    summaries = find_summaries(connection, after, page)
            except NotAsWritten as error:
                raise self._broken(after + 1, "commit") from error
            yield from summaries
            after = page

    def verify(self, progress: Progress = silent) -> Head:
        """Recomputes the whole chain, and lets the database look for damage; what it ends in.

        Raises LedgerBroken for the first commit that is not as it was written.
        """
        self._database.check()
        head = self._checked_head()
        for commit in self.commits(upto=head.number):
            if commit.number == head.number and commit.digest != head.digest:
                raise self._broken(commit.number, "commit")
            progress(commit.number, head.number)
        return head

    def _checked(self, number: int, row: CommitRow | None) -> Commit:
        """One commit that must be there, as it was written."""
        if row is None:
            raise self._broken(number, "missing")
        try:
            return checked(row)
        except NotAsWritten as error:
            raise self._broken(number, "commit") from error

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

    def refuse_loss(self, noted: Head | None) -> None:
        """Raises LedgerBroken unless a commit is still there that was once noted as the last."""
        if noted is None or not noted.number:
            return
        with self._database.read() as connection:
            head, digest = read_head(connection), digest_at(connection, noted.number)
        if head.number < noted.number:
            raise self._broken(noted.number, "lost")
        if digest != noted.digest:
            raise self._broken(noted.number, "commit")

    def _broken(self, number: int, variant: str) -> LedgerBroken:
        return LedgerBroken(variant=variant, file=self._database.name, number=number)
