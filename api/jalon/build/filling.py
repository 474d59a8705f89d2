"""What an operator does to the index: has it stand in an engine of others, or in the data folder
again, and holds what stands there against the release."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from jalon.build.content import ledger_of, open_content, pack_of, publishing
from jalon.build.mirroring import mirror_of
from jalon.build.storage import alone
from jalon.errors import NotReady
from jalon.ledger.chain import Progress
from jalon.settings import EMBEDDED, Settings, read_settings
from jalon.store.remote.deltas import point_of
from jalon.store.remote.mirror import Mirror
from jalon.store.remote.protocol import EngineLost
from jalon.store.remote.verifying import Verified, verified
from jalon.store.snapshot import Snapshot, Stamp


@dataclass(frozen=True, slots=True)
class Indexed:
    """A release of the data folder: how many quads it has, and how many the ledger says."""

    release: int
    quads: int
    replayed: int


def fill(
    settings: Settings, store: str, loaded: Progress, compared: Progress
) -> tuple[int, Verified]:
    """Has an engine hold the newest release; its number, and what comes of comparing them.

    What was cut short is done again, from the beginning. Where they differ, the next one begins
    anew, too. Progress is in triples. Raises SettingsInvalid for what is no address of an engine,
    NotReady while another process writes to the data folder or the engine is away, and as
    ``publishing``.
    """
    settings = with_store(settings, store)

    async def filled() -> tuple[int, Verified]:
        pack = pack_of(settings)
        async with publishing(settings, pack) as publisher:
            snapshot = publisher.current
            every = _triples(snapshot.stamp)
            mirror = mirror_of(settings, pack, publisher.digest_of)
            async with _told(mirror):
                await mirror.bring(snapshot, lambda done: loaded(done, every))
                loaded(every, every)
                found = await _held_against(mirror, snapshot, compared)
                if found.differing:
                    await mirror.disown()
            return snapshot.stamp.number, found

    with alone(settings):
        return asyncio.run(filled())


def verify_store(settings: Settings, compared: Progress) -> tuple[int, Verified]:
    """Holds what the engine that is set has against the newest release, as ``fill`` does at its
    end; nothing is changed. The service may go on.

    Raises NotReady where the engine has another release, or comes to one meanwhile.
    """
    content = open_content(settings)

    async def held() -> tuple[int, Verified]:
        snapshot = content.releases.current
        mirror = mirror_of(settings, content.pack, lambda _: None)
        async with _told(mirror):
            return snapshot.stamp.number, await _held_against(mirror, snapshot, compared)

    return asyncio.run(held())


def make_index(settings: Settings, replaying: Progress) -> Indexed:
    """Has the newest release stand in the data folder, made from the ledger where it does not.

    Errors as ``publishing``.
    """
    settings = with_store(settings, EMBEDDED)

    async def made() -> Stamp:
        async with publishing(settings, pack_of(settings), replaying) as publisher:
            return publisher.current.stamp

    with alone(settings):
        stamp = asyncio.run(made())
        with closing(ledger_of(settings, read_only=True)) as ledger:
            commits = ledger.summaries(0, stamp.number)
            replayed = sum(each.added - each.removed for each in commits)
    return Indexed(stamp.number, stamp.quads, replayed)


def with_store(settings: Settings, store: str) -> Settings:
    """These settings, with another index. Raises SettingsInvalid."""
    return read_settings(**{**settings.model_dump(), "store": store})


async def _held_against(mirror: Mirror, snapshot: Snapshot, compared: Progress) -> Verified:
    await _refuse_another(mirror, snapshot)
    found = await verified(mirror.engine, snapshot, compared)
    await _refuse_another(mirror, snapshot)
    return found


async def _refuse_another(mirror: Mirror, snapshot: Snapshot) -> None:
    if await mirror.stamp() != (point_of(snapshot.stamp), 0):
        address, release = str(mirror.engine.address), snapshot.stamp.number
        raise NotReady(variant="engine-other", store=address, release=release)


@asynccontextmanager
async def _told(mirror: Mirror) -> AsyncIterator[None]:
    """Tells a failing engine as an error of ours, and lets go of it in the end."""
    try:
        yield
    except EngineLost as error:
        raise NotReady(variant="engine-unreachable", reason=str(error)) from error
    finally:
        await mirror.engine.close()


def _triples(stamp: Stamp) -> int:
    """How many triples an engine is sent: what is shown and entailed stands there twice."""
    return stamp.quads + stamp.shown + 2 * stamp.entailed
