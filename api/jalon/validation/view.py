"""The validation view: the one graph that shapes are run on (DESIGN §4).

It is the shown graph, which holds the ontology and no entailed triple, and *markers*: triples that
tell shapes what they cannot see, namely which graph says what. Markers are derived here from
quads, for one run. Whatever data assert under their names is left out of the view, so that nobody
can mark a thing by hand.

===============================  ===============================================================
``?s ap:statedIn ?g``            s is a subject in the source graph g
``?s ap:editorialProperty ?p``   s has a value of p in the editorial graph
``?s ap:reasonedProperty ?p``    it has, and a note there gives the reason
``?s ap:submittedIn ?g``         s is a subject in g, the graph of an organisation's submissions
``?s ap:presentProperty ?p``     s is a form field that asks for p, or a note about p, and p has
                                 a value in the field's graph, or for a note in a source graph
``?s ap:deprecatedTerm ?t``      s uses the deprecated term t as property, class or value
===============================  ===============================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple
from rdflib import OWL, RDF, SKOS

from jalon.store.shown import ABOUT, ABOUT_PROPERTY, Term, is_shown, shown
from jalon.terms import AP

STATED_IN = NamedNode(str(AP.statedIn))
EDITORIAL_PROPERTY = NamedNode(str(AP.editorialProperty))
REASONED_PROPERTY = NamedNode(str(AP.reasonedProperty))
SUBMITTED_IN = NamedNode(str(AP.submittedIn))
PRESENT_PROPERTY = NamedNode(str(AP.presentProperty))
DEPRECATED_TERM = NamedNode(str(AP.deprecatedTerm))
MARKERS = frozenset(
    (
        *(STATED_IN, EDITORIAL_PROPERTY, REASONED_PROPERTY),
        *(SUBMITTED_IN, PRESENT_PROPERTY, DEPRECATED_TERM),
    )
)
"""The properties that only this module gives values to."""

TYPE = NamedNode(str(RDF.type))
IN_SCHEME = NamedNode(str(SKOS.inScheme))
DEPRECATED = NamedNode(str(OWL.deprecated))
CITATION = NamedNode(str(AP.Citation))
CITES = NamedNode(str(AP.citation))
DOCUMENT = NamedNode(str(AP.Document))
NOTE = NamedNode(str(AP.Note))
ASKS_FOR = NamedNode(str(AP.asksFor))
REPORTS_ON = NamedNode(str(AP.reportsOn))

DECLARING = frozenset(("ontology", "vocabulary"))
"""The kinds of graphs that declare terms and concepts."""


def validation_view(quads: Iterable[Quad], base: str) -> bytes:
    """The view of these asserted quads for the pack with this base, as sorted N-Triples.

    The same quads in any order give the same bytes.
    """
    asserted = [quad for quad in quads if quad.predicate not in MARKERS]
    triples = {*shown(asserted, base), *markers(asserted, base)}
    return "".join(sorted(f"{triple} .\n" for triple in triples)).encode("utf-8")


def placed(quads: Iterable[Quad], graph: str) -> Iterator[Quad]:
    """One posted file as quads of the graph that it is for.

    A file says nothing of graphs: every triple goes to ``graph``, whatever graph the file put it
    in, so that nobody writes into the graph of another.
    """
    name = NamedNode(graph)
    for quad in quads:
        yield Quad(quad.subject, quad.predicate, quad.object, name)


def kind_of(graph: str, base: str) -> str:
    """The kind of a shown graph: the first word of its name."""
    return graph.removeprefix(f"{base}graph/").partition("/")[0]


def markers(quads: Iterable[Quad], base: str) -> Iterator[Triple]:
    """The markers of these asserted quads, in no order, some of them more than once.

    The IRI of a graph is no thing that its graph speaks of, and bears none.
    """
    said = _sorted_out(quads, base)
    for derive in (_stated, _submitted, _editorial, _answered, _noted, _deprecated):
        for subject, marker, value in derive(said):
            yield Triple(subject, marker, value)  # type: ignore[arg-type]


Node = Term | DefaultGraph
Marker = tuple[Node, NamedNode, Node]


@dataclass(frozen=True, slots=True)
class _Said:
    """Quads by the kind of their graph, and the things of three classes that rules set apart."""

    by_kind: Mapping[str, list[Quad]]
    members: Mapping[NamedNode, set[Term]]

    def used(self) -> Iterator[Quad]:
        """The quads that use terms and concepts, rather than declare them."""
        for kind, quads in self.by_kind.items():
            if kind not in DECLARING:
                yield from quads

    def all(self) -> Iterator[Quad]:
        for quads in self.by_kind.values():
            yield from quads


def _sorted_out(quads: Iterable[Quad], base: str) -> _Said:
    by_kind: dict[str, list[Quad]] = {kind: [] for kind in ("source", "editorial", "submitted")}
    members: dict[NamedNode, set[Term]] = {kind: set() for kind in (CITATION, DOCUMENT, NOTE)}
    for quad in quads:
        graph = getattr(quad.graph_name, "value", "")
        if not is_shown(graph, base) or quad.subject == quad.graph_name:
            continue
        if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
            members.get(quad.object, set()).add(quad.subject)
        by_kind.setdefault(kind_of(graph, base), []).append(quad)
    return _Said(by_kind, members)


def _stated(said: _Said) -> Iterator[Marker]:
    """Documents and notes need no citation, so that a source graph does not mark them."""
    uncited = said.members[DOCUMENT] | said.members[NOTE]
    for quad in said.by_kind["source"]:
        if quad.subject not in uncited:
            yield quad.subject, STATED_IN, quad.graph_name


def _submitted(said: _Said) -> Iterator[Marker]:
    for quad in said.by_kind["submitted"]:
        yield quad.subject, SUBMITTED_IN, quad.graph_name


def _editorial(said: _Said) -> Iterator[Marker]:
    """Types and citations need no reason, nor do citations, documents and notes themselves."""
    exempt = set[Term]().union(*said.members.values())
    reasons = _reasons(said)
    groups = _groups(said)
    for quad in said.by_kind["editorial"]:
        thing, name = quad.subject, quad.predicate
        if thing in exempt or name in (TYPE, CITES):
            continue
        yield thing, EDITORIAL_PROPERTY, name
        speaking = (thing, quad.graph_name, *groups.get(thing, ()))
        if (thing, None) in reasons or any((whom, name) in reasons for whom in speaking):
            yield thing, REASONED_PROPERTY, name


def _reasons(said: _Said) -> set[tuple[Term, Term | None]]:
    """What the editorial notes speak for: a thing and a property, or None for all of its own.

    A note about the graph, a class or a scheme speaks for a property of all that belongs to it.
    """
    about = _objects(said.by_kind["editorial"], ABOUT)
    properties = _objects(said.by_kind["editorial"], ABOUT_PROPERTY)
    return {
        (thing, name)
        for note, things in about.items()
        for thing in things
        for name in properties.get(note) or (None,)
    }


def _groups(said: _Said) -> Mapping[Term, set[Term]]:
    groups: dict[Term, set[Term]] = defaultdict(set)
    for quad in said.all():
        if quad.predicate in (TYPE, IN_SCHEME):
            groups[quad.subject].add(quad.object)
    return groups


def _answered(said: _Said) -> Iterator[Marker]:
    """Form fields whose own graph has a value of what they ask for."""
    asking = {quad.graph_name for quad in said.used() if quad.predicate == ASKS_FOR}
    by_graph: dict[Node, list[Quad]] = defaultdict(list)
    for quad in said.used():
        if quad.graph_name in asking:
            by_graph[quad.graph_name].append(quad)
    for quads in by_graph.values():
        values = {(quad.subject, quad.predicate) for quad in quads}
        yield from _present(quads, REPORTS_ON, ASKS_FOR, values)


def _noted(said: _Said) -> Iterator[Marker]:
    """Notes about a property of which a source graph has a value."""
    values = {(quad.subject, quad.predicate) for quad in said.by_kind["source"]}
    yield from _present(list(said.used()), ABOUT, ABOUT_PROPERTY, values)


def _present(
    quads: list[Quad], whom: NamedNode, what: NamedNode, values: Container[tuple[Term, Term]]
) -> Iterator[Marker]:
    things = _objects(quads, whom)
    for subject, names in _objects(quads, what).items():
        for name in names:
            if any((thing, name) in values for thing in things.get(subject, ())):
                yield subject, PRESENT_PROPERTY, name


def _deprecated(said: _Said) -> Iterator[Marker]:
    """Use counts outside the graphs that declare terms and concepts."""
    terms: set[Term] = {
        quad.subject
        for kind in DECLARING
        for quad in said.by_kind.get(kind, ())
        if quad.predicate == DEPRECATED and getattr(quad.object, "value", "") in ("true", "1")
    }
    for quad in said.used() if terms else ():
        for term in (quad.predicate, quad.object):
            if term in terms:
                yield quad.subject, DEPRECATED_TERM, term


def _objects(quads: Iterable[Quad], predicate: NamedNode) -> Mapping[Term, list[Term]]:
    found: dict[Term, list[Term]] = defaultdict(list)
    for quad in quads:
        if quad.predicate == predicate:
            found[quad.subject].append(quad.object)
    return found
