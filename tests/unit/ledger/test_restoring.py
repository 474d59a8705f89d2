"""A backup takes the place of the ledger, whole, or the ledger stays."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.chain import silent
from jalon.ledger.restoring import refuse_half_restored, restore
from unit.ledger.drafts import Ticking, draft, filled, ledger_at

VERSION_1 = Path(__file__).with_name("version-1.sql")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def backup(path: Path, tmp_path: Path) -> Path:
    """A backup of three commits; the ledger has gone on to five."""
    backup = tmp_path / "backup.sqlite"
    filled(path, 3)
    with ledger_at(path) as ledger:
        ledger.backup(backup)
        for number in (4, 5):
            ledger.append(draft(number))
    return backup


def test_what_came_after_the_backup_is_gone_and_not_missed(path: Path, backup: Path) -> None:
    told: list[tuple[int, int]] = []
    head = restore(backup, path, Ticking(), lambda done, every: told.append((done, every)))
    assert head.number == 3
    assert told[-1][0] == told[-1][1]
    with ledger_at(path) as ledger:
        assert ledger.verify() == head
        assert ledger.append(draft(4)).previous == head.digest
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "ledger.sqlite",
        "ledger.sqlite.head",
        "ledger.sqlite.replaced",
    ]


def test_a_backup_makes_a_ledger_where_there_is_none(path: Path, backup: Path) -> None:
    shutil.rmtree(path.parent)
    assert restore(backup, path, Ticking(), silent).number == 3
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 3


@pytest.mark.parametrize("left", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite.head"])
def test_it_replaces_a_ledger_that_is_damaged(path: Path, backup: Path, left: str) -> None:
    (path.parent / left).write_bytes(b"damaged" * 1000)
    assert restore(backup, path, Ticking(), silent).number == 3
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 3


def test_a_damaged_backup_replaces_nothing(path: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute("DROP TRIGGER commits_are_not_changed")
        connection.execute("UPDATE commits SET message = '' WHERE number = 2")
        connection.commit()
    with pytest.raises(LedgerBroken):
        restore(backup, path, Ticking(), silent)
    with pytest.raises(NotReady):
        restore(backup.with_name("nowhere.sqlite"), path, Ticking(), silent)
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 5
    assert not [file for file in path.parent.iterdir() if "restoring" in file.name]


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(path: Path, backup: Path) -> None:
    backup.unlink()
    with closing(sqlite3.connect(backup)) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    assert restore(backup, path, Ticking(), silent).number == 3
    with ledger_at(path) as ledger:
        ledger.pin(2)
        assert ledger.verify().number == 3


def test_cut_short_it_is_refused_until_it_is_done_again(path: Path, backup: Path) -> None:
    """As after a power cut between the old ledger and the new one."""
    with ledger_at(path) as ledger:
        ledger.append(draft(6))
        shutil.copy(path, f"{path}.replaced")
        shutil.copy(f"{path}-wal", f"{path}-kept")
    path.unlink()
    Path(f"{path}-kept").rename(f"{path}-wal")
    shutil.copy(backup, f"{path}.restoring")
    path.with_name("ledger.sqlite.restoring-wal").write_bytes(b"left behind")
    with pytest.raises(NotReady, match="cut short"):
        refuse_half_restored(path)
    backup.rename(f"{backup}.moved")
    with pytest.raises(NotReady, match="no backup"):
        restore(backup, path, Ticking(), silent)
    with pytest.raises(NotReady, match="cut short"):
        refuse_half_restored(path)
    restore(Path(f"{backup}.moved"), path, Ticking(), silent)
    refuse_half_restored(path)
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 3
    with ledger_at(Path(f"{path}.replaced")) as ledger:
        assert ledger.verify().number == 6


def test_the_ledger_that_was_replaced_has_no_log_of_an_earlier_one(
    path: Path, backup: Path
) -> None:
    path.with_name("ledger.sqlite.replaced-wal").write_bytes(b"of another")
    restore(backup, path, Ticking(), silent)
    with ledger_at(Path(f"{path}.replaced")) as ledger:
        assert ledger.verify().number == 5
