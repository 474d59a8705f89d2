"""Many at once, and an end while much is going on."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.crowding import Sizes, crowds
from faults.ending import MOMENTS, ends
from faults.harness import NOT_LISTED, can_watch
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

SIZES = Sizes(endless=4, cheap=20, silent=6, half=30, short=3)


def test_a_crowd_keeps_nobody_from_an_answer_and_the_service_ends_as_it_should(
    tmp_path: Path,
) -> None:
    chance, seed = chances()
    found = crowds(tmp_path, SIZES, chance)
    assert found.wrong == [], seed
    assert not found.refused, seed
    assert found.in_flight.total() == SIZES.short + 1


def test_the_service_ends_though_what_it_waits_for_does_not(tmp_path: Path) -> None:
    found = ends(tmp_path)
    assert found.wrong == []
    assert found.answers.total() == len(MOMENTS)
