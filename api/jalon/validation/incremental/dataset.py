"""The quads of shown graphs, before a change and after it, at the cost of what is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jalon.store.shown import ABOUT, ABOUT_PROPERTY, SUPERSEDES, Term, is_shown
from jalon.validation.view import DECLARING, DEPRECATED, MARKERS, kind_of

Graph = NamedNode | BlankNode | DefaultGraph
Pattern = tuple[Term | None, NamedNode | None, Term | None, Graph | None]
"""Subject, property, value and graph of quads; None is for any."""


SHOWN = DefaultGraph()


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

    def about(self, thing: Term) -> list[Quad]:
        """The quads with a thing as their subject."""
        return self._by_subject.get(thing, [])

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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store says of a thing: triples that are shown, and quads that markers come from."""

    shown: list[Triple]
    said: list[Quad]


@dataclass(eq=False)
class Dataset:
    """The quads of a store less some, and some more; those of graphs that are shown alone.

    ``standing`` has what was read about things, which datasets of one store may share.
    Nothing is said here of a graph by itself, nor with the properties that only the view gives.
    """

    store: Store
    base: str
    allowance: Allowance
    adds: Some = field(default_factory=lambda: Some(()))
    removes: Collection[Quad] = frozenset()
    standing: dict[Term, Standing] = field(default_factory=dict)
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

    def about(self, thing: Term) -> list[Quad]:
        """The quads about a thing, as markers are made of them."""
        said = self.stands(thing).said
        if self.removes:
            said = [quad for quad in said if quad not in self.removes]
        more = self.adds.about(thing)
        return [*said, *(quad for quad in more if self._marks(quad))] if more else said

    def stands(self, thing: Term) -> Standing:
        """What stands about a thing before any change, read once."""
        known = self.standing.get(thing)
        if known is None:
            shown: list[Triple] = []
            said: list[Quad] = []
            quads = () if isinstance(thing, Literal) else self._standing(thing)
            for quad in quads:
                if quad.graph_name != SHOWN:
                    said.append(quad)
                elif quad.predicate not in MARKERS:
                    shown.append(quad.triple)
            self.allowance.take(1 + len(shown) + len(said))
            marking = [quad for quad in said if self._marks(quad)]
            known = self.standing[thing] = Standing(shown, marking)
        return known

    def _standing(self, thing: NamedNode | BlankNode | Triple) -> Iterable[Quad]:
        return self.store.quads_for_pattern(thing, None, None, None)

    def _marks(self, quad: Quad) -> bool:
        return (
            self.kind(quad.graph_name) is not None
            and quad.subject != quad.graph_name
            and quad.predicate not in MARKERS
        )

    def said(self, pattern: Pattern) -> Iterator[Quad]:
        """The quads that match, as markers are made of them."""
        for quad in self.quads(pattern):
            if self._marks(quad):
                yield quad

    def kind(self, graph: object) -> str | None:
        """The kind of a graph, the first word of its name; None where it is not shown."""
        if graph not in self._kinds:
            name = getattr(graph, "value", "")
            self._kinds[graph] = kind_of(name, self.base) if is_shown(name, self.base) else None
        return self._kinds[graph]

    def shows(self, triple: Quad) -> bool:
        """Whether a graph shows a triple: it says it, and its value does not give way."""
        if triple in self.adds.all and not self.anything_gives_way:
            return True
        pattern = (triple.subject, triple.predicate, triple.object, None)
        return any(not self.gives_way(quad) for quad in self.quads(pattern))

    def gives_way(self, quad: Quad) -> bool:
        """Whether a note says that the values of the quad's place give way; see superseded."""
        graph = quad.graph_name
        if not self.anything_gives_way or not isinstance(graph, NamedNode):
            return False
        return any(
            self._has((about.subject, ABOUT_PROPERTY, quad.predicate, about.graph_name))
            and self._has((about.subject, SUPERSEDES, graph, about.graph_name))
            for about in self.quads((None, ABOUT, quad.subject, None))
        )

    @cached_property
    def anything_gives_way(self) -> bool:
        """Whether there is a note by which values give way."""
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
