"""How a refusal names the shape at fault."""

from __future__ import annotations

from rdflib import BNode, Graph
from rdflib.term import Node

from jalon.errors import ShapesRefused

NAMELESS = "[ ]"


def refused(graph: Graph, node: Node, variant: str, **details: str | int) -> ShapesRefused:
    """The refusal, with the IRI of the node or of the nearest thing around it that has one."""
    return ShapesRefused(variant=variant, shape=name_of(graph, node), **details)


def name_of(graph: Graph, node: Node) -> str:
    """The IRI of a node; for a blank one, of what leads to it; ``[ ]`` where nothing does."""
    met = {node}
    left = [node]
    for way in left:
        if not isinstance(way, BNode):
            return str(way)
        leading = sorted(set(graph.subjects(None, way)) - met, key=str)
        met.update(leading)
        left += leading
    return NAMELESS


def shown(term: Node) -> str:
    """A term in a message, in one line of bounded length."""
    return " ".join(str(term).split())[:200]
