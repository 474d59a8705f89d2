"""Putting a backup in the place of a ledger, so that it is there whole or the old one still is.

The steps may be cut short anywhere: doing all of them again ends them.
"""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from jalon.errors import NotReady
from jalon.ledger.commits import Head
from jalon.ledger.database import sync_folder
from jalon.ledger.sqlite import Clock, Progress, SqliteLedger
from jalon.ledger.watermark import Watermark

RESTORING = ".restoring"
REPLACED = ".replaced"
_BESIDE = ("-wal", "-shm", "-journal")

_log = logging.getLogger(__name__)


def restore(backup: Path, ledger: Path, clock: Clock, progress: Progress) -> Head:
    """Puts a verified copy of ``backup`` in the place of ``ledger``; the head it ends in.

    What stood there is kept under a name of its own, and replaced by the next restore. Nobody may
    have the ledger open. Raises LedgerBroken for a backup that is not as it was written, NotReady
    where there is none, StorageFull where there is no room; the ledger is then as it was.
    """
    if not backup.is_file():
        raise NotReady(variant="backup-missing", file=str(backup))
    work = ledger.with_name(ledger.name + RESTORING)
    with closing(SqliteLedger.open(backup, clock, read_only=True)) as source:
        source.verify(progress)
        head = source.backup(work)
    _set_aside(ledger)
    work.replace(ledger)
    sync_folder(ledger.parent)
    Watermark(ledger).raise_to(head)
    return head


def refuse_half_restored(ledger: Path) -> None:
    """Raises NotReady where a restore was cut short between the old ledger and the new one."""
    if ledger.with_name(ledger.name + RESTORING).exists() and not ledger.exists():
        raise NotReady(variant="restoring", file=str(ledger))


def _set_aside(ledger: Path) -> None:
    """Moves the ledger away with all that belongs to it: its log would be read into another."""
    aside = ledger.with_name(ledger.name + REPLACED)
    watermark = Watermark(ledger).path
    if ledger.exists():
        ledger.replace(aside)
        _log.info("the ledger that stood here is kept: %s", aside)
    for suffix in _BESIDE:
        beside = ledger.with_name(ledger.name + suffix)
        kept = aside.with_name(aside.name + suffix)
        kept.unlink(missing_ok=True)
        if beside.exists():
            beside.replace(kept)
    watermark.unlink(missing_ok=True)
    sync_folder(ledger.parent)
