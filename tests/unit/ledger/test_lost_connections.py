"""What becomes of commits when nodes stop, connections are lost, or PostgreSQL dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import PoolProxiedConnection

from jalon.errors import NotReady
from jalon.ledger import fencing
from jalon.ledger import postgresql as module
from jalon.ledger.commits import Head
from jalon.ledger.ledger import Ledger
from jalon.ledger.postgresql import PostgresDatabase
from postgresql import Server, programs, server
from unit.ledger.drafts import draft, filled, ledger_at

SHORT = 1.5


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server to kill."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: neither in PATH nor in /usr/lib/postgresql")
    with server(found) as running:
        yield running


@pytest.fixture
def killed(mortal: Server) -> Iterator[str]:
    """The address of a ledger of three commits on a server to kill."""
    with mortal.database() as url:
        filled(url, 3)
        yield url


def test_a_node_that_stopped_while_it_wrote_keeps_nobody_waiting(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fencing, "IDLE_SECONDS", 1)
    with ledger_at(url) as stopped, ledger_at(url) as other:

        def write() -> None:
            with stopped._database.write() as connection:
                connection.exec_driver_sql("INSERT INTO authors VALUES ('0a', '', '', '')")
                assert other.append(draft(1)).number == 1
                connection.exec_driver_sql("INSERT INTO pins VALUES (1, '')")

        with pytest.raises(NotReady, match="nothing of the change was kept"):
            write()
        assert other.author("0a") is None
        assert stopped.append(draft(2)).number == 2


def test_who_waits_too_long_is_told_that_nothing_is_kept(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.3)
    with ledger_at(url) as holder, ledger_at(url) as other, holder._database.write():
        with pytest.raises(NotReady, match="nothing of the change was kept"):
            other.append(draft(1))
        assert other.head().number == 0


class Fault:
    """Does something to the server at the moment that a ledger's transaction ends."""

    def __init__(self, ledger: Ledger, *, before: bool = True) -> None:
        database = ledger._database
        assert isinstance(database, PostgresDatabase)
        self._before = before
        self.action: Callable[[], None] | None = None
        """What is done, once."""
        dialect = database._engine.dialect
        self._commit = dialect.do_commit
        setattr(dialect, "do_commit", self._commit_with_fault)  # noqa: B010 (it is of a class)

    def _commit_with_fault(self, connection: PoolProxiedConnection) -> None:
        action, self.action = self.action, None
        if action is not None and self._before:
            action()
        self._commit(connection)
        if action is not None and not self._before:
            action()
            raise psycopg.OperationalError("the answer was lost")


def end_connections(server: Server, url: str) -> None:
    """As an operator would, or a failing network."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
    server.execute(query.format(url.rsplit("/", 1)[1]))


@pytest.mark.parametrize("how", ["terminated", "killed"])
def test_a_connection_lost_before_commit_keeps_nothing_and_says_so(
    mortal: Server, killed: str, how: str
) -> None:
    with ledger_at(killed) as ledger:
        fault = Fault(ledger)

        def lose() -> None:
            if how == "terminated":
                end_connections(mortal, killed)
            else:
                mortal.kill()
                mortal.start()

        fault.action = lose
        with pytest.raises(NotReady, match="nothing of the change was kept"):
            ledger.append(draft(4))
        assert ledger.verify().number == 3
        assert ledger.append(draft(4)).number == 4


@pytest.mark.parametrize("how", ["terminated", "killed"])
def test_a_commit_whose_answer_was_lost_is_found_out_to_be_kept(
    mortal: Server, killed: str, how: str
) -> None:
    with ledger_at(killed) as ledger:
        fault = Fault(ledger, before=False)
        restarted = threading.Thread(target=mortal.start)

        def lose() -> None:
            if how == "terminated":
                end_connections(mortal, killed)
            else:
                mortal.kill()
                restarted.start()  # while the ledger tries to find out

        fault.action = lose
        commits = ledger.append_all([draft(4), draft(5)], after=ledger.head())
        if how == "killed":
            restarted.join()
        assert ledger.verify() == commits[-1].head == Head(5, commits[-1].digest)


def test_what_cannot_be_found_out_is_told_so(
    mortal: Server, killed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIND_OUT_SECONDS", SHORT)
    with ledger_at(killed) as ledger:
        Fault(ledger, before=False).action = mortal.kill
        with pytest.raises(NotReady, match="cannot be found out"):
            ledger.append(draft(4))
        with pytest.raises(NotReady, match="cannot be read now"):
            ledger.head()
        with pytest.raises(NotReady, match="nothing of the change was kept"):
            ledger.append(draft(5))
        mortal.start()
        assert ledger.verify().number == 4


def test_acknowledged_commits_outlive_the_server_killed_at_any_moment(
    mortal: Server, killed: str
) -> None:
    """One appends all the time; the server dies and comes back; what was told is there, and what
    was told not to be kept is not."""
    kept: dict[int, str] = {}
    refused: list[str] = []
    variants: set[str | int] = set()
    stop = threading.Event()
    with ledger_at(killed) as ledger:

        def work() -> None:
            number = 3
            while not stop.is_set():
                number += 1
                try:
                    commit = ledger.append(draft(number))
                except NotReady as error:
                    variants.add(error.details["variant"])
                    refused.append(f"Change {number}")
                else:
                    kept[commit.number] = commit.message

        with ThreadPoolExecutor(1) as pool:
            worker = pool.submit(work)
            for pause in (0.4, 0.7, 0.55):
                time.sleep(pause)
                mortal.kill()
                mortal.start()
            time.sleep(0.3)
            stop.set()
            worker.result()
        found = {commit.number: commit.message for commit in ledger.commits(after=3)}
        assert ledger.verify().number == len(found) + 3
    assert found == kept
    assert variants == {"ledger-not-kept"}
    assert not set(refused) & set(found.values())
