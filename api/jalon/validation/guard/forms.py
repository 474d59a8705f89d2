"""Shapes, constraints and components of the form that SHACL gives them, and nothing by halves.

One engine refuses the others without naming them; the other passes over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.validation.guard.naming import refused, shown
from jalon.validation.shapes import shapes_of

FOR_PROPERTIES = (SH.minCount, SH.maxCount, SH.uniqueLang, SH.lessThan, SH.lessThanOrEquals)
"""What only property shapes may have (§4); of qualified shapes W3C's tests are not so strict."""

NEEDED = (
    (SH.flags, (SH.pattern,)),
    (SH.ignoredProperties, (SH.closed,)),
)
"""A term, and those of which it needs one beside it to mean something."""

NEEDED_WITH_PATH = (
    (SH.qualifiedMinCount, (SH.qualifiedValueShape,)),
    (SH.qualifiedMaxCount, (SH.qualifiedValueShape,)),
    (SH.qualifiedValueShapesDisjoint, (SH.qualifiedValueShape,)),
    (SH.qualifiedValueShape, (SH.qualifiedMinCount, SH.qualifiedMaxCount)),
)
"""The same, in property shapes."""

VALIDATORS = (
    (SH.validator, SH.ask),
    (SH.nodeValidator, SH.select),
    (SH.propertyValidator, SH.select),
)
"""What leads from a component to a validator, and the query that it must have (§6.2.3)."""

RESERVED = frozenset({"this", "shapesGraph", "currentShape", "path", "PATH", "value"})
"""Names that no parameter may have (§6.2.1)."""

_VARIABLE = re.compile(r"[^\W\d]\w*")


def check_forms(graph: Graph) -> None:
    """Raises ShapesRefused for a shape, SPARQL constraint or component that is none of SHACL's."""
    properties = {*graph.objects(None, SH.property), *graph.subjects(RDF.type, SH.PropertyShape)}
    for shape in sorted(properties, key=str):
        if (shape, SH.path, None) not in graph:
            raise refused(graph, shape, "path-missing")
    for shape in sorted(shapes_of(graph), key=str):
        _check_shape(graph, shape)
    for constraint in sorted(graph.objects(None, SH.sparql), key=str):
        if (constraint, SH.select, None) not in graph:
            raise refused(graph, constraint, "query-missing")
    for component in sorted(graph.subjects(RDF.type, SH.ConstraintComponent), key=str):
        if not all(_component_parts(graph, component)):
            raise refused(graph, component, "component")


def _check_shape(graph: Graph, shape: Node) -> None:
    has_path = (shape, SH.path, None) in graph
    if has_path and (shape, RDF.type, SH.NodeShape) in graph:
        raise refused(graph, shape, "node-path")
    for inner in graph.objects(shape, SH.node):
        if (inner, SH.path, None) in graph:
            raise refused(graph, shape, "value", found=shown(inner), term=_local(SH.node))
    for term in () if has_path else FOR_PROPERTIES:
        if (shape, term, None) in graph:
            raise refused(graph, shape, "node-shape", term=_local(term))
    for term, needed in (*NEEDED, *NEEDED_WITH_PATH) if has_path else NEEDED:
        if (shape, term, None) in graph and not any(
            (shape, each, None) in graph for each in needed
        ):
            raise refused(graph, shape, "alone", term=_local(term), needed=_local(needed[0]))


def _component_parts(graph: Graph, component: Node) -> Iterator[bool]:
    """Whether it has parameters with names, and validators with the queries that are theirs."""
    parameters = set(graph.objects(component, SH.parameter))
    yield any(not _is_optional(graph, parameter) for parameter in parameters)
    for parameter in parameters:
        path = graph.value(parameter, SH.path)
        name = re.split("[#/:]", str(path))[-1]
        yield isinstance(path, URIRef) and name not in RESERVED and bool(_VARIABLE.fullmatch(name))
    validators = [
        (validator, query)
        for term, query in VALIDATORS
        for validator in graph.objects(component, term)
    ]
    yield bool(validators)
    for validator, query in validators:
        yield (validator, query, None) in graph


def _is_optional(graph: Graph, parameter: Node) -> bool:
    optional = graph.value(parameter, SH.optional)
    return isinstance(optional, Literal) and optional.value is True


def _local(term: URIRef) -> str:
    return term.removeprefix(str(SH))
