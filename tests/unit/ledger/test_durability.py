"""What was acknowledged is kept: when a process dies, when the device is full, in a backup."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jalon.errors import NotReady
from jalon.ledger.commits import Head
from jalon.ledger.ledger import Ledger
from unit.ledger.drafts import Ticking, chances, draft, environment, filled, ledger_at, program

KILLS = 10
ON_A_SMALL_DEVICE = 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"'


def _acknowledged_before_a_kill(path: Path, after: int) -> list[Head]:
    """What a process was given that appends, and is killed some commits later."""
    command = program("appending.py", str(path))
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    whole = [line.split() for line in lines if line.endswith(b"\n")]
    return [Head(int(number), digest.decode()) for number, digest in whole]


def test_no_acknowledged_commit_is_lost_when_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    moments, seed = chances()
    acknowledged: list[Head] = []
    for _ in range(KILLS):
        acknowledged += _acknowledged_before_a_kill(path, moments.randint(1, 40))
        with ledger_at(path) as ledger:
            head = ledger.verify()
            kept = {commit.number: commit.digest for commit in ledger.commits()}
        assert head.number <= acknowledged[-1].number + 1, seed
        assert [kept.get(each.number) for each in acknowledged] == [
            each.digest for each in acknowledged
        ], seed


def _can_mount() -> bool:
    """Whether this machine lets us have a small device of our own."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(
    not _can_mount(), reason="this machine does not let us mount a small device in a namespace"
)
def test_a_full_device_refuses_writing_alone_and_heals(tmp_path: Path) -> None:
    command = ["unshare", "-Urm", "sh", "-c", ON_A_SMALL_DEVICE, "sh", str(tmp_path)]
    command += program("filling.py", str(tmp_path))
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    seen = dict(json.loads(line) for line in done.stdout.splitlines())
    kept = seen["kept"]
    assert kept == 5 + seen["fitted"]
    assert seen["refused again"] == 0
    assert seen["read"] == [*range(1, kept + 1)]
    assert seen["copied"] == []
    assert seen["read by another"] == kept
    assert seen["after"] == seen["verified"] == seen["opened again"] == kept + 1
    assert seen["after a kill, full"] == kept + 1


def test_a_backup_is_a_ledger_of_its_own_in_one_file(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "elsewhere" / "copy.sqlite"
    commits = filled(path, 40, quads=200)
    told: list[tuple[int, int]] = []
    with ledger_at(path) as ledger:
        author = ledger.add_author("Ann")
        head = ledger.backup(copy, lambda done, every: told.append((done, every)))
        ledger.append(draft(41))
    assert head == Head(40, commits[-1].digest)
    assert told[-1][0] == told[-1][1] > 0
    assert [file.name for file in copy.parent.iterdir()] == ["copy.sqlite"]
    with ledger_at(copy, read_only=True) as kept:
        assert kept.verify() == head
        assert list(kept.commits()) == commits
        assert kept.author(author) is not None


def test_a_backup_takes_one_moment_while_another_process_appends(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    filled(path, 60, quads=400)
    command = program("appending.py", str(path))
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with ledger_at(path, read_only=True) as ledger:
            for number in range(5):
                copy = tmp_path / f"copy-{number}.sqlite"
                head = ledger.backup(copy)
                assert head.number > 60
                with ledger_at(copy, read_only=True) as kept:
                    assert kept.verify() == head
        process.kill()


def test_a_backup_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    path, folder = tmp_path / "ledger.sqlite", tmp_path / "copies"
    copy = folder / "copy.sqlite"
    filled(path, 3)

    def fail(_done: int, _every: int) -> None:
        raise InterruptedError

    with ledger_at(path) as ledger:
        ledger.backup(copy)
        ledger.append(draft(4))
        with pytest.raises(NotReady):
            ledger.backup(copy, fail)
        assert ledger.append(draft(5)).number == 5
    assert list(folder.iterdir()) == [copy]
    with ledger_at(copy, read_only=True) as kept:
        assert kept.verify().number == 3


def test_a_backup_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    path, folder = tmp_path / "ledger.sqlite", tmp_path / "copies"
    filled(path, 3)
    with ledger_at(path) as ledger:
        ledger.backup(folder / "copy.sqlite")
    with closing(sqlite3.connect(folder / "copy.sqlite")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    folder.chmod(0o500)
    try:
        with ledger_at(folder / "copy.sqlite", read_only=True) as kept:
            assert kept.verify().number == 3
    finally:
        folder.chmod(0o700)


def test_a_folder_that_is_a_file_is_said_to_be_the_reason(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("")
    with pytest.raises(NotReady, match="ledger"):
        Ledger.open(tmp_path / "ledger" / "ledger.sqlite", Ticking())


def test_two_processes_that_open_a_new_ledger_make_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.sqlite"
    command = program("opening.py", str(path))
    processes = [subprocess.Popen(command, env=environment()) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 4
