"""The ledger's tables in PostgreSQL, which several nodes write to, one at a time.

Whoever writes holds a lock of the database's until its transaction ends. A node that stops
meanwhile loses both (``fencing``), so that nothing it does later is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Double,
    Engine,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from jalon.errors import JalonError, NotReady, StorageFull
from jalon.ledger.addresses import shown, url_of
from jalon.ledger.commits import Head
from jalon.ledger.database import (
    BUSY_SECONDS,
    REASON_CHARACTERS,
    VERSION,
    Database,
    Kept,
    Unreadable,
)
from jalon.ledger.fencing import CommonTurn, Lock, fence
from jalon.ledger.tables import authors, states, steps, submissions

FIND_OUT_SECONDS = 20
"""How long a writer without an answer tries to find out what became of its transaction."""

_PAUSE_SECONDS = 0.2
_CONNECTIONS = 20

_CONNECTED: dict[str, str | int] = {
    "application_name": "jalon",
    "connect_timeout": 5,
    "client_encoding": "utf8",
    # A server that does not answer any more is given up within seconds, not hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 11_000,
}

_TABLES = """
SELECT count(*) FROM pg_catalog.pg_tables
WHERE schemaname = current_schema() AND tablename = coalesce(:name, tablename)
"""

_DISK_FULL = "53100"
_NOT_ALLOWED = "42501"
_BROKEN = ("42", "XX", "58P01")  # a table is not as ours; damaged; a file of it is gone


class PostgresDatabase(Database):
    """A pool of connections to PostgreSQL."""

    schema = "postgresql.sql"
    migrations = "migrations/postgresql"

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Raises ValueError where this is no address of a PostgreSQL database."""
        address = url_of(url)
        super().__init__(shown(address))
        self._read_only = read_only
        self._lock = threading.Lock()
        self._closed = False
        self._lead_lock = threading.Lock()
        self._leader: Connection | None = None
        self._engine = self._pool(address)
        event.listen(self._engine, "checkin", self._given_back)
        self._readers = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._moments = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """None of ours: raises NotReady."""
        raise NotReady(variant="ledger-no-file", file=self.name)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """As Database."""
        with self._reading(self._readers) as connection:
            yield connection

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """As Database."""
        with self._reading(self._moments) as connection:
            yield connection

    @contextmanager
    def write(self, kept: Kept | None = None) -> Iterator[Connection]:
        """As Database. NotReady says whether anything may be kept."""
        if self._read_only:
            raise NotReady(variant="ledger-read-only", file=self.name)
        lost: DBAPIError | None = None
        with self._lock, self._meaning(variant="ledger-not-kept"):
            with self._connected(self._engine) as connection:
                transaction = connection.begin()
                try:
                    fence(connection, Lock.WRITE, BUSY_SECONDS)
                    yield connection
                except BaseException:
                    with suppress(DBAPIError):
                        transaction.rollback()
                    raise
                try:
                    transaction.commit()
                except IntegrityError:
                    raise
                except DBAPIError as error:
                    lost = error
                    connection.invalidate()
            if lost is not None and not self._found_out(kept, lost):
                raise lost

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """As Database: without the lock."""
        if self._read_only:
            raise NotReady(variant="ledger-read-only", file=self.name)
        with self._meaning(), self._connected(self._engine) as connection, connection.begin():
            yield connection

    @property
    def now(self) -> ColumnElement[float]:
        """As Database."""
        return literal_column("extract(epoch FROM clock_timestamp())::double precision", Double)

    def noted(self) -> Head | None:
        """As Database: nothing is noted beside PostgreSQL."""
        return None

    def note(self, head: Head) -> None:
        """As Database: nothing is noted beside PostgreSQL."""

    def check(self) -> None:
        """As Database: every submission has steps and a state."""
        with self.moment() as connection:
            sent, placed, stepped = (
                connection.scalar(select(func.count(column.distinct())))
                for column in (submissions.c.id, states.c.submission, steps.c.submission)
            )
        if not sent == placed == stepped:
            raise self.broken(f"{sent} submissions: {placed} with a state, {stepped} with steps")

    def leads(self) -> bool:
        """Whether this process holds the lock of who speaks for all; it takes it where nobody does.

        It is held until this is closed, or the connection lost. Raises NotReady.
        """
        with self._lead_lock, self._meaning():
            if self._closed:
                raise NotReady(variant="stopping")
            try:
                if self._leader is not None:
                    self._leader.execute(text("SELECT 1"))
                    return True
                leader = self._readers.connect()
                if leader.scalar(select(func.pg_try_advisory_lock(Lock.LEAD.value))):
                    self._leader = leader
                    return True
                leader.close()
            except DBAPIError:
                self._leader = None
                raise
            return False

    def common_turn(self) -> CommonTurn:
        """The turn that one node at a time has, to be taken."""
        return CommonTurn(self._engine)

    def shed(self) -> bool:
        """As Database: writes the table of authors anew. The write-ahead log still has what it had,
        until PostgreSQL reuses it."""
        with self._lock, self._reading(self._readers) as connection:
            connection.execute(text(f"SET lock_timeout = '{BUSY_SECONDS}s'"))
            try:
                connection.execute(text(f"VACUUM (FULL) {authors.name}"))
            except DBAPIError as error:
                if _state(error) != "55P03":  # who reads it holds it
                    raise
                return False
            finally:
                connection.invalidate()  # with its lock_timeout
        return True

    def close(self) -> None:
        """As Database."""
        self._closed = True
        with self._lead_lock:
            if self._leader is not None:
                self._leader.invalidate()
                self._leader.close()
            self._leader = None
        self._engine.dispose()

    def run(self, connection: Connection, script: str) -> None:
        """As Database."""
        below = connection.connection.driver_connection
        if below is None:
            raise TypeError("this is no connection to PostgreSQL")
        below.execute(script)  # several statements at once, which SQLAlchemy does not send

    def has(self, connection: Connection, table: str | None = None) -> bool:
        """As Database: in the schema that tables are made in."""
        return bool(connection.scalar(text(_TABLES), {"name": table}))

    def _pool(self, address: URL) -> Engine:
        given = {name: value for name, value in _CONNECTED.items() if name not in address.query}
        try:
            return create_engine(
                address.set(drivername="postgresql+psycopg"),
                # A pooler in between need not know of prepared statements.
                connect_args={**given, "prepare_threshold": None},
                hide_parameters=True,
                max_overflow=_CONNECTIONS - 5,
                pool_pre_ping=True,
                pool_size=5,
                pool_timeout=BUSY_SECONDS,
                pool_use_lifo=True,
            )
        except ModuleNotFoundError as error:
            raise NotReady(variant="ledger-no-driver", file=self.name) from error

    def _open(self) -> None:
        with self.read() as connection:
            encoding = connection.scalar(text("SELECT current_setting('server_encoding')"))
            if encoding != "UTF8":
                raise NotReady(variant="ledger-encoding", file=self.name, found=str(encoding))
            empty = not self.has(connection)
            if self._read_only and empty:
                raise NotReady(variant="ledger-missing", file=self.name)
            if not empty:
                found = self.refuse_other_versions(connection, older=not self._read_only)
        if not self._read_only and (empty or found < VERSION):
            with self.write() as connection:
                self.bring_up_to_date(connection)

    @contextmanager
    def _reading(self, engine: Engine) -> Iterator[Connection]:
        with self._meaning(), self._connected(engine) as connection:
            yield connection

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        if self._closed:
            raise NotReady(variant="stopping")
        with engine.connect() as connection:
            yield connection

    def _given_back(self, _below: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()  # the pool that it goes back to is gone

    def _found_out(self, kept: Kept | None, lost: DBAPIError) -> bool:
        """Whether a transaction is kept for which COMMIT got no answer.

        Who has the lock knows that it has ended. Raises NotReady where that cannot be found out.
        """
        until = time.monotonic() + FIND_OUT_SECONDS
        while kept is not None and (left := until - time.monotonic()) > 0:
            try:
                with self._engine.connect() as connection, connection.begin():
                    fence(connection, Lock.WRITE, left)
                    return kept(connection)
            except (DBAPIError, PoolTimeout):
                time.sleep(_PAUSE_SECONDS)
        raise NotReady(variant="ledger-uncertain", file=self.name) from lost

    @contextmanager
    def _meaning(self, variant: str = "ledger-unreachable") -> Iterator[None]:
        """Tells PostgreSQL's failures as errors of ours; ``variant`` of NotReady otherwise."""
        try:
            yield
        except DBAPIError as error:
            told = self._told(error, variant)
            if told is None:
                raise
            raise told from error
        except PoolTimeout as error:
            reason = "every connection is taken"
            raise NotReady(variant=variant, file=self.name, reason=reason) from error
        except Unreadable as error:
            raise self.broken(str(error)) from error

    def _told(self, error: DBAPIError, variant: str) -> JalonError | None:
        state, reason = _state(error), _reason(error)
        if isinstance(error, IntegrityError) or state.startswith("22"):
            return None  # A fault of ours, not of the database.
        if state == _DISK_FULL:
            return StorageFull()
        if state != _NOT_ALLOWED and state.startswith(_BROKEN):
            return self.broken(reason)
        return NotReady(variant=variant, file=self.name, reason=reason)


def _state(error: DBAPIError) -> str:
    """The SQLSTATE of an error; empty where the server sent none."""
    return getattr(error.orig, "sqlstate", None) or ""


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:REASON_CHARACTERS]
