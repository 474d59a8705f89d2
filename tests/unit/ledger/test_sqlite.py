"""What is so of a ledger in a file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jalon.errors import NotReady
from unit.ledger.drafts import draft, ledger_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger" / "ledger.sqlite"


def test_who_only_reads_makes_no_ledger(path: Path) -> None:
    with pytest.raises(NotReady, match="no ledger"), ledger_at(path, read_only=True):
        pass
    assert not path.parent.exists()


def test_the_ledger_is_for_its_owner_alone(path: Path) -> None:
    with ledger_at(path) as ledger:
        ledger.append(draft(1))
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
