"""The nodes that share a ledger: each follows what the others commit, and says how far it is.

A commit is acknowledged once every node that is alive has published it, so that who has written
reads it from any of them. A node that says nothing for some seconds is waited for no more.
"""

from __future__ import annotations

import asyncio
import secrets

from jalon.errors import NotReady, PublicationPending
from jalon.ledger.nodes import Nodes

ALIVE_SECONDS = 3.0
"""A node that has said nothing for so long is taken for dead."""

TOLD_SECONDS = 0.5
"""How often a node says that it is alive, at least."""

WAIT_SECONDS = 0.02
"""How often it is looked at whether the others have come to a release."""

PATIENCE_SECONDS = 10.0
"""How long a commit waits for the others."""

ID_BYTES = 8


class Fellows:
    """This node among the others, by an id of its own that is new with each start."""

    def __init__(self, nodes: Nodes) -> None:
        self.id = secrets.token_hex(ID_BYTES)
        self._nodes = nodes
        self._told: tuple[int, float] = (-1, 0.0)

    async def tell(self, release: int) -> None:
        """Says which release can be asked here, where that is news or was said long ago."""
        now = asyncio.get_running_loop().time()
        said, when = self._told
        release = max(release, said)
        if release != said or now - when > TOLD_SECONDS:
            await asyncio.to_thread(self._nodes.seen, self.id, release)
            self._told = (release, now)

    async def reached(self, release: int) -> None:
        """Returns once every node that is alive has come to a release, which can be asked here.

        Raises PublicationPending where one of them does not in time, or nobody can tell.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.tell(release)
                while await self._slowest() < release:  # noqa: ASYNC110 (the database tells nobody)
                    await asyncio.sleep(WAIT_SECONDS)
        except (TimeoutError, NotReady) as error:
            raise PublicationPending(release=release) from error

    async def leave(self) -> None:
        """Nobody waits for this node any more."""
        await asyncio.to_thread(self._nodes.leave, self.id)

    async def _slowest(self) -> int:
        slowest = await asyncio.to_thread(self._nodes.slowest, ALIVE_SECONDS)
        return -1 if slowest is None else slowest
