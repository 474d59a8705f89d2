"""The bench: what stays in a process from one job to the next.

Nothing that a job was sent stays, and nothing that a job has made: only what is made of a release,
or of its shapes, under a key that says of which exactly. Whoever takes it from here gets what a
fresh process would make.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from pyoxigraph import NamedNode, Quad, RdfFormat, Store
from rdflib import SH

from jalon.errors import ValidationFailed
from jalon.terms import CATALOGUE_GRAPH, ENTAILED_GRAPH, SHAPES_GRAPH
from jalon.validation.catalogue import declared_prefixes
from jalon.validation.engines.choice import engine
from jalon.validation.gathering import Gathering
from jalon.validation.incremental.aiming import aimed
from jalon.validation.incremental.analysis import Reads, analysed
from jalon.validation.incremental.checking import Checker
from jalon.validation.parts import MOST_AT_ONCE, in_parts
from jalon.validation.port import EngineName, Find, Found, Text, TooManyResults
from jalon.validation.shapes import Shapes, prepared
from jalon.validation.translation import rdflib_graph
from jalon.validation.view import validation_view
from jalon.validation.whole import view_after, whole_view


class Rules:
    """The shapes of a release, and what is made of them once: an engine ready, and their reads."""

    def __init__(self, shapes: Shapes, engine_name: EngineName) -> None:
        self.shapes = shapes
        self._engine = engine_name

    @cached_property
    def find(self) -> Find:
        """Every result for a data graph. Raises ShapesRefused."""
        return engine(self._engine).ready(self.shapes)

    def all_in(self, data: bytes | Text) -> Iterator[Iterable[Found]]:
        """Every result for a data graph, so many at a time; those about a node come together."""
        try:
            found = self.find(data, MOST_AT_ONCE)
        except TooManyResults:
            yield from in_parts(data, self.shapes, self.reads.targets, self._engine)
        else:
            yield found

    @cached_property
    def find_aimed(self) -> Find:
        """Every result for pairs that a data graph names (``aiming``). Raises ShapesRefused."""
        return engine(self._engine).ready(aimed(self.shapes, self.reads.starts))

    @cached_property
    def reads(self) -> Reads:
        """What the shapes read."""
        return analysed(self.shapes)


class Release:
    """A release that stands at a checkpoint, opened when somebody first looks into it."""

    def __init__(self, checkpoint: str) -> None:
        self.checkpoint = checkpoint
        self.rules: Rules | None = None
        self.checker: Checker | None = None
        self.prefixes: Mapping[str, str] | None = None
        self.results: tuple[Found, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has looked into it: what was found out of it is kept."""
        return "store" in vars(self)

    @cached_property
    def store(self) -> Store:
        """The release, read-only. Raises ValidationFailed where it has been put away since.

        That is no reason to end the process: what comes next finds it ready.
        """
        try:
            return Store.read_only(self.checkpoint)
        except FileNotFoundError as error:
            raise ValidationFailed from error


class Bench:
    """What one process keeps: the release looked into last, and the rules made ready last."""

    __slots__ = ("_release", "_rules", "_rules_of", "_state")

    def __init__(self) -> None:
        self._state = ""
        self._release = Release("")
        self._rules: Rules | None = None
        self._rules_of: tuple[EngineName, bytes] | None = None

    def release(self, checkpoint: str, state: str) -> Release:
        """The release at a checkpoint, in a state: the one that stands open if it is in that."""
        if self._state != state or not self._release.is_open:
            # What stands open is let go first: there is never more than one.
            self._state, self._release = "", Release(checkpoint)
            self._state = state
        return self._release

    def rules(self, release: Release, base: str, engine_name: EngineName) -> Rules:
        """The shapes of a release of the pack with this base, ready for an engine.

        They stay as long as releases have the same shapes, triple by triple in the same order.
        """
        if release.rules is not None:
            return release.rules
        name = NamedNode(base + SHAPES_GRAPH)
        written = release.store.dump(format=RdfFormat.N_TRIPLES, from_graph=name) or b""
        key = (engine_name, hashlib.sha256(written).digest())
        if self._rules is None or self._rules_of != key:
            quads = release.store.quads_for_pattern(None, None, None, name)
            shapes = prepared(rdflib_graph(quads))
            self._rules, self._rules_of = Rules(shapes, engine_name), key
        release.rules = self._rules
        return self._rules


class Context:
    """A release that data is checked in: the base of its pack, and the bench that it stands on.

    ``own``: its unnamed graph is not the shown graph.
    """

    __slots__ = ("_engine", "base", "bench", "own", "release")

    def __init__(
        self, base: str, release: Release, bench: Bench, engine_name: EngineName, *, own: bool
    ) -> None:
        self.base = base
        self.release = release
        self.bench = bench
        self.own = own
        self._engine = engine_name

    def rules(self) -> Rules:
        """The release's shapes."""
        return self.bench.rules(self.release, self.base, self._engine)

    def checker(self) -> Checker:
        """Who checks changes of the release; what it has found out about classes stays."""
        if self.release.checker is None:
            rules = self.rules()
            self.release.checker = Checker(
                self.release.store, self.base, rules.reads, rules.find_aimed
            )
        return self.release.checker

    def view(self, adds: Collection[Quad] = (), removes: Collection[Quad] = ()) -> bytes | Text:
        """The validation view of the release after quads are taken away, and then others added."""
        store = self.release.store
        if not self.own:
            if adds or removes:
                return view_after(store, self.base, adds, removes)
            return whole_view(store, self.base)
        # What is there already stays in the form that the index gives it.
        new = (quad for quad in adds if quad not in store or quad in removes)
        kept = (quad for quad in self._asserted() if quad not in removes)
        return validation_view((*kept, *new), self.base)

    def prefixes(self) -> Mapping[str, str]:
        """The prefixes that are declared in the release, to shorten IRIs by."""
        if self.release.prefixes is None:
            store = self.release.store
            self.release.prefixes = declared_prefixes(
                quad
                for term in (SH.prefix, SH.namespace)
                for quad in store.quads_for_pattern(None, NamedNode(str(term)), None, None)
            )
        return self.release.prefixes

    def results(self) -> tuple[Found, ...]:
        """Every result of the release as it is. Raises ShapesRefused."""
        if self.release.results is None:
            parts = self.rules().all_in(self.view())
            self.release.results = tuple(found for part in parts for found in part)
        return self.release.results

    def gathered(self) -> Gathering:
        """The results of the release, of very many some. Raises ShapesRefused."""
        gathering = Gathering()
        for part in self.rules().all_in(self.view()):
            gathering.add(part)
        return gathering

    def _asserted(self) -> Iterator[Quad]:
        """Every quad that is asserted in the release, but for its shapes."""
        left_out = {self.base + name for name in (SHAPES_GRAPH, ENTAILED_GRAPH, CATALOGUE_GRAPH)}
        for graph in self.release.store.named_graphs():
            if graph.value not in left_out:
                yield from self.release.store.quads_for_pattern(None, None, None, graph)
