"""Commits as rows of the ledger's database, and back."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import dataclass

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

_INSERT = """
INSERT INTO commits (number, time, author, message, source, rules, engine, previous, digest,
    added, removed, report, adds, removes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_HEAD = """
INSERT INTO head (one, number, digest) VALUES (1, ?, ?)
ON CONFLICT (one) DO UPDATE SET number = excluded.number, digest = excluded.digest
"""
_COMMIT = """
SELECT number, time, author, message, source, rules, engine, previous, digest,
    added, removed, report, adds, removes,
    (SELECT digest FROM commits AS earlier WHERE earlier.number = commits.number - 1) AS linked
FROM commits WHERE number = ?
"""
_SUMMARIES = """
SELECT number, time, author, message, source, rules, engine, previous, digest,
    added, removed, report
FROM commits WHERE number > ? AND number <= ? ORDER BY number
"""
_NUMBERS = "SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM commits"


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


class NotAsWritten(Exception):
    """A row that no commit of ours was ever written as."""


def read_head(connection: sqlite3.Connection) -> Head:
    """The head as it is noted. Raises sqlite3.DatabaseError where it cannot be one."""
    row = connection.execute("SELECT number, digest FROM head").fetchone()
    if row is None:
        return Head(0, GENESIS)
    if not (isinstance(row["number"], int) and isinstance(row["digest"], str)):
        raise sqlite3.DatabaseError("the head is of another kind")
    return Head(row["number"], row["digest"])


def insert(connection: sqlite3.Connection, commit: Commit, packed: Packed) -> None:
    """Adds a commit, and notes it as the head."""
    row = (
        commit.number,
        written(commit.time),
        *(commit.author, commit.message, commit.source, commit.rules, commit.engine),
        *(commit.previous, commit.digest, commit.change.added, commit.change.removed),
        *(packed.report, packed.adds, packed.removes),
    )
    connection.execute(_INSERT, row)
    connection.execute(_HEAD, (commit.number, commit.digest))


def select(connection: sqlite3.Connection, number: int) -> Commit | None:
    """A commit by its number, checked against its digest, its counts and the one before it.

    None where no row has this number. Raises NotAsWritten.
    """
    row: sqlite3.Row | None = connection.execute(_COMMIT, (number,)).fetchone()
    if row is None:
        return None
    try:
        commit = _commit_of(row)
        whole = digest_of(commit) == commit.digest
    except (TypeError, ValueError, zlib.error) as error:
        raise NotAsWritten from error
    counted = (row["added"], row["removed"]) == (commit.change.added, commit.change.removed)
    linked = commit.previous == (row["linked"] if number > 1 else GENESIS)
    if not (whole and counted and linked and row["time"] == written(commit.time)):
        raise NotAsWritten
    return commit


def select_summaries(connection: sqlite3.Connection, after: int, upto: int) -> list[Summary]:
    """The summaries of some commits, in order. Raises NotAsWritten where one cannot be read."""
    rows = connection.execute(_SUMMARIES, (after, upto)).fetchall()
    try:
        return [_summary_of(row) for row in rows]
    except (TypeError, ValueError, zlib.error) as error:
        raise NotAsWritten from error


def digest_at(connection: sqlite3.Connection, number: int) -> str | None:
    """The digest that a commit is kept with, unchecked; None where there is no such commit."""
    row = connection.execute("SELECT digest FROM commits WHERE number = ?", (number,)).fetchone()
    return None if row is None else str(row["digest"])


def numbers(connection: sqlite3.Connection) -> tuple[int, int]:
    """The first number there is and the last; 1 and 0 where there is no commit."""
    first, last = connection.execute(_NUMBERS).fetchone()
    return first, last


def _commit_of(row: sqlite3.Row) -> Commit:
    return Commit(
        change=ChangeSet(_unpacked(row["adds"]), _unpacked(row["removes"])),
        author=row["author"],
        message=row["message"],
        source=row["source"],
        report=_unpacked(row["report"]).decode(),
        rules=row["rules"],
        engine=row["engine"],
        number=row["number"],
        time=read_time(row["time"]),
        previous=row["previous"],
        digest=row["digest"],
    )


def _summary_of(row: sqlite3.Row) -> Summary:
    return Summary(
        number=row["number"],
        time=read_time(row["time"]),
        author=row["author"],
        message=row["message"],
        source=row["source"],
        report=_unpacked(row["report"]).decode(),
        rules=row["rules"],
        engine=row["engine"],
        previous=row["previous"],
        digest=row["digest"],
        added=row["added"],
        removed=row["removed"],
    )


def _unpacked(packed: bytes) -> bytes:
    """What was compressed, when that is the whole of it."""
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed)
    if not unpacking.eof or unpacking.unused_data:
        raise zlib.error
    return content
