"""Files that are harmed while nothing runs: the index is made again, a harmed ledger is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.damaging import (
    INDEX,
    KILLED,
    STOPPED,
    all_harms,
    damage_index,
    damage_ledger,
    filled,
)
from faults.harness import NOT_LISTED, Plan, can_watch
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

HARMS = 2


def test_no_harm_to_the_index_makes_a_wrong_answer(tmp_path: Path) -> None:
    chance, seed = chances()
    left = filled(Plan(tmp_path / "state"), tmp_path / "left", killed=True)
    found = damage_index(left, chance.sample(all_harms(INDEX, chance), HARMS), chance)
    assert found.wrong == [], seed
    assert found.tried.total() == HARMS


@pytest.mark.parametrize("killed", [True, False])
def test_a_harmed_ledger_is_refused_or_nothing_of_it_is_missing(
    tmp_path: Path, killed: bool
) -> None:
    chance, seed = chances()
    left = filled(Plan(tmp_path / "state"), tmp_path / "left", killed=killed)
    harms = all_harms(KILLED if killed else STOPPED, chance)
    found = damage_ledger(left, chance.sample(harms, HARMS))
    assert found.wrong == [], seed
    assert found.tried.total() == HARMS
