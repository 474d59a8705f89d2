"""What each shape reads from a focus node, found out once from the shapes graph.

Results are attributed to the shape that says them and the node that it says them of. So every
shape that says something has reads of its own, and it is *active* at a node where a target leads to
it, on the way through sh:property.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pyoxigraph import NamedNode
from rdflib import OWL, RDF, RDFS, SH, Graph, Literal, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from jalon.store.shown import Term
from jalon.validation.incremental.automaton import Automaton, State, walk
from jalon.validation.incremental.queries import Bound, Unclear, algebra_of, read_query
from jalon.validation.incremental.rows import Rows, rows_of
from jalon.validation.shapes import SHAPE_LISTS, TARGETS, Shapes, list_items, shapes_of
from jalon.validation.translation import pyoxigraph_term

TYPE = NamedNode(str(RDF.type))
SUBCLASS = NamedNode(str(RDFS.subClassOf))

_PAIRS = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_CLASSES = frozenset({RDFS.Class, OWL.Class})
_WITHIN = (SH.node, SH["not"], SH.qualifiedValueShape)
_SAYS_NOTHING = frozenset(
    {
        *(RDF.type, RDFS.label, RDFS.comment, RDFS.isDefinedBy, SH.property, SH.path, *TARGETS),
        *(SH.name, SH.description, SH.message, SH.severity, SH.order, SH.group, SH.deactivated),
    }
)
"""What a shape may have without a constraint of its own, so that no result is its own."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Which nodes the shapes are for: each kind of target with its shapes (SHACL §2.1.3)."""

    nodes: Mapping[Term, frozenset[str]]
    classes: Mapping[Term, frozenset[str]]
    subjects_of: Mapping[Term, frozenset[str]]
    objects_of: Mapping[Term, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A shape whose reads are not known.

    A change matters to it that touches one of ``properties``; where that is None, any change.
    """

    shape: str
    properties: frozenset[NamedNode] | None


@dataclass(frozen=True, slots=True)
class Reads:
    """The shapes of a graph by what they read.

    ``automaton`` has the reads of all shapes with a constraint of their own, which begin at
    ``starts``; ``activation`` has the ways from targets to shapes, where each shape's state is in
    ``active``. ``opaque`` are those that nothing is known of; of those in ``rows`` it is known
    which results of a node may change.
    """

    automaton: Automaton
    starts: Mapping[str, State]
    activation: Automaton
    active: Mapping[str, State]
    targets: Targets
    opaque: tuple[Opaque, ...]
    rows: Mapping[str, Rows]


def analysed(shapes: Shapes) -> Reads:
    """The reads of every shape that some target leads to."""
    return _Analysis(shapes.graph).run()


@dataclass(eq=False)
class _Analysis:
    graph: Graph
    reads: Automaton = field(default_factory=Automaton)
    activation: Automaton = field(default_factory=Automaton)
    starts: dict[str, State] = field(default_factory=dict)
    active: dict[str, State] = field(default_factory=dict)
    opaque: list[Opaque] = field(default_factory=list)
    rows: dict[str, Rows] = field(default_factory=dict)
    _algebras: dict[tuple[Node, Node], CompValue] = field(default_factory=dict)

    def run(self) -> Reads:
        targets = self._targets()
        kinds = (targets.nodes, targets.classes, targets.subjects_of, targets.objects_of)
        for shape in sorted({name for kind in kinds for names in kind.values() for name in names}):
            self._activate(URIRef(shape))
        return Reads(
            *(self.reads, self.starts, self.activation, self.active),
            *(targets, tuple(self.opaque), self.rows),
        )

    def _activate(self, shape: Node) -> State:
        """The state of a shape that is active; its own reads, and the shapes that it leads to."""
        name = str(shape)
        if name in self.active:
            return self.active[name]
        state = self.active[name] = self.activation.state()
        if self._is_deactivated(shape):
            return state
        if self._says_something(shape):
            start = self.starts[name] = self.reads.state()
            self._constraints(shape, start, self._values(shape, start))
            self._look_for_rows(shape)
        path = self.graph.value(shape, SH.path)
        end = state
        inner = list(self.graph.objects(shape, SH.property))
        if path is not None and inner:
            end = walk(self.activation, state, self.graph, path, forward=True)
        for each in inner:
            self.activation.join(end, self._activate(each))
        return state

    def _says_something(self, shape: Node) -> bool:
        """Whether a shape has a constraint of its own, which a result may be of."""
        terms = set(self.graph.predicates(shape))
        return bool(terms - _SAYS_NOTHING) or any(True for _ in self._asked_by(shape))

    def _values(self, shape: Node, focus: State) -> State:
        """The state of a shape's value nodes (SHACL §2.3)."""
        path = self.graph.value(shape, SH.path)
        return focus if path is None else walk(self.reads, focus, self.graph, path, forward=True)

    def _whole(self, shape: Node, node: State) -> None:
        """All that decides whether a node conforms to a shape, with the shapes within it."""
        if self._is_deactivated(shape):
            return
        values = self._values(shape, node)
        self._constraints(shape, node, values)
        for inner in self.graph.objects(shape, SH.property):
            self._whole(inner, values)

    def _constraints(self, shape: Node, focus: State, values: State) -> None:
        """The reads of a shape's own constraints at a focus node and its value nodes."""
        graph = self.graph
        if (shape, SH["class"], None) in graph:
            self.reads.step(values, TYPE, forward=True)
        for term in _PAIRS:
            for other in graph.objects(shape, term):
                self.reads.step(focus, NamedNode(str(other)), forward=True)
        if _is_true(graph.value(shape, SH.closed)):
            self.reads.step(values, None, forward=True)
        for inner in self._within(shape):
            self._whole(inner, values)
        self._queries(shape, focus, values)

    def _within(self, shape: Node) -> Iterator[Node]:
        """The shapes that value nodes are held against, siblings of qualified ones too (§4.7.3)."""
        for term in _WITHIN:
            yield from self.graph.objects(shape, term)
        for term in SHAPE_LISTS:
            for head in self.graph.objects(shape, term):
                yield from list_items(self.graph, head)
        if not _is_true(self.graph.value(shape, SH.qualifiedValueShapesDisjoint)):
            return
        for parent in self.graph.subjects(SH.property, shape):
            for sibling in self.graph.objects(parent, SH.property):
                if sibling != shape:
                    yield from self.graph.objects(sibling, SH.qualifiedValueShape)

    def _queries(self, shape: Node, focus: State, values: State) -> None:
        """The reads of a shape's queries: $this is a focus node; ASK is asked of $value, too."""
        for query in self._asked_by(shape):
            states: dict[Node, State] = {Variable("this"): focus}
            if (query, SH.ask, None) in self.graph:
                states[Variable("value")] = values
            try:
                read_query(self._algebra(shape, query), Bound(self.reads, states))
            except Unclear as unclear:
                self.opaque.append(Opaque(str(shape), unclear.properties))

    def _look_for_rows(self, shape: Node) -> None:
        """Adds the rows of a shape, where all its own results are of one query that has some."""
        if {*self.graph.predicates(shape)} - _SAYS_NOTHING != {SH.sparql}:
            return
        found = []
        for query in self._asked_by(shape):
            with suppress(Unclear):
                found.append(rows_of(self._algebra(shape, query)))
        if len(found) == 1 and found[0] is not None:
            self.rows[str(shape)] = found[0]

    def _algebra(self, shape: Node, query: Node) -> CompValue:
        """A query of a shape, read once. Raises Unclear."""
        known = self._algebras.get((shape, query))
        if known is None:
            known = self._algebras[shape, query] = algebra_of(self.graph, shape, query)
        return known

    def _asked_by(self, shape: Node) -> Iterator[Node]:
        """The queries of a shape, and of the components of the shapes' own making (SHACL §6)."""
        graph = self.graph
        for query in graph.objects(shape, SH.sparql):
            if not self._is_deactivated(query):
                yield query
        kind = SH.nodeValidator if graph.value(shape, SH.path) is None else SH.propertyValidator
        for component in graph.subjects(RDF.type, SH.ConstraintComponent):
            parameters = (
                path
                for parameter in graph.objects(component, SH.parameter)
                for path in graph.objects(parameter, SH.path)
            )
            if any((shape, parameter, None) in graph for parameter in parameters):
                for term in (kind, SH.validator):
                    yield from graph.objects(component, term)

    def _is_deactivated(self, shape: Node) -> bool:
        return _is_true(self.graph.value(shape, SH.deactivated))

    def _targets(self) -> Targets:
        graph = self.graph
        implicit = (
            (shape, shape)
            for shape in shapes_of(graph)
            if isinstance(shape, URIRef) and _CLASSES & {*graph.objects(shape, RDF.type)}
        )
        classes = (*graph.subject_objects(SH.targetClass), *implicit)
        return Targets(
            nodes=_by_target(graph.subject_objects(SH.targetNode)),
            classes=_by_target(classes),
            subjects_of=_by_target(graph.subject_objects(SH.targetSubjectsOf)),
            objects_of=_by_target(graph.subject_objects(SH.targetObjectsOf)),
        )


def _by_target(pairs: Iterable[tuple[Node, Node]]) -> Mapping[Term, frozenset[str]]:
    found: dict[Term, set[str]] = defaultdict(set)
    for shape, target in pairs:
        found[pyoxigraph_term(target)].add(str(shape))
    return {target: frozenset(names) for target, names in found.items()}


def _is_true(value: Node | None) -> bool:
    return isinstance(value, Literal) and bool(value.value)
