"""An engine of others, where one is set, kept at the newest release for as long as it is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
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
    """What the engine that is set answers; None where none is. Raises as ``mirror_of``."""
    if settings.store == EMBEDDED:
        yield None
        return
    mirror = mirror_of(settings, pack, publisher.digest_of, leads=publisher.leads)
    publisher.watch(mirror.offer)
    running = asyncio.create_task(mirror.run())
    try:
        yield RemoteAnswers(mirror, settings.store_fallback)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await mirror.engine.close()


def mirror_of(
    settings: Settings,
    pack: Pack,
    digest_of: Callable[[int], str | None],
    leads: Callable[[], bool] = lambda: True,
) -> Mirror:
    """The mirror of the engine that is set.

    Raises SettingsInvalid where none is, or the unnamed graph is as it is written to: engines are
    told what is shown.
    """
    site = site_of(settings, pack)
    if site.deltas is None:
        reason = "this is no engine of others"
        raise SettingsInvalid(name=f"{PREFIX}STORE", value=settings.store, reason=reason)
    if site.own:
        name, reason = f"{PREFIX}DEFAULT_GRAPH", "an engine of others has what is shown there"
        raise SettingsInvalid(name=name, value=settings.default_graph, reason=reason)
    kind = None if settings.store_kind == "auto" else settings.store_kind
    engine = Engine(Address.read(settings.store, settings.store_updates), kind)
    return Mirror(engine, site.deltas, site.base, digest_of, leads)
