"""What has been computed from one snapshot and may be asked for again, within a bound."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Keeping(Generic[Kept]):
    """Keeps results until they weigh more than ``bound`` together; then the least used goes.

    A result that alone weighs more is not kept. What fails is not kept either.
    """

    def __init__(self, bound: int, weight: Callable[[Kept], int]) -> None:
        self._bound = bound
        self._weight = weight
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._weighs = 0

    async def get(self, key: Hashable, make: Callable[[], Coroutine[object, object, Kept]]) -> Kept:
        """The result kept under a key, else what ``make`` gives, and raises."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = await make()
        weight = self._weight(made)
        # While it was made, another request may have kept the same.
        if weight <= self._bound and key not in self._kept:
            self._kept[key] = made
            self._weighs += weight
        while self._weighs > self._bound:
            _, gone = self._kept.popitem(last=False)
            self._weighs -= self._weight(gone)
        return made
