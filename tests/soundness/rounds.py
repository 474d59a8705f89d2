"""Rounds: a change of a world, checked by what it can affect and by validating everything."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from differential.running import zoo_shapes
from jalon.store.live import Change
from jalon.store.shown import Term
from jalon.validation.engines.choice import engine
from jalon.validation.incremental.aiming import aimed
from jalon.validation.incremental.analysis import analysed
from jalon.validation.incremental.checking import Checker, Effect, Key, NotLocal, key_of
from jalon.validation.shapes import Shapes
from soundness.changes import Changes
from soundness.worlds import World, pack_world, zoo_world

LIFE = 12
"""How many changes a small world sees before another takes its place."""

MOSTLY = 0.7
"""How often no result is wanted but for what changes."""

PACK_EVERY = 16
"""One round in so many is for the pack."""

Seen = Callable[[Shapes], Shapes]
"""What the analysis sees of the shapes; all of them, unless a test hides something from it."""


@dataclass(slots=True)
class Tally:
    """What rounds come to; ``wrong`` says of each difference where it was."""

    rounds: int = 0
    compared: int = 0
    changed: int = 0
    pairs: int = 0
    whole: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The figures, for people."""
        yield f"changes {self.rounds}, checked by what they affect {self.compared}"
        yield f"results that came or went {self.changed}; pairs of shape and node {self.pairs}"
        yield from (f"  for all instead: {name} {times}" for name, times in self.whole.items())
        yield from (f"  WRONG {where}" for where in self.wrong)


def rounds(number: int, seed: int) -> Tally:
    """So many rounds over the zoo and the pack; the same for the same seed."""
    tally, zoo = Tally(), zoo_shapes()
    names = sorted(zoo)
    large = Watched(pack_world(), _all)
    small: Watched | None = None
    for place in range(number):
        chance = random.Random(f"{seed} {place}")  # noqa: S311 (no secret)
        if place % PACK_EVERY == PACK_EVERY - 1:
            large.round(tally, chance, f"{seed} {place}", stays=False)
            continue
        if small is None or place % LIFE == 0:
            name = names[(place // LIFE) % len(names)]
            small = Watched(zoo_world(name, zoo[name], chance), _all)
        small.round(tally, chance, f"{seed} {place}", stays=True)
    return tally


def rounds_of(name: str, number: int, seed: int, seen: Seen) -> Tally:
    """So many rounds over one part of the zoo, until something is wrong."""
    tally, shapes = Tally(), zoo_shapes()[name]
    world: Watched | None = None
    for place in range(number):
        chance = random.Random(f"{seed} {place}")  # noqa: S311 (no secret)
        if world is None or place % LIFE == 0:
            world = Watched(zoo_world(name, shapes, chance), seen)
        world.round(tally, chance, f"{seed} {place}", stays=True)
        if tally.wrong:
            break
    return tally


class Watched:
    """A world, what was found in it, and the reads by which its changes are checked."""

    def __init__(self, world: World, seen: Seen) -> None:
        self._world = world
        self._reads = analysed(seen(world.shapes))
        self._find = engine("shacl").ready(aimed(world.shapes, self._reads.starts))
        self._found = _results(world, world.view())
        self._quads = tuple(world.asserted())

    def round(self, tally: Tally, chance: random.Random, where: str, *, stays: bool) -> None:
        """One change, checked both ways; then it stays, or is taken back."""
        tally.rounds += 1
        change, things = Changes(self._quads, chance).one(), self._some_things(chance)
        effect, said = self._checked(change, things, tally), self._world.view_after(change)
        back = self._world.make(change)
        view = self._world.view()
        found = _results(self._world, view)
        if said != frozenset(view.splitlines()):
            tally.wrong.append(f"{where} {self._world.name} {change}: another view")
        if effect is not None:
            self._compare(tally, effect, found, f"{where} {self._world.name} {change}")
            self._compare_at(things, tally, effect, found, f"{where} {self._world.name} {change}")
        if stays:
            self._found = found
            self._quads = tuple(self._world.asserted()) or self._quads
        else:
            self._world.make(back)

    def _some_things(self, chance: random.Random) -> frozenset[Term]:
        """Things that every result is wanted about; mostly none."""
        if chance.random() < MOSTLY:
            return frozenset()
        return frozenset(chance.choice(self._quads).subject for _ in range(3))

    def _checked(self, change: Change, things: frozenset[Term], tally: Tally) -> Effect | None:
        world = self._world
        try:
            return Checker(world.store, world.base, self._reads, self._find).check(
                change.adds, change.removes, things
            )
        except NotLocal as error:
            tally.whole[f"{error.why.reason} {world.name}"] += 1
            return None

    def _compare(self, tally: Tally, effect: Effect, found: frozenset[Key], where: str) -> None:
        new, fixed = (frozenset(map(key_of, each)) for each in (effect.new, effect.fixed))
        tally.compared += 1
        tally.changed += len(found ^ self._found)
        tally.pairs += len(effect.pairs)
        standing = frozenset(map(key_of, effect.standing))
        if (new, fixed) != (found - self._found, self._found - found) or standing - self._found:
            changed = found ^ self._found
            claimed = new | fixed | (standing - self._found)
            tally.wrong.append(f"{where}: missed {changed - claimed}, in vain {claimed - changed}")

    def _compare_at(
        self,
        things: frozenset[Term],
        tally: Tally,
        effect: Effect,
        found: frozenset[Key],
        where: str,
    ) -> None:
        """What is wrong with some things is told, whether or not the change has made it so."""
        told = {*map(key_of, (*effect.new, *effect.standing))}
        of_things = {key for key in found if key[0] in things}
        if not of_things <= told:
            tally.wrong.append(f"{where}: missed {of_things - told} about {things}")


def _results(world: World, view: bytes) -> frozenset[Key]:
    return frozenset(map(key_of, world.find(view)))


def _all(shapes: Shapes) -> Shapes:
    return shapes
