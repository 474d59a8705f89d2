"""Turns that the nodes of a shared ledger take with each other: one of all is at work at a time.

What is worked out for the newest release is then seldom worked out in vain. Who cannot have the
turn in time goes on without it, and may find that another commit has come between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from jalon.store.turns import Turn, Turns

WAIT_SECONDS = 60.0
"""How long a node waits for the others, at most."""

ALIVE_SECONDS = 2.0
"""How often a node that has the turn says that it is alive."""

_AGAIN_SECONDS = 0.2


class Common(Protocol):
    """The turn of all nodes, as the ledger's database has it. Its methods wait, in a thread."""

    def take(self, seconds: float) -> bool:
        """Whether it is had, by then at the latest."""

    def give_up(self) -> None:
        """Has ``take`` wait no more; to be said again until it has returned."""

    def stay(self) -> bool:
        """Says that this node is alive; False where the turn is lost."""

    def leave(self) -> None:
        """Lets the next one have it."""


class CommonTurns(Turns):
    """As Turns, one at a time here, and then one at a time of all nodes."""

    def __init__(self, waiting: int, seconds: float, common: Callable[[], Common]) -> None:
        super().__init__(running=1, waiting=waiting, seconds=seconds)
        self._common = common

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """As Turns; whoever waits for another node in vain has the turn here alone."""
        async with super().turn():
            held = _Held(self._common())
            holding = asyncio.create_task(held.hold())
            try:
                await held.begun.wait()
                yield held
            finally:
                held.pass_on()
                # Who cancels, may cancel once more while it is let go.
                await asyncio.shield(holding)


class _Held(Turn):
    """A turn of all nodes while it is waited for, had, and let go."""

    def __init__(self, common: Common) -> None:
        self.begun = asyncio.Event()
        self._common = common
        self._over = asyncio.Event()

    def pass_on(self) -> None:
        """As Turn: another node may have it."""
        self._over.set()

    async def hold(self) -> None:
        """Takes it, and lets it go when it is passed on."""
        taking = asyncio.create_task(asyncio.to_thread(self._common.take, WAIT_SECONDS))
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({taking, over}, return_when=asyncio.FIRST_COMPLETED)
            while not taking.done():
                await asyncio.to_thread(self._common.give_up)
                await asyncio.wait({taking}, timeout=_AGAIN_SECONDS)
            self.begun.set()
            had = taking.result()
            while had and not over.done():
                await asyncio.wait({over}, timeout=ALIVE_SECONDS)
                had = over.done() or await asyncio.to_thread(self._common.stay)
        finally:
            self.begun.set()
            over.cancel()
            await asyncio.to_thread(self._common.leave)
