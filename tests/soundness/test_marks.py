"""What a change does to the view, markers and all, where nearly every quad decides on some.

Small worlds of a few things: held against the view of everything after the change.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Quad
from rdflib import Graph

from jalon.store.live import Change
from jalon.store.shown import ABOUT, ABOUT_PROPERTY, SUPERSEDES
from jalon.validation import view
from jalon.validation.shapes import Shapes
from soundness.worlds import World

BASE = "https://example.org/plan/"
NUMBER = 2_000
QUADS = 30

GRAPHS = tuple(
    NamedNode(f"{BASE}graph/{name}")
    for name in (
        *("source/notice", "source/other", "editorial", "submitted/mcc"),
        *("external", "vocabulary/theme", "ontology", "entailed"),
    )
)
EDITORIAL = NamedNode(f"{BASE}graph/editorial")
THINGS = tuple(NamedNode(f"{BASE}id/measure/{name}") for name in "abcd")
PLAIN = tuple(NamedNode(f"{BASE}def/{name}") for name in ("label", "period"))
CLASSES = (view.DOCUMENT, view.NOTE, view.CITATION, NamedNode(f"{BASE}def/Measure"))
TRUTHS = (Literal(True), Literal(False))
VALUES: tuple[NamedNode | Literal, ...] = (
    *THINGS,
    *THINGS,
    *PLAIN,
    Literal("x"),
    Literal("1"),
    Literal(1),
)
SAYING: Mapping[NamedNode, Sequence[NamedNode | Literal]] = {
    view.TYPE: CLASSES,
    view.IN_SCHEME: THINGS,
    ABOUT: (*THINGS, EDITORIAL, CLASSES[3]),
    ABOUT_PROPERTY: PLAIN,
    SUPERSEDES: GRAPHS[:3],
    view.ASKS_FOR: PLAIN,
    view.REPORTS_ON: THINGS,
    view.DEPRECATED: TRUTHS,
    view.CITES: THINGS,
    view.STATED_IN: GRAPHS[:2],
    PLAIN[0]: VALUES,
    PLAIN[1]: VALUES,
}
"""What is said, and with which values."""

TOGETHER = (
    (view.TYPE, ABOUT, ABOUT_PROPERTY, PLAIN[0]),
    (view.IN_SCHEME, ABOUT, ABOUT_PROPERTY, *PLAIN),
    (view.ASKS_FOR, view.REPORTS_ON, *PLAIN),
    (ABOUT, ABOUT_PROPERTY, SUPERSEDES, *PLAIN),
    (view.DEPRECATED, view.TYPE, *PLAIN),
)
"""Properties that markers, or what gives way, are made of together."""


def test_a_change_is_seen_as_in_the_view_of_everything() -> None:
    seed = random.SystemRandom().randrange(2**32)
    marked = 0
    for place in range(NUMBER):
        saying = _Saying(random.Random(f"{seed} {place}"))  # noqa: S311 (no secret)
        world = World("marks", BASE, Shapes(Graph()))
        quads = [saying.quad() for _ in range(QUADS)]
        world.load(quads)
        before = frozenset(world.view().splitlines())
        change = saying.change(quads)
        said = world.view_after(change)
        world.make(change)
        after = frozenset(world.view().splitlines())
        assert said == after, f"seed {seed} {place}: {change}"
        marked += any(_is_marker(line) for line in before ^ after)
    assert marked > NUMBER // 8


class _Saying:
    """Quads of a few properties and graphs, so that they have to do with each other."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._names = (*chance.choice(TOGETHER), chance.choice(tuple(SAYING)))
        self._graphs = (EDITORIAL, chance.choice(GRAPHS), chance.choice(GRAPHS))

    def quad(self) -> Quad:
        thing = self._chance.choice((*THINGS, *THINGS, PLAIN[0], GRAPHS[0]))
        name = self._chance.choice(self._names)
        return Quad(thing, name, self._value(name), self._chance.choice(self._graphs))

    def change(self, quads: Sequence[Quad]) -> Change:
        """Values or properties that take the place of others, mostly; what comes; what goes."""
        adds, removes = [], []
        for _ in range(self._chance.choice((1, 3, 8))):
            old, kind = self._chance.choice(quads), self._chance.random()
            name = old.predicate if kind < 0.5 else self._chance.choice(self._names)
            if kind < 0.7:
                adds.append(Quad(old.subject, name, self._value(name), old.graph_name))
            if kind < 0.8:
                removes.append(old)
            elif kind < 0.9:
                adds.append(self.quad())
            else:
                adds.append(Quad(old.subject, name, self._value(name), old.graph_name))
        return Change(tuple(adds), tuple(removes)).as_kept()

    def _value(self, name: NamedNode) -> NamedNode | Literal:
        return self._chance.choice(SAYING[name])


def _is_marker(line: bytes) -> bool:
    return any(str(name).encode() in line for name in view.MARKERS)
