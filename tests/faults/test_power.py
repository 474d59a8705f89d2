"""The power goes at any moment of a load: what was acknowledged is there, and answers are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.cutting import cuts, lost_by
from faults.harness import NOT_LISTED, can_watch
from faults.power import NoShim
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

CUTS = 3


def test_a_power_cut_takes_what_was_not_synced_and_leaves_what_was(tmp_path: Path) -> None:
    """Without this, the other test would say nothing."""
    chance, seed = chances()
    try:
        assert lost_by(tmp_path, "OFF", chance) > 0, seed
        # A row may be on the device of which nobody was told any more.
        assert lost_by(tmp_path, "FULL", chance) <= 0, seed
    except NoShim as reason:
        pytest.skip(str(reason))


def test_what_is_acknowledged_outlives_a_power_cut(tmp_path: Path) -> None:
    chance, seed = chances()
    try:
        found = cuts(tmp_path, CUTS, chance)
    except NoShim as reason:
        pytest.skip(str(reason))
    assert found.wrong == [], seed
    assert found.moments.total() == CUTS
    assert found.sectors > 0, seed
