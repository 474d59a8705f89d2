"""Who is behind the opaque ids of commits: outside the chain, so that it can be forgotten."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from jalon.ledger.commits import written
from jalon.ledger.database import Database

ID_BYTES = 12

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """A person or a body that makes changes; name and address are None once erased."""

    id: str
    name: str | None
    address: str | None


class Authors:
    """The table of authors."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, name: str, address: str) -> str:
        """The random id of a new author."""
        identifier = secrets.token_hex(ID_BYTES)
        row = (identifier, name, address)
        with self._database.write() as connection:
            connection.execute("INSERT INTO authors (id, name, address) VALUES (?, ?, ?)", row)
        return identifier

    def get(self, identifier: str) -> Author | None:
        """An author, None where the id is unknown."""
        query = "SELECT id, name, address FROM authors WHERE id = ?"
        with self._database.read() as connection:
            row = connection.execute(query, (identifier,)).fetchone()
        return Author(*row) if row else None

    def erase(self, identifier: str) -> bool:
        """Overwrites name and address in the file and in the log; False for an unknown id."""
        statement = (
            "UPDATE authors SET name = NULL, address = NULL, erased = coalesce(erased, ?)"
            " WHERE id = ?"
        )
        with self._database.write() as connection:
            done = connection.execute(statement, (written(self._clock()), identifier))
        if not self._database.shed():
            _log.warning("a reader holds the ledger's log: erase author %s again later", identifier)
        return done.rowcount > 0
