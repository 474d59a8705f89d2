"""The index holds what follows in a graph of its own, which repeats nothing that is shown."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, Triple, parse

from jalon.reasoning.index import Entailment, Index, open_index
from jalon.reasoning.reasoner import Reasoner, ReasoningLimits
from jalon.store.snapshot import Source, open_snapshot

HERE = Path(__file__).parent
BASE = "http://example.org/"
SHOWN = f"<{BASE}graph/source/report>"


def source(name: str = "given.ttl") -> Source:
    triples = [quad.triple for quad in parse(path=HERE / name, format=RdfFormat.TURTLE)]
    nquads = "".join(f"{triple} {SHOWN} .\n" for triple in triples)
    return Source(name, BASE, lambda: nquads.encode("utf-8"))


def triples(index: Index, graph: DefaultGraph | NamedNode) -> set[Triple]:
    store = Store.read_only(str(index.snapshot.checkpoint))
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}


def test_entailed_triples_stand_in_their_graph_beside_the_shown_ones(tmp_path: Path) -> None:
    index = open_index(tmp_path / "index", source(), Reasoner(tmp_path / "entailed"))
    assert index.entailment == Entailment("owlrl", "complete", 30, 0)
    assert index.snapshot.entailed_graph == f"{BASE}graph/entailed"
    entailed = triples(index, NamedNode(f"{BASE}graph/entailed"))
    shown = triples(index, DefaultGraph())
    assert (len(entailed), len(shown)) == (30, index.snapshot.stamp.shown)
    assert not entailed & shown
    assert open_index(tmp_path / "index", source(), Reasoner(tmp_path / "entailed")) == index


def test_an_asserted_triple_is_not_repeated_even_when_it_is_handed_over(tmp_path: Path) -> None:
    said = b"<http://a> <http://p> <http://b> "
    nquads = said + SHOWN.encode() + b" .\n"
    entailed = said + b".\n<http://b> <http://p> <http://a> .\n"
    snapshot = open_snapshot(tmp_path, Source("a", BASE, lambda: nquads, entailed))
    assert (snapshot.stamp.shown, snapshot.stamp.entailed) == (1, 1)


def test_without_a_reasoner_nothing_is_entailed(tmp_path: Path) -> None:
    index = open_index(tmp_path, source(), None)
    assert index.entailment == Entailment("none", "off", 0, 0)
    assert index.snapshot.entailed_graph is None
    assert triples(index, NamedNode(f"{BASE}graph/entailed")) == set()


def test_both_kinds_of_index_stand_side_by_side(tmp_path: Path) -> None:
    without = open_index(tmp_path / "index", source(), None)
    reasoned = open_index(tmp_path / "index", source(), Reasoner(tmp_path / "entailed"))
    assert without.snapshot.checkpoint != reasoned.snapshot.checkpoint
    assert open_index(tmp_path / "index", source(), None) == without


@pytest.mark.parametrize(
    ("limits", "state"),
    [
        (ReasoningLimits(triples=45), "too-large"),
        (ReasoningLimits(seconds=0.01), "timeout"),
    ],
    ids=["too many triples", "too slow"],
)
def test_an_index_without_conclusions_says_so(
    tmp_path: Path, limits: ReasoningLimits, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    index = open_index(tmp_path / "index", source(), Reasoner(tmp_path / "entailed", limits))
    assert (index.entailment.reasoner, index.entailment.state) == ("owlrl", state)
    assert index.snapshot.entailed_graph is None
    assert index.snapshot.stamp.shown == 46
    assert "no entailments" in caplog.text


def test_contradictions_are_logged_by_thing_at_every_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        caplog.clear()
        index = open_index(
            tmp_path / "index", source("contradictory.ttl"), Reasoner(tmp_path / "entailed")
        )
        assert index.entailment.state == "complete"
        said = [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR]
        assert len(said) == index.entailment.contradictions
        assert any(line.startswith(f"contradiction about {BASE}both: Disjoint") for line in said)
