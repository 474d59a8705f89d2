"""``python -m bench.joined OUT OUT ... --out OUT``: one report of several runs on one machine.

So sizes can be measured one by one, and costs still be drawn over all of them.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from bench import report
from bench.data import SIZES
from bench.found import Found

KEPT = "found.pickle"
"""What a run has found, beside its report."""


def main() -> int:
    """0; where the report is, is said."""
    parser = argparse.ArgumentParser(prog="python -m bench.joined", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="folders of reports")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    sys.stdout.write(f"report: {written(joined([kept(each) for each in asked.runs]), asked.out)}\n")
    return 0


def written(found: Found, folder: Path) -> Path:
    """Writes the report, and what was found beside it; where the report is."""
    place = report.write(found, folder)
    (folder / KEPT).write_bytes(pickle.dumps(found))
    return place


def kept(folder: Path) -> Found:
    """What the run has found whose report is in this folder."""
    found = pickle.loads((folder / KEPT).read_bytes())  # noqa: S301 (our own file)
    assert isinstance(found, Found)
    return found


def joined(runs: Sequence[Found]) -> Found:
    """All that these runs have found, the smallest sizes first; the machine is that of the first.

    Raises ValueError where they were not on one machine.
    """
    if len({replace(each.machine, load=0.0, when=runs[0].machine.when) for each in runs}) > 1:
        raise ValueError("these runs were on several machines")
    ordered = sorted(runs, key=lambda each: [SIZES[one.size] for one in each.loaded])
    together = Found(runs[0].machine, seconds=sum(each.seconds for each in runs))
    for field in fields(Found):
        # A run that was kept before there was a line has nothing of it.
        parts = [getattr(each, field.name, []) for each in ordered]
        if isinstance(parts[0], list):
            setattr(together, field.name, [one for part in parts for one in part])
    return together


if __name__ == "__main__":
    sys.exit(main())
