"""``python -m bench.engines``: full validation by the pack's shapes, ``shacl`` beside ``pyshacl``.

Both get the same generated graph with the pack's ontology, through the validation port. Times are
of the processor, so that other work on the machine counts for nothing.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import SH, Graph
from rdflib.term import Node

from bench import published
from bench.data import SIZES
from differential.comparing import Said, said_by
from differential.running import pack_shapes
from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.validation.port import EngineName
from jalon.validation.shapes import Shapes

Constraint = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of processor time, and what was found."""

    seconds: float
    results: frozenset[Said]


def main() -> int:
    """0 where both engines find the same; 1 where they do not."""
    asked = _arguments().parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    differing = [size for size in asked.sizes.split() if not _beside(size, asked.only_shacl)]
    for line in _by_rule(asked.sizes.split()):
        _say(line)
    return 1 if differing else 0


def _beside(size: str, only_shacl: bool) -> bool:
    """Measures both engines with and without sh:sparql; whether they found the same."""
    graph, agreed = generated(SIZES[size]), True
    for name, shapes in (("all shapes", pack_shapes()), ("without sh:sparql", keeping(()))):
        ours = measured("shacl", graph, shapes)
        line = f"{size} {name}: shacl {ours.seconds:.2f} s, {len(ours.results)} results"
        if only_shacl:
            _say(line)
            continue
        theirs = measured("pyshacl", graph, shapes)
        ratio = theirs.seconds / ours.seconds
        same = ours.results == theirs.results
        agreed &= same
        _say(f"{line}; pyshacl {theirs.seconds:.2f} s; ratio {ratio:.1f}; same results: {same}")
        for one in sorted(ours.results ^ theirs.results)[:5]:
            _say(f"  differs: {one}")
    return agreed


def _by_rule(sizes: list[str]) -> Iterator[str]:
    """What each SPARQL constraint adds to the time of ``shacl``, a line for each."""
    graphs = [generated(SIZES[size]) for size in sizes]
    least = [measured("shacl", graph, keeping(())).seconds for graph in graphs]
    yield f"seconds that each sh:sparql adds to shacl, at {' and '.join(sizes)}:"
    rows = []
    for shape, constraint in pack_shapes().graph.subject_objects(SH.sparql):
        alone = keeping({(shape, constraint)})
        added = [
            measured("shacl", graph, alone).seconds - base
            for graph, base in zip(graphs, least, strict=True)
        ]
        rows.append((added[-1], f"  {str(shape).rpartition('#')[2]}", added))
    for _, name, added in sorted(rows, reverse=True):
        yield "  ".join((name.ljust(40), *(f"{seconds:8.2f}" for seconds in added)))


def generated(triples: int) -> bytes:
    """The pack's ontology and vocabularies, and so many triples of invented plans beside them."""
    pack = read_pack(find_pack(None))
    base = pack.manifest.base
    declaring = (f"{base}graph/ontology", f"{base}graph/vocabulary")
    lines = [
        f"{quad.triple} .\n".encode()
        for quad in parse(pack.nquads(), RdfFormat.N_QUADS)
        if str(getattr(quad.graph_name, "value", "")).startswith(declaring)
    ]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "data.nt"
        published.write(place, triples)
        return b"".join(lines) + place.read_bytes()


def keeping(constraints: Collection[Constraint]) -> Shapes:
    """The pack's shapes, of whose SPARQL constraints only these are kept."""
    kept = Graph(bind_namespaces="none")
    for subject, predicate, value in pack_shapes().graph:
        if predicate != SH.sparql or (subject, value) in constraints:
            kept.add((subject, predicate, value))
    return Shapes(kept)


def measured(name: EngineName, graph: bytes, shapes: Shapes) -> Measured:
    """One engine on one graph."""
    began = time.process_time()
    results = said_by(name, graph, shapes)
    return Measured(time.process_time() - began, results)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(prog="bench.engines", description=__doc__)
    asked.add_argument("--sizes", default="10k 100k", help=" ".join(SIZES))
    asked.add_argument("--only-shacl", action="store_true", help="pyshacl takes minutes at 100k")
    return asked


if __name__ == "__main__":
    sys.exit(main())
