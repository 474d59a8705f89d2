"""What the ledger's database keeps of tokens: whose they are and what they allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from jalon.ledger.commits import read_time, written
from jalon.ledger.database import Database, Unreadable
from jalon.ledger.tables import authors, tokens


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


_ALL = select(*tokens.c, authors.c.name.label("label")).join_from(
    tokens, authors, authors.c.id == tokens.c.author
)


class Tokens:
    """The table of tokens."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, token: TokenRecord) -> None:
        """Keeps a new token, whose author is known."""
        row = {
            "id": token.id,
            "secret": token.digest,
            "author": token.author,
            "scopes": json.dumps(token.scopes),
            "graphs": json.dumps(token.graphs),
            "organisations": json.dumps(token.organisations),
            "created": written(token.created),
            "expires": _written(token.expires),
            "revoked": _written(token.revoked),
        }
        with self._database.write() as connection:
            connection.execute(insert(tokens), row)

    def get(self, identifier: str) -> TokenRecord | None:
        """A token by id, revoked and expired ones too; None where it is unknown."""
        with self._database.read() as connection:
            row = connection.execute(_ALL.where(tokens.c.id == identifier)).one_or_none()
            return _token_of(row) if row else None

    def all(self) -> list[TokenRecord]:
        """Every token, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_ALL.order_by(tokens.c.created, tokens.c.id))
            return [_token_of(row) for row in rows]

    def revoke(self, identifier: str) -> bool:
        """Makes a token worthless from now on; False where it is unknown or was revoked before."""
        still = update(tokens).where(tokens.c.id == identifier, tokens.c.revoked.is_(None))
        with self._database.write() as connection:
            done = connection.execute(still.values(revoked=written(self._clock())))
        return done.rowcount > 0


def _token_of(row: Row[*tuple[Any, ...]]) -> TokenRecord:
    try:
        scopes, graphs, organisations = (
            tuple(json.loads(getattr(row, name))) for name in ("scopes", "graphs", "organisations")
        )
        created, expires, revoked = (
            read_time(row.created),
            _time(row.expires),
            _time(row.revoked),
        )
    except (TypeError, ValueError) as error:
        raise Unreadable("a token is not as it was written") from error
    return TokenRecord(
        id=row.id,
        digest=row.secret,
        author=row.author,
        label=row.label,
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
