"""Following: what other nodes commit to a ledger that is shared comes out here as releases, too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jalon.errors import JalonError
from jalon.store.fellows import Fellows
from jalon.store.publisher import Publisher

LOOK_SECONDS = 0.05
"""How often the ledger is looked at for commits of others."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def following(publisher: Publisher, fellows: Fellows) -> AsyncIterator[None]:
    """Follows the others for as long as this lasts; at its end, nobody waits for this node.

    When it begins, what has been acknowledged can be asked here. Raises NotReady.
    """
    # Whoever commits from now on waits for this node.
    await fellows.tell(publisher.current.stamp.number)
    await publisher.keep_up()
    task = asyncio.create_task(_follow(publisher, fellows))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await fellows.leave()
        except JalonError as error:
            _log.warning("the other nodes could not be told that this one stops: %s", error)


async def _follow(publisher: Publisher, fellows: Fellows) -> None:
    """Without end. What fails is tried again; the log says when that begins and when it ends."""
    lost = False
    while True:
        try:
            await publisher.keep_up()
            await fellows.tell(publisher.current.stamp.number)
        except JalonError as error:
            if not lost:
                _log.error("the shared ledger cannot be followed: %s", error)
            lost = True
        else:
            if lost:
                _log.warning("the shared ledger is followed again")
            lost = False
        await asyncio.sleep(LOOK_SECONDS)
