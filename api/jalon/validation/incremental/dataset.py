"""The quads of shown graphs, before a change and after it, at the cost of what is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from jalon.store.shown import ABOUT, ABOUT_PROPERTY, SUPERSEDES, Term, is_shown
from jalon.validation.view import DECLARING, DEPRECATED, MARKERS, kind_of

Graph = NamedNode | BlankNode | DefaultGraph
Pattern = tuple[Term | None, NamedNode | None, Term | None, Graph | None]
"""Subject, property, value and graph of quads; None is for any."""


class TooMuch(Exception):
    """More was read than a change is worth."""


@dataclass(eq=False, slots=True)
class Allowance:
    """How many quads may be read. Raises TooMuch where it is used up."""

    left: int

    def take(self, number: int = 1) -> None:
        """Uses some of it."""
        self.left -= number
        if self.left < 0:
            raise TooMuch


class Some:
    """A few quads that can be asked by pattern; literals stay as they are written."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.all = dict.fromkeys(quads)
        self._by_subject: dict[Term, list[Quad]] = defaultdict(list)
        self._by_object: dict[Term, list[Quad]] = defaultdict(list)
        for quad in self.all:
            self._by_subject[quad.subject].append(quad)
            self._by_object[quad.object].append(quad)

    def matching(self, pattern: Pattern) -> Iterator[Quad]:
        """The quads that match."""
        subject, name, value, graph = pattern
        chosen: Collection[Quad] = self.all
        if subject is not None:
            chosen = self._by_subject.get(subject, ())
        elif value is not None:
            chosen = self._by_object.get(value, ())
        for quad in chosen:
            if (
                (name is None or quad.predicate == name)
                and (value is None or quad.object == value)
                and (graph is None or quad.graph_name == graph)
            ):
                yield quad


@dataclass(eq=False)
class Dataset:
    """The quads of a store less some, and some more; those of graphs that are shown alone.

    Nothing is said here of a graph by itself, nor with the properties that only the view gives.
    """

    store: Store
    base: str
    allowance: Allowance
    adds: Some = field(default_factory=lambda: Some(()))
    removes: Collection[Quad] = frozenset()
    _kinds: dict[object, str | None] = field(default_factory=dict)
    _deprecated: frozenset[Term] | None = None

    def quads(self, pattern: Pattern) -> Iterator[Quad]:
        """The quads that match."""
        subject, name, value, graph = pattern
        if isinstance(subject, Literal):
            return
        for quad in self.store.quads_for_pattern(subject, name, value, graph):
            self.allowance.take()
            if quad not in self.removes and self.kind(quad.graph_name) is not None:
                yield quad
        if self.adds.all:
            for quad in self.adds.matching(pattern):
                if self.kind(quad.graph_name) is not None:
                    yield quad

    def said(self, pattern: Pattern) -> Iterator[Quad]:
        """The quads that match, as markers are made of them."""
        for quad in self.quads(pattern):
            if quad.subject != quad.graph_name and quad.predicate not in MARKERS:
                yield quad

    def kind(self, graph: object) -> str | None:
        """The kind of a graph, the first word of its name; None where it is not shown."""
        if graph not in self._kinds:
            name = getattr(graph, "value", "")
            self._kinds[graph] = kind_of(name, self.base) if is_shown(name, self.base) else None
        return self._kinds[graph]

    def shows(self, triple: Quad) -> bool:
        """Whether a graph shows a triple: it says it, and its value does not give way."""
        if triple in self.adds.all and not self._anything_gives_way:
            return True
        pattern = (triple.subject, triple.predicate, triple.object, None)
        return any(not self.gives_way(quad) for quad in self.quads(pattern))

    def gives_way(self, quad: Quad) -> bool:
        """Whether a note says that the values of the quad's place give way; see superseded."""
        graph = quad.graph_name
        if not self._anything_gives_way or not isinstance(graph, NamedNode):
            return False
        return any(
            self._has((about.subject, ABOUT_PROPERTY, quad.predicate, about.graph_name))
            and self._has((about.subject, SUPERSEDES, graph, about.graph_name))
            for about in self.quads((None, ABOUT, quad.subject, None))
        )

    @cached_property
    def _anything_gives_way(self) -> bool:
        return self._has((None, SUPERSEDES, None, None))

    @property
    def deprecated(self) -> frozenset[Term]:
        """The terms that the graphs which declare terms say are deprecated."""
        if self._deprecated is None:
            self._deprecated = frozenset(
                quad.subject
                for quad in self.said((None, DEPRECATED, None, None))
                if self.kind(quad.graph_name) in DECLARING
                and getattr(quad.object, "value", "") in ("true", "1")
            )
        return self._deprecated

    def _has(self, pattern: Pattern) -> bool:
        return next(self.quads(pattern), None) is not None
