"""What the ledger asks of its database, be it SQLite or PostgreSQL, and the version of its tables.

Statements are SQLAlchemy's, and the same for both.
"""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, insert, select, update

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.commits import Head
from jalon.ledger.tables import meta

VERSION = 5
"""Of the schema; an older one is brought up to it in order, by ``migrations/{version}.sql``."""

BUSY_SECONDS = 30
"""How long a writer waits for one of another process."""

REASON_CHARACTERS = 200

Kept = Callable[[Connection], bool]
"""Tells from the tables whether a transaction is kept of which no answer came."""

_log = logging.getLogger(__name__)


class Unreadable(Exception):
    """What stands in a table is nothing that we ever write there."""


class Database(ABC):
    """Where the ledger's tables stand. Its methods may be called from any thread.

    They raise StorageFull where there is no room, LedgerBroken where the tables are damaged, and
    NotReady where the database cannot be reached, locked, read or written for another reason.
    ``Unreadable``, raised by who reads, becomes LedgerBroken.
    """

    schema: str
    """The file that makes the tables, beside this module."""

    migrations: str
    """The folder of what brings earlier tables up to date, beside this module."""

    def __init__(self, name: str) -> None:
        self.name = name
        """What errors call it; no password is in it."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The file that it stands in. Raises NotReady where that is none of ours."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading alone; nobody waits for it, and it waits for nobody."""

    @abstractmethod
    def moment(self) -> AbstractContextManager[Connection]:
        """As ``read``, and all that is read stands at one moment."""

    @abstractmethod
    def write(self, kept: Kept | None = None) -> AbstractContextManager[Connection]:
        """A transaction beside which there is no other that writes, in any process.

        On the device when this ends, undone where anything raises. ``kept`` is asked where the
        database did not answer whether it is.
        """

    @abstractmethod
    def beside(self) -> AbstractContextManager[Connection]:
        """A transaction for what stands beside the ledger: it need not wait for who writes."""

    @property
    @abstractmethod
    def now(self) -> ColumnElement[float]:
        """The time by the database's own clock, in seconds since 1970, for a statement."""

    @abstractmethod
    def noted(self) -> Head | None:
        """The head that was acknowledged last when this was opened; None where that is not noted
        beside the database."""

    @abstractmethod
    def note(self, head: Head) -> None:
        """Told of each head that is acknowledged."""

    @abstractmethod
    def check(self) -> None:
        """Lets the database look for damage, as far as it can. Raises LedgerBroken."""

    @abstractmethod
    def shed(self) -> bool:
        """Has nothing left of what was overwritten or erased, as far as it is up to us.

        False where a reader still holds some of it.
        """

    @abstractmethod
    def close(self) -> None:
        """Lets go of the database; nothing may be read or written any more."""

    def broken(self, reason: str) -> LedgerBroken:
        """The error of a database that cannot be read as a ledger at all."""
        short = " ".join(reason.split())[:REASON_CHARACTERS]
        return LedgerBroken(variant="file", file=self.name, reason=short)

    @abstractmethod
    def run(self, connection: Connection, script: str) -> None:
        """Runs the statements of a text within the transaction that is open."""

    @abstractmethod
    def has(self, connection: Connection, table: str | None = None) -> bool:
        """Whether there is this table, or any at all."""

    def bring_up_to_date(self, connection: Connection) -> None:
        """Makes the tables where there are none, and those of an earlier version as they are now.

        Raises LedgerBroken where other tables stand there, NotReady for those of a later version.
        """
        if not self.has(connection):
            self.run(connection, _script(self.schema))
            connection.execute(insert(meta).values(name="version", value=str(VERSION)))
            return
        found = self.refuse_other_versions(connection, older=True)
        for version in range(found + 1, VERSION + 1):
            self.run(connection, _script(f"{self.migrations}/{version}.sql"))
            noted = update(meta).where(meta.c.name == "version").values(value=str(version))
            connection.execute(noted)
            _log.info("ledger %s brought up to version %s", self.name, version)

    def refuse_other_versions(self, connection: Connection, *, older: bool) -> int:
        """The version of the tables. Raises as ``bring_up_to_date``, and unless ``older`` NotReady
        for an earlier one too."""
        found = self._version(connection)
        if found is None:
            raise self.broken("no ledger")
        if found > VERSION or (found < VERSION and not older):
            variant = "ledger-newer" if found > VERSION else "ledger-older"
            raise NotReady(variant=variant, file=self.name, found=found, known=VERSION)
        return found

    def _version(self, connection: Connection) -> int | None:
        if not self.has(connection, meta.name):
            return None
        value = connection.scalar(select(meta.c.value).where(meta.c.name == "version"))
        return int(value) if value is not None and str(value).isdecimal() else None


def _script(name: str) -> str:
    return files("jalon.ledger").joinpath(name).read_text(encoding="utf-8")


def sync_folder(folder: Path) -> None:
    """Makes durable which names stand in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
