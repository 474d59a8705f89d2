"""The OWL 2 RL closure by owlrl, which is slow and pure Python: for the reasoning process alone."""

from __future__ import annotations

import time

import pyoxigraph
from owlrl import DeductiveClosure, OWLRL_Semantics  # type: ignore[import-untyped]
from owlrl.Namespaces import ERRNS  # type: ignore[import-untyped]
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.reasoning.conclusions import Conclusions
from jalon.reasoning.contradictions import contradictions
from jalon.reasoning.subset import useful
from jalon.store.shown import Term


def conclude(ntriples: bytes) -> Conclusions:
    """What follows from these triples by the rules of OWL 2 RL, useful and sorted.

    Every term of the result is one of the input, to the letter: no literal is rewritten. But for
    the words of OWL, such as owl:sameAs, which may follow where nothing says them.
    """
    started = time.monotonic()
    graph, terms = _read(ntriples)
    asserted = frozenset(graph)
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    found = len(graph) - len(asserted)
    messages = [str(message) for message in graph.objects(None, ERRNS.error)]
    lines = sorted(
        " ".join(str(terms.get(node) or NamedNode(str(node))) for node in triple) + " .\n"
        for triple in useful(graph, asserted)
    )
    return Conclusions(
        read=len(asserted),
        found=found,
        seconds=round(time.monotonic() - started, 1),
        contradictions=contradictions(messages, graph),
        ntriples="".join(lines).encode("utf-8"),
    )


def _read(ntriples: bytes) -> tuple[Graph, dict[Node, Term]]:
    """The graph, and for each of its terms the term of the input that it stands for."""
    graph = Graph(bind_namespaces="none")
    terms: dict[Node, Term] = {}
    for triple in parse(ntriples, RdfFormat.N_TRIPLES):
        given = (triple.subject, triple.predicate, triple.object)
        subject, predicate, value = (_node(term) for term in given)
        terms |= zip((subject, predicate, value), given, strict=True)
        graph.add((subject, predicate, value))
    return graph, terms


def _node(term: Term) -> Node:
    if isinstance(term, pyoxigraph.NamedNode):
        return URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return BNode(term.value)
    if isinstance(term, pyoxigraph.Literal):
        datatype = None if term.language else URIRef(term.datatype.value)
        return Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
    raise ValueError("RDF 1.2 triple terms are not reasoned about")
