"""JSON-LD as it is written, read back by two processors that know nothing of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyld import jsonld  # type: ignore[import-untyped]
from pyoxigraph import RdfFormat, parse
from rdflib import RDF, RDFS, SH, XSD, Graph, URIRef
from rdflib.compare import isomorphic

from jalon.exchange.context import Context, Trait, context_of
from jalon.exchange.jsonld import context_document, graph_document, thing_document
from jalon.exchange.syntaxes import ntriples
from jalon.terms import AP

ADDRESS = "http://test/context.jsonld"
PREFIXES = {"ap": str(AP), "rdfs": str(RDFS)}
PROLOGUE = f"@prefix ap: <{AP}> . @prefix rdfs: <{RDFS}> . @prefix : <http://e/> . "
KINDS: dict[object, tuple[object, ...]] = {
    AP.Measure: (RDFS.Class,),
    AP.involvement: (RDFS.Resource,),
    AP.agent: (RDFS.Resource, SH.maxCount),
    AP.about: (RDFS.Resource,),
    AP.supports: (RDFS.Resource, RDF.Property),
    AP.amount: (XSD.decimal,),
    AP.position: (XSD.integer,),
    RDFS.label: (RDF.langString,),
}
CASES = {
    "language map": ':a rdfs:label "one"@en, "un"@fr, "une"@fr, "none" .',
    "nested": ":a ap:involvement :i . :i ap:agent :o . :o rdfs:label 'Org'@en .",
    "shared": ":a ap:involvement :i, :j . :i ap:agent :o . :j ap:agent :o . :o ap:about :a .",
    "cycle": ":a ap:agent :b . :b ap:agent :c . :c ap:agent :a, :b .",
    "self": ":a ap:agent :a .",
    "used": ":n ap:about :a, :i ; rdfs:label 'n'@en . :a ap:involvement :i . :i ap:position 1 .",
    "used twice": ":n ap:about :a ; ap:agent :a .",
    "used by what is used": ":n ap:about :a . :m ap:about :n . :l ap:about :m .",
    "apart": ":a ap:position 1 . :x ap:position 2 . :y ap:agent :z .",
    "numbers": ":a ap:position 1, 01, -5, 123456789012345678901 ; ap:amount 1.5, 2, 3.0 .",
    "booleans": ":a ap:position true, false, 'true', 'x' .",
    "typed": ':a ap:amount "x"^^<http://e/own>, "2"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    "properties": ":a ap:supports ap:amount, rdfs:comment, :a . ap:amount rdfs:label 'amount'@en .",
    "unknown property": ":a :odd :b, 'text', 7 . :b :odd 'x'@en .",
    "unknown class": ":a a ap:Measure, :Odd .",
    "blank": ":a ap:agent [ ap:position 1 ; ap:agent [ ap:position 2 ] ] .",
    "blank, shared": ":a ap:agent _:b . :c ap:agent _:b . _:b ap:position 1 .",
    "list": ":a ap:agent (:b 1 'x'@en 'plain' true ()) ; ap:supports (ap:amount 'amount') .",
    "list of numbers": ":a ap:amount (1 1.5 'x') .",
    "list of lists": ":a ap:agent ((:b) (:c :d)) .",
    "broken list": f":a ap:agent [ <{RDF.first}> 1, 2 ; <{RDF.rest}> <{RDF.nil}> ] .",
    "endless list": f"_:c <{RDF.first}> 1 ; <{RDF.rest}> _:c . :a ap:agent _:c .",
    "quotes": r""":a rdfs:label "say \"é\" \\ \n <b>"@en .""",
}


def _context() -> Context:
    traits = [Trait(str(term), str(kind)) for term, kinds in KINDS.items() for kind in kinds]
    return context_of(traits, PREFIXES)


def _graph(turtle: str) -> Graph:
    return Graph(bind_namespaces="none").parse(data=PROLOGUE + turtle, format="turtle")


def _offline(address: str, _options: object) -> dict[str, Any]:
    """Knows our context and nothing else."""
    assert address == ADDRESS
    document = json.loads(context_document(_context()))
    return {"contextUrl": None, "documentUrl": address, "document": document}


def read_by_pyld(document: bytes) -> Graph:
    options = {"documentLoader": _offline, "format": "application/n-quads"}
    quads = jsonld.to_rdf(json.loads(document), options)
    return Graph(bind_namespaces="none").parse(data=quads, format="nt")


def read_by_engine(document: bytes) -> Graph:
    inlined = {**json.loads(document), **json.loads(context_document(_context()))}
    graph = Graph(bind_namespaces="none")
    lines = [f"{quad.triple} .\n" for quad in parse(json.dumps(inlined), RdfFormat.JSON_LD)]
    return graph.parse(data="".join(lines), format="nt")


def _same(one: Graph, other: Graph) -> bool:
    """Whether two graphs are isomorphic, number for number."""
    again = [
        Graph(bind_namespaces="none").parse(data=ntriples(each), format="nt")
        for each in (one, other)
    ]
    return isomorphic(*again)


@pytest.mark.parametrize("name", CASES)
def test_a_thing_read_again_says_the_same(name: str) -> None:
    graph = _graph(CASES[name])
    document = thing_document(graph, URIRef("http://e/a"), _context(), ADDRESS)
    for read in (read_by_pyld, read_by_engine):
        assert _same(read(document), graph), document.decode()


@pytest.mark.parametrize("name", CASES)
def test_a_listing_read_again_says_the_same(name: str) -> None:
    graph = _graph(CASES[name])
    document = graph_document(graph, _context(), ADDRESS)
    for read in (read_by_pyld, read_by_engine):
        assert _same(read(document), graph), document.decode()


def _thing(turtle: str) -> dict[str, Any]:
    document = thing_document(_graph(turtle), URIRef("http://e/a"), _context(), ADDRESS)
    thing: dict[str, Any] = json.loads(document)
    return thing


def test_parts_stand_inside_and_in_the_order_of_their_positions() -> None:
    thing = _thing(":a ap:involvement :i, :j . :i ap:position 2 . :j ap:position 1 .")
    assert [each["id"] for each in thing["involvement"]] == ["http://e/j", "http://e/i"]


def test_names_stand_wherever_something_points() -> None:
    thing = _thing(
        ":a ap:involvement :i, :j . :i ap:agent :o . :j ap:agent :o . :o rdfs:label 'Org'@en ."
    )
    agents = [each["agent"] for each in thing["involvement"]]
    assert agents == [{"id": "http://e/o", "label": {"en": "Org"}}] * 2


def test_what_points_at_the_thing_stands_under_used_by_and_does_not_repeat_it() -> None:
    thing = _thing(":n ap:about :a ; rdfs:label 'note'@en .")
    assert thing["usedBy"] == {"about": [{"id": "http://e/n", "label": {"en": "note"}}]}


def test_terms_are_named_and_not_unfolded() -> None:
    thing = _thing(":a ap:supports ap:amount . ap:amount rdfs:label 'amount'@en .")
    assert thing["supports"] == ["amount"]
    assert thing["included"] == [{"id": str(AP.amount), "label": {"en": "amount"}}]


def test_the_context_and_the_thing_itself_come_first() -> None:
    assert list(_thing(":a ap:agent :b ; a ap:Measure ; rdfs:label 'A'@en .")) == [
        "@context",
        "id",
        "type",
        "label",
        "agent",
    ]


def test_a_chain_of_any_length_is_written() -> None:
    chain = " ".join(f":c{place} ap:agent :c{place + 1} ." for place in range(3_000))
    graph = _graph(f":a ap:agent :c0 . {chain}")
    document = thing_document(graph, URIRef("http://e/a"), _context(), ADDRESS)
    assert _same(read_by_engine(document), graph)
