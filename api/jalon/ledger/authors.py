"""Who is behind the opaque ids of commits: outside the chain, so that it can be forgotten."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from jalon.ledger.commits import written
from jalon.ledger.database import Database
from jalon.ledger.tables import authors

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
        row = {"id": identifier, "name": name, "address": address}
        with self._database.write() as connection:
            connection.execute(insert(authors), row)
        return identifier

    def get(self, identifier: str) -> Author | None:
        """An author, None where the id is unknown."""
        query = select(authors.c.id, authors.c.name, authors.c.address)
        with self._database.read() as connection:
            row = connection.execute(query.where(authors.c.id == identifier)).one_or_none()
        return Author(*row) if row else None

    def erase(self, identifier: str) -> bool:
        """Overwrites name and address in the file and in the log; False for an unknown id."""
        erased = func.coalesce(authors.c.erased, written(self._clock()))
        forget = update(authors).where(authors.c.id == identifier)
        with self._database.write() as connection:
            done = connection.execute(forget.values(name=None, address=None, erased=erased))
        if not self._database.shed():
            _log.warning("a reader holds the ledger's log: erase author %s again later", identifier)
        return done.rowcount > 0
