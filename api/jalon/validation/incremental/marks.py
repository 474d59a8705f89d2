"""The markers of one thing, and the things whose markers a change may change.

The view has them of all things at once (``jalon.validation.view``); here they are found at the cost
of what is said about one. The tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode, Quad, Triple

from jalon.store.shown import ABOUT, ABOUT_PROPERTY, Term
from jalon.terms import EDITORIAL_GRAPH
from jalon.validation import view
from jalon.validation.incremental.dataset import Dataset

_GROUPS = (view.TYPE, view.IN_SCHEME)


def marks_of(dataset: Dataset, thing: Term) -> frozenset[Triple]:
    """The markers of a thing."""
    return marks_among(dataset, thing, dataset.quads((thing, None, None, None)))


def marks_among(dataset: Dataset, thing: Term, quads: Iterable[Quad]) -> frozenset[Triple]:
    """The markers of a thing, about which these are all quads."""
    quads = [
        quad
        for quad in quads
        if dataset.kind(quad.graph_name) is not None
        and thing != quad.graph_name
        and quad.predicate not in view.MARKERS
    ]
    used = [quad for quad in quads if dataset.kind(quad.graph_name) not in view.DECLARING]
    return frozenset(
        Triple(thing, name, value)  # type: ignore[arg-type]
        for found in (
            _stated(dataset, quads),
            _editorial(dataset, thing, quads),
            _answered(dataset, used),
            _noted(dataset, used),
            _deprecated(dataset, used),
        )
        for name, value in found
    )


def things_marked(dataset: Dataset, change: Iterable[Quad]) -> frozenset[Term]:
    """The things whose markers the quads of a change may decide on.

    The dataset has all quads of the change: those that it adds, and still those that it removes.
    """
    deciding = (view.DEPRECATED, ABOUT, ABOUT_PROPERTY)
    alike = {
        (quad.subject, quad.graph_name, quad.predicate in deciding and quad.predicate): quad
        for quad in change
        if dataset.kind(quad.graph_name) is not None
    }
    return frozenset(thing for quad in alike.values() for thing in _concerned(dataset, quad))


Mark = tuple[NamedNode, object]


def _stated(dataset: Dataset, quads: list[Quad]) -> Iterator[Mark]:
    types = {quad.object for quad in quads if quad.predicate == view.TYPE}
    cited = not types & {view.DOCUMENT, view.NOTE}
    for quad in quads:
        kind = dataset.kind(quad.graph_name)
        if kind == "source" and cited:
            yield view.STATED_IN, quad.graph_name
        elif kind == "submitted":
            yield view.SUBMITTED_IN, quad.graph_name


def _editorial(dataset: Dataset, thing: Term, quads: list[Quad]) -> Iterator[Mark]:
    types = {quad.object for quad in quads if quad.predicate == view.TYPE}
    names = {
        quad.predicate
        for quad in quads
        if dataset.kind(quad.graph_name) == "editorial"
        and quad.predicate not in (view.TYPE, view.CITES)
    }
    if not names or types & {view.CITATION, view.DOCUMENT, view.NOTE}:
        return
    graph = NamedNode(dataset.base + EDITORIAL_GRAPH)
    groups = {quad.object for quad in quads if quad.predicate in _GROUPS}
    own = set(_reasons(dataset, thing))
    others = {name for whom in (graph, *groups) for name in _reasons(dataset, whom)}
    for name in names:
        yield view.EDITORIAL_PROPERTY, name
        if None in own or name in own or name in others:
            yield view.REASONED_PROPERTY, name


def _reasons(dataset: Dataset, whom: Term) -> Iterator[object]:
    """The properties that editorial notes about somebody speak for; None is for all."""
    graph = NamedNode(dataset.base + EDITORIAL_GRAPH)
    for about in dataset.said((None, ABOUT, whom, graph)):
        names = [quad.object for quad in dataset.said((about.subject, ABOUT_PROPERTY, None, graph))]
        yield from names or (None,)


def _answered(dataset: Dataset, used: list[Quad]) -> Iterator[Mark]:
    for asking in used:
        if asking.predicate != view.ASKS_FOR or not isinstance(asking.object, NamedNode):
            continue
        graph = asking.graph_name
        for about in used:
            if about.predicate == view.REPORTS_ON and about.graph_name == graph:
                values = dataset.said((about.object, asking.object, None, graph))
                if next(values, None) is not None:
                    yield view.PRESENT_PROPERTY, asking.object


def _noted(dataset: Dataset, used: list[Quad]) -> Iterator[Mark]:
    things = {quad.object for quad in used if quad.predicate == ABOUT}
    for quad in used:
        if quad.predicate == ABOUT_PROPERTY and isinstance(quad.object, NamedNode):
            for thing in things:
                values = dataset.said((thing, quad.object, None, None))
                if any(dataset.kind(each.graph_name) == "source" for each in values):
                    yield view.PRESENT_PROPERTY, quad.object


def _deprecated(dataset: Dataset, used: list[Quad]) -> Iterator[Mark]:
    terms = dataset.deprecated
    if terms:
        for quad in used:
            for term in (quad.predicate, quad.object):
                if term in terms:
                    yield view.DEPRECATED_TERM, term


def _concerned(dataset: Dataset, quad: Quad) -> Iterator[Term]:
    """The things whose markers a quad may decide on."""
    thing, name, graph = quad.subject, quad.predicate, quad.graph_name
    kind = dataset.kind(graph)
    found: list[Iterable[Quad]] = [dataset.said((None, view.REPORTS_ON, thing, graph))]
    if kind == "source":
        found.append(dataset.said((None, ABOUT, thing, None)))
    if kind in view.DECLARING and name == view.DEPRECATED:
        found.append(dataset.said((None, None, thing, None)))
        if isinstance(thing, NamedNode):
            found.append(dataset.said((None, thing, None, None)))
    yield thing
    yield from (each.subject for quads in found for each in quads)
    if kind == "editorial" and name in (ABOUT, ABOUT_PROPERTY):
        for about in dataset.said((thing, ABOUT, None, graph)):
            yield from _spoken_for(dataset, about.object)


def _spoken_for(dataset: Dataset, whom: Term) -> Iterator[Term]:
    """Somebody, and all that belongs to it: to a class, a scheme or the graph."""
    yield whom
    for name in _GROUPS:
        for member in dataset.said((None, name, whom, None)):
            yield member.subject
    graph = NamedNode(dataset.base + EDITORIAL_GRAPH)
    if whom == graph:
        for quad in dataset.said((None, None, None, graph)):
            yield quad.subject
