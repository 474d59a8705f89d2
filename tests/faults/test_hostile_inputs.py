"""Hostile inputs of every kind, at a real service: it stays, explains itself, and calls nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.harness import NOT_LISTED, can_watch
from faults.hostile import hostilities
from unit.ledger.drafts import chances

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

INPUTS = 10


def test_no_hostile_input_hurts_the_service(tmp_path: Path) -> None:
    chance, seed = chances()
    found = hostilities(tmp_path, INPUTS, chance)
    assert found.wrong == [], seed
    assert found.tried.total() == INPUTS
    assert found.connections == 0
