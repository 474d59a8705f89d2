"""Commits as rows of the ledger's database, and back."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from jalon.ledger.commits import (
    GENESIS,
    ChangeSet,
    Commit,
    Draft,
    Head,
    Summary,
    digest_of,
    read_time,
    written,
)
from jalon.ledger.database import Unreadable
from jalon.ledger.tables import commits, head

PAGE_BYTES = 4_000_000
"""Read at once of what commits hold, as it is kept; one commit may have more."""

_BRIEF = [each for each in commits.c if each.name not in ("adds", "removes")]
_EARLIER = commits.alias("earlier")
_LINKED = (
    select(_EARLIER.c.digest).where(_EARLIER.c.number == commits.c.number - 1).scalar_subquery()
)
_AMONG = commits.c.number > bindparam("after"), commits.c.number <= bindparam("upto")
_ROWS = select(*commits.c, _LINKED.label("linked")).where(*_AMONG)
_PARTS = (commits.c.adds, commits.c.removes, commits.c.report)
_SIZE = func.length(_PARTS[0]) + func.length(_PARTS[1]) + func.length(_PARTS[2])
_SIZES = select(commits.c.number, _SIZE).where(*_AMONG).order_by(commits.c.number)
_HEAD = select(head.c.number, head.c.digest)
_DIGEST = select(commits.c.digest).where(commits.c.number == bindparam("sought"))
_PUT = insert(commits)
_NUMBERS = select(
    func.coalesce(func.min(commits.c.number), 1), func.coalesce(func.max(commits.c.number), 0)
)


@dataclass(frozen=True, slots=True)
class Packed:
    """The parts of a draft that are large, compressed."""

    report: bytes
    adds: bytes
    removes: bytes

    @classmethod
    def of(cls, draft: Draft) -> Packed:
        """Those of a draft."""
        parts = (draft.report.encode(), draft.change.adds, draft.change.removes)
        return cls(*map(zlib.compress, parts))


CommitRow = Row[*tuple[Any, ...]]
"""A row of commits, with the digest of the one before it as ``linked``."""


class NotAsWritten(Exception):
    """A row that no commit of ours was ever written as."""


def read_head(connection: Connection) -> Head:
    """The head as it is noted. Raises Unreadable where it cannot be one."""
    row = connection.execute(_HEAD).one_or_none()
    if row is None:
        return Head(0, GENESIS)
    if not (isinstance(row.number, int) and isinstance(row.digest, str)):
        raise Unreadable("the head is of another kind")
    return Head(row.number, row.digest)


def put(connection: Connection, added: Sequence[tuple[Commit, Packed]]) -> None:
    """Adds commits, at least one, and notes the last as the head."""
    connection.execute(_PUT, [_row_of(commit, packed) for commit, packed in added])
    last, _ = added[-1]
    noted = {"number": last.number, "digest": last.digest}
    if not connection.execute(update(head), noted).rowcount:
        connection.execute(insert(head), {"one": 1, **noted})


def _row_of(commit: Commit, packed: Packed) -> dict[str, int | str | bytes]:
    return {
        "number": commit.number,
        "time": written(commit.time),
        "author": commit.author,
        "message": commit.message,
        "source": commit.source,
        "rules": commit.rules,
        "engine": commit.engine,
        "previous": commit.previous,
        "digest": commit.digest,
        "added": commit.change.added,
        "removed": commit.change.removed,
        "report": packed.report,
        "adds": packed.adds,
        "removes": packed.removes,
    }


def rows_of(connection: Connection, after: int, upto: int) -> dict[int, CommitRow]:
    """The rows of the commits after one number up to another, by number; not checked."""
    rows = connection.execute(_ROWS, {"after": after, "upto": upto})
    return {row.number: row for row in rows}


def page_end(connection: Connection, after: int, upto: int) -> int:
    """Up to which number, at most ``upto``, rows are well read at once: one at least, and no more
    than take ``PAGE_BYTES``."""
    held = 0
    for number, size in connection.execute(_SIZES, {"after": after, "upto": upto}):
        held += size
        if held > PAGE_BYTES and number > after + 1:
            return int(number) - 1
    return upto


def checked(row: CommitRow) -> Commit:
    """The commit of a row, held against its digest, its counts and the one before it.

    Raises NotAsWritten.
    """
    try:
        commit = _commit_of(row)
        whole = digest_of(commit) == commit.digest
    except (TypeError, ValueError, zlib.error) as error:
        raise NotAsWritten from error
    counted = (row.added, row.removed) == (commit.change.added, commit.change.removed)
    linked = commit.previous == (row.linked if commit.number > 1 else GENESIS)
    if not (whole and counted and linked and row.time == written(commit.time)):
        raise NotAsWritten
    return commit


def find_summaries(connection: Connection, after: int, upto: int) -> list[Summary]:
    """The summaries of some commits, in order. Raises NotAsWritten where one cannot be read."""
    among = select(*_BRIEF).where(commits.c.number > after, commits.c.number <= upto)
    rows = connection.execute(among.order_by(commits.c.number)).all()
    try:
        return [_summary_of(row) for row in rows]
    except (TypeError, ValueError, zlib.error) as error:
        raise NotAsWritten from error


def digest_at(connection: Connection, number: int) -> str | None:
    """The digest that a commit is kept with, unchecked; None where there is no such commit."""
    found = connection.scalar(_DIGEST, {"sought": number})
    return None if found is None else str(found)


def numbers(connection: Connection) -> tuple[int, int]:
    """The first number there is and the last; 1 and 0 where there is no commit."""
    first, last = connection.execute(_NUMBERS).one()
    return first, last


def _commit_of(row: Row[*tuple[Any, ...]]) -> Commit:
    return Commit(
        change=ChangeSet(_unpacked(row.adds), _unpacked(row.removes)),
        author=row.author,
        message=row.message,
        source=row.source,
        report=_unpacked(row.report).decode(),
        rules=row.rules,
        engine=row.engine,
        number=row.number,
        time=read_time(row.time),
        previous=row.previous,
        digest=row.digest,
    )


def _summary_of(row: Row[*tuple[Any, ...]]) -> Summary:
    return Summary(
        number=row.number,
        time=read_time(row.time),
        author=row.author,
        message=row.message,
        source=row.source,
        report=_unpacked(row.report).decode(),
        rules=row.rules,
        engine=row.engine,
        previous=row.previous,
        digest=row.digest,
        added=row.added,
        removed=row.removed,
    )


def _unpacked(packed: bytes) -> bytes:
    """What was compressed, when that is the whole of it."""
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed)
    if not unpacking.eof or unpacking.unused_data:
        raise zlib.error
    return content
