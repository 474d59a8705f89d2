"""What is so of a ledger in PostgreSQL: its tables, and what it says of failures."""

from __future__ import annotations

import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from jalon.errors import JalonError, LedgerBroken, NotReady, StorageFull
from jalon.ledger import tables
from jalon.ledger.addresses import shown, url_of
from jalon.ledger.postgresql import PostgresDatabase
from jalon.ledger.sqlite import SqliteDatabase
from jalon.ledger.submissions import Proposed, Result
from postgresql import Server
from unit.ledger.drafts import draft, environment, filled, ledger_at, program

ONLY_ADDED_TO = ["commits", "audit", "submissions", "submission_documents", "submission_steps"]


def database_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_both_databases_have_the_columns_that_statements_name(url: str, tmp_path: Path) -> None:
    declared = {
        (table.name, column.name, column.primary_key)
        for table in tables.ALL
        for column in table.columns
    }
    query = """
    SELECT columns.table_name, columns.column_name, columns.column_name IN (
        SELECT keys.column_name FROM information_schema.key_column_usage AS keys
        JOIN information_schema.table_constraints USING (constraint_name, table_name)
        WHERE keys.table_name = columns.table_name AND constraint_type = 'PRIMARY KEY')
    FROM information_schema.columns WHERE table_schema = 'public'
    """
    with closing(psycopg.connect(url)) as connection:
        assert set(connection.execute(query).fetchall()) == declared
    query = """
    SELECT tables.name, columns.name, columns.pk > 0
    FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    """
    with (
        closing(SqliteDatabase(tmp_path / "ledger.sqlite")) as sqlite,
        sqlite.read() as connection_,
    ):
        found = {(name, column, bool(key)) for name, column, key in _rows(connection_, query)}
    assert found == declared


def _rows(connection: Connection, query: str) -> list[tuple[str, str, int]]:
    return [(row[0], row[1], row[2]) for row in connection.exec_driver_sql(query)]


@pytest.mark.parametrize("table", ONLY_ADDED_TO)
@pytest.mark.parametrize(
    "statement", ["UPDATE {0} SET time = ''", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_what_is_only_added_to_is_not_changed_by_mistake(
    url: str, table: str, statement: str
) -> None:
    if table == "submission_documents":
        statement = statement.replace("time", "name")
    with (
        closing(psycopg.connect(url, autocommit=True)) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="are not changed"),
    ):
        connection.execute(statement.format(table).encode())


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE commits SET message = 'x' WHERE number = 3", 3),
        ("UPDATE commits SET adds = report WHERE number = 2", 2),
        ("UPDATE commits SET added = 7 WHERE number = 2", 2),
        ("DELETE FROM commits WHERE number = 2", 2),
        ("DELETE FROM commits WHERE number = 5", 5),
        ("UPDATE head SET number = 4", 5),
        ("UPDATE head SET digest = 'x'", 5),
        ("UPDATE commits SET number = 0 WHERE number = 1", 0),
        ("DELETE FROM head", 1),
    ],
)
def test_whatever_is_changed_by_hand_is_found(url: str, statement: str, found: int) -> None:
    filled(url, 5)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("ALTER TABLE commits DISABLE TRIGGER USER")
        assert connection.execute(statement.encode()).rowcount == 1
    with pytest.raises(LedgerBroken) as raised, ledger_at(url) as ledger:
        ledger.verify()
    assert raised.value.details["number"] == found


