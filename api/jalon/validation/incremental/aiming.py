"""Shapes that look at the nodes they are told to, instead of those that their targets find.

An engine that is given targets holds every shape against all their nodes. A change is worth less:
some pairs of a shape and a node. So the data says of each pair that the shape is for the node, in
triples of names that nothing else bears, and no shape has another target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rdflib import OWL, RDF, RDFS, SH, Graph, URIRef

from jalon.validation.incremental.automaton import State
from jalon.validation.port import Pair
from jalon.validation.shapes import TARGETS, Shapes

AIM = "urn:jalon:aim:"
"""What the names of the properties begin with that lead to a shape's nodes; and who says so."""

_CLASSES = ((RDF.type, RDFS.Class), (RDF.type, OWL.Class))


def aimed(shapes: Shapes, starts: Mapping[str, State]) -> Shapes:
    """The same shapes, those with starts for the nodes that ``aims`` names, others for none.

    A class that is a shape is none any more: it would be its own target (SHACL §2.1.3.3).
    """
    graph = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes.graph:
        if predicate not in TARGETS and (predicate, value) not in _CLASSES:
            graph.add((subject, predicate, value))
    for shape, start in starts.items():
        graph.add((URIRef(shape), SH.targetObjectsOf, URIRef(f"{AIM}{start}")))
    return Shapes(graph)


def aims(pairs: Iterable[Pair], starts: Mapping[str, State]) -> str:
    """The N-Triples that have each shape of some pairs look at its node."""
    return "".join([f"<{AIM}> <{AIM}{starts[shape]}> {node} .\n" for shape, node in pairs])
