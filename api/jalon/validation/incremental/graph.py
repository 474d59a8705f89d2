"""The validation view as a graph to walk on: before a change, after it, or both at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import DefaultGraph, Literal, NamedNode, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.change import ViewChange
from jalon.validation.incremental.dataset import Dataset
from jalon.validation.incremental.marks import marks_of
from jalon.validation.view import MARKERS

_SHOWN = DefaultGraph()

Values = Mapping[NamedNode, Sequence[Term]]


class Unanswered(Exception):
    """Markers are asked for by their values, which nothing gives without reading everything."""


class StandingView:
    """The view of a release, read as it is asked for, and remembered."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._out: dict[Term, Values] = {}
        self._into: dict[tuple[NamedNode | None, Term], Sequence[Triple]] = {}

    def out(self, node: Term) -> Values:
        """What is said of a node, markers with it."""
        known = self._out.get(node)
        if known is None:
            known = self._out[node] = self._read(node)
        return known

    def into(self, name: NamedNode | None, node: Term) -> Sequence[Triple]:
        """The triples with a node as value, of one property or of any. Raises Unanswered."""
        if name is None or name in MARKERS:
            raise Unanswered
        key = (name, node)
        known = self._into.get(key)
        if known is None:
            allowance = self._dataset.allowance
            found: list[Triple] = []
            for quad in self._dataset.store.quads_for_pattern(None, name, node, _SHOWN):
                allowance.take()
                found.append(quad.triple)
            known = self._into[key] = found
        return known

    def _read(self, node: Term) -> Values:
        if isinstance(node, Literal):
            return {}
        found: dict[NamedNode, list[Term]] = defaultdict(list)
        allowance = self._dataset.allowance
        for quad in self._dataset.store.quads_for_pattern(node, None, None, _SHOWN):
            allowance.take()
            if quad.predicate not in MARKERS:
                found[quad.predicate].append(quad.object)
        for triple in marks_of(self._dataset, node):
            found[triple.predicate].append(triple.object)
        return found


class ViewGraph:
    """A standing view with some triples more, and some less."""

    def __init__(
        self, standing: StandingView, more: Iterable[Triple] = (), less: Iterable[Triple] = ()
    ) -> None:
        self._standing = standing
        self._less = frozenset(less)
        self._lacking = frozenset(triple.subject for triple in self._less)
        self._out: dict[Term, dict[NamedNode, list[Term]]] = {}
        self._into: dict[Term, list[Triple]] = defaultdict(list)
        for triple in more:
            self._out.setdefault(triple.subject, defaultdict(list))[triple.predicate].append(
                triple.object
            )
            self._into[triple.object].append(triple)

    def out(self, node: Term) -> Values:
        """What is said of a node, by property."""
        standing = self._standing.out(node)
        more = self._out.get(node)
        if more is None and node not in self._lacking:
            return standing
        merged = {
            name: [each for each in values if Triple(node, name, each) not in self._less]  # type: ignore[arg-type]
            for name, values in standing.items()
        }
        for name, values in (more or {}).items():
            merged[name] = [*merged.get(name, ()), *values]
        return {name: values for name, values in merged.items() if values}

    def into(self, name: NamedNode | None, node: Term) -> Sequence[Triple]:
        """The triples with a node as value. Raises Unanswered, see StandingView."""
        standing = self._standing.into(name, node)
        more = [each for each in self._into.get(node, ()) if name in (None, each.predicate)]
        if not more and not self._less:
            return standing
        return [*(each for each in standing if each not in self._less), *more]


def before_after_both(change: ViewChange) -> tuple[ViewGraph, ViewGraph, ViewGraph]:
    """The view before a change, after it, and with all that is in one of them."""
    standing = StandingView(change.before)
    return (
        ViewGraph(standing),
        ViewGraph(standing, change.adds, change.removes),
        ViewGraph(standing, change.adds),
    )
