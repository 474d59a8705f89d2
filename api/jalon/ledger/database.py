"""The ledger's database file: its connections, its version, and what its failures mean."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from jalon.errors import JalonError, LedgerBroken, NotReady, StorageFull

VERSION = 4
"""Of the schema; an older one is brought up to it in order, by ``migrations/{version}.sql``."""

BUSY_SECONDS = 30
"""How long a writer waits for one of another process."""

LITTLE_ROOM = 1024 * 1024
"""With less than this left on the device, a failure to write is taken for want of room: SQLite
does not tell why the file that its processes share could not grow."""

REASON_CHARACTERS = 200

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: an ordinary fsync leaves it in the drive's cache
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
    "PRAGMA trusted_schema = OFF",
)

_PRIMARY = 0xFF
_BROKEN = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # our statements are right: a table is not
)

_log = logging.getLogger(__name__)


class Database:
    """One writing connection behind a lock, and as many reading ones as there are readers.

    Its methods may be called from any thread. They raise StorageFull where there is no room,
    LedgerBroken where SQLite finds the file damaged, and NotReady where it cannot be opened,
    locked, read or written for another reason.
    """

    def __init__(self, path: Path, *, read_only: bool = False, older: bool = False) -> None:
        """``older``: what is only read may be of an earlier version of the schema."""
        self.path = path
        self._read_only = read_only
        self._older = older
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False
        try:
            with self._meaning():
                self._open()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading alone; nobody waits for it, and it waits for nobody."""
        with self._meaning():
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own: on the device when this ends, undone where anything raises."""
        if self._writer is None:
            raise NotReady(variant="ledger-read-only", file=str(self.path))
        with self._lock, self._meaning(), _transaction(self._writer):
            yield self._writer

    def shed(self) -> bool:
        """Moves what was written into the main file and empties the log beside it.

        What was overwritten or erased is then gone from both. Waits for readers, up to
        ``BUSY_SECONDS``; False where one of them is not done by then.
        """
        if self._writer is None:
            raise NotReady(variant="ledger-read-only", file=str(self.path))
        with self._lock, self._meaning():
            kept_by_reader = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not kept_by_reader

    def close(self) -> None:
        """Lets go of the file; nothing may be read or written any more."""
        with self._lock, self._idle_lock:
            self._closed = True
            # The writer last: it is the one that can empty the log.
            for connection in (*self._idle, self._writer):
                if connection is not None:
                    connection.close()
            self._idle.clear()
            self._writer = None

    def _take(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._closed:
                raise NotReady(variant="stopping")
            if self._idle:
                return self._idle.pop()
        return _connect(self.path, "ro")

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    def _open(self) -> None:
        if self._read_only:
            if not self.path.is_file():
                raise NotReady(variant="ledger-missing", file=str(self.path))
            with self.read() as connection:
                self._refuse_other_versions(connection, older=self._older)
            return
        _create(self.path)
        self._writer = _connect(self.path, "rw")
        self._writer.execute("PRAGMA journal_mode = WAL")
        with _transaction(self._writer):
            self._bring_up_to_date(self._writer)

    def _bring_up_to_date(self, connection: sqlite3.Connection) -> None:
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            _run(connection, "schema.sql")
            connection.execute("INSERT INTO meta VALUES ('version', ?)", (str(VERSION),))
            return
        found = self._refuse_other_versions(connection, older=True)
        for version in range(found + 1, VERSION + 1):
            _run(connection, f"migrations/{version}.sql")
            connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (str(version),))
            _log.info("ledger %s brought up to version %s", self.path, version)

    def _refuse_other_versions(self, connection: sqlite3.Connection, *, older: bool) -> int:
        found = _version(connection)
        if found is None:
            raise self.broken("no ledger")
        if found > VERSION or (found < VERSION and not older):
            variant = "ledger-newer" if found > VERSION else "ledger-older"
            raise NotReady(variant=variant, file=str(self.path), found=found, known=VERSION)
        return found

    def broken(self, reason: str) -> LedgerBroken:
        """The error of a file that cannot be read as a ledger at all."""
        short = " ".join(reason.split())[:REASON_CHARACTERS]
        return LedgerBroken(variant="file", file=str(self.path), reason=short)

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Tells SQLite's failures, and those of the file system, as errors of ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            told = self._told(error)
            if told is None:
                raise
            raise told from error
        except UnicodeDecodeError as error:
            raise self.broken("text that is not UTF-8") from error
        except OSError as error:
            reason = f"{self.path}: {error.strerror or error}"
            raise NotReady(reason=reason) from error

    def _told(self, error: sqlite3.DatabaseError) -> JalonError | None:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return None  # A fault of ours, not of the file.
        code: int | None = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return self.broken(str(error))  # What stands there is not text.
        primary = code & _PRIMARY
        if primary == sqlite3.SQLITE_FULL:
            return StorageFull()
        if primary == sqlite3.SQLITE_IOERR and _room(self.path) < LITTLE_ROOM:
            return StorageFull()
        if primary in _BROKEN:
            return self.broken(str(error))
        return NotReady(reason=f"{self.path}: {error}")


def _create(path: Path) -> None:
    """Makes the file where there is none, readable by its owner alone, and its place durable.

    Whoever made the folders may have died before they were on the device, so that all above the
    file are synced each time; those far above may not be ours to open.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    own, *above = path.absolute().parents
    sync_folder(own)
    for folder in above:
        with suppress(OSError):
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Makes durable which names stand in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _text(content: bytes) -> str:
    """Text that was damaged is still read, so that its commit can be named."""
    return content.decode("utf-8", "replace")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        # After a full disk SQLite may have undone it by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int | None:
    found = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'"
    ).fetchone()[0]
    row = found and connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
    return int(row[0]) if row and str(row[0]).isdecimal() else None


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Runs a file of statements within the transaction that is open."""
    text = files("jalon.ledger").joinpath(script).read_text(encoding="utf-8")
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _room(path: Path) -> int:
    """How many bytes are left on the device of a file."""
    found = os.statvfs(path.parent)
    return found.f_bavail * found.f_frsize
