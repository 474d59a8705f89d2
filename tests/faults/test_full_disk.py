"""A disk that gets full: writes are refused, reads go on, and writing heals by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.filled_disk import WHATS, can_mount, fillings
from faults.harness import NOT_LISTED, can_watch
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)


@pytest.mark.skipif(
    not can_mount(), reason="this machine does not let us mount a small disk in a namespace"
)
def test_a_full_disk_refuses_writes_alone_and_loses_nothing(tmp_path: Path) -> None:
    chance, seed = chances()
    found = fillings(tmp_path, 1, seed, chance.choice(WHATS))
    assert found.wrong == [], seed
    assert set(found.full) == {"storage-full"}, seed
    assert set(found.reads) == {"answered"}, seed
    assert set(found.starts) == {"serves"}, seed
    assert found.acknowledged > 0, seed
