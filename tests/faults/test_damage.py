"""Files that are harmed while nothing runs: the index is made again, a harmed ledger is refused."""

from __future__ import annotations

import pytest

from faults.damaging import (
    INDEX,
    LEDGER,
    Filled,
    all_harms,
    damage_index,
    damage_ledger,
    filled,
)
from faults.harness import Plan
from unit.ledger.drafts import chances

HARMS = 2


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """What a process that was killed has left."""
    folder = tmp_path_factory.mktemp("left")
    return filled(Plan(folder / "state"), folder / "left")


def test_no_harm_to_the_index_makes_a_wrong_answer(left: Filled) -> None:
    chance, seed = chances()
    found = damage_index(left, chance.sample(all_harms(INDEX, chance), HARMS), chance)
    assert found.wrong == [], seed
    assert found.tried.total() == HARMS


def test_a_harmed_ledger_is_refused_or_nothing_of_it_is_missing(left: Filled) -> None:
    chance, seed = chances()
    found = damage_ledger(left, chance.sample(all_harms(LEDGER, chance), HARMS))
    assert found.wrong == [], seed
    assert found.tried.total() == HARMS
