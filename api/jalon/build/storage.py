"""What an operator does to the data folder: copy it, put it back, make it again, keep a release."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jalon.build.content import (
    data_dir,
    ledger_of,
    lock_of,
    now,
    pack_of,
    place_of,
    publishing,
)
from jalon.errors import NotReady, SettingsInvalid
from jalon.ledger.chain import Progress
from jalon.ledger.commits import Head
from jalon.ledger.copying import copy, copy_to_file
from jalon.ledger.ledger import PLACE, Ledger
from jalon.ledger.restoring import restore as restore_ledger
from jalon.ledger.restoring import restore_into
from jalon.settings import SQLITE, Settings, read_settings
from jalon.store.locks import claimed
from jalon.store.snapshot import Snapshot


def backup(settings: Settings, target: Path, progress: Progress) -> Head:
    """Copies the ledger into a file, whole or not at all, and holds the copy against its digests.

    The ledger is all there is to keep. Writing may go on meanwhile. Raises NotReady, StorageFull,
    LedgerBroken.
    """
    with closing(ledger_of(settings, read_only=True)) as ledger:
        ledger.verify(progress)
        if settings.ledger == SQLITE:
            return ledger.backup(target)
        return copy_to_file(ledger, target, now)


def restore(settings: Settings, source: Path, progress: Progress) -> Head:
    """Puts a backup in the place of the ledger, or into a database that is empty; releases are made
    again at the next start.

    Errors as ledger.restoring.restore and restore_into, and NotReady while another process writes.
    """
    with alone(settings):
        place = place_of(settings)
        if isinstance(place, Path):
            head = restore_ledger(source, place, now, progress)
        else:
            with closing(ledger_of(settings)) as ledger:
                head = restore_into(source, ledger, data_dir(settings), now, progress)
        _forget_releases(settings)
        return head


def migrate(settings: Settings, written: str, copied: Progress, verified: Progress) -> Head:
    """Copies the ledger that is set into another: ``sqlite`` for that of the data folder,
    ``sqlite:PATH``, or a postgresql:// URL.

    The ledger stays as it is. What was cut short is ended by doing it again. Raises SettingsInvalid
    for another word, LedgersDiffer where the target is no beginning of the ledger, NotReady while
    another process writes to the data folder, and otherwise as ledger_of.
    """
    place, target = place_of(settings), _place(settings, written)
    with alone(settings):
        if isinstance(place, Path) and not place.is_file():
            raise NotReady(variant="ledger-missing", file=str(place))
        with (
            closing(ledger_of(settings)) as source,
            closing(Ledger.open(target, now)) as other,
        ):
            return copy(source, other, copied, verified)


def _place(settings: Settings, written: str) -> Path | str:
    """Where another ledger is to stand. Raises SettingsInvalid."""
    kind, _, path = written.partition(":")
    place: Path | str
    if kind == SQLITE and (path or written == SQLITE):
        place = Path(path).expanduser().resolve() if path else data_dir(settings) / PLACE
    else:
        place = read_settings(data_dir=settings.data_dir, ledger=written).ledger
    if place == place_of(settings):
        raise SettingsInvalid(variant="same-ledger")
    return place


def rebuild(settings: Settings, progress: Progress) -> Snapshot:
    """Makes the newest release again from the ledger alone, and forgets all others.

    May be cut short and done again. Errors as ``publishing``.
    """

    async def published() -> Snapshot:
        async with publishing(settings, pack_of(settings), progress) as publisher:
            return publisher.current

    with alone(settings):
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
def alone(settings: Settings) -> Iterator[None]:
    """As the only one that writes to the data folder. Raises NotReady."""
    with claimed(lock_of(settings)) as mine:
        if not mine:
            raise NotReady(variant="held", folder=str(data_dir(settings)))
        yield


def _forget_releases(settings: Settings) -> None:
    for name in ("releases", "index"):
        shutil.rmtree(data_dir(settings) / name, ignore_errors=True)
