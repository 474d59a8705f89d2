"""Changes by chance: a few edits each, of every kind that makes an analysis of reads go wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from pyoxigraph import NamedNode, Quad
from rdflib import OWL, RDF, RDFS

from jalon.store.live import Change

_TYPE = NamedNode(str(RDF.type))
_BELOW = NamedNode(str(RDFS.subClassOf))
_SELDOM = 0.1
_SIZES = (1, 1, 1, 2, 3, 8)
_THING = 30
"""At most so many triples of a thing are taken away at once."""

Edit = tuple[list[Quad], list[Quad]]
"""Quads to add, and quads to take away."""


class Changes:
    """Makes changes of what is said in a world."""

    def __init__(self, quads: Sequence[Quad], chance: random.Random) -> None:
        # What changes of the class hierarchy is not checked by what it affects: seldom is enough.
        kept = [quad for quad in quads if quad.predicate != _BELOW or chance.random() < _SELDOM]
        self._quads = sorted(kept or quads, key=str)
        self._chance = chance
        self._properties = sorted({quad.predicate for quad in quads}, key=str)
        classes = {each.object for each in quads if each.predicate == _TYPE}
        self._classes = sorted(classes or {NamedNode(str(OWL.Thing))}, key=str)
        self._graphs = sorted({quad.graph_name for quad in quads}, key=str)
        self._terms = sorted(
            {term for quad in quads for term in (quad.subject, quad.object)}, key=str
        )

    def one(self) -> Change:
        """A change."""
        edits: tuple[Callable[[Quad], Edit], ...] = (
            *(self._remove, self._remove, self._replace, self._replace, self._say),
            *(self._retype, self._retype, self._forget, self._point, self._move, self._copy),
        )
        adds: list[Quad] = []
        removes: list[Quad] = []
        for _ in range(self._chance.choice(_SIZES)):
            more, less = self._chance.choice(edits)(self._chance.choice(self._quads))
            adds += more
            removes += less
        return Change(tuple(adds), tuple(removes)).as_kept()

    def _remove(self, quad: Quad) -> Edit:
        return [], [quad]

    def _replace(self, quad: Quad) -> Edit:
        """Another value that stands somewhere with this property, or anywhere."""
        alike = [each for each in self._quads if each.predicate == quad.predicate]
        other = self._chance.choice(alike if self._chance.random() < 0.7 else self._quads)
        return [Quad(quad.subject, quad.predicate, other.object, quad.graph_name)], [quad]

    def _say(self, quad: Quad) -> Edit:
        graph = self._chance.choice((quad.graph_name, self._chance.choice(self._graphs)))
        name, value = self._chance.choice(self._properties), self._chance.choice(self._terms)
        return [Quad(quad.subject, name, value, graph)], []

    def _retype(self, quad: Quad) -> Edit:
        """A class more, or in the place of those that it had."""
        said = (each for each in self._quads if each.subject == quad.subject)
        had = [each for each in said if each.predicate == _TYPE]
        new = Quad(quad.subject, _TYPE, self._chance.choice(self._classes), quad.graph_name)
        return [new], had if self._chance.random() < 0.5 else []

    def _forget(self, quad: Quad) -> Edit:
        """Takes a thing away, all that it says."""
        return [], [each for each in self._quads if each.subject == quad.subject][:_THING]

    def _point(self, quad: Quad) -> Edit:
        """Another thing says the same: values that many share are where a walk spreads."""
        other = self._chance.choice(self._quads).subject
        return [Quad(other, quad.predicate, quad.object, quad.graph_name)], []

    def _move(self, quad: Quad) -> Edit:
        """The same is said in another graph, and here no more."""
        there = Quad(quad.subject, quad.predicate, quad.object, self._chance.choice(self._graphs))
        return [there], [quad]

    def _copy(self, quad: Quad) -> Edit:
        """A new thing that says what another one does."""
        new = NamedNode(f"http://example.org/new{self._chance.randrange(50)}")
        said = [each for each in self._quads if each.subject == quad.subject][:_THING]
        return [Quad(new, each.predicate, each.object, each.graph_name) for each in said], []
