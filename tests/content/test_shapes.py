"""Every shape by its cases, with both engines: ``tests/cases/shapes/<rule>/{pass,fail}-*.trig``.

A case is a whole dataset but for the class hierarchy of the core ontology and the concepts of the
core vocabularies, which are always added; the rest of both conforms with the pack. What is not
about graphs stands in graph/external, whose things bear no marker. A rule of the core is
tried with the core shapes alone, as another pack would inherit them; a rule of this pack with all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import shacl
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import RDFS, SH, Graph, URIRef

from content.shape_engines import (
    AGREEMENT,
    APS,
    Results,
    compiled,
    results_of_pyshacl,
    results_of_shacl,
)
from jalon.content.pack import Pack, read_pack
from jalon.terms import ONTOLOGY_GRAPH, SHAPES_GRAPH, VOCABULARY_GRAPHS
from jalon.validation.view import placed, validation_view

ROOT = Path(__file__).parents[2]
SUBCLASS_OF = NamedNode(str(RDFS.subClassOf))
CASES = sorted((ROOT / "tests" / "cases" / "shapes").glob("*/*.trig"))


@dataclass(frozen=True, slots=True)
class Shapes:
    """Some shapes as each engine takes them, and the texts of their messages."""

    graph: Graph
    compiled: shacl.Shapes

    def messages(self, rule: str) -> tuple[str, ...]:
        return tuple(sorted(map(str, self.graph.objects(URIRef(APS + rule), SH.message))))


@dataclass(slots=True)
class Bench:
    """What all cases share: shapes compiled once, and the context parsed once."""

    base: str
    core: Shapes
    all: Shapes
    context: list[Quad]
    lines: frozenset[bytes]
    graph: Graph
    rules: int
    agreed: list[bool] = field(default_factory=list)

    def shapes_for(self, rule: str) -> Shapes:
        is_core = (URIRef(APS + rule), SH.path, None) in self.core.graph
        return self.core if is_core else self.all


def read_shapes(pack: Pack, *layers: str) -> Shapes:
    graph = Graph(bind_namespaces="none")
    for file in pack.files:
        if file.graph == pack.graph_iri(SHAPES_GRAPH) and file.layer in layers:
            graph += file.triples
    return Shapes(graph, compiled(graph))


def quads_of_core(pack: Pack) -> Iterator[Quad]:
    """The class hierarchy of the core ontology, and the core vocabularies, in their graphs."""
    ontology = pack.graph_iri(ONTOLOGY_GRAPH)
    for quad in parse(pack.nquads(), RdfFormat.N_QUADS):
        graph = getattr(quad.graph_name, "value", "")
        is_hierarchy = graph == ontology and quad.predicate == SUBCLASS_OF
        if is_hierarchy or graph in core_vocabularies(pack):
            yield quad


def core_vocabularies(pack: Pack) -> set[str]:
    start = pack.graph_iri(VOCABULARY_GRAPHS)
    graphs = {file.graph for file in pack.files if file.layer == pack.core.id}
    return {graph for graph in graphs if graph.startswith(start)}


def rules_of(graph: Graph) -> set[str]:
    """The local names of the property shapes that node shapes with a target group."""
    targets = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
    return {
        str(rule).removeprefix(APS)
        for target in targets
        for node in graph.subjects(target)
        for rule in graph.objects(node, SH.property)
    }


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(ROOT)


@pytest.fixture(scope="module")
def bench(pack: Pack, request: pytest.FixtureRequest) -> Iterator[Bench]:
    core = read_shapes(pack, pack.core.id)
    everything = read_shapes(pack, pack.core.id, pack.manifest.id)
    context = list(quads_of_core(pack))
    view = validation_view(context, pack.manifest.base)
    bench = Bench(
        base=pack.manifest.base,
        core=core,
        all=everything,
        context=context,
        lines=frozenset(view.splitlines(keepends=True)),
        graph=Graph(bind_namespaces="none").parse(data=view, format="nt"),
        rules=len(rules_of(everything.graph)),
    )
    yield bench
    agreed, tried = sum(bench.agreed), len(bench.agreed)
    request.config.stash[AGREEMENT] = (
        f"{bench.rules} rules, {tried} of {len(CASES)} cases tried: "
        f"shacl and pyshacl say the same of {agreed}"
    )


def results_in(case: Path, bench: Bench) -> tuple[Results, Results]:
    """What shacl and what pyshacl find in a case."""
    quads = parse(case.read_bytes(), RdfFormat.TRIG)
    view = validation_view([*bench.context, *quads], bench.base)
    shapes = bench.shapes_for(case.parent.name)
    own = set(view.splitlines(keepends=True)) - bench.lines
    extra = list(Graph(bind_namespaces="none").parse(data=b"".join(own), format="nt"))
    for triple in extra:
        bench.graph.add(triple)
    try:
        slow = results_of_pyshacl(shapes.graph, bench.graph)
    finally:
        for triple in extra:
            bench.graph.remove(triple)
    return results_of_shacl(shapes.compiled, view), slow


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_shape_case(case: Path, bench: Bench) -> None:
    rule = case.parent.name
    fast, slow = results_in(case, bench)
    bench.agreed.append(same(fast) == same(slow))
    assert same(fast) == same(slow)
    expected = [rule] if case.name.startswith("fail-") else []
    assert [found.rule for found in fast.elements()] == expected
    said = bench.all.messages(rule)
    for found in (*fast, *slow):
        assert not said or found.messages == said


def same(results: Results) -> Counter[tuple[str, ...]]:
    """Results without messages, which each engine words as it likes where a rule has none."""
    return Counter(
        (one.rule, one.focus, one.value, one.path, one.severity) for one in results.elements()
    )


def test_the_pack_conforms(pack: Pack, bench: Bench) -> None:
    quads = list(parse(pack.nquads(), RdfFormat.N_QUADS))
    view = validation_view(quads, pack.manifest.base)
    fast = results_of_shacl(bench.all.compiled, view)
    graph = Graph(bind_namespaces="none").parse(data=view, format="nt")
    slow = results_of_pyshacl(bench.all.graph, graph)
    assert same(fast) == same(slow)
    assert fast == Counter()


def test_another_pack_is_held_to_the_core_alone() -> None:
    tiny = read_pack(ROOT / "tests" / "packs" / "tiny")
    shapes = read_shapes(tiny, tiny.core.id, tiny.manifest.id)
    quads = list(parse(tiny.nquads(), RdfFormat.N_QUADS))
    found = results_of_shacl(shapes.compiled, validation_view(quads, tiny.manifest.base))
    assert {one.severity for one in found} <= {"Warning"}


def test_what_is_posted_goes_to_its_graph_alone(bench: Bench) -> None:
    """A file that names the graph of another organisation is placed in the poster's own."""
    name = f"{bench.base}graph/submitted/mcc"
    case = ROOT / "tests/cases/shapes/Submitted-submittedIn-ownName/fail-name-of-another.trig"
    quads = list(placed(parse(case.read_bytes(), RdfFormat.TRIG), name))
    assert {quad.graph_name for quad in quads} == {NamedNode(name)}
    results = results_of_shacl(
        bench.core.compiled, validation_view([*bench.context, *quads], bench.base)
    )
    assert {found.rule for found in results} == {"Submitted-submittedIn-ownName"}
