from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from jalon.exchange.syntaxes import ntriples, rdfxml, turtle

PREFIXES = {"e": "http://e/", "unused": "http://unused/"}
CASES = {
    "plain": ':b :p "x"@en, 1, 1.50, :a . :a :p true .',
    "odd characters": r':a :p "<&>\"\n\\ é \u0001"@fr, "tab\t" .',
    "nested": ":a :p [ :q [ :q 1 ] ], (1 (2 3)) .",
    "shared blank": ":a :p _:x . :b :p _:x . _:x :q 1 .",
    "blank cycle": "_:x :p _:y . _:y :p _:x .",
}


def _graph(text: str) -> Graph:
    graph = Graph(bind_namespaces="none")
    return graph.parse(data=f"@prefix : <http://e/> . {text}", format="turtle")


def _read(body: bytes, syntax: RdfFormat) -> Graph:
    lines = "".join(f"{quad.triple} .\n" for quad in parse(body, syntax))
    return Graph(bind_namespaces="none").parse(data=lines, format="nt")


@pytest.mark.parametrize("name", [name for name in CASES if name != "odd characters"])
def test_every_syntax_says_the_same(name: str) -> None:
    graph = _graph(CASES[name])
    expected = _read(ntriples(graph), RdfFormat.N_TRIPLES)
    assert isomorphic(_read(turtle(graph, PREFIXES), RdfFormat.TURTLE), expected)
    assert isomorphic(_read(rdfxml(graph, PREFIXES), RdfFormat.RDF_XML), expected)


def test_turtle_and_ntriples_keep_odd_characters() -> None:
    graph = _graph(CASES["odd characters"])
    expected = _read(ntriples(graph), RdfFormat.N_TRIPLES)
    assert isomorphic(expected, graph)
    assert isomorphic(_read(turtle(graph, PREFIXES), RdfFormat.TURTLE), expected)


def test_turtle_starts_with_the_thing_it_is_about() -> None:
    text = turtle(_graph(CASES["plain"]), PREFIXES, URIRef("http://e/b")).decode()
    assert text.startswith("PREFIX e: <http://e/>\n\ne:b\n    e:p\n")
    assert "unused" not in text


def test_ntriples_are_sorted() -> None:
    lines = ntriples(_graph(CASES["plain"])).splitlines()
    assert lines == sorted(lines)
    assert len(lines) == 5
