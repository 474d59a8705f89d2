"""The last commit that was acknowledged, noted beside the ledger.

SQLite drops the end of a damaged log without a word, and with it commits that were acknowledged.
A ledger that ends before its watermark has lost some, and is not served.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from pathlib import Path

from jalon.ledger.commits import Head
from jalon.ledger.database import sync_folder

_log = logging.getLogger(__name__)


class Watermark:
    """A file of one line: number, digest, and the SHA-256 of both, within one disk sector."""

    def __init__(self, ledger: Path) -> None:
        self.path = ledger.with_name(f"{ledger.name}.head")
        self._lock = threading.Lock()
        self._number = -1

    def read(self) -> Head | None:
        """What is noted; None where nothing is, or nothing that can be relied on."""
        try:
            number, digest, check = self.path.read_text(encoding="ascii").split()
            head = Head(int(number), digest)
        except (OSError, ValueError):
            return None
        return head if check == _check(head) else None

    def raise_to(self, head: Head) -> None:
        """Notes a head, durably, unless a later one is noted.

        The commit is kept already: that it could not be noted is logged, and nothing more.
        """
        with self._lock:
            if head.number <= self._number:
                return
            try:
                self._write(f"{head.number:020d} {head.digest} {_check(head)}\n".encode())
                self._number = head.number
            except OSError as error:
                _log.error("the watermark %s could not be written: %s", self.path, error)

    def _write(self, line: bytes) -> None:
        # In place: the file keeps its length, and needs no room on a full disk.
        new = not self.path.exists()
        handle = os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.pwrite(handle, line, 0)
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(self.path.parent)


def _check(head: Head) -> str:
    return hashlib.sha256(f"{head.number} {head.digest}".encode()).hexdigest()
