"""Room on the device that the state stands on, and how much of it is left alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from jalon.errors import JalonError, NotReady, StorageFull
from jalon.store.port import MEGABYTE

RESERVE_BYTES = 64 * MEGABYTE
"""Room that is left on the disk for the index to follow; on a small disk a twentieth of it."""

RESERVE_FILES = 1000
"""How many files the disk must still have room for; on a small disk a twentieth of all."""

COST = 4
"""How many bytes a change takes for each of its own: in the ledger, its log, and the index."""


@dataclass(frozen=True, slots=True)
class Room:
    """The bytes that a device has, how many of them are free, and whether it is only read.

    ``files`` and ``free_files`` are how many it can hold, 0 and 0 where it does not say.
    """

    total: int
    free: int
    read_only: bool = False
    files: int = 0
    free_files: int = 0

    @classmethod
    def of(cls, folder: Path) -> Self:
        """That of the device of a folder. Raises NotReady where there is none."""
        try:
            found = os.statvfs(folder)
        except OSError as error:
            raise NotReady(reason=f"{folder}: {error.strerror or error}") from error
        return cls(
            total=found.f_blocks * found.f_frsize,
            free=found.f_bavail * found.f_frsize,
            read_only=bool(found.f_flag & os.ST_RDONLY),
            files=found.f_files,
            free_files=found.f_favail,
        )

    def obstacle(self, change: int = 0) -> JalonError | None:
        """Why a change of so many bytes cannot be written here; None where it can."""
        if self.read_only:
            return NotReady(variant="read-only")
        if self.free < min(RESERVE_BYTES, self.total // 20) + COST * change:
            return StorageFull()
        if self.free_files < min(RESERVE_FILES, self.files // 20):
            return StorageFull()
        return None
