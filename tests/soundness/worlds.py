"""Small worlds: shapes, data that they are for, and an index that changes can be made to."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from differential.graphs import EX, ZooGraphs
from differential.running import pack_shapes
from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.store.live import Change, LiveIndex
from jalon.store.snapshot import Stamp
from jalon.terms import ENTAILED_GRAPH, SHAPES_GRAPH
from jalon.validation.engines.choice import engine
from jalon.validation.port import Find, bytes_of
from jalon.validation.shapes import Shapes
from jalon.validation.view import validation_view
from jalon.validation.whole import view_after

PACK = "pack"


@dataclass(eq=False)
class World:
    """Data in an index, with the shapes that it is held to."""

    name: str
    base: str
    shapes: Shapes
    store: Store = field(default_factory=Store)

    def __post_init__(self) -> None:
        self._index = LiveIndex(self.store, Stamp(self.base))

    def load(self, quads: Iterable[Quad]) -> None:
        """Starts with these."""
        self._index.load([Change(tuple(quads))])

    def make(self, change: Change) -> Change:
        """Makes a change, and gives the one that takes it back."""
        before = set(self.asserted())
        self._index.apply(change)
        after = set(self.asserted())
        return Change(tuple(before - after), tuple(after - before))

    def asserted(self) -> Iterator[Quad]:
        """What is said, but for shapes and what is entailed."""
        left_out = {self.base + SHAPES_GRAPH, self.base + ENTAILED_GRAPH}
        for graph in self.store.named_graphs():
            if graph.value not in left_out:
                yield from self.store.quads_for_pattern(None, None, None, graph)

    @cached_property
    def find(self) -> Find:
        """The shapes, ready."""
        return engine("shacl").ready(self.shapes)

    def view(self) -> bytes:
        """The view of everything."""
        return validation_view(self.asserted(), self.base)

    def view_after(self, change: Change) -> frozenset[bytes]:
        """What the view will say after a change, as it is found from the index and the change."""
        text = view_after(self.store, self.base, change.adds, change.removes)
        return frozenset(bytes_of(text).splitlines())


def zoo_world(name: str, shapes: Shapes, chance: random.Random) -> World:
    """Shapes of the zoo, and a graph by chance."""
    world = World(name, EX, shapes)
    graph = NamedNode(f"{EX}graph/source/{name}")
    text = ZooGraphs().graph(chance, name)
    world.load(
        Quad(each.subject, each.predicate, each.object, graph)
        for each in parse(text, RdfFormat.N_TRIPLES)
    )
    return world


def pack_world() -> World:
    """The pack, with its shapes."""
    pack = read_pack(find_pack(None))
    base = pack.manifest.base
    world = World(PACK, base, pack_shapes())
    shapes = NamedNode(base + SHAPES_GRAPH)
    quads = parse(pack.nquads(), RdfFormat.N_QUADS)
    world.load(quad for quad in quads if quad.graph_name != shapes)
    return world
