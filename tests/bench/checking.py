"""``python -m bench.checking``: what it takes to check a change, as the graph grows.

The graph is generated plans with the pack's own content and shapes. A change is some 100 triples:
two new measures of one plan, each thing with its citation, and the labels of others. Beside it
stands the validation of everything by the same engine, as far as ``--whole-upto``. Times are of
the processor.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import RDFS

from bench import data, published
from bench.data import SIZES
from differential.running import pack_shapes
from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.store.live import Change, LiveIndex
from jalon.store.shown import Term
from jalon.terms import SHAPES_GRAPH
from jalon.validation.bench import Rules
from jalon.validation.incremental.checking import Checker
from jalon.validation.port import Find
from jalon.validation.whole import whole_view

GRAPH = NamedNode(data.GRAPH)
LABEL = NamedNode(str(RDFS.label))
BATCH = 200_000
NEW, TRIPLES = 2, 100
"""New measures in a change, and how many triples it adds and takes away in all."""

KINDS = {"new measures and labels": NEW, "labels": 0}
"""Kinds of changes: no number of a new measure may stand twice in its plan."""

TIMES = 40


@dataclass(frozen=True, slots=True)
class Checked:
    """One size: milliseconds of a change (the median, the slowest), and what was looked at.

    ``whole_seconds`` is what everything takes, None where it was not measured.
    """

    size: str
    kind: str
    triples: int
    change: int
    median_ms: float
    slowest_ms: float
    pairs: int
    read: int
    results: int
    whole_seconds: float | None

    def line(self) -> str:
        """The figures, for people."""
        said = (
            f"{self.size}: {self.triples} triples; a change of {self.change} ({self.kind}): "
            f"{self.median_ms:.1f} ms (slowest {self.slowest_ms:.1f}), {self.pairs} pairs, "
            f"{self.read} triples read, {self.results} results"
        )
        if self.whole_seconds is None:
            return said
        ratio = self.whole_seconds * 1000 / self.median_ms
        return f"{said}; everything: {self.whole_seconds:.2f} s, {ratio:.0f} times"


def main() -> int:
    """Prints a line a size."""
    parser = argparse.ArgumentParser(prog="python -m bench.checking")
    parser.add_argument("--sizes", default="10k 100k")
    parser.add_argument("--whole-upto", default="100k")
    parser.add_argument("--times", type=int, default=TIMES)
    asked = parser.parse_args()
    for size in asked.sizes.split():
        whole = SIZES[size] <= SIZES[asked.whole_upto]
        with tempfile.TemporaryDirectory() as folder:
            for done in checked(size, Path(folder), asked.times, whole=whole):
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                sys.stdout.write(f"{done.line()}; {peak} MB at most so far\n")
                sys.stdout.flush()
    return 0


def checked(size: str, folder: Path, times: int, *, whole: bool) -> Iterator[Checked]:
    """Makes the graph of a size in a folder, and checks so many changes of each kind."""
    rules = Rules(pack_shapes(), "shacl")
    store, made = generated(SIZES[size], folder)
    checker = Checker(store, data.BASE, rules.reads, rules.find_aimed)
    # As in the processes of the service: what stays is not looked through for garbage.
    gc.collect()
    gc.freeze()
    for kind, new in KINDS.items():
        chance = random.Random(f"{size} {kind}")  # noqa: S311 (no secret)
        taken, effects = [], []
        changes = [change(store, made, chance, number, new) for number in range(times)]
        for adds, removes in changes:
            began = time.process_time()
            effects.append(checker.check(adds, removes))
            taken.append((time.process_time() - began) * 1000)
        last = effects[-1]
        yield Checked(
            size=size,
            kind=kind,
            triples=made.triples,
            change=max(len(adds) + len(removes) for adds, removes in changes),
            median_ms=statistics.median(taken),
            slowest_ms=max(taken),
            pairs=len(last.pairs),
            read=last.triples,
            results=len(last.new) + len(last.fixed) + len(last.standing),
            whole_seconds=_whole(store, rules.find) if whole else None,
        )


def generated(triples: int, folder: Path) -> tuple[Store, data.Made]:
    """An index of generated plans in a folder, read-only, with the pack's own content."""
    text = folder / "data.nt"
    made = published.write(text, triples)
    index = LiveIndex.begin(folder / "index", data.BASE)
    batches = (
        Change(tuple(parse(b"\n".join(lines), RdfFormat.N_QUADS)))
        for lines in data.quads(text, BATCH)
    )
    index.load([Change(tuple(_content())), *batches])
    snapshot = index.publish(folder / "release")
    return Store.read_only(str(snapshot.checkpoint)), made


def change(
    store: Store, made: data.Made, chance: random.Random, number: int, new: int
) -> tuple[list[Quad], list[Quad]]:
    """Quads to add and to take away: new measures of one plan, and other labels of old ones."""
    adds = list(_new_measures(made, chance, number)) if new else []
    removes: list[Quad] = []
    while len(adds) + len(removes) < TRIPLES:
        thing = NamedNode(data.iri("measure", chance.randrange(made.measures)))
        for quad in list(store.quads_for_pattern(thing, LABEL, None, GRAPH))[:1]:
            language = quad.object.language if isinstance(quad.object, Literal) else None
            removes.append(quad)
            adds.append(Quad(thing, LABEL, Literal(f"Label {number}", language=language), GRAPH))
    return adds, removes


def _new_measures(made: data.Made, chance: random.Random, number: int) -> Iterator[Quad]:
    plan = chance.randrange(made.plans)
    of_plan = data.ORIENTATIONS * published.OBJECTIVES
    objective = plan * of_plan + chance.randrange(of_plan)
    within = (f"<{data.iri('objective', objective)}>", f"<{data.iri('plan', plan)}>")
    # Numbers that no measure has, none of which comes with an entry in a schedule.
    more = replace(made, measures=(made.measures + number * NEW + 1) * data.ENTRY_EVERY + 1)
    for position in range(NEW):
        there, notation = data.MEASURES + position + 1, f"{published.OF_PLAN + 10 + position}"
        lines = published.measure(more, chance, within, there, notation)
        text = "".join(published.cited(lines, chance))
        for each in parse(text, RdfFormat.N_TRIPLES):
            yield Quad(each.subject, each.predicate, each.object, GRAPH)


def _content() -> Iterator[Quad]:
    """The pack's own content but for its shapes, in graphs of the base of the data."""
    pack = read_pack(find_pack(None))
    base = pack.manifest.base
    for quad in parse(pack.nquads(), RdfFormat.N_QUADS):
        graph = quad.graph_name
        if isinstance(graph, NamedNode) and graph.value != base + SHAPES_GRAPH:
            thing, value, there = (
                _moved(term, base) for term in (quad.subject, quad.object, graph)
            )
            yield Quad(thing, quad.predicate, value, there)  # type: ignore[arg-type]


def _moved(term: Term, base: str) -> Term:
    """The name of a graph under the base of the data; any other term as it is."""
    if isinstance(term, NamedNode) and term.value.startswith(f"{base}graph/"):
        return NamedNode(data.BASE + term.value.removeprefix(base))
    return term


def _whole(store: Store, find: Find) -> float:
    """The seconds that everything takes, from the index to the results."""
    began = time.process_time()
    for _ in find(whole_view(store, data.BASE)):
        pass
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
