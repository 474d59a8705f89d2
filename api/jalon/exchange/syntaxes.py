"""Graphs in the RDF syntaxes that are served, always the same bytes for the same graph."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph
from pyoxigraph import RdfFormat
from rdflib import Graph, URIRef

from jalon.content.layout import BlankNodeShared, canonical, lay_out
from jalon.content.turtle import lines_of


def turtle(triples: Graph, prefixes: Mapping[str, str], first: URIRef | None = None) -> bytes:
    """Turtle in the layout of the content files, one subject before the others.

    Blank nodes that this layout cannot write are written by the engine, in its own layout.
    """
    graph = canonical(triples)
    try:
        return lay_out(graph, prefixes, first).encode("utf-8")
    except BlankNodeShared:
        return _by_engine(graph, RdfFormat.TURTLE, prefixes)


def ntriples(triples: Graph) -> bytes:
    """Sorted N-Triples."""
    return "".join(f"{line} .\n" for line in sorted(lines_of(canonical(triples)))).encode("utf-8")


def rdfxml(triples: Graph, prefixes: Mapping[str, str]) -> bytes:
    """RDF/XML, one description for each subject."""
    return _by_engine(triples, RdfFormat.RDF_XML, prefixes)


def _by_engine(triples: Graph, syntax: RdfFormat, prefixes: Mapping[str, str]) -> bytes:
    parsed = pyoxigraph.parse(ntriples(triples), RdfFormat.N_TRIPLES)
    statements = [quad.triple for quad in parsed]
    # The engine declares every prefix that it is given.
    used = {term for triple in triples for term in triple if isinstance(term, URIRef)}
    kept = {
        prefix: namespace
        for prefix, namespace in prefixes.items()
        if any(term.startswith(namespace) for term in used)
    }
    return pyoxigraph.serialize(statements, format=syntax, prefixes=kept) or b""
