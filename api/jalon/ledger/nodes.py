"""Which nodes serve from the ledger, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update

from jalon.ledger.database import Database
from jalon.ledger.tables import nodes


@dataclass(frozen=True, slots=True)
class Node:
    """A node, the newest release that it has published, and when it said so, in UTC."""

    id: str
    release: int
    seen: datetime


class Nodes:
    """The table of nodes. Times are by the database's clock, which all of them share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, identifier: str, release: int) -> None:
        """Notes that a node is there now, and what it has published. Raises NotReady."""
        row = {"release": release, "seen": self._database.now}
        with self._database.beside() as connection:
            known = update(nodes).where(nodes.c.id == identifier).values(row)
            if not connection.execute(known).rowcount:
                connection.execute(insert(nodes).values(id=identifier, **row))

    def leave(self, identifier: str) -> None:
        """Forgets a node, known or not."""
        with self._database.beside() as connection:
            connection.execute(delete(nodes).where(nodes.c.id == identifier))

    def slowest(self, within_seconds: float) -> int | None:
        """The smallest release of the nodes seen within that time; None where there is none."""
        late = self._database.now - within_seconds
        with self._database.read() as connection:
            slowest: int | None = connection.scalar(
                select(func.min(nodes.c.release)).where(nodes.c.seen >= late)
            )
        return slowest

    def all(self) -> list[Node]:
        """Every node that has not left, by id, seen lately or not."""
        with self._database.read() as connection:
            rows = connection.execute(select(nodes).order_by(nodes.c.id)).all()
        return [Node(row.id, row.release, datetime.fromtimestamp(row.seen, UTC)) for row in rows]
