"""``jalon migrate``, and what else the command does with a ledger in PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jalon import build
from jalon.ledger.commits import Head
from jalon.settings import read_settings
from jalon.store.locks import claimed
from postgresql import Server
from unit.cli.command import Command
from unit.ledger.drafts import Place, draft, filled, ledger_at

SECRET = "s3cret"  # noqa: S105 (of nobody)


@pytest.fixture
def jalon(tmp_path: Path) -> Command:
    """The command, whose ledger of five commits stands in the data folder."""
    command = Command(tmp_path / "state")
    filled(command.ledger, 5)
    return command


def shared(jalon: Command, url: str, language: str = "en") -> Command:
    """The command, whose ledger stands in PostgreSQL."""
    return Command(jalon.folder, language, url)


def with_password(url: str) -> str:
    return url.replace("jalon@", f"jalon:{SECRET}@")


def head_of(place: Place) -> Head:
    with ledger_at(place, read_only=True) as ledger:
        return ledger.verify()


def test_a_ledger_goes_to_postgresql_and_back(jalon: Command, url: str, tmp_path: Path) -> None:
    before, back = head_of(jalon.ledger), tmp_path / "back" / "ledger.sqlite"
    there = jalon("migrate", "--to", with_password(url))
    assert there.exit_code == 0, there.output
    assert f"5 commits stand in {url}; head {before.digest}" in there.stdout
    assert head_of(url) == head_of(jalon.ledger) == before
    with ledger_at(url) as ledger:
        ledger.append(draft(6))
    done = shared(jalon, url)("migrate", "--to", f"sqlite:{back}")
    assert done.exit_code == 0, done.output
    assert head_of(back) == head_of(url)
    # The one that it came from is a beginning of it, too.
    assert shared(jalon, url)("migrate", "--to", "sqlite").exit_code == 0
    assert head_of(jalon.ledger) == head_of(url)
    assert SECRET not in there.output


def test_what_is_no_other_ledger_is_refused(jalon: Command, url: str) -> None:
    for to, reason in (
        ("sqlite", "needs another place"),
        (f"sqlite:{jalon.ledger}", "needs another place"),
        ("sqlite:", "no postgresql:// URL"),
        (f"postgresql://jalon:{SECRET}@db", "names no database"),
    ):
        done = jalon("migrate", "--to", to)
        assert done.exit_code != 0
        assert reason in f"{done.exception}"
        assert SECRET not in f"{done.exception}{done.output}"
    filled(url, 6)
    assert "Commit 6 of" in f"{jalon('migrate', '--to', url).exception}"


def test_there_must_be_a_ledger_that_nobody_writes_to(tmp_path: Path, url: str) -> None:
    jalon = Command(tmp_path / "state")
    assert "no ledger" in f"{jalon('migrate', '--to', url).exception}"
    filled(jalon.ledger, 1)
    with claimed(build.lock_of(read_settings(data_dir=jalon.folder))) as mine:
        assert mine
        assert "Another process writes" in f"{jalon('migrate', '--to', url).exception}"
    assert head_of(url).number == 0


def test_a_backup_of_postgresql_is_restored_into_an_empty_database(
    jalon: Command, url: str, postgresql: Server, tmp_path: Path
) -> None:
    filled(url, 3)
    before, backup = head_of(url), tmp_path / "backup.sqlite"
    done = shared(jalon, url)("backup", str(backup))
    assert done.exit_code == 0, done.output
    assert f"3 commits copied to {backup}; head {before.digest}" in done.stdout
    assert f"{backup} is not" not in done.output
    refused = shared(jalon, url)("restore", str(backup))
    assert f"{url} is not empty" in f"{refused.exception}"
    with postgresql.database() as other:
        done = shared(jalon, other)("restore", str(backup))
        assert done.exit_code == 0, done.output
        assert head_of(other) == before
    assert jalon("restore", str(backup)).exit_code == 0
    assert head_of(jalon.ledger) == before


def test_what_is_asked_of_the_ledger_is_asked_of_the_one_that_is_set(
    jalon: Command, url: str
) -> None:
    filled(url, 2)
    assert "2 commits" in shared(jalon, url)("ledger", "verify").stdout
    assert "5 commits" in jalon("ledger", "verify").stdout
    assert "5 commits" in shared(jalon, url)("ledger", "verify", str(jalon.ledger)).stdout
    assert shared(jalon, url)("release", "pin", "2").exit_code == 0
    with ledger_at(url) as ledger:
        assert ledger.pins() == (2,)
    shown = shared(jalon, with_password(url))("settings").stdout
    assert url in shown
    assert SECRET not in shown


def test_without_its_driver_it_says_what_to_install() -> None:
    """In a process of its own, where psycopg is not found."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from jalon.errors import NotReady\n"
        "from jalon.ledger.postgresql import PostgresDatabase\n"
        "try: PostgresDatabase('postgresql://ann:s3cret@db/jalon')\n"
        "except NotReady as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'jalon[shared]'" in done.stdout
    assert SECRET not in done.stdout
