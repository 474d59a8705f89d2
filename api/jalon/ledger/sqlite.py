"""The ledger's database in one SQLite file: its connections, and what its failures mean."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    create_engine,
    event,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from jalon.errors import JalonError, NotReady, StorageFull
from jalon.ledger.commits import Head
from jalon.ledger.database import BUSY_SECONDS, Database, Kept, Unreadable, sync_folder
from jalon.ledger.watermark import Watermark

LITTLE_ROOM = 1024 * 1024
"""With less than this left on the device, a failure to write is taken for want of room: SQLite
does not tell why the file that its processes share could not grow."""

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


class SqliteDatabase(Database):
    """One writing connection behind a lock, and as many reading ones as there are readers."""

    schema = "schema.sql"
    migrations = "migrations"

    def __init__(self, path: Path, *, read_only: bool = False, older: bool = False) -> None:
        """``older``: what is only read may be of an earlier version of the schema."""
        super().__init__(str(path))
        self._path = path
        self._read_only = read_only
        self._older = older
        self._watermark = Watermark(path)
        # Before the tables: it never notes what these do not have yet.
        self._noted = self._watermark.read()
        self._lock = threading.Lock()
        self._readers = _engine(path, "ro")
        self._writers = _engine(path, "rw")
        event.listen(self._writers, "begin", _begin)
        self._writer: Connection | None = None
        self._closed = False
        try:
            with self._meaning():
                self._open()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """As Database."""
        with self._meaning():
            if self._closed:
                raise NotReady(variant="stopping")
            with self._readers.connect() as connection:
                try:
                    yield connection
                except BaseException:
                    connection.invalidate()
                    raise
                if self._closed:
                    connection.invalidate()

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """As Database."""
        with self.read() as connection:
            connection.exec_driver_sql("BEGIN")  # undone when the connection goes back
            yield connection

    @contextmanager
    def write(self, kept: Kept | None = None) -> Iterator[Connection]:  # noqa: ARG002 (it answers)
        """As Database."""
        with self._lock, self._meaning():
            writer = self._writing()
            with writer.begin():
                yield writer

    def beside(self) -> AbstractContextManager[Connection]:
        """As Database: SQLite lets one write at a time."""
        return self.write()

    @property
    def now(self) -> ColumnElement[float]:
        """As Database."""
        return literal_column("(julianday('now') - 2440587.5) * 86400.0", Double)

    def noted(self) -> Head | None:
        """As Database: what the watermark says."""
        return self._noted

    def note(self, head: Head) -> None:
        """As Database: raises the watermark."""
        self._watermark.raise_to(head)

    def check(self) -> None:
        """As Database."""
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if found != "ok":
            raise self.broken(str(found))

    def shed(self) -> bool:
        """As Database: moves what was written into the main file and empties the log beside it.

        Waits for readers, up to ``BUSY_SECONDS``.
        """
        with self._lock, self._meaning():
            found = driven(self._writing()).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not found[0]

    def close(self) -> None:
        """As Database."""
        with self._lock:
            self._closed = True
            self._readers.dispose()
            # The writer last: it is the one that can empty the log.
            if self._writer is not None:
                self._writer.close()
            self._writer = None
            self._writers.dispose()

    def run(self, connection: Connection, script: str) -> None:
        """As Database."""
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                connection.exec_driver_sql(statement)
                statement = ""

    def has(self, connection: Connection, table: str | None = None) -> bool:
        """As Database."""
        query = "SELECT count(*) FROM sqlite_schema"
        if table is None:
            return bool(connection.exec_driver_sql(query).scalar())
        query += " WHERE type = 'table' AND name = ?"
        return bool(connection.exec_driver_sql(query, (table,)).scalar())

    def _writing(self) -> Connection:
        if self._writer is None:
            raise NotReady(variant="ledger-read-only", file=self.name)
        return self._writer

    def _open(self) -> None:
        if self._read_only:
            if not self._path.is_file():
                raise NotReady(variant="ledger-missing", file=self.name)
            with self.read() as connection:
                self.refuse_other_versions(connection, older=self._older)
            return
        _create(self._path)
        self._writer = self._writers.connect()
        driven(self._writer).execute("PRAGMA journal_mode = WAL")
        with self._writer.begin():
            self.bring_up_to_date(self._writer)

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Tells SQLite's failures, and those of the file system, as errors of ours."""
        try:
            yield
        except DBAPIError as error:
            if not isinstance(error.orig, sqlite3.Error):
                raise
            raise self._told(error.orig) or error.orig from error
        except sqlite3.Error as error:
            raise self._told(error) or error from error
        except Unreadable as error:
            raise self.broken(str(error)) from error
        except UnicodeDecodeError as error:
            raise self.broken("text that is not UTF-8") from error
        except OSError as error:
            reason = f"{self._path}: {error.strerror or error}"
            raise NotReady(reason=reason) from error

    def _told(self, error: sqlite3.Error) -> JalonError | None:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return None  # A fault of ours, not of the file.
        code: int | None = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return self.broken(str(error))  # What stands there is not text.
        primary = code & _PRIMARY
        if primary == sqlite3.SQLITE_FULL:
            return StorageFull()
        if primary == sqlite3.SQLITE_IOERR and _room(self._path) < LITTLE_ROOM:
            return StorageFull()
        if primary in _BROKEN:
            return self.broken(str(error))
        return NotReady(reason=f"{self._path}: {error}")


def driven(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection below one of SQLAlchemy's."""
    below = connection.connection.driver_connection
    if not isinstance(below, sqlite3.Connection):
        raise TypeError("this is no connection to SQLite")
    return below


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


def _engine(path: Path, mode: str) -> Engine:
    """What makes connections to a file, and keeps those that are idle, however many."""
    return create_engine(
        "sqlite://",
        creator=lambda: _connect(path, mode),
        poolclass=QueuePool,
        pool_size=0,
        pool_use_lifo=True,
    )


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    # Transactions are begun by us, so that whoever only reads has none.
    connection = sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
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


def _room(path: Path) -> int:
    """How many bytes are left on the device of a file."""
    found = os.statvfs(path.parent)
    return found.f_bavail * found.f_frsize