@pytest.mark.parametrize("table", ["commits", "head", "meta"])
def test_a_table_that_is_gone_is_found(url: str, table: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(f"DROP TABLE {table} CASCADE".encode())
    with pytest.raises(LedgerBroken), ledger_at(url) as ledger:
        ledger.verify()


def test_a_state_that_is_missing_is_found(url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("INSERT INTO submissions VALUES (1, '', '', '', '', '')")
    with pytest.raises(LedgerBroken, match="1 submissions"), ledger_at(url) as ledger:
        ledger.verify()


def test_a_later_version_and_another_database_are_refused(url: str, postgresql: Server) -> None:
    postgresql.execute("UPDATE meta SET value = '99'", database_of(url))
    for read_only in (False, True):
        with pytest.raises(NotReady, match="later version"), ledger_at(url, read_only=read_only):
            pass
    with postgresql.database() as other:
        with pytest.raises(NotReady, match="no ledger"), ledger_at(other, read_only=True):
            pass
        postgresql.execute("CREATE TABLE notes (text TEXT)", database_of(other))
        with pytest.raises(LedgerBroken), ledger_at(other):
            pass


def test_a_database_of_another_encoding_is_refused(postgresql: Server) -> None:
    postgresql.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(NotReady, match="LATIN1"), ledger_at(postgresql.url("latin")):
        pass


@pytest.mark.parametrize(
    "words", ["\0", "a\0b\ufffe", "\ufffe0", "\ufffe\ufffe0\0", "\ufffe\0\ufffe", ""]
)
def test_any_text_is_kept(url: str, words: str) -> None:
    with ledger_at(url) as ledger:
        author = ledger.author(ledger.add_author(words, words))
        assert author is not None
        assert (author.name, author.address) == (words, words)


def test_no_password_is_told(postgresql: Server, caplog: pytest.LogCaptureFixture) -> None:
    url = postgresql.url("nowhere", "s3cret")
    with pytest.raises(NotReady) as raised, ledger_at(f"{url}?application_name=s3cret"):
        pass
    assert "nowhere" in str(raised.value)
    assert "s3cret" not in f"{raised.value} {raised.value.__cause__!r} {caplog.text}"
    with pytest.raises(ValueError, match="postgresql://") as refused:
        url_of("mysql://ann:s3cret@db/jalon")
    assert "s3cret" not in repr(refused.value)
    assert shown(url_of("postgres://ann:s3cret@db:5433/jalon")) == "postgresql://ann@db:5433/jalon"


@pytest.mark.parametrize(
    ("state", "told"), [("53100", StorageFull), ("XX001", LedgerBroken), ("53200", NotReady)]
)
def test_what_the_server_cannot_do_is_told_and_nothing_is_kept(
    url: str, postgresql: Server, state: str, told: type[JalonError]
) -> None:
    """The server says so itself, for every commit that is added."""
    postgresql.execute(
        f"""
        CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'hindered' USING ERRCODE = '{state}'; END; $$;
        CREATE TRIGGER hindered AFTER INSERT ON commits EXECUTE FUNCTION hinder();
        """,
        database_of(url),
    )
    with ledger_at(url) as ledger:
        with pytest.raises(told):
            ledger.append(draft(1))
        assert ledger.head().number == 0
        postgresql.execute("DROP TRIGGER hindered ON commits", database_of(url))
        assert ledger.append(draft(1)).number == 1


def test_who_may_not_write_is_told_so(url: str, postgresql: Server) -> None:
    """Nothing is broken then: nobody is to restore a backup."""
    filled(url, 1)
    postgresql.execute("CREATE ROLE reader LOGIN", database_of(url))
    postgresql.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database_of(url))
    with ledger_at(url.replace("jalon@", "reader@")) as ledger:
        assert ledger.verify().number == 1
        with pytest.raises(NotReady, match="permission denied"):
            ledger.append(draft(2))


def test_two_that_append_at_once_make_one_chain(url: str) -> None:
    command = program("appending.py", url, "25")
    processes = [
        subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) for _ in range(2)
    ]
    told: list[int] = []
    for process in processes:
        assert process.stdout is not None
        told += [int(process.stdout.readline().split()[0]) for _ in range(25)]
        process.kill()
        process.communicate()
    assert sorted(told) == list(range(1, 51))
    with ledger_at(url) as ledger:
        assert ledger.verify().number == 50


def test_a_process_killed_as_it_appends_leaves_a_whole_chain(url: str) -> None:
    command = program("appending.py", url)
    for _ in range(3):
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(7)]
            process.send_signal(signal.SIGKILL)
        with ledger_at(url) as ledger:
            assert ledger.verify().number >= int(lines[-1].split()[0])


def test_a_ledger_stands_in_a_schema_of_its_own(postgresql: Server) -> None:
    with postgresql.database() as url:
        postgresql.execute("CREATE TABLE notes (text TEXT)", database_of(url))
        postgresql.execute("CREATE SCHEMA jalon", database_of(url))
        place = f"{url}?options=-csearch_path%3Djalon"
        commits = filled(place, 2)
        with ledger_at(place) as ledger:
            ledger.submissions.add(Proposed("0a" * 12, "calq", "add", ""), Result("ready", 1))
            assert ledger.verify() == commits[-1].head
        found = postgresql.execute("SELECT count(*) FROM jalon.commits", database_of(url))
        assert found == [(2,)]


def test_those_that_open_an_empty_database_at_once_make_one_ledger(postgresql: Server) -> None:
    with postgresql.database() as url:

        def opened(number: int) -> int:
            with ledger_at(url) as ledger:
                return ledger.append(draft(number)).number

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(opened, range(1, 5))) == [1, 2, 3, 4]


def test_what_is_acknowledged_is_on_the_device_whatever_the_server_is_set_to(
    url: str, postgresql: Server
) -> None:
    for level, used in (("off", "on"), ("local", "local"), ("on", "on")):
        name = database_of(url)
        postgresql.execute(f"ALTER DATABASE {name} SET synchronous_commit = {level}")
        with ledger_at(url) as ledger, ledger.database.write() as connection:
            assert connection.scalar(text("SHOW synchronous_commit")) == used


def test_an_erased_author_is_in_no_file_of_the_table(url: str, postgresql: Server) -> None:
    def everything() -> bytes:
        postgresql.execute("CHECKPOINT")
        [(path,)] = postgresql.execute("SELECT pg_relation_filepath('authors')", database_of(url))
        return (postgresql.data / str(path)).read_bytes()

    with ledger_at(url) as ledger:
        ids = [ledger.add_author(f"Honore {number}", "h@example.org") for number in range(20)]
        assert b"Honore" in everything()
        assert all(ledger.erase_author(each) for each in ids)
        assert ledger.author(ids[0]) is not None
        assert b"Honore" not in everything()


@pytest.mark.parametrize("how", ["read", "moment", "write", "beside"])
def test_a_connection_that_is_given_back_after_the_end_is_closed(url: str, how: str) -> None:
    database = PostgresDatabase(url)
    with getattr(database, how)() as connection:
        below = connection.connection.driver_connection
        database.close()
        assert not below.closed
    assert below.closed


def test_a_turn_that_is_left_after_the_end_is_closed(url: str) -> None:
    database = PostgresDatabase(url)
    turn = database.common_turn()
    assert turn.take(1)
    assert turn._connection is not None
    below = turn._connection.connection.driver_connection
    assert isinstance(below, psycopg.Connection)
    database.close()
    assert not below.closed
    turn.leave()
    assert below.closed
