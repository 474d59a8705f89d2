"""The markers of one thing, and the things whose markers a change may change.

The view has them of all things at once (``jalon.validation.view``); here they are found at the cost
of what is said about one. The tests hold the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, Triple

from jalon.store.shown import ABOUT, ABOUT_PROPERTY, Term
from jalon.terms import EDITORIAL_GRAPH
from jalon.validation import view
from jalon.validation.incremental.dataset import Dataset

Mark = tuple[NamedNode, object]
"""The property and the value of a marker."""

_GROUPS = (view.TYPE, view.IN_SCHEME)
_BY_VALUE = frozenset(
    {
        *(*_GROUPS, ABOUT, ABOUT_PROPERTY),
        *(view.ASKS_FOR, view.REPORTS_ON, view.DEPRECATED),
    }
)
"""The properties whose values decide on markers; of others only that there is one, and where."""

_FEW = 3
"""A thing with more changes than that is read as a whole sooner than by what changes of it."""

Use = tuple[object, object, object, object]
"""What markers are made of a quad: subject, property, graph, and the value where it matters."""


def marks_of(dataset: Dataset, thing: Term) -> frozenset[Triple]:
    """The markers of a thing."""
    quads = dataset.about(thing)
    if not quads:
        return frozenset()
    names = {quad.predicate for quad in quads}
    kinds = {dataset.kind(quad.graph_name) for quad in quads}
    found: list[Iterable[Mark]] = [_stated(dataset, quads)]
    if "editorial" in kinds:
        found.append(_editorial(dataset, thing, quads))
    if view.ASKS_FOR in names:
        found.append(_answered(dataset, _used(dataset, quads)))
    if ABOUT_PROPERTY in names:
        found.append(_noted(dataset, _used(dataset, quads)))
    if dataset.deprecated:
        found.append(_deprecated(dataset, _used(dataset, quads)))
    return frozenset(
        Triple(thing, name, value)  # type: ignore[arg-type]
        for marks in found
        for name, value in marks
    )


def _used(dataset: Dataset, quads: Iterable[Quad]) -> list[Quad]:
    """Those that use terms and concepts, rather than declare them."""
    return [quad for quad in quads if dataset.kind(quad.graph_name) not in view.DECLARING]


def deciding(before: Dataset, after: Dataset, change: Iterable[Quad]) -> Iterator[Quad]:
    """The quads of a change that may decide on a marker.

    Not those that markers are made of in the same way before the change and after it, by these
    quads or by others: as where one label takes the place of another.
    """
    terms = before.deprecated | after.deprecated
    states = ((before, after.removes), (after, after.adds.all))
    uses: dict[Term, dict[Use, list[Quad]]] = defaultdict(lambda: defaultdict(list))
    for quad in change:
        if before.kind(quad.graph_name) is not None:
            uses[quad.subject][_use(quad, terms)].append(quad)
    for of_thing in uses.values():
        for use, quads in of_thing.items():
            alike = _Alike(use, quads, terms)
            if not all(
                any(quad in own for quad in quads)
                or (len(of_thing) <= _FEW and alike.stands_in(dataset))
                for dataset, own in states
            ):
                yield from quads


@dataclass(frozen=True, slots=True)
class _Alike:
    """A use, with the quads of a change that are used so."""

    use: Use
    quads: Sequence[Quad]
    terms: frozenset[Term]

    def stands_in(self, dataset: Dataset) -> bool:
        """Whether there is any quad of this use."""
        one = self.quads[0]
        pattern = (one.subject, one.predicate, None, one.graph_name)
        return any(_use(quad, self.terms) == self.use for quad in dataset.quads(pattern))


def _use(quad: Quad, terms: frozenset[Term]) -> Use:
    value = quad.object
    counts = quad.predicate in _BY_VALUE or value in terms
    return quad.subject, quad.predicate, quad.graph_name, value if counts else None


def things_marked(dataset: Dataset, change: Iterable[Quad]) -> frozenset[Term]:
    """The things whose markers the quads of a change may decide on.

    The dataset has all quads of the change: those that it adds, and still those that it removes.
    """
    told_apart = (view.DEPRECATED, ABOUT, ABOUT_PROPERTY)
    alike = {
        (quad.subject, quad.graph_name, quad.predicate in told_apart and quad.predicate): quad
        for quad in change
        if dataset.kind(quad.graph_name) is not None
    }
    return frozenset(thing for quad in alike.values() for thing in _concerned(dataset, quad))


def _stated(dataset: Dataset, quads: list[Quad]) -> Iterator[Mark]:
    types = {quad.object for quad in quads if quad.predicate == view.TYPE}
    cited = not types & {view.DOCUMENT, view.NOTE}
    for graph in {quad.graph_name for quad in quads}:
        kind = dataset.kind(graph)
        if kind == "source" and cited:
            yield view.STATED_IN, graph
        elif kind == "submitted":
            yield view.SUBMITTED_IN, graph


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
