"""A database as it is at one moment, whatever is written to it meanwhile."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sqlalchemy import ColumnElement, Connection

from jalon.errors import NotReady
from jalon.ledger.commits import Head
from jalon.ledger.database import Database, Kept


class Frozen(Database):
    """What a connection of ``Database.moment`` sees, for one thread to read while that is open."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database.name)
        self._database = database
        self._connection = connection

    @property
    def path(self) -> Path:
        """As the database's."""
        return self._database.path

    def read(self) -> AbstractContextManager[Connection]:
        """The one connection."""
        return nullcontext(self._connection)

    def moment(self) -> AbstractContextManager[Connection]:
        """The one connection."""
        return nullcontext(self._connection)

    def write(self, kept: Kept | None = None) -> AbstractContextManager[Connection]:  # noqa: ARG002 (never)
        """Raises NotReady."""
        raise NotReady(variant="ledger-read-only", file=self.name)

    def beside(self) -> AbstractContextManager[Connection]:
        """Raises NotReady."""
        return self.write()

    @property
    def now(self) -> ColumnElement[float]:
        """As the database's."""
        return self._database.now

    def noted(self) -> Head | None:
        """As the database's."""
        return self._database.noted()

    def note(self, head: Head) -> None:  # noqa: ARG002 (none comes)
        """Raises NotReady."""
        self.write()

    def check(self) -> None:
        """As the database's."""
        self._database.check()

    def shed(self) -> bool:
        """Raises NotReady."""
        self.write()
        return False

    def close(self) -> None:
        """Nothing: who opened the moment ends it."""

    def run(self, connection: Connection, script: str) -> None:
        """As the database's."""
        self._database.run(connection, script)

    def has(self, connection: Connection, table: str | None = None) -> bool:
        """As the database's."""
        return self._database.has(connection, table)
