"""A copy of the ledger's database: whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from jalon.ledger.commits import Head
from jalon.ledger.database import sync_folder
from jalon.ledger.rows import read_head
from jalon.ledger.sqlite import driven

PAGES = 2048
"""Copied between two words on the progress: 8 MiB."""


def copy_database(source: Connection, target: Path, progress: Callable[[int, int], None]) -> Head:
    """Writes what ``source`` sees at its moment into ``target``, in place of what stands there.

    What is written meanwhile stays out. The copy is one file by itself, which a folder that cannot
    be written to may hold. Returns the head that it ends in.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(handle)
    work = Path(name)
    try:
        head = _copy(source, work, progress)
        _sync(work)
        work.replace(target)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{work}{end}").unlink(missing_ok=True)
    sync_folder(target.parent)
    return head


def _copy(source: Connection, work: Path, progress: Callable[[int, int], None]) -> Head:
    def copied(_status: int, left: int, pages: int) -> None:
        progress(pages - left, pages)

    head = read_head(source)
    with closing(sqlite3.connect(work, isolation_level=None)) as copy:
        driven(source).backup(copy, pages=PAGES, progress=copied)
        copy.execute("PRAGMA journal_mode = DELETE")
    return head


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
