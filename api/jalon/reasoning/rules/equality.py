"""What is the same thing is kept as one: a thing stands for all that are said to be the same.

So the rules eq-sym, eq-trans, eq-rep-s, eq-rep-p and eq-rep-o are never worked out triple by
triple; what follows by them is written out at the end. eq-ref is made use of only where a rule
asks for owl:sameAs. A literal is the same as nothing else: it would become a subject.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Equality:
    """Which things are the same; the one with the lowest number stands for the others."""

    def __init__(self) -> None:
        self._standing: dict[int, int] = {}
        self._classes: dict[int, tuple[int, ...]] = {}

    def __bool__(self) -> bool:
        """Whether any two things are the same."""
        return bool(self._classes)

    def of(self, thing: int) -> int:
        """What stands for a thing: often itself."""
        return self._standing.get(thing, thing)

    def members(self, standing: int) -> tuple[int, ...]:
        """All things that one stands for, itself included, in the order of their numbers."""
        return self._classes.get(standing, (standing,))

    def is_shared(self, standing: int) -> bool:
        """Whether one stands for others, too."""
        return standing in self._classes

    def merge(self, pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
        """Makes the two of each pair the same; what stands now for what stood for itself before."""
        moved: dict[int, int] = {}
        for pair in pairs:
            low, high = sorted(_followed(self.of(thing), moved) for thing in pair)
            if low != high:
                moved[high] = low
        gathered: dict[int, list[int]] = {}
        for thing in moved:
            moved[thing] = standing = _followed(thing, moved)
            gathered.setdefault(standing, [*self.members(standing)]).extend(self.members(thing))
        for thing in moved:
            self._classes.pop(thing, None)
        for standing, members in gathered.items():
            self._classes[standing] = tuple(sorted(members))
            self._standing |= dict.fromkeys(members, standing)
        return moved


def _followed(thing: int, moved: dict[int, int]) -> int:
    """Where a thing has moved to at last; the way is halved for who comes after."""
    while thing in moved:
        following = moved[thing]
        moved[thing] = moved.get(following, following)
        thing = moved[thing]
    return thing
