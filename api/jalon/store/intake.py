"""Changes that wait to be kept: many of them share one wait for the device."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from jalon.ledger.commits import ChangeSet, ordered
from jalon.store.port import MEGABYTE

MOST_TOGETHER, MOST_BYTES = 100, 8 * MEGABYTE
"""How many changes are kept together, and how large they are."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is to be made: by whom, why, and how it was checked; see Draft."""

    change: ChangeSet
    author: str
    message: str
    source: str
    report: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The release that holds a change, and how many quads it added and removed; 0 and 0: none."""

    release: int
    added: int
    removed: int


@dataclass(slots=True, eq=False)
class Asked:
    """A proposal that waits, to be made only on the commit of this number, if any; what comes."""

    proposal: Proposal
    expected: int | None
    kept: asyncio.Future[Outcome] = field(default_factory=asyncio.Future)

    @property
    def size(self) -> int:
        """The bytes of its change."""
        change = self.proposal.change
        return len(change.adds) + len(change.removes)


class Intake:
    """Takes proposals in the order in which they come."""

    def __init__(self) -> None:
        self._waiting: deque[Asked] = deque()

    def ask(self, proposal: Proposal, expected: int | None) -> Asked:
        """A proposal that waits from now on. ValueError where it is not as ``ChangeSet`` says."""
        change = proposal.change
        if not (ordered(change.adds) and ordered(change.removes)):
            raise ValueError("the lines of a change are sorted, each once")
        asked = Asked(proposal, expected)
        self._waiting.append(asked)
        return asked

    def withdraw(self, asked: Asked) -> None:
        """It waits no more; nothing where it has been taken."""
        if asked in self._waiting:
            self._waiting.remove(asked)

    def take(self) -> list[Asked]:
        """The next ones that can be kept together: one alone where it asks for a certain commit."""
        together: list[Asked] = []
        size = 0
        while self._waiting and len(together) < MOST_TOGETHER:
            following = self._waiting[0]
            size += following.size
            if together and (following.expected is not None or size > MOST_BYTES):
                break
            together.append(self._waiting.popleft())
            if following.expected is not None:
                break
        return together
