"""Whatever is changed in the database by hand, verifying finds it and says where."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from jalon.errors import LedgerBroken, NotReady
from unit.ledger.drafts import draft, filled, ledger_at

TRIGGERS = ("commits_are_not_changed", "commits_are_not_deleted")
COUNT = 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    filled(path, COUNT)
    return path


def _change(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Changes the database as somebody would who has the file and SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.execute(statement, values).rowcount == 1, statement
        connection.commit()


def _set(column: str, number: int, to: str = "?") -> str:
    """The statement that gives a column of a commit another value."""
    return " ".join(["UPDATE commits SET", column, "=", to, "WHERE number =", str(number)])


def _found(path: Path) -> int:
    """The commit that is found not to be as it was written."""
    with pytest.raises(LedgerBroken) as raised, ledger_at(path) as ledger:
        ledger.verify()
    assert str(path) in str(raised.value)
    return int(raised.value.details["number"])


OTHERS: dict[str, object] = {
    "time": "2026-03-01T12:30:09.000250Z",
    "author": "1f" * 12,
    "message": "Change 30",
    "source": "pack:abd",
    "rules": "rules-2",
    "engine": "pyoxigraph 0.5.14",
    "previous": "00" * 32,
    "digest": "11" * 32,
    "added": 2,
    "removed": 0,
    "report": zlib.compress(b'{"conforms": false}'),
    "adds": zlib.compress(b'<s:3> <p:n> "3.1" <g:a> .\n'),
    "removes": zlib.compress(b""),
}
OTHERS_OF_THE_FIRST: dict[str, object] = {
    "previous": "22" * 32,
    "removed": 1,
    "removes": zlib.compress(b'<s:0> <p:n> "0.0" <g:a> .\n'),
}
COLUMNS = sorted(OTHERS)


def test_every_column_is_tried(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM pragma_table_info('commits')")
        assert sorted(name for (name,) in rows) == sorted([*COLUMNS, "number"])


@pytest.mark.parametrize("number", [1, 3, COUNT])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_with_another_value_is_found(path: Path, column: str, number: int) -> None:
    others = OTHERS | OTHERS_OF_THE_FIRST if number == 1 else OTHERS
    _change(path, _set(column, number), values=(others[column],))
    assert _found(path) == number


@pytest.mark.parametrize("value", [b"\x00\xff", 17, 0.5, ""])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_with_a_value_of_another_kind_is_found(
    path: Path, column: str, value: object
) -> None:
    _change(path, _set(column, 3), values=(value,))
    assert _found(path) == 3


@pytest.mark.parametrize("column", ["message", "author", "time"])
def test_text_that_is_no_text_is_found(path: Path, column: str) -> None:
    _change(path, _set(column, 3, "CAST(x'ff41' AS TEXT)"))
    assert _found(path) == 3


@pytest.mark.parametrize("column", ["adds", "removes", "report"])
def test_more_behind_what_is_compressed_is_found(path: Path, column: str) -> None:
    _change(path, _set(column, 2, f"CAST({column} || 'x' AS BLOB)"))
    assert _found(path) == 2


def test_a_time_that_is_the_same_and_written_otherwise_is_found(path: Path) -> None:
    _change(path, "UPDATE commits SET time = replace(time, 'Z', '+00:00') WHERE number = 2")
    assert _found(path) == 2


@pytest.mark.parametrize("number", [1, 3, COUNT])
def test_a_commit_that_is_gone_is_found(path: Path, number: int) -> None:
    _change(path, "DELETE FROM commits WHERE number = ?", values=(number,))
    assert _found(path) == number


def test_an_end_that_was_cut_off_with_its_note_is_found(path: Path) -> None:
    """The head is moved back too, as if the last commit had never been."""
    _change(
        path,
        "DELETE FROM commits WHERE number = 5",
        "UPDATE head SET number = 4, digest = (SELECT digest FROM commits WHERE number = 4)",
    )
    assert _found(path) == 5


def test_commits_that_changed_places_are_found(path: Path) -> None:
    _change(
        path,
        "UPDATE commits SET number = 99 WHERE number = 2",
        "UPDATE commits SET number = 2 WHERE number = 3",
        "UPDATE commits SET number = 3 WHERE number = 99",
    )
    assert _found(path) == 2


@pytest.mark.parametrize(("number", "found"), [(0, 0), (-3, -3), (6, 6), (99, 6)])
def test_a_commit_that_was_added_is_found(path: Path, number: int, found: int) -> None:
    _change(
        path,
        """
        INSERT INTO commits SELECT ?, time, author, message, source, rules, engine,
            previous, digest, added, removed, report, adds, removes FROM commits WHERE number = 1
        """,
        values=(number,),
    )
    assert _found(path) == found


@pytest.mark.parametrize(
    "statement", ["UPDATE head SET number = 3", "UPDATE head SET digest = ''", "DELETE FROM head"]
)
def test_a_head_that_is_not_the_last_commit_is_found(path: Path, statement: str) -> None:
    _change(path, statement)
    assert _found(path) in (1, 4, 5)


@pytest.mark.parametrize(
    "statement", ["UPDATE head SET number = x'00ff'", "UPDATE head SET digest = x'00ff'"]
)
def test_a_head_of_another_kind_is_found(path: Path, statement: str) -> None:
    _change(path, statement)
    with pytest.raises(LedgerBroken), ledger_at(path) as ledger:
        ledger.verify()


@pytest.mark.parametrize("table", ["commits", "head", "meta"])
def test_a_table_that_is_gone_is_found(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(LedgerBroken), ledger_at(path) as ledger:
        ledger.verify()


def test_a_commit_that_is_not_as_written_is_not_read(path: Path) -> None:
    _change(path, "UPDATE commits SET message = 'x' WHERE number = 3")
    with ledger_at(path) as ledger:
        read = ledger.commits()
        assert [next(read).number, next(read).number] == [1, 2]
        with pytest.raises(LedgerBroken):
            next(read)
        with pytest.raises(LedgerBroken):
            ledger.commit(3)


def test_commits_are_neither_changed_nor_deleted_by_mistake(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE commits SET message = ''", "DELETE FROM commits"):
            with pytest.raises(sqlite3.IntegrityError, match="commits are not"):
                connection.execute(statement)


def test_a_change_that_a_whole_chain_was_made_for_is_found_by_what_is_noted(path: Path) -> None:
    """Who rewrites the chain from its start, with every digest right, still has another end."""
    path.unlink()
    kept = path.with_name("ledger.sqlite.head")
    noted = kept.read_bytes()
    kept.unlink()
    with ledger_at(path) as ledger:
        for number in range(COUNT):
            ledger.append(draft(number + 100))
    kept.write_bytes(noted)
    assert _found(path) == COUNT


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    for read_only in (False, True):
        with pytest.raises(LedgerBroken), ledger_at(path, read_only=read_only):
            pass


def test_a_ledger_of_a_later_version_is_refused_with_the_reason(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'version'")
        connection.commit()
    for read_only in (False, True):
        with pytest.raises(NotReady, match="later version"), ledger_at(path, read_only=read_only):
            pass
