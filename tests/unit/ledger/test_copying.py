"""A ledger is copied from one database into the other: all of it, or it is told what differs."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import threading
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from jalon.errors import LedgerBroken, LedgersDiffer, NotReady
from jalon.ledger.audit import Act
from jalon.ledger.chain import silent
from jalon.ledger.commits import MOST_BYTES, ChangeSet
from jalon.ledger.copying import copy, copy_to_file
from jalon.ledger.ledger import Ledger
from jalon.ledger.nodes import Nodes
from jalon.ledger.restoring import restore, restore_into
from jalon.ledger.submissions import PUBLISHED, TAKEN_BACK, Proposed, Result, Sent
from jalon.ledger.tables import ALL, meta, nodes
from jalon.ledger.tokens import TokenRecord
from postgresql import Server
from unit.ledger.drafts import START, Place, Ticking, draft, environment, ledger_at, program

ANN = "0a" * 12
READY = Result("ready", 1, b'{"violations": 0}', ChangeSet.of([b"<s:a> <p:a> <o:a> ."]))


@pytest.fixture(params=["to-postgresql", "to-sqlite", "to-sqlite-from-sqlite"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Place, Place]:
    """Where a ledger stands, and where it is copied to."""
    file = tmp_path / "one" / "ledger.sqlite"
    if request.param == "to-sqlite-from-sqlite":
        return file, tmp_path / "other" / "ledger.sqlite"
    url = str(request.getfixturevalue("url"))
    return (file, url) if request.param == "to-postgresql" else (url, file)


def fill(ledger: Ledger) -> None:
    """Something in every table, in the order in which it comes about."""
    start = ledger.head().number + 1
    numbers = count(start)

    def commit(source: str = "pack:é\0") -> None:
        ledger.append(replace(draft(next(numbers), quads=3), source=source))

    author = ledger.add_author(f"Ann {start}\0\ufffe", "ann@example.org")
    ledger.tokens.add(
        TokenRecord(f"t{start}", b"\1" * 32, author, None, ("submit",), (), ("calq",), START)
    )
    for _ in range(4):
        commit()
    sent = (
        Sent("adds", "text/turtle", "é\0.ttl", b"<a> <b> <c> .\0\xff"),
        Sent("removes", "", "", b""),
    )
    made = [
        ledger.submissions.add(Proposed(author, "calq", "add", "why\0", sent), READY)
        for _ in range(45)
    ]
    for number in made[:3]:
        commit(f"{PUBLISHED}{number}")
    commit(f"{TAKEN_BACK}{made[1]}")
    ledger.submissions.step(made[4], ANN, "no", Result("rejected", 1))
    ledger.pin(start + 2)
    for each in range(5):
        ledger.audit.add(Act("operator", f"act {each}", "done", each or None))
    Nodes(ledger.database).seen(f"node {start}", 3)


def contents(ledger: Ledger) -> dict[str, list[Any]]:
    """Everything that is to be the same."""
    found = {}
    with ledger.database.read() as connection:
        for table in ALL:
            if table not in (meta, nodes):
                rows = [tuple(row) for row in connection.execute(select(table))]
                found[table.name] = sorted(rows, key=repr)
    return found


def test_everything_is_copied_and_the_copy_goes_on(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        told: list[tuple[int, int]] = []
        head = copy(source, target, lambda done, every: told.append((done, every)))
        assert head == source.head() == target.verify()
        assert told[-1] == (8, 8)
        assert all(contents(source).values())
        assert contents(target) == contents(source)
        assert Nodes(target.database).all() == []
        assert target.append(draft(9)).previous == head.digest
        assert target.submissions.add(Proposed(ANN, "calq", "add", ""), READY) == 46
        target.audit.add(Act("operator", "more", "done"))
        assert [line.line for line in target.audit.lines(after=4)] == [5, 6]


def test_an_empty_ledger_is_copied(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        assert copy(source, target).number == 0


def test_a_copy_is_brought_to_what_the_ledger_has_come_to(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        copy(source, target)
        assert copy(source, target) == source.head()
        fill(source)
        [first, _] = source.tokens.all()
        source.tokens.revoke(first.id)
        source.erase_author(first.author)
        source.unpin(3)
        copy(source, target)
        assert contents(target) == contents(source)
        copied = target.author(first.author)
        assert copied is not None
        assert copied.name is None


def test_it_is_copied_as_it_was_at_one_moment(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        before = contents(source)
        written: list[None] = []

        def write_more(_done: int, _every: int) -> None:
            if not written:
                written.append(None)
                thread = threading.Thread(target=fill, args=(source,))
                thread.start()
                thread.join()

        copy(source, target, write_more)
        assert contents(target) == before
        assert source.head().number == 16


@pytest.mark.parametrize("moment", range(4))
def test_what_is_killed_goes_on_where_it_was(places: tuple[Place, Place], moment: int) -> None:
    with ledger_at(places[0]) as source:
        fill(source)
        # Each a batch of its own.
        large = "x" * MOST_BYTES
        for number in range(9, 14):
            line = f'<s:{number}> <p:n> "{large}" <g:a> .'.encode()
            source.append(replace(draft(number), change=ChangeSet.of([line])))
    command = program("copying.py", *map(str, places))
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(moment)]
        process.send_signal(signal.SIGKILL)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    first, *_ = map(int, done.stdout.split())
    assert first > max(told, default=0)
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        assert target.verify() == source.head()
        assert contents(target) == contents(source)


def test_a_server_that_is_killed_meanwhile_is_copied_to_when_it_is_back(
    postgresql: Server, url: str, tmp_path: Path
) -> None:
    with ledger_at(tmp_path / "ledger.sqlite") as source, ledger_at(url) as target:
        fill(source)

        def kill(_done: int, _every: int) -> None:
            postgresql.kill()

        try:
            with pytest.raises(NotReady):
                copy(source, target, kill)
        finally:
            postgresql.start()
        copy(source, target)
        assert contents(target) == contents(source)


def test_another_chain_is_not_written_to(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        target.extend([source.commit(1), source.commit(2)])
        for number in (30, 31, 32):
            target.append(draft(number))
        before = contents(target)
        with pytest.raises(LedgersDiffer, match="Commit 3 ") as raised:
            copy(source, target)
        assert str(places[0]) in str(raised.value)
        assert contents(target) == before


def test_a_longer_chain_is_not_written_to(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        copy(source, target)
        target.append(draft(9))
        with pytest.raises(LedgersDiffer, match="Commit 9 "):
            copy(source, target)


@pytest.mark.parametrize(
    "write",
    [
        lambda ledger: ledger.add_author("Eve"),
        lambda ledger: ledger.erase_author(ledger.tokens.all()[0].author),
        lambda ledger: ledger.tokens.revoke(ledger.tokens.all()[0].id),
        lambda ledger: ledger.audit.add(Act("operator", "other", "done")),
        lambda ledger: ledger.submissions.add(Proposed(ANN, "calq", "add", ""), READY),
        lambda ledger: ledger.submissions.step(6, ANN, "no", Result("rejected", 1)),
    ],
    ids=["author", "erased", "revoked", "audit", "submission", "step"],
)
def test_a_copy_that_was_written_to_is_not_written_over(
    places: tuple[Place, Place], write: Any
) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)
        copy(source, target)
        write(target)
        source.audit.add(Act("operator", "later", "done"))
        before = contents(target)
        with pytest.raises(LedgersDiffer, match="has rows that"):
            copy(source, target)
        assert contents(target) == before


def test_who_writes_to_the_copy_meanwhile_is_found(places: tuple[Place, Place]) -> None:
    with ledger_at(places[0]) as source, ledger_at(places[1]) as target:
        fill(source)

        def write(_done: int, _every: int) -> None:
            target.add_author("Eve")

        with pytest.raises(LedgersDiffer, match=r"table authors.*written to meanwhile"):
            copy(source, target, write)


def test_a_backup_of_postgresql_is_the_usual_file_and_is_restored(
    url: str, tmp_path: Path, postgresql: Server
) -> None:
    backup, file = tmp_path / "copies" / "backup.sqlite", tmp_path / "state" / "ledger.sqlite"
    with ledger_at(url) as ledger:
        fill(ledger)
        backup.parent.mkdir()
        backup.write_bytes(b"what stood there")
        head = copy_to_file(ledger, backup, Ticking())
        kept = contents(ledger)
        assert [each.name for each in backup.parent.iterdir()] == [backup.name]
        with pytest.raises(LedgersDiffer, match="not empty"):
            restore_into(backup, ledger, tmp_path, Ticking(), silent)
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert restore(backup, file, Ticking(), silent) == head
    with ledger_at(file) as ledger:
        assert contents(ledger) == kept
    with postgresql.database("ledger") as other, ledger_at(other) as ledger:
        assert restore_into(backup, ledger, tmp_path, Ticking(), silent) == head
        assert contents(ledger) == kept
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copies", "state"]


def test_a_backup_of_an_earlier_version_is_restored_into_postgresql(
    url: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(backup)) as connection:
        stored = Path(__file__).with_name("version-4.sql")
        connection.executescript(stored.read_text(encoding="utf-8"))
    with ledger_at(url) as ledger:
        assert restore_into(backup, ledger, tmp_path, Ticking(), silent).number == 4
        assert [token.label for token in ledger.tokens.all()] == ["Ann"]
        assert [each.state for each in ledger.submissions.page(9, 9)] == [
            "reverted", "approved", "ready",
        ]  # fmt: skip
        with pytest.raises(NotReady, match="no backup"):
            restore_into(tmp_path / "nowhere", ledger, tmp_path, Ticking(), silent)


def test_a_damaged_backup_is_not_restored_into_postgresql(url: str, tmp_path: Path) -> None:
    file, backup = tmp_path / "ledger.sqlite", tmp_path / "backup.sqlite"
    with ledger_at(file) as ledger:
        fill(ledger)
        ledger.backup(backup)
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("DROP TRIGGER commits_are_not_changed")
        connection.execute("UPDATE commits SET message = 'x' WHERE number = 2")
        connection.commit()

    with ledger_at(url) as ledger:
        with pytest.raises(LedgerBroken, match="2"):
            restore_into(backup, ledger, tmp_path, Ticking(), silent)
        assert ledger.head().number == 0
    with closing(psycopg.connect(url)) as connection_:
        assert connection_.execute("SELECT count(*) FROM authors").fetchone() == (0,)
