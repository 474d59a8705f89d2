"""Files harmed as disks and people harm them: a bit flipped, cut short, deleted, one too many."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FLIPS, CUTS = 20, 5

Deed = Literal["flip", "cut", "delete", "add"]


@dataclass(frozen=True, slots=True)
class Harm:
    """One deed, on one of the files of a kind; ``share`` says where in it, from 0 to 1."""

    kind: str
    deed: Deed
    share: float = 0.0
    bit: int = 0

    def do(self, file: Path) -> str:
        """Harms a file in place, so that every name that it has shows the harm; in words."""
        size = file.stat().st_size if file.is_file() else 0
        if self.deed == "flip" and not size:
            file.write_bytes(bytes([1 << self.bit]))
            return f"a byte put into {file.name}, which was empty"
        if self.deed == "flip":
            at = min(size - 1, int(size * self.share))
            _flip(file, at, self.bit)
            return f"bit {self.bit} of byte {at} of {file.name} flipped"
        if self.deed == "cut":
            os.truncate(file, int(size * self.share))
            return f"{file.name} cut to {int(size * self.share)} of {size} bytes"
        if self.deed == "delete":
            file.unlink()
            return f"{file.name} deleted"
        other = file.with_name(f"other-{file.name}")
        other.write_bytes(b"something else")
        return f"{other.name} added"


def harms(kind: str, chance: random.Random) -> Iterator[Harm]:
    """All that is done to one kind of file: 20 flips, 5 cuts, its deletion, one more of it."""
    for _ in range(FLIPS):
        yield Harm(kind, "flip", chance.random(), chance.randrange(8))
    for number in range(CUTS):
        yield Harm(kind, "cut", number / CUTS)
    yield Harm(kind, "delete")
    yield Harm(kind, "add")


def copied(folder: Path, place: Path) -> Path:
    """A copy of a data folder in which the same files share their content as in the first."""
    shutil.rmtree(place, ignore_errors=True)
    names: dict[int, Path] = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        target = place / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(mode=path.stat().st_mode)
            continue
        number = path.stat().st_ino
        if number in names:
            target.hardlink_to(names[number])
        else:
            names[number] = Path(shutil.copy2(path, target))
    return place


def _flip(file: Path, at: int, bit: int) -> None:
    with file.open("r+b") as handle:
        handle.seek(at)
        byte = handle.read(1)[0]
        handle.seek(at)
        handle.write(bytes([byte ^ 1 << bit]))
