"""Processes that die at any moment of a load: nothing acknowledged is lost, nothing is partial."""

from __future__ import annotations

from pathlib import Path

from faults.killing import kills
from unit.ledger.drafts import chances

MOMENTS = 10


def test_what_is_acknowledged_outlives_the_death_of_any_process(tmp_path: Path) -> None:
    chance, seed = chances()
    found = kills(tmp_path, MOMENTS, chance)
    assert found.wrong == [], seed
    assert found.moments.total() == MOMENTS
    assert found.killed >= MOMENTS
    assert found.acknowledged > 0, seed
