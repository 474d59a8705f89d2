"""Who tried to write what, when, and how it ended: lines that are only ever added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select

from jalon.ledger.commits import read_time, written
from jalon.ledger.database import Database
from jalon.ledger.tables import audit, following

OPERATOR = "operator"
"""In the place of a token's id: who may use the command line needs no token."""


@dataclass(frozen=True, slots=True)
class Act:
    """What was tried: with which token's id, or ``OPERATOR``, and how it ended.

    ``release`` is the number that it made, None where it made none. Addresses of clients are
    personal data, and stand nowhere.
    """

    token: str
    action: str
    outcome: str
    release: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLine(Act):
    """An act as it was noted: its line, from 1, and when."""

    line: int = field(kw_only=True)
    time: datetime = field(kw_only=True)


class Audit:
    """The table of acts."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, act: Act) -> None:
        """Notes an act, durably. Raises StorageFull."""
        row = {
            "time": written(self._clock()),
            "token": act.token,
            "action": act.action,
            "outcome": act.outcome,
            "release": act.release,
        }
        with self._database.write() as connection:
            connection.execute(insert(audit), {"line": following(connection, audit.c.line), **row})

    def lines(self, after: int = 0, most: int = 1000) -> list[AuditLine]:
        """Up to ``most`` lines after one, in order."""
        query = select(audit).where(audit.c.line > after).order_by(audit.c.line).limit(most)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            AuditLine(
                token=row.token,
                action=row.action,
                outcome=row.outcome,
                release=row.release,
                line=row.line,
                time=read_time(row.time),
            )
            for row in rows
        ]
