"""What is served, opened: the pack, the ledger, and the releases that come of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from jalon.content.locate import find_pack
from jalon.content.pack import Pack, read_pack
from jalon.errors import NotReady
from jalon.ledger.ledger import PLACE, Ledger
from jalon.ledger.restoring import refuse_half_restored
from jalon.ledger.shared import COPY, SharedLedger
from jalon.reasoning.deriver import OwlDeriver
from jalon.reasoning.reasoner import Reasoner, ReasoningLimits
from jalon.services.entering import Entering
from jalon.services.saved import SavedQuestions, open_questions
from jalon.settings import EMBEDDED, SQLITE, Settings
from jalon.store.fellows import Fellows
from jalon.store.folder import LOCK, take_up
from jalon.store.following import following
from jalon.store.index import Progress, silent
from jalon.store.locks import claimed
from jalon.store.press import Deriver
from jalon.store.publisher import Publisher
from jalon.store.releases import OnlyRelease, Releases
from jalon.store.shelf import Shelf
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot

PATIENCE_SECONDS = 30.0
"""How long a commit waits for its publication, beside what reasoning may take."""

WAIT_SECONDS = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What is served: a pack, its questions, and its releases; by whom they are published, if we
    are the ones who do."""

    pack: Pack
    saved: SavedQuestions
    releases: Releases
    publisher: Publisher | None = None


def pack_of(settings: Settings) -> Pack:
    """The pack that the settings choose, read. Raises a ContentError when it cannot be used."""
    return read_pack(find_pack(settings.pack))


def questions_of(pack: Pack) -> SavedQuestions:
    """The saved questions of a pack; errors as read_questions."""
    return open_questions(pack, _today)


def data_dir(settings: Settings) -> Path:
    """The folder of all state, as an absolute path."""
    return settings.data_dir.expanduser().resolve()


def lock_of(settings: Settings) -> Path:
    """The lock that who writes to the data folder holds; its folder is made.

    Raises NotReady where it cannot be.
    """
    folder = data_dir(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(reason=f"{folder}: {error.strerror or error}") from error
    return folder / LOCK


def ledger_of(settings: Settings, *, read_only: bool = False) -> Ledger:
    """The ledger that is set, by default that of the data folder. Raises as Ledger.open."""
    place = place_of(settings)
    if isinstance(place, Path):
        refuse_half_restored(place)
    return Ledger.open(place, now, read_only=read_only)


def node_ledger_of(settings: Settings) -> Ledger:
    """The ledger as a node serves it: one that is shared, with a copy in the data folder.

    For who holds the lock of that. Raises as Ledger.open.
    """
    if settings.ledger == SQLITE:
        return ledger_of(settings)
    return SharedLedger.joined(settings.ledger, data_dir(settings) / COPY, now)


def place_of(settings: Settings) -> Path | str:
    """Where the ledger stands: the file in the data folder, or the URL of a database."""
    return data_dir(settings) / PLACE if settings.ledger == SQLITE else settings.ledger


@asynccontextmanager
async def publishing(
    settings: Settings,
    pack: Pack,
    progress: Progress = silent,
    *,
    entailed: bool = True,
    verified: Progress = silent,
) -> AsyncIterator[Publisher]:
    """The publisher of the data folder, with the pack in its newest release.

    Unless ``entailed``, nothing is concluded for a release that is made, and any that stands will
    do. ``progress`` is told of commits replayed, ``verified`` of those that are as they were
    written. For who holds the lock. Raises LedgerBroken, NotReady, StorageFull, or ShapesRefused.
    """
    await asyncio.to_thread(take_up, data_dir(settings))
    ledger = await asyncio.to_thread(node_ledger_of, settings)
    fellows = Fellows(ledger.nodes) if isinstance(ledger, SharedLedger) else None
    site = replace(site_of(settings, pack), any_rules=not entailed)
    deriver = _deriver(settings) if entailed else None
    publisher = Publisher(site, ledger, deriver, progress, fellows)
    try:
        await asyncio.to_thread(ledger.follow, verified)
        await asyncio.to_thread(ledger.verify, verified)
        await publisher.open()
        await Entering(ledger, publisher).enter(pack)
        async with following(publisher, fellows) if fellows else nullcontext():
            yield publisher
    finally:
        await publisher.close()
        ledger.close()


def open_content(settings: Settings, pack: Pack | None = None, *, entailed: bool = True) -> Content:
    """The pack, read unless given, and its newest release, made where it does not stand yet.

    Unless ``entailed``, nobody waits for what follows from it. Where another process writes to the
    data folder, what that one has published is taken; until it has published something, this waits.
    Raises a ContentError, and as ``publishing``.
    """
    pack = pack or pack_of(settings)
    waited = False
    while True:
        with claimed(lock_of(settings)) as mine:
            if mine:
                release = asyncio.run(_published(settings, pack, entailed=entailed))
            else:
                release = _found(settings, pack)
        if release is not None:
            return Content(pack, questions_of(pack), OnlyRelease(release))
        if not waited:
            _log.warning("waiting for another process to publish in %s", data_dir(settings))
        waited = True
        time.sleep(WAIT_SECONDS)


def site_of(settings: Settings, pack: Pack) -> Site:
    """Where releases are made, and within which bounds."""
    return Site(
        folder=data_dir(settings),
        base=pack.manifest.base,
        own=settings.default_graph == "own",
        rebuild_quads=settings.rebuild_quads,
        patience=patience_of(settings),
        mirrored=settings.store != EMBEDDED,
    )


def patience_of(settings: Settings) -> float:
    """How many seconds a commit may wait for its release."""
    reasoning = 0.0 if settings.reasoner == "none" else settings.reasoning_seconds
    return PATIENCE_SECONDS + reasoning


async def _published(settings: Settings, pack: Pack, *, entailed: bool) -> Snapshot | None:
    async with publishing(settings, pack, entailed=entailed) as publisher:
        return publisher.current


def _found(settings: Settings, pack: Pack) -> Snapshot | None:
    """The newest release that another process has published."""
    base = pack.manifest.base
    return Shelf(data_dir(settings) / "releases").newest_published(base)


def _deriver(settings: Settings) -> Deriver | None:
    reasoner = reasoner_of(settings, "entailed")
    return None if reasoner is None else OwlDeriver(reasoner)


def reasoner_of(settings: Settings, folder: str) -> Reasoner | None:
    """What draws conclusions, which it keeps in a folder of the data folder; None for none."""
    if settings.reasoner == "none" or settings.default_graph == "own":
        return None
    limits = ReasoningLimits(settings.reasoning_triples, settings.reasoning_seconds)
    return Reasoner(data_dir(settings) / folder, limits, settings.reasoner)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _today() -> date:
    return now().date()
