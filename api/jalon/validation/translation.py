"""The same terms for two libraries: pyoxigraph for data, rdflib for shapes."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph
import rdflib
from rdflib.term import Node


def rdflib_graph(triples: Iterable[pyoxigraph.Triple | pyoxigraph.Quad]) -> rdflib.Graph:
    """The triples as a graph of rdflib; literals keep the form in which they were written."""
    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(
            (
                rdflib_term(triple.subject),
                rdflib_term(triple.predicate),
                rdflib_term(triple.object),
            )
        )
    return graph


def rdflib_term(
    term: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple,
) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    """A term for rdflib. Raises TypeError for a triple term, which rdflib does not have."""
    if isinstance(term, pyoxigraph.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, pyoxigraph.Triple):
        raise TypeError(str(term))
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = rdflib.URIRef(term.datatype.value)
    if datatype == rdflib.XSD.string:
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def pyoxigraph_term(
    term: Node,
) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    """A term for pyoxigraph."""
    if isinstance(term, rdflib.URIRef):
        return pyoxigraph.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return pyoxigraph.BlankNode(str(term))
    if not isinstance(term, rdflib.Literal):
        raise TypeError(str(term))
    if term.language:
        return pyoxigraph.Literal(str(term), language=term.language)
    if term.datatype is None:
        return pyoxigraph.Literal(str(term))
    return pyoxigraph.Literal(str(term), datatype=pyoxigraph.NamedNode(str(term.datatype)))
