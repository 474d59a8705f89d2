"""Shapes that check nothing: every engine says of any data that it conforms to them."""

from __future__ import annotations

from rdflib import SH, Graph
from rdflib.term import Node

from jalon.errors import ShapesRefused
from jalon.validation.guard.naming import refused
from jalon.validation.shapes import TARGETS, inner_shapes, is_implicit_class, is_off, shapes_of

_ABOUT_A_SHAPE = frozenset(
    {
        *TARGETS,
        *(SH.path, SH.name, SH.description, SH.message, SH.severity, SH.order, SH.group),
        *(SH.deactivated, SH.defaultValue, SH.declare, SH.prefixes, SH.property, SH.flags),
        *(SH.ignoredProperties, SH.shapesGraph, SH.suggestedShapesGraph),
        *(SH.qualifiedValueShape, SH.qualifiedValueShapesDisjoint),
    }
)
"""Terms of SHACL that say something of a shape, and constrain nothing by themselves."""


def check_substance(graph: Graph) -> None:
    """Raises ShapesRefused unless some shape has a target, and each with one checks something.

    A class that is called a shape, too, may leave what is checked to another shape; not all may.
    Shapes that are switched off (sh:deactivated) check nothing because somebody wants it so.
    """
    shapes = sorted(shapes_of(graph), key=str)
    named = [shape for shape in shapes if _has_target(graph, shape)]
    aimed = [*named, *(shape for shape in shapes if is_implicit_class(graph, shape))]
    if not aimed:
        raise ShapesRefused(variant="empty")
    active = [shape for shape in aimed if not is_off(graph, shape)]
    idle = [shape for shape in active if not _checks(graph, shape)]
    for shape in idle:
        if shape in named or len(idle) == len(active):
            raise refused(graph, shape, "idle")


def _has_target(graph: Graph, shape: Node) -> bool:
    return any((shape, target, None) in graph for target in TARGETS)


def _checks(graph: Graph, shape: Node) -> bool:
    """Whether the shape, or one within it, has a constraint."""
    left, seen = [shape], set[Node]()
    while left:
        node = left.pop()
        if node in seen or is_off(graph, node):
            continue
        seen.add(node)
        if _constrains(graph, node):
            return True
        left += inner_shapes(graph, node)
    return False


def _constrains(graph: Graph, shape: Node) -> bool:
    """Whether it has a parameter: of SHACL's own, or of a component that the shapes define."""
    parameters = {
        path
        for parameter in graph.objects(None, SH.parameter)
        for path in graph.objects(parameter, SH.path)
    }
    return any(
        term in parameters or (str(term).startswith(str(SH)) and term not in _ABOUT_A_SHAPE)
        for term in graph.predicates(shape)
    )
