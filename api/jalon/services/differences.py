"""The use case "what is different between two releases": the commits between them, folded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import Quad

from jalon.errors import ReleaseTooCostly
from jalon.ledger.commits import ChangeSet
from jalon.ledger.sqlite import SqliteLedger
from jalon.services.history import History
from jalon.services.keeping import Keeping
from jalon.store.live import as_kept, read_quads

MOST_QUADS = 100_000
"""How many quads the commits between two releases may add and remove together: folding these takes
about two seconds and 150 MB."""

KEPT_QUADS = 50_000
"""How many changed quads are kept for who asks again."""

SLICE = 200
"""About how many changes a reader is shown at a time."""


@dataclass(frozen=True, slots=True)
class Change:
    """A quad that is in one of two releases: the second where it was added, else the first."""

    quad: Quad
    added: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be changed in one release for it to be another.

    Each quad is there once, as the index writes it, and only if just one of the two releases has
    it. The order is that of subject, property and graph, and of each what is removed comes first.
    """

    changes: tuple[Change, ...]

    @property
    def added(self) -> tuple[Quad, ...]:
        """The quads that the second release alone has."""
        return tuple(change.quad for change in self.changes if change.added)

    @property
    def removed(self) -> tuple[Quad, ...]:
        """The quads that the first release alone has."""
        return tuple(change.quad for change in self.changes if not change.added)

    def slices(self, most: int = SLICE) -> list[slice]:
        """The changes in parts of about ``most``: never more, and cut where a property ends.

        A property with more values than that is cut all the same. There is always a first part.
        """
        bounds, last = [0], 0
        for place, change in enumerate(self.changes):
            if place and _place(change.quad) != _place(self.changes[place - 1].quad):
                last = place
            if place - bounds[-1] == most:
                bounds.append(last if last > bounds[-1] else place)
        bounds.append(len(self.changes))
        return [slice(*each) for each in pairwise(bounds)]


class Differences:
    """Compares the releases of one ledger, one pair at a time."""

    def __init__(self, ledger: SqliteLedger, most: int = MOST_QUADS) -> None:
        self._ledger = ledger
        self._most = most
        self._turn = asyncio.Lock()
        self._kept: Keeping[Difference] = Keeping(
            KEPT_QUADS, lambda difference: 1 + len(difference.changes)
        )

    async def between(self, first: int, second: int) -> Difference:
        """What makes the second release of the first; both are there, the later may come first.

        Raises ReleaseTooCostly where the commits between them are over the bound, before one of
        them is read.
        """

        async def fold() -> Difference:
            async with self._turn:
                return await asyncio.to_thread(self._fold, first, second)

        return await self._kept.get((first, second), fold)

    def _fold(self, first: int, second: int) -> Difference:
        after, upto = sorted((first, second))
        quads = sum(each.added + each.removed for each in self._ledger.summaries(after, upto))
        if quads > self._most:
            raise ReleaseTooCostly(
                variant="difference", first=first, second=second, quads=quads, limit=self._most
            )
        changes = (commit.change for commit in self._ledger.commits(after, upto))
        return folded(changes, backwards=second < first)


@dataclass(frozen=True, slots=True)
class Past:
    """The use cases that look back."""

    history: History
    differences: Differences


def folded(changes: Iterable[ChangeSet], *, backwards: bool = False) -> Difference:
    """What changes in a row come to; ``backwards``: what undoes them.

    They are as the ledger keeps them: a quad is added only where it is not there, and removed only
    where it is. What is added and removed again, or the other way round, is no difference; so is
    another way of writing the same literal.
    """
    before: dict[Quad, bool] = {}
    after: dict[Quad, bool] = {}
    for change in changes:
        for lines, added in ((change.removes, False), (change.adds, True)):
            for quad in as_kept(read_quads(lines)):
                before.setdefault(quad, not added)
                after[quad] = added
    differing = (Change(quad, added != backwards) for quad, added in _differing(before, after))
    return Difference(tuple(sorted(differing, key=_order)))


def _differing(before: dict[Quad, bool], after: dict[Quad, bool]) -> Iterator[tuple[Quad, bool]]:
    return ((quad, there) for quad, there in after.items() if before[quad] != there)


def _place(quad: Quad) -> tuple[str, str, str]:
    return str(quad.subject), str(quad.predicate), str(quad.graph_name)


def _order(change: Change) -> tuple[str, str, str, bool, str]:
    return (*_place(change.quad), change.added, str(change.quad.object))
