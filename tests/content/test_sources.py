"""The pack against the two documents themselves, where they are at hand."""

from __future__ import annotations

from functools import cache

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS, SKOS
from rdflib.term import Node

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.content.passages import passage, plain, read_locator
from jalon.terms import AP, SOURCE_GRAPHS

SOURCES = find_pack(None).parent / "shared" / "seeds"
VERBATIM = (
    RDFS.label,
    SKOS.altLabel,
    SKOS.prefLabel,
    SKOS.notation,
    AP.acronym,
    AP.asPrinted,
    AP.columnHeader,
    AP.fieldLabel,
    AP.measureAsPrinted,
)
"""What a source graph copies from its document; everything else there is a type, link or number."""

pytestmark = pytest.mark.skipif(
    not SOURCES.is_dir(), reason="the source documents are not beside this checkout"
)


@cache
def source_graphs() -> dict[str, Graph]:
    pack = read_pack(find_pack(None))
    graphs: dict[str, Graph] = {}
    for file in pack.files:
        if file.graph.startswith(pack.graph_iri(SOURCE_GRAPHS)):
            merged = graphs.setdefault(file.graph, Graph())
            merged += file.triples
    return graphs


@cache
def text_of(graph: str) -> str:
    [name] = source_graphs()[graph].objects(None, AP.sourceFileName)
    return (SOURCES / str(name)).read_text(encoding="utf-8")


def cited(graph: str, thing: Node, predicate: URIRef) -> list[str]:
    """The words of each passage that a thing cites for a property."""
    triples = source_graphs()[graph]
    found = []
    for citation in triples.objects(thing, AP.citation):
        if (citation, AP.supports, predicate) in triples:
            place = passage(text_of(graph), str(triples.value(citation, AP.locator)))
            assert place is not None
            found.append(plain(place))
    return found


COPIED = [
    pytest.param(graph, thing, predicate, value, id=f"{str(thing)[28:]}-{str(value)[:24]}")
    for graph, triples in (source_graphs() if SOURCES.is_dir() else {}).items()
    for predicate in VERBATIM
    for thing, value in sorted(triples.subject_objects(predicate))
]


@pytest.mark.parametrize(("graph", "thing", "predicate", "value"), COPIED)
def test_copied_words_stand_in_the_passage_cited_for_them(
    graph: str, thing: Node, predicate: URIRef, value: Literal
) -> None:
    words = str(value).casefold()
    passages = [place.casefold() for place in cited(graph, thing, predicate)]
    assert any(words in place for place in passages), passages


@pytest.mark.parametrize("graph", sorted(source_graphs() if SOURCES.is_dir() else ()))
def test_every_line_of_a_document_is_cited(graph: str) -> None:
    triples = source_graphs()[graph]
    covered: set[int] = set()
    for locator in triples.objects(None, AP.locator):
        place = read_locator(str(locator))
        assert place is not None
        covered.update(range(place.first, place.last + 1))
    lines = text_of(graph).split("\n")
    printed = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for number in printed if number not in covered] == []


def test_every_cell_paragraph_and_item_of_the_table_is_cited() -> None:
    """Lines 19 to 24 of the overview: six rows of three cells, most with a paragraph and items."""
    [graph] = [name for name in source_graphs() if name.endswith("dap-overview")]
    locators = {str(locator) for locator in source_graphs()[graph].objects(None, AP.locator)}
    text = text_of(graph)
    places = [f"L{line}/cell:{cell}" for line in (19, 21, 23) for cell in (1, 2, 3)]
    for line in (20, 22, 24):
        for cell in (1, 2, 3):
            body = passage(text, f"L{line}/cell:{cell}") or ""
            parts = {"para": body.count("<p>"), "item": body.count("<li>")}
            for part, count in parts.items():
                places += [f"L{line}/cell:{cell}/{part}:{n + 1}" for n in range(count)]
    assert len(places) == 9 + 8 + 33
    assert [place for place in places if place not in locators] == []
