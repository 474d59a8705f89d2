"""An engine of others, where one is set, kept at the newest release for as long as it is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jalon.build.content import site_of
from jalon.content.pack import Pack
from jalon.errors import SettingsInvalid
from jalon.settings import EMBEDDED, PREFIX, Settings
from jalon.store.publisher import Publisher
from jalon.store.remote.answering import RemoteAnswers
from jalon.store.remote.mirror import Mirror
from jalon.store.remote.protocol import Address, Engine


@asynccontextmanager
async def mirrored(
    settings: Settings, pack: Pack, publisher: Publisher
) -> AsyncIterator[RemoteAnswers | None]:
    """What the engine that is set answers; None where none is.

    Raises SettingsInvalid where the unnamed graph is as it is written to: engines are told what is
    shown.
    """
    if settings.store == EMBEDDED:
        yield None
        return
    site = site_of(settings, pack)
    if site.own or site.deltas is None:
        name, reason = f"{PREFIX}DEFAULT_GRAPH", "an engine of others has what is shown there"
        raise SettingsInvalid(name=name, value=settings.default_graph, reason=reason)
    kind = None if settings.store_kind == "auto" else settings.store_kind
    engine = Engine(Address.read(settings.store, settings.store_updates), kind)
    mirror = Mirror(engine, site.deltas, site.base, publisher.digest_of, publisher.leads)
    publisher.watch(mirror.offer)
    running = asyncio.create_task(mirror.run())
    try:
        yield RemoteAnswers(mirror, settings.store_fallback)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.close()
