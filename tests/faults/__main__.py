"""``python -m faults [NAME …]``: tries every fault, or some, and prints what came of it as a table.

``FAULTS_SEED`` repeats a run; ``FAULTS_FOLDER`` is where everything happens.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from faults.harness import NOT_LISTED, can_watch
from faults.trying import TRIALS, Tried, machine

WIDTH = 110
SHOWN = 20


def run(names: Iterable[str], seed: int, folder: Path) -> list[tuple[str, float, Tried]]:
    """Tries some faults; what is tried, the seconds that it took, and what came of it."""
    done = []
    for name in names:
        began = time.monotonic()
        say(f"trying: {name}, seed {seed}, {machine()}")
        # Its own chance each: one that is tried alone is tried as in the whole.
        place = folder / name
        place.mkdir(parents=True)
        for tried in TRIALS[name](place, random.Random(f"{seed} {name}")):  # noqa: S311 (no secret)
            done.append((name, time.monotonic() - began, tried))
            show(tried)
    return done


def show(tried: Tried) -> None:
    """What was tried, how often, what came out, and what is wrong."""
    verdict = (
        f"WRONG: {len(tried.wrong)}" if tried.wrong else "nothing wrong" if tried.times else ""
    )
    say(f"{tried.times:>5}  {tried.what}: {verdict}")
    say(textwrap.fill(tried.outcome, WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 7))
    for each in tried.wrong[:SHOWN]:
        say(textwrap.indent(each, " " * 7 + "! "))


def say(line: str) -> None:
    """Says it now, and not when all is done."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """0 where nothing is wrong."""
    if not can_watch():
        say(f"skipped: {NOT_LISTED}")
        return 0
    names = sys.argv[1:] or list(TRIALS)
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(2**32))
    folder = Path(os.environ.get("FAULTS_FOLDER") or tempfile.mkdtemp(prefix="faults-"))
    began = time.monotonic()
    done = run(names, seed, folder)
    say(f"\n{'=' * WIDTH}\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}, seed {seed}\n")
    for _, _, tried in done:
        show(tried)
    wrong = sum(len(tried.wrong) for _, _, tried in done)
    say(f"\n{time.monotonic() - began:.0f} s in all; wrong: {wrong or 'nothing'}")
    if wrong:
        say(f"what was wrong is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
