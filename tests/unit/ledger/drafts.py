"""Ledgers to try, what to put into them, and a clock that is the same in every run."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jalon.ledger.commits import ChangeSet, Commit, Draft
from jalon.ledger.ledger import Ledger

API = Path(__file__).parents[3] / "api"
TESTS = Path(__file__).parents[2]
Place = Path | str
"""A file, or the URL of a PostgreSQL database."""

START = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)


class Ticking:
    """A clock that is a second later each time it is looked at."""

    def __init__(self) -> None:
        self._now = START

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def draft(number: int, quads: int = 1) -> Draft:
    """A draft that is told from every other by its number."""
    adds = (f'<s:{number}> <p:n> "{number}.{quad}" <g:a> .'.encode() for quad in range(quads))
    removes = (f'<s:{number - 1}> <p:n> "{number - 1}.0" <g:a> .'.encode(),)
    return Draft(
        change=ChangeSet.of(adds, removes if number > 1 else ()),
        author="0f" * 12,
        message=f"Change {number}",
        source="pack:abc",
        report='{"conforms": true}',
        rules="rules-1",
        engine="pyoxigraph 0.5.13",
    )


@contextmanager
def ledger_at(place: Place, *, read_only: bool = False) -> Iterator[Ledger]:
    """The ledger in a file, or at an address, closed in the end."""
    ledger = Ledger.open(place, Ticking(), read_only=read_only)
    try:
        yield ledger
    finally:
        ledger.close()


def filled(place: Place, commits: int, quads: int = 1) -> list[Commit]:
    """Makes a ledger of some commits, and closes it; what is in it."""
    with ledger_at(place) as ledger:
        return [ledger.append(draft(number, quads)) for number in range(1, commits + 1)]


def chances() -> tuple[random.Random, int]:
    """Where chance comes from in a test, and the seed to tell when it fails."""
    seed = random.randrange(2**32)  # noqa: S311 (nothing is secret)
    return random.Random(seed), seed  # noqa: S311 (nothing is secret)


def written_place(written: str) -> Place:
    """Where a ledger stands, as a program beside these tests is told."""
    return written if written.startswith("postgresql:") else Path(written)


def program(name: str, *arguments: str) -> list[str]:
    """The command that runs a program beside these tests."""
    return [sys.executable, str(Path(__file__).with_name(name)), *arguments]


def environment() -> dict[str, str]:
    """What such a program finds the package and these helpers by."""
    return {**os.environ, "PYTHONPATH": f"{API}{os.pathsep}{TESTS}"}
