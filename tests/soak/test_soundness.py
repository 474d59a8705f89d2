"""Many changes, checked by what they affect and by validating everything."""

from __future__ import annotations

import sys

from soundness.rounds import rounds

NUMBER = 10_000


def test_changes_are_checked_by_what_they_affect_as_by_validating_everything(
    number: int | None, seed: int
) -> None:
    tally = rounds(number or NUMBER, seed)
    sys.stdout.writelines(f"{line}\n" for line in ("", f"seed {seed}", *tally.lines()))
    assert not tally.wrong, tally.wrong[0]
