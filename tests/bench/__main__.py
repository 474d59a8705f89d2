"""``python -m bench``: measures Jalon beside other servers, and writes a report."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench.data import SIZES
from bench.found import Found, Machine
from bench.idle import ceilings
from bench.joined import written
from bench.order import LINES, Order
from bench.pairs import PAIRS, Effort
from bench.running import Run
from bench.targets import OXIGRAPH
from faults.harness import NOT_LISTED, can_watch


def main() -> int:
    """1 where something broke off, or an answer is not that of oxigraph, whose engine we have."""
    asked = _arguments().parse_args()
    if not can_watch():
        say(f"skipped: {NOT_LISTED}")
        return 0
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=asked.folder))
    try:
        order = Order(
            sizes=_named(asked.sizes, tuple(SIZES)),
            lines=_named(asked.lines or " ".join(LINES), LINES),
            effort=Effort(asked.seconds, asked.pairs),
            folder=folder,
        )
        found = Found(Machine.here())
        found.ceilings = ceilings(order.effort.clients, asked.seconds)
        try:
            Run(order, found, say).all()
        finally:
            say(f"report: {written(found, asked.out)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    differs = any(OXIGRAPH in each for each in found.wrong)
    return 1 if differs or found.broken else 0


def say(line: str) -> None:
    """Says it now, and when it was."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--sizes", default="10k 100k", help=" ".join(SIZES))
    asked.add_argument("--lines", default="", help=" ".join(LINES))
    asked.add_argument("--seconds", type=float, default=1.0, help="of each load")
    asked.add_argument("--pairs", type=int, default=PAIRS)
    asked.add_argument("--out", type=Path, default=Path(".jalon/bench"))
    asked.add_argument("--folder", type=Path, help="where data folders may stand meanwhile")
    return asked


def _named(said: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(said.split())
    for each in names:
        if each not in known:
            sys.exit(f"{each} is none of: {' '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
