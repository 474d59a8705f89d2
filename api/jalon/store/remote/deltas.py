"""What an engine is told of a new release: every quad that was touched since the one before it.

Of each it is said whether it is there now, not what was done to it. So a delta may be told again,
and to an engine that has come to any release between the two.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Quad, Store

from jalon.store.remote.lines import Line, read_line, state_of
from jalon.store.snapshot import Stamp

LINES, HEAD = ".lines", ".json"


@dataclass(frozen=True, slots=True)
class Point:
    """A release as a mirror knows it: number, digest of its commit, and identity of its content."""

    number: int
    commit: str
    identity: str

    def __str__(self) -> str:
        return f"{self.number} {self.commit} {self.identity}"

    @classmethod
    def read(cls, written: str) -> Point:
        """The point that was written so. Raises ValueError."""
        number, commit, identity = written.split(" ")
        return cls(int(number), commit, identity)


def point_of(stamp: Stamp) -> Point:
    """A release as a mirror knows it."""
    return Point(stamp.number, stamp.commit, stamp.identity)


@dataclass(frozen=True, slots=True)
class Delta:
    """From one release to a later one; its lines stand in a file."""

    before: Point
    after: Point
    file: Path

    def lines(self) -> Iterator[Line]:
        """What is there at the later one, and what is not."""
        with self.file.open(encoding="utf-8", newline="\n") as lines:
            yield from map(read_line, lines)


class Touched:
    """Takes note of quads that come or go, until they are written down as a delta."""

    def __init__(self) -> None:
        self._quads: dict[Quad, None] = {}
        self._known = True

    def note(self, quads: Iterable[Quad]) -> None:
        """Quads that come or go."""
        if self._known:
            self._quads.update(dict.fromkeys(quads))

    def lose(self) -> None:
        """Everything may have changed: there is no delta to the next release."""
        self._known = False
        self._quads.clear()

    def write(self, folder: Path, store: Store, base: str, before: Point, after: Point) -> None:
        """Puts the delta into a folder, whole or not at all; nothing where it is not known."""
        if not self._known:
            return
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{before.number:012d}-{after.number:012d}"
        with (folder / (name + LINES)).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(map(str, state_of(store, self._quads, base)))
            file.flush()
            os.fsync(file.fileno())
        head = folder / f"{name}{HEAD}.new"
        head.write_text(json.dumps([str(before), str(after)]), encoding="utf-8")
        head.replace(folder / (name + HEAD))


def deltas_in(folder: Path) -> list[Delta]:
    """The deltas that stand in a folder, the oldest first."""
    found = []
    for head in sorted(folder.glob(f"*{HEAD}")):
        before, after = map(Point.read, json.loads(head.read_text(encoding="utf-8")))
        found.append(Delta(before, after, head.with_suffix(LINES)))
    return found


def forget(delta: Delta) -> None:
    """Takes a delta away."""
    for end in (HEAD, LINES):
        delta.file.with_suffix(end).unlink(missing_ok=True)


def way(deltas: list[Delta], at: Point, upto: int, within: int) -> list[Delta]:
    """The deltas that lead from one point to a release, in order; empty where there is no way.

    What is at the point may hold parts of later releases, up to ``within``: the first delta must
    come to that one at least.
    """
    found: list[Delta] = []
    number = at.number
    while number < upto:
        least = max(number + 1, within if not found else 0)
        fitting = [
            each
            for each in deltas
            if each.before.number <= number
            and least <= each.after.number <= upto
            and (each.before.number < number or found or each.before == at)
        ]
        if not fitting:
            return []
        found.append(max(fitting, key=lambda each: each.after.number))
        number = found[-1].after.number
    return found
