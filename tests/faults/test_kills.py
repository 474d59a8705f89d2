"""Processes that die at any moment of a load: nothing acknowledged is lost, nothing is partial."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.harness import NOT_LISTED, can_watch
from faults.killing import kills
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

MOMENTS = 10


def test_what_is_acknowledged_outlives_the_death_of_any_process(tmp_path: Path) -> None:
    chance, seed = chances()
    found = kills(tmp_path, MOMENTS, chance)
    assert found.wrong == [], seed
    assert found.moments.total() == MOMENTS
    assert found.killed >= MOMENTS
    assert found.acknowledged > 0, seed
