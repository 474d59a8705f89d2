"""A ledger whose files are damaged is refused, or the damage did nothing: never another ledger."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.commits import Commit
from unit.ledger.drafts import chances, environment, filled, ledger_at, program

FLIPS = 60
COMMITS = 30
POINTS = 6
NAME = "ledger.sqlite"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that was closed: everything is in its main file."""
    folder = tmp_path_factory.mktemp("closed")
    filled(folder / NAME, COMMITS, quads=30)
    return folder


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger whose process was killed: the newest commits are in its log alone."""
    folder = tmp_path_factory.mktemp("killed")
    # Killed between two commits: one that nobody was told of may be lost without a word.
    command = program("appending.py", str(folder / NAME), str(COMMITS))
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(COMMITS):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    return folder


def _commits(folder: Path) -> list[Commit]:
    with ledger_at(folder / NAME) as ledger:
        ledger.verify()
        return list(ledger.commits())


def _outcome(folder: Path, right: list[Commit]) -> str:
    """What opening and verifying a damaged ledger comes to; fails where it gives other commits."""
    try:
        found = _commits(folder)
    except (LedgerBroken, NotReady) as error:
        told = error
    else:
        assert found == right
        return "whole"
    assert str(folder) in str(told)
    return str(told.details["variant"])


def _copy(folder: Path, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(folder, place))


def _flip(file: Path, position: int, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[position] ^= 1 << bit
    file.write_bytes(content)


def test_a_flipped_bit_of_the_main_file_is_found_or_did_nothing(
    closed: Path, tmp_path: Path
) -> None:
    right = _commits(_copy(closed, tmp_path / "right"))
    chance, seed = chances()
    size = (closed / NAME).stat().st_size
    seen: Counter[str] = Counter()
    for _ in range(FLIPS):
        copy = _copy(closed, tmp_path / "copy")
        _flip(copy / NAME, chance.randrange(size), chance.randrange(8))
        seen[_outcome(copy, right)] += 1
    assert seen.total() == FLIPS, seed
    assert seen["commit"] + seen["file"] > 0, (seed, seen)


def test_a_flipped_bit_of_the_log_is_found(killed: Path, tmp_path: Path) -> None:
    """SQLite itself drops what comes after it without a word."""
    right = _commits(_copy(killed, tmp_path / "right"))
    log = f"{NAME}-wal"
    chance, seed = chances()
    for _ in range(FLIPS // 2):
        copy = _copy(killed, tmp_path / "copy")
        _flip(copy / log, chance.randrange((copy / log).stat().st_size), chance.randrange(8))
        assert _outcome(copy, right) == "lost", seed


@pytest.mark.parametrize("point", range(POINTS))
def test_a_log_that_was_cut_short_is_found(killed: Path, tmp_path: Path, point: int) -> None:
    copy = _copy(killed, tmp_path / "copy")
    log = copy / f"{NAME}-wal"
    os.truncate(log, log.stat().st_size * point // POINTS)
    assert _outcome(copy, []) == "lost"


def test_a_log_that_was_deleted_is_found(killed: Path, tmp_path: Path) -> None:
    copy = _copy(killed, tmp_path / "copy")
    (copy / f"{NAME}-wal").unlink()
    assert _outcome(copy, []) == "lost"


@pytest.mark.parametrize("point", range(POINTS))
def test_a_main_file_that_was_cut_short_is_found(closed: Path, tmp_path: Path, point: int) -> None:
    copy = _copy(closed, tmp_path / "copy")
    os.truncate(copy / NAME, (copy / NAME).stat().st_size * point // POINTS)
    assert _outcome(copy, []) == ("file" if point else "lost")


def test_a_main_file_that_was_deleted_is_found(closed: Path, tmp_path: Path) -> None:
    copy = _copy(closed, tmp_path / "copy")
    (copy / NAME).unlink()
    assert _outcome(copy, []) == "lost"


@pytest.mark.parametrize("content", [b"\0" * 8192, b"no database" * 1000, bytes(range(256)) * 32])
def test_a_main_file_that_was_overwritten_is_found(
    closed: Path, tmp_path: Path, content: bytes
) -> None:
    copy = _copy(closed, tmp_path / "copy")
    (copy / NAME).write_bytes(content)
    assert _outcome(copy, []) == "file"


@pytest.mark.parametrize("note", [b"", b"what", b"00000000000000000099 aa bb\n", b"\xff" * 151])
def test_a_note_of_the_last_commit_that_cannot_be_relied_on_is_made_anew(
    closed: Path, tmp_path: Path, note: bytes
) -> None:
    copy = _copy(closed, tmp_path / "copy")
    whole = (copy / f"{NAME}.head").read_bytes()
    (copy / f"{NAME}.head").write_bytes(note)
    assert len(_commits(copy)) == 30
    assert (copy / f"{NAME}.head").read_bytes() == whole
