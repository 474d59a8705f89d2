"""Lists, paths and shapes within shapes: none may lead back to itself, or very deep."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rdflib import RDF, SH, Graph, URIRef
from rdflib.term import Node

from jalon.validation.guard.naming import refused, shown
from jalon.validation.shapes import inner_shapes, list_items, shapes_of

DEPTH = 50
"""How many paths, or shapes, may stand within each other; written by hand it is a handful."""

LISTS = (
    *(SH["and"], SH["or"], SH.xone, SH["in"], SH.languageIn, SH.ignoredProperties),
    SH.alternativePath,
)
_STEPS = (SH.inversePath, SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath)

Inner = Callable[[Node], Iterable[Node]]


def check_nesting(graph: Graph) -> None:
    """Raises ShapesRefused for lists that do not end, paths that do not, and recursive shapes.

    SHACL §3.4.3 leaves recursive shapes to each engine; here nothing depends on the engine.
    """
    for term in LISTS:
        for subject, head in graph.subject_objects(term):
            _check_list(graph, subject, head)
    for shape, path in graph.subject_objects(SH.path):
        _check_path(graph, shape, path)
    for shape in sorted(shapes_of(graph), key=str):
        _check_depth(shape, lambda node: inner_shapes(graph, node), graph, "recursive")


def _check_list(graph: Graph, subject: Node, head: Node) -> None:
    """A list ends with rdf:nil; each of its cells has one item and one rest."""
    seen: set[Node] = set()
    while head != RDF.nil:
        if head in seen:
            raise refused(graph, subject, "list-cycle")
        seen.add(head)
        rests = list(graph.objects(head, RDF.rest))
        if len(rests) != 1 or len(list(graph.objects(head, RDF.first))) != 1:
            raise refused(graph, subject, "list", found=shown(head))
        head = rests[0]


def _check_path(graph: Graph, shape: Node, path: Node) -> None:
    for node in _check_depth(path, lambda inner: _path_steps(graph, shape, inner), graph, "path"):
        if not _is_path(graph, node):
            raise refused(graph, shape, "path-unreadable")


def _is_path(graph: Graph, node: Node) -> bool:
    """Whether a node is one of SHACL's paths (§2.3.1), and one only.

    A list with another term beside is taken for a sequence, as in W3C's tests.
    """
    if isinstance(node, URIRef):
        return node != RDF.nil
    if (node, RDF.first, None) in graph:
        return len(list_items(graph, node)) > 1
    alternatives = graph.value(node, SH.alternativePath)
    if alternatives is not None and len(list_items(graph, alternatives)) == 1:
        return False
    steps = [step for term in (*_STEPS, SH.alternativePath) for step in graph.objects(node, term)]
    return len(steps) == 1 and steps[0] != RDF.nil


def _path_steps(graph: Graph, shape: Node, path: Node) -> list[Node]:
    """The paths that a path is made of; none for a property."""
    if isinstance(path, URIRef):
        return []
    if (path, RDF.first, None) in graph:
        _check_list(graph, shape, path)
        return list_items(graph, path)
    steps = [step for term in _STEPS for step in graph.objects(path, term)]
    for head in graph.objects(path, SH.alternativePath):
        steps += list_items(graph, head)
    return steps


def _check_depth(start: Node, inner: Inner, graph: Graph, variant: str) -> set[Node]:
    """Everything within ``start``; ShapesRefused when it contains itself or goes too deep."""
    done: set[Node] = set()
    way: list[Node] = [start]
    left = [iter(inner(start))]
    while way:
        node = next(left[-1], None)
        if node is None:
            done.add(way.pop())
            left.pop()
        elif node in way:
            raise refused(graph, start, f"{variant}-cycle")
        elif node not in done:
            if len(way) >= DEPTH:
                raise refused(graph, start, f"{variant}-depth", limit=DEPTH)
            way.append(node)
            left.append(iter(inner(node)))
    return done
