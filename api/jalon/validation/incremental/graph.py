"""The validation view as a graph to walk on, with what a change adds to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from pyoxigraph import Literal, NamedNode, Quad, Triple

from jalon.store.shown import Term
from jalon.validation.incremental.dataset import SHOWN, Dataset
from jalon.validation.incremental.marks import marks_of
from jalon.validation.view import MARKERS

_FEW = 12

Said = Mapping[NamedNode, Sequence[Triple]]
"""Triples by their properties."""


class Unanswered(Exception):
    """Markers are asked for by their values, which nothing gives without reading everything."""


class ViewGraph:
    """The view of a release with some triples more, read as it is asked for, and remembered."""

    def __init__(self, dataset: Dataset, more: Iterable[Triple]) -> None:
        self._dataset = dataset
        self._more: dict[Term, list[Triple]] = defaultdict(list)
        self._more_into: dict[Term, list[Triple]] = defaultdict(list)
        for triple in more:
            self._more[triple.subject].append(triple)
            self._more_into[triple.object].append(triple)
        self._all: dict[Term, Said] = {}
        self._said: dict[tuple[Term, NamedNode], Sequence[Triple]] = {}
        self._into: dict[tuple[Term, NamedNode], Sequence[Triple]] = {}
        self._few_into: dict[Term, Said | None] = {}

    def said(self, node: Term, name: NamedNode | None) -> Sequence[Triple]:
        """What is said of a node by one property, or by any; markers too."""
        if name is None:
            return [triple for triples in self._everything(node).values() for triple in triples]
        key = (node, name)
        known = self._said.get(key)
        if known is None:
            known = self._said[key] = self._read_by(node, name)
        return known

    def into(self, name: NamedNode | None, node: Term) -> Sequence[Triple]:
        """The triples with a node as value, by one property. Raises Unanswered."""
        if name is None or name in MARKERS:
            raise Unanswered
        if node not in self._few_into:
            self._few_into[node] = self._read_into(node)
        few = self._few_into[node]
        if few is not None:
            return few.get(name, ())
        key = (node, name)
        known = self._into.get(key)
        if known is None:
            known = self._into[key] = [
                *self._shown(None, name, node),
                *(each for each in self._more_into.get(node, ()) if each.predicate == name),
            ]
        return known

    def few_into(self, name: NamedNode, node: Term, most: int) -> Sequence[Triple] | None:
        """The triples with a node as value, by a property that is no marker, where they are few.

        None where there are more than so many.
        """
        if self._few_into.get(node) is not None or (node, name) in self._into:
            known = self.into(name, node)
            return known if len(known) <= most else None
        found = self._first(most + 1, name, node)
        self._dataset.allowance.take(1 + len(found))
        found += (each for each in self._more_into.get(node, ()) if each.predicate == name)
        return found if len(found) <= most else None

    def has(self, triple: Triple) -> bool:
        """Whether there is a triple, which is in the one form that the index gives it."""
        self._dataset.allowance.take()
        return triple in self._more.get(triple.subject, ()) or (
            Quad(triple.subject, triple.predicate, triple.object, SHOWN) in self._dataset.store
        )

    def _read_into(self, node: Term) -> Said | None:
        """The triples that lead to a node, read at once where they are few: often none does."""
        some = self._first(_FEW + 1, None, node)
        self._dataset.allowance.take(1 + len(some))
        return _by_property((*some, *self._more_into.get(node, ()))) if len(some) <= _FEW else None

    def _first(self, most: int, name: NamedNode | None, node: Term) -> list[Triple]:
        """Up to so many triples that lead to a node.

        No iterator of the index is left in a frame that an error may keep: it may end in no other
        thread than this.
        """
        quads = self._dataset.store.quads_for_pattern(None, name, node, SHOWN)
        return [quad.triple for quad in islice(quads, most)]

    def _read_by(self, node: Term, name: NamedNode) -> Sequence[Triple]:
        # What was read of a thing for its markers need not be read again.
        if node in self._dataset.standing or name in MARKERS:
            return self._everything(node).get(name, ())
        standing = self._shown(node, name, None)
        if node not in self._more:
            return standing
        return [*standing, *(each for each in self._more[node] if each.predicate == name)]

    def _shown(self, node: Term | None, name: NamedNode, value: Term | None) -> list[Triple]:
        if isinstance(node, Literal):
            return []
        quads = self._dataset.store.quads_for_pattern(node, name, value, SHOWN)
        found = [quad.triple for quad in quads]
        self._dataset.allowance.take(1 + len(found))
        return found

    def _everything(self, node: Term) -> Said:
        """What is said of a node, markers with it."""
        known = self._all.get(node)
        if known is None:
            known = self._all[node] = self._read(node)
        return known

    def _read(self, node: Term) -> Said:
        if isinstance(node, Literal):
            return {}
        marks = marks_of(self._dataset, node)
        shown = self._dataset.stands(node).shown
        return _by_property((*shown, *marks, *self._more.get(node, ())))


def _by_property(triples: Iterable[Triple]) -> Said:
    found: dict[NamedNode, list[Triple]] = defaultdict(list)
    for triple in triples:
        found[triple.predicate].append(triple)
    return found


class ViewState:
    """A view without some of its triples: as it is before a change, or after it."""

    def __init__(self, graph: ViewGraph, without: AbstractSet[Triple]) -> None:
        self._graph = graph
        self._without = without
        self._said = {(each.subject, each.predicate) for each in without}
        self._into = {(each.predicate, each.object) for each in without}

    def said(self, node: Term, name: NamedNode | None) -> Sequence[Triple]:
        """What is said of a node by one property, or by any; markers too."""
        triples = self._graph.said(node, name)
        is_as_ever = name is not None and (node, name) not in self._said
        return triples if is_as_ever else self._kept(triples)

    def into(self, name: NamedNode | None, node: Term) -> Sequence[Triple]:
        """The triples with a node as value, by one property. Raises Unanswered."""
        triples = self._graph.into(name, node)
        is_as_ever = name is not None and (name, node) not in self._into
        return triples if is_as_ever else self._kept(triples)

    def _kept(self, triples: Sequence[Triple]) -> Sequence[Triple]:
        return [triple for triple in triples if triple not in self._without]
