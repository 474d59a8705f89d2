"""What the ledger's database keeps of tokens: whose they are and what they allow."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from jalon.ledger.commits import read_time, written
from jalon.ledger.database import Database


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One token: the SHA-256 of its secret, the author whom it stands for, and its rights.

    ``graphs`` are IRIs, or names that the base of the pack completes; ``organisations`` are the
    last parts of their IRIs. ``label`` is the author's name, None once that is erased. Times are
    aware.
    """

    id: str
    digest: bytes = field(repr=False)
    author: str
    label: str | None
    scopes: tuple[str, ...]
    graphs: tuple[str, ...]
    organisations: tuple[str, ...]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None


_SELECT = """
SELECT tokens.id, secret, author, name AS label, scopes, graphs, organisations,
    created, expires, revoked
FROM tokens JOIN authors ON authors.id = author
"""
_BY_ID = f"{_SELECT} WHERE tokens.id = ?"
_IN_ORDER = f"{_SELECT} ORDER BY created, tokens.id"


class Tokens:
    """The table of tokens."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, token: TokenRecord) -> None:
        """Keeps a new token, whose author is known."""
        row = (
            *(token.id, token.digest, token.author),
            *map(json.dumps, (token.scopes, token.graphs, token.organisations)),
            *map(_written, (token.created, token.expires, token.revoked)),
        )
        with self._database.write() as connection:
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def get(self, identifier: str) -> TokenRecord | None:
        """A token by id, revoked and expired ones too; None where it is unknown."""
        with self._database.read() as connection:
            row = connection.execute(_BY_ID, (identifier,)).fetchone()
            return _token_of(row) if row else None

    def all(self) -> list[TokenRecord]:
        """Every token, the oldest first."""
        with self._database.read() as connection:
            return [_token_of(row) for row in connection.execute(_IN_ORDER)]

    def revoke(self, identifier: str) -> bool:
        """Makes a token worthless from now on; False where it is unknown or was revoked before."""
        statement = "UPDATE tokens SET revoked = ? WHERE id = ? AND revoked IS NULL"
        with self._database.write() as connection:
            done = connection.execute(statement, (written(self._clock()), identifier))
        return done.rowcount > 0


def _token_of(row: sqlite3.Row) -> TokenRecord:
    try:
        scopes, graphs, organisations = (
            tuple(json.loads(row[name])) for name in ("scopes", "graphs", "organisations")
        )
        created, expires, revoked = (
            read_time(row["created"]),
            _time(row["expires"]),
            _time(row["revoked"]),
        )
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError("a token is not as it was written") from error
    return TokenRecord(
        id=row["id"],
        digest=row["secret"],
        author=row["author"],
        label=row["label"],
        scopes=scopes,
        graphs=graphs,
        organisations=organisations,
        created=created,
        expires=expires,
        revoked=revoked,
    )


def _written(time: datetime | None) -> str | None:
    return None if time is None else written(time)


def _time(text: str | None) -> datetime | None:
    return None if text is None else read_time(text)
