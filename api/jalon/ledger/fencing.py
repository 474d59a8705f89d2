"""Locks of PostgreSQL that one node at a time has, for as long as a transaction lasts.

Who stops meanwhile loses the transaction and the lock together after ``IDLE_SECONDS``. There is no
lease, and no clock of a node is compared with another's.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from enum import IntEnum

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

IDLE_SECONDS = 10
"""How long the database waits for who has a transaction open."""

_FENCE = text("""
SELECT set_config('lock_timeout', :lock, true),
    set_config('idle_in_transaction_session_timeout', :idle, true),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)
""")

_log = logging.getLogger(__name__)


class Lock(IntEnum):
    """What a lock is for: writing to the ledger, speaking for all, working out a write."""

    WRITE = int.from_bytes(b"jalon")
    LEAD = int.from_bytes(b"leads")
    TURN = int.from_bytes(b"turns")


def fence(connection: Connection, lock: Lock, seconds: float) -> None:
    """Makes this transaction, which is durable, the only one that has a lock, or waits so long
    for it."""
    limits = {"lock": f"{max(1, round(seconds * 1000))}ms", "idle": f"{IDLE_SECONDS}s"}
    connection.execute(_FENCE, limits)
    connection.execute(select(func.pg_advisory_xact_lock(lock.value)))


class CommonTurn:
    """The turn that one node at a time has. Taken once, kept by a sign of life, and left.

    Nothing depends on it but how often work is done in vain: whoever appends names the head that
    the change was made for, whether or not it has the turn.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._unwanted = threading.Event()

    def take(self, seconds: float) -> bool:
        """Waits behind who came before; False where the turn is not had by then, given up, or
        cannot be had because the database is away."""
        try:
            self._connection = connection = self._engine.connect()
            connection.begin()
            if not self._unwanted.is_set():
                fence(connection, Lock.TURN, seconds)
                return not self._unwanted.is_set()
        except (DBAPIError, PoolTimeout) as error:
            if not self._unwanted.is_set():
                _log.warning("a write goes on without the turn of all nodes: %s", error)
        return False

    def give_up(self) -> None:
        """Has who waits in ``take`` wait no more. To be said again until it has returned."""
        self._unwanted.set()
        connection = self._connection
        if connection is not None:
            with suppress(DBAPIError):
                below = connection.connection.driver_connection
                if below is not None:
                    below.cancel()

    def stay(self) -> bool:
        """Says that this node is alive; False where the turn is lost."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
        except DBAPIError as error:
            _log.warning("the turn of all nodes is lost: %s", error)
        return False

    def leave(self) -> None:
        """Lets the next one have it; had or not."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()
