"""A power cut: what was synced is kept, of the rest as much as chance leaves of it."""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("power.c")
SECTOR = 512
NAME_BYTES = 64

MERCIES: Mapping[str, float] = {"nothing": 0.0, "half": 0.5, "most": 0.97}
"""How much is left of what was not synced: of names one by one, of files sector by sector."""


class NoShim(Exception):
    """What stands between processes and files cannot be made on this machine, and why."""


@dataclass(frozen=True, slots=True)
class Shim:
    """The library that notes what is synced below ``root``, in the folder ``kept``."""

    library: Path
    root: Path
    kept: Path

    @classmethod
    def made(cls, folder: Path, root: Path) -> Shim:
        """Compiles it into a folder. Raises NoShim."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if os.name != "posix" or not Path("/proc/self/fd").is_dir() or compiler is None:
            raise NoShim("this machine has no C compiler, or no /proc")
        library = folder / "power.so"
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoShim(f"power.c cannot be compiled here: {done.stderr[:200]}")
        shim = cls(library, root, folder / "kept")
        shim.begin()
        return shim

    @property
    def environment(self) -> dict[str, str]:
        """What watches a process, and all that it starts."""
        return {
            "LD_PRELOAD": str(self.library),
            "POWER_ROOT": str(self.root),
            "POWER_KEPT": str(self.kept),
        }

    def begin(self) -> None:
        """Takes everything that is there now for durable. Raises NoShim."""
        shutil.rmtree(self.kept, ignore_errors=True)
        self.kept.mkdir(parents=True)
        self.root.mkdir(parents=True, exist_ok=True)
        name_of = self._naming()
        for path in (self.root, *self.root.rglob("*")):
            if path.is_dir():
                lines = (f"{name_of(each)} {each.name}\n" for each in path.iterdir())
                (self.kept / name_of(path)).write_text("".join(lines), "utf-8")
            else:
                shutil.copyfile(path, self.kept / name_of(path))

    def cut(self, chance: random.Random, mercy: float) -> Loss:
        """Puts into ``root`` what the power cut has left there, and begins anew from that."""
        left = self.root.with_name(f"{self.root.name}-left")
        shutil.rmtree(left, ignore_errors=True)
        loss = _Cut(self.kept, self._naming(), chance, mercy).into(self.root, left)
        shutil.rmtree(self.root)
        left.rename(self.root)
        self.begin()
        return loss

    def _naming(self) -> Callable[[Path], str]:
        library = ctypes.CDLL(str(self.library), use_errno=True)

        def name_of(path: Path) -> str:
            name = ctypes.create_string_buffer(NAME_BYTES)
            if library.power_name(os.fsencode(path), name) != 0:
                raise NoShim(f"{os.strerror(ctypes.get_errno())}: when {path} was made")
            return name.value.decode("ascii")

        return name_of


@dataclass(slots=True)
class Loss:
    """What a power cut met: names that it took, and sectors that were not synced."""

    names: int = 0
    sectors: int = 0


class _Cut:
    """One power cut."""

    def __init__(
        self, kept: Path, name_of: Callable[[Path], str], chance: random.Random, mercy: float
    ) -> None:
        self._kept = kept
        self._name_of = name_of
        self._chance = chance
        self._mercy = mercy
        self._seen: dict[str, Path] = {}
        self._contents: dict[str, bytes] = {}
        self._loss = Loss()

    def into(self, root: Path, left: Path) -> Loss:
        """Writes what is left of a folder into another."""
        self._seen = {self._name_of(each): each for each in (root, *root.rglob("*"))}
        self._write(self._name_of(root), left)
        before = sum(1 for _ in root.rglob("*"))
        self._loss.names = max(0, before - sum(1 for _ in left.rglob("*")))
        return self._loss

    def _write(self, inode: str, place: Path) -> None:
        if inode.startswith("file-"):
            if inode not in self._contents:
                self._contents[inode] = self._content(inode)
            place.write_bytes(self._contents[inode])
            return
        place.mkdir()
        for name, child in self._entries(inode):
            self._write(child, place / name)

    def _entries(self, inode: str) -> Iterator[tuple[str, str]]:
        """The names in a folder, and what each stands for."""
        durable = dict(self._durable(inode))
        seen = self._seen.get(inode)
        now = {} if seen is None else {each.name: self._name_of(each) for each in seen.iterdir()}
        chosen = durable
        if self._mercy:
            chosen = dict(self._mixed(durable, now))
            # A file that is renamed has one of its two names.
            for name, child in durable.items():
                if child in now.values() and child not in chosen.values():
                    chosen.setdefault(name, child)
        yield from chosen.items()

    def _mixed(
        self, durable: Mapping[str, str], now: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        for name in sorted({*durable, *now}):
            source = now if self._chance.random() < self._mercy else durable
            child = source.get(name)
            if child is not None:
                yield name, child

    def _durable(self, inode: str) -> Iterator[tuple[str, str]]:
        listing = self._kept / inode
        if listing.exists():
            for line in listing.read_text(encoding="utf-8").splitlines():
                child, _, name = line.partition(" ")
                yield name, child

    def _content(self, inode: str) -> bytes:
        """What is left of a file: what was synced, and of what was written since, some sectors."""
        file, seen = self._kept / inode, self._seen.get(inode)
        durable = file.read_bytes() if file.exists() else b""
        now = durable if seen is None else seen.read_bytes()
        if now == durable:
            return durable
        self._loss.sectors += sum(
            now[at : at + SECTOR] != durable[at : at + SECTOR] for at in range(0, len(now), SECTOR)
        )
        if self._chance.random() < self._mercy:
            return now
        return self._torn(durable, now) if self._mercy else durable

    def _torn(self, durable: bytes, now: bytes) -> bytes:
        share = self._chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        size = self._chance.choice((len(durable), len(now), self._between(durable, now)))
        found = bytearray()
        for at in range(0, size, SECTOR):
            source = now if self._chance.random() < share else durable
            found += source[at : at + SECTOR].ljust(min(SECTOR, size - at), b"\0")
        return bytes(found)

    def _between(self, durable: bytes, now: bytes) -> int:
        sizes = sorted((len(durable), len(now)))
        return min(sizes[1], self._chance.randint(*sizes) // SECTOR * SECTOR)
