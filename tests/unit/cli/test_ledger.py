"""``jalon ledger``: what it says, and with which exit code it ends."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from unit.cli.command import Command
from unit.ledger.drafts import environment, filled, ledger_at


@pytest.fixture
def jalon(tmp_path: Path) -> Command:
    return Command(tmp_path / "state")


def _damage(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("DROP TRIGGER commits_are_not_changed")
        connection.execute("UPDATE commits SET message = 'x' WHERE number = 2")
        connection.commit()


def test_verify_says_how_many_commits_there_are_and_what_they_end_in(jalon: Command) -> None:
    commits = filled(jalon.ledger, 3)
    done = jalon("ledger", "verify")
    assert done.exit_code == 0, done.output
    assert f"3 commits, each as it was written; head {commits[-1].digest}" in done.stdout


def test_verify_ends_with_1_for_a_ledger_that_is_not_as_it_was_written(jalon: Command) -> None:
    filled(jalon.ledger, 3)
    _damage(jalon.ledger)
    english = jalon("ledger", "verify")
    french = Command(jalon.folder, "fr")("ledger", "verify")
    assert english.exit_code == french.exit_code == 1
    assert "commit 2 is not as it was written" in english.stderr
    assert "l'inscription 2 n'est pas telle qu'elle a été écrite" in french.stderr


def test_verify_ends_with_1_for_a_ledger_that_cannot_even_be_opened(jalon: Command) -> None:
    filled(jalon.ledger, 3)
    jalon.ledger.write_bytes(b"no database" * 1000)
    assert jalon("ledger", "verify").exit_code == 1


def test_verify_looks_at_a_backup(jalon: Command, tmp_path: Path) -> None:
    filled(jalon.ledger, 3)
    copy = tmp_path / "copy.sqlite"
    with ledger_at(jalon.ledger) as ledger:
        ledger.backup(copy)
    _damage(jalon.ledger)
    assert jalon("ledger", "verify", str(copy)).exit_code == 0
    assert jalon("ledger", "verify").exit_code == 1


def test_without_a_ledger_there_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    own = {"JALON_DATA_DIR": str(tmp_path), "LANG": "en_CA.UTF-8"}
    kept = {name: value for name, value in environment().items() if not name.startswith("LC_")}
    for command in ("verify", "list"):
        done = subprocess.run(
            [sys.executable, "-m", "jalon", "ledger", command],
            env={**kept, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("error: There is no ledger at ")
        assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_list_shows_the_newest_commits_and_who_made_them(jalon: Command) -> None:
    filled(jalon.ledger, 5)
    done = jalon("ledger", "list", "--last", "2")
    assert done.exit_code == 0, done.output
    assert "Change 3" not in done.stdout
    rows = [line.split("│") for line in done.stdout.splitlines() if "Change" in line]
    assert [[cell.strip() for cell in row[1:-1]] for row in rows] == [
        ["4", "2026-03-01 12:30:04Z", "0f" * 12, "Change 4", "pack:abc", "1", "1"],
        ["5", "2026-03-01 12:30:05Z", "0f" * 12, "Change 5", "pack:abc", "1", "1"],
    ]
    assert "2 of 5 commits" in done.stdout
    assert "5 inscriptions sur 5" in Command(jalon.folder, "fr")("ledger", "list").stdout
