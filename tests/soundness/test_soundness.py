"""What a change affects, by the reads of shapes: the same as by validating everything."""

from __future__ import annotations

import random

from soundness.rounds import rounds

NUMBER = 500


def test_changes_are_checked_by_what_they_affect_as_by_validating_everything() -> None:
    seed = random.SystemRandom().randrange(2**32)
    tally = rounds(NUMBER, seed)
    assert not tally.wrong, f"seed {seed}: {tally.wrong[0]}"
    assert tally.compared > NUMBER * 0.8
    assert tally.changed > NUMBER
