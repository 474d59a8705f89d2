"""What an operator does to the data folder: copy it, put it back, make it again, keep a release."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jalon.build.content import data_dir, ledger_of, lock_of, now, pack_of, publishing
from jalon.errors import NotReady
from jalon.ledger.chain import Progress
from jalon.ledger.commits import Head
from jalon.ledger.ledger import PLACE
from jalon.ledger.restoring import restore as restore_ledger
from jalon.settings import Settings
from jalon.store.locks import claimed
from jalon.store.snapshot import Snapshot


def backup(settings: Settings, target: Path, progress: Progress) -> Head:
    """Copies the ledger into a file, whole or not at all, and holds the copy against its digests.

    The ledger is all there is to keep. Writing may go on meanwhile. Raises NotReady, StorageFull,
    LedgerBroken.
    """
    with closing(ledger_of(settings, read_only=True)) as ledger:
        ledger.verify(progress)
        return ledger.backup(target)


def restore(settings: Settings, source: Path, progress: Progress) -> Head:
    """Puts a backup in the place of the ledger; releases are made again at the next start.

    Errors as ledger.restoring.restore, and NotReady while another process writes.
    """
    with _alone(settings):
        head = restore_ledger(source, data_dir(settings) / PLACE, now, progress)
        _forget_releases(settings)
        return head


def rebuild(settings: Settings, progress: Progress) -> Snapshot:
    """Makes the newest release again from the ledger alone, and forgets all others.

    May be cut short and done again. Errors as ``publishing``.
    """

    async def published() -> Snapshot:
        async with publishing(settings, pack_of(settings), progress) as publisher:
            return publisher.current

    with _alone(settings):
        _forget_releases(settings)
        return asyncio.run(published())


def pin(settings: Settings, number: int) -> None:
    """Has a release stay ready; one that does not stand ready is made when it is asked.

    Raises ReleaseUnknown, and as ledger_of.
    """
    with closing(ledger_of(settings)) as ledger:
        ledger.pin(number)


def unpin(settings: Settings, number: int) -> bool:
    """Lets a release go again; False where it was not pinned. Errors as ledger_of."""
    with closing(ledger_of(settings)) as ledger:
        return ledger.unpin(number)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    with claimed(lock_of(settings)) as mine:
        if not mine:
            raise NotReady(variant="held", folder=str(data_dir(settings)))
        yield


def _forget_releases(settings: Settings) -> None:
    for name in ("releases", "index"):
        shutil.rmtree(data_dir(settings) / name, ignore_errors=True)
