"""Putting a backup in the place of a ledger, so that it is there whole or the old one still is.

The steps may be cut short anywhere: doing all of them again ends them.
"""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from jalon.errors import LedgersDiffer, NotReady, StorageFull
from jalon.ledger.backup import copy_database
from jalon.ledger.chain import Progress, silent
from jalon.ledger.commits import Head
from jalon.ledger.copying import copy, is_empty
from jalon.ledger.database import sync_folder
from jalon.ledger.ledger import Clock, Ledger
from jalon.ledger.sqlite import SqliteDatabase
from jalon.ledger.watermark import Watermark

RESTORING = ".restoring"
REPLACED = ".replaced"
_BESIDE = ("-wal", "-shm", "-journal")

_log = logging.getLogger(__name__)


def restore(backup: Path, ledger: Path, clock: Clock, progress: Progress) -> Head:
    """Puts a verified copy of ``backup`` in the place of ``ledger``; the head it ends in.

    A backup of an earlier version is brought up to date. What stood there is kept under a name of
    its own, and replaced by the next restore. Nobody may have the ledger open. Raises LedgerBroken
    for a backup that is not as it was written, NotReady where there is none, StorageFull where
    there is no room; the ledger is then as it was.
    """
    if not backup.is_file():
        raise NotReady(variant="backup-missing", file=str(backup))
    work = ledger.with_name(ledger.name + RESTORING)
    try:
        head = _copied(backup, work, clock, progress)
    except BaseException:
        # Where there is no ledger, an earlier attempt was cut short: that stays to be seen.
        if ledger.exists():
            work.unlink(missing_ok=True)
        raise
    _set_aside(ledger)
    work.replace(ledger)
    sync_folder(ledger.parent)
    Watermark(ledger).raise_to(head)
    return head


def restore_into(
    backup: Path, ledger: Ledger, folder: Path, clock: Clock, progress: Progress
) -> Head:
    """Puts a verified copy of ``backup`` into a ledger that is empty; the head it ends in.

    ``folder`` has room for that copy meanwhile. Raises LedgersDiffer where the ledger is not empty,
    and otherwise as ``restore``.
    """
    if not backup.is_file():
        raise NotReady(variant="backup-missing", file=str(backup))
    if not is_empty(ledger):
        name = ledger.database.name
        raise LedgersDiffer(variant="not-empty", file=name, source=str(backup))
    with TemporaryDirectory(prefix=".restoring-", dir=folder) as room:
        work = Path(room) / backup.name
        _copied(backup, work, clock, silent)
        with closing(Ledger.open(work, clock)) as source:
            return copy(source, ledger, verified=progress)


def _copied(backup: Path, work: Path, clock: Clock, progress: Progress) -> Head:
    """Makes a copy that is up to date, and held against its digests; the head it ends in."""
    _clear_beside(work)
    try:
        older = SqliteDatabase(backup, read_only=True, older=True)
        with closing(older), older.moment() as source:
            copy_database(source, work, silent)
        with closing(Ledger.open(work, clock)) as copied:
            return copied.verify(progress)
    except StorageFull as error:
        raise StorageFull(variant="copy", file=str(work)) from error
    finally:
        _clear_beside(work)


def _clear_beside(ledger: Path) -> None:
    for file in (Watermark(ledger).path, *(ledger.with_name(ledger.name + end) for end in _BESIDE)):
        file.unlink(missing_ok=True)


def refuse_half_restored(ledger: Path) -> None:
    """Raises NotReady where a restore was cut short between the old ledger and the new one."""
    if ledger.with_name(ledger.name + RESTORING).exists() and not ledger.exists():
        raise NotReady(variant="restoring", file=str(ledger))


def _set_aside(ledger: Path) -> None:
    """Moves the ledger away with all that belongs to it: its log would be read into another."""
    aside = ledger.with_name(ledger.name + REPLACED)
    pairs = [tuple(Path(f"{each}{end}") for each in (ledger, aside)) for end in _BESIDE]
    if ledger.exists():
        for _, kept in pairs:
            kept.unlink(missing_ok=True)  # of the one that was kept before
        ledger.replace(aside)
        _log.info("the ledger that stood here is kept: %s", aside)
    for beside, kept in pairs:
        if beside.exists():
            beside.replace(kept)
    Watermark(ledger).path.unlink(missing_ok=True)
    sync_folder(ledger.parent)
