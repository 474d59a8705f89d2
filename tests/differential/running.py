"""A run of generated graphs: so many, from a seed, over the zoo and the pack's own shapes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import SH, Graph

from differential.comparing import Case, Tally, compare, read_known
from differential.graphs import PackGraphs, ZooGraphs
from jalon.content.locate import find_pack
from jalon.validation.guard import check_shapes
from jalon.validation.shapes import Shapes, prepared
from jalon.validation.translation import rdflib_graph

ZOO = Path(__file__).with_name("zoo")
PACK = "pack"
COMPONENTS = frozenset(
    {
        name.removesuffix("ConstraintComponent")
        for name in SH.__annotations__
        if name.endswith("ConstraintComponent")
    }
    - {"", "source", "JS", "Expression", "Property"}
    | {"AtLeast", "Between", "Language"}
)
"""Those of SHACL's that report anything of their own, and those of the zoo."""

PACK_EVERY = 12
"""One graph in so many is for the pack's shapes, of which there are many more than in the zoo."""


def zoo_shapes() -> dict[str, Shapes]:
    """The shapes of the zoo by the names of their files; none of them is refused."""
    found = {}
    for path in sorted(ZOO.glob("*.ttl")):
        graph = _read([path])
        check_shapes(graph)
        found[path.stem] = prepared(graph)
    return found


def pack_shapes() -> Shapes:
    """The pack's own shapes, as one graph."""
    graph = _read(sorted((find_pack(None) / "shapes").rglob("*.ttl")))
    check_shapes(graph)
    return prepared(graph)


def cases(number: int, seed: int) -> Iterator[Case]:
    """So many graphs; the same for the same seed, and for a longer run its beginning."""
    zoo, pack = zoo_shapes(), pack_shapes()
    names, zoo_graphs = sorted(zoo), ZooGraphs()
    pack_graphs = PackGraphs(pack.graph, "https://w3id.org/jalon/id/measure/n")
    for place in range(number):
        chance = random.Random(f"{seed} {place}")  # noqa: S311 (no secret)
        if place % PACK_EVERY == PACK_EVERY - 1:
            yield Case(f"{seed} {place}", PACK, pack_graphs.graph(chance), pack)
        else:
            name = names[(place - place // PACK_EVERY) % len(names)]
            yield Case(f"{seed} {place}", name, zoo_graphs.graph(chance, name), zoo[name])


def run(number: int, seed: int) -> Tally:
    """Both engines on so many graphs."""
    tally, known = Tally(), read_known()
    for case in cases(number, seed):
        compare(tally, case, known)
    return tally


def _read(paths: list[Path]) -> Graph:
    quads = (
        quad
        for path in paths
        for quad in parse(path.read_bytes(), RdfFormat.TURTLE, rename_blank_nodes=True)
    )
    return rdflib_graph(quads)
