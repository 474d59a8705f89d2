"""Fills the device that a ledger stands on, frees it, and prints what the ledger did meanwhile.

The folder is one of a small device of its own; a line is a word and what was seen, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from jalon.errors import StorageFull
from jalon.ledger.ledger import Ledger
from unit.ledger.drafts import Ticking, draft, ledger_at


def take_all_room(ballast: Path) -> None:
    """Writes until nothing more fits, in ever smaller pieces."""
    with ballast.open("wb", buffering=0) as handle:
        for piece in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    handle.write(b"\0" * piece)


def append_until_refused(ledger: Ledger) -> int:
    """How many small commits still fitted before StorageFull."""
    for fitted in range(10_000):
        try:
            ledger.append(draft(ledger.head().number + 1))
        except StorageFull:
            return fitted
    raise AssertionError("the device is never full")


def copy_refused(ledger: Ledger, folder: Path) -> list[str]:
    """What stands on the device after a backup for which there was no room."""
    before = sorted(file.name for file in folder.iterdir())
    try:
        ledger.backup(folder / "copy")
    except StorageFull:
        after = sorted(file.name for file in folder.iterdir())
        return [name for name in after if name not in before]
    raise AssertionError("there was room")


def tell(word: str, seen: object) -> None:
    sys.stdout.write(f"{json.dumps([word, seen])}\n")


def run(folder: Path) -> None:
    path, ballast = folder / "ledger.sqlite", folder / "ballast"
    with ledger_at(path) as ledger:
        for number in range(1, 6):
            ledger.append(draft(number, quads=100))
        take_all_room(ballast)
        tell("fitted", append_until_refused(ledger))
        kept = ledger.head().number
        tell("kept", kept)
        tell("refused again", append_until_refused(ledger))
        tell("read", [commit.number for commit in ledger.commits()])
        tell("copied", copy_refused(ledger, folder))
        with ledger_at(path, read_only=True) as other:
            tell("read by another", other.verify().number)
        ballast.unlink()
        tell("after", ledger.append(draft(kept + 1)).number)
        tell("verified", ledger.verify().number)
    with ledger_at(path) as ledger:
        tell("opened again", ledger.verify().number)
    tell("after a kill, full", killed_when_full(path, ballast))


def killed_when_full(path: Path, ballast: Path) -> int:
    """What is read when the device is still full after a process with the ledger open died."""
    if os.fork() == 0:
        Ledger.open(path, Ticking()).add_author("Ann")
        take_all_room(ballast)
        os._exit(0)
    os.wait()
    with ledger_at(path) as ledger:
        return ledger.verify().number


if __name__ == "__main__":
    run(Path(sys.argv[1]))
