"""A ledger that an earlier version wrote is brought up to date, and loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.audit import Act
from jalon.ledger.commits import Head
from jalon.ledger.database import VERSION
from jalon.ledger.nodes import Nodes
from unit.ledger.drafts import draft, filled, ledger_at

STORED = Path(__file__).with_name("version-1.sql")
HEAD = Head(3, "d5d3030e8c62888671da2aa26491e3e821433ed590d403115adfc8bb8207e839")
AUTHOR = "4c906af0ae68d84dd862307e"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of version 1."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(STORED.read_text(encoding="utf-8"))
    return path


def _layout(path: Path) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(path)) as connection:
        return [(name, sql) for name, sql in connection.execute(query)]


def _version(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
    return str(found)


def test_everything_is_still_there_and_the_chain_goes_on(path: Path) -> None:
    with ledger_at(path) as ledger:
        assert ledger.verify() == HEAD
        assert [commit.change for commit in ledger.commits()] == [
            draft(number, quads=2).change for number in (1, 2, 3)
        ]
        author = ledger.author(AUTHOR)
        assert author is not None
        assert author.name == "Ann"
        assert [token.label for token in ledger.tokens.all()] == ["Ann"]
        assert ledger.append(draft(4)).previous == HEAD.digest
        assert ledger.verify().number == 4


def test_what_the_earlier_version_did_not_have_can_be_used(path: Path) -> None:
    with ledger_at(path) as ledger:
        ledger.pin(2)
        ledger.audit.add(Act("operator", "test", "done"))
    with ledger_at(path) as ledger:
        assert ledger.pins() == (2,)
        assert [line.action for line in ledger.audit.lines()] == ["test"]


def test_its_layout_is_that_of_a_new_one(path: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    filled(new, 1)
    assert _layout(path) != _layout(new)
    with ledger_at(path):
        pass
    assert _layout(path) == _layout(new)
    assert _version(path) == _version(new) == str(VERSION)


def test_that_of_version_4_has_everything_still_and_a_table_of_nodes(tmp_path: Path) -> None:
    path, new = tmp_path / "ledger.sqlite", tmp_path / "new.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        stored = Path(__file__).with_name("version-4.sql")
        connection.executescript(stored.read_text(encoding="utf-8"))
    filled(new, 1)
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 4
        assert [each.state for each in ledger.submissions.page(9, 9)] == [
            "reverted", "approved", "ready",
        ]  # fmt: skip
        assert ledger.pins() == (1,)
        assert Nodes(ledger.database).all() == []
        Nodes(ledger.database).seen("a", 4)
        assert ledger.append(draft(5)).number == 5
    assert _layout(path) == _layout(new)
    assert _version(path) == str(VERSION)


def test_who_only_reads_is_told_what_brings_it_up_to_date(path: Path) -> None:
    with pytest.raises(NotReady, match="earlier version"), ledger_at(path, read_only=True):
        pass
    assert _version(path) == "1"


def test_an_update_that_fails_leaves_the_earlier_version(path: Path) -> None:
    """Something stands where the update wants to make a table."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE audit (other)")
    before = _layout(path)
    for _ in range(2):
        with pytest.raises(LedgerBroken, match="audit"), ledger_at(path):
            pass
        assert (_version(path), _layout(path)) == ("1", before)
