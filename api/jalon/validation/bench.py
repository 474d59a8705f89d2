"""The bench: what stays in a process from one job to the next.

Nothing that a job was sent stays, and nothing that a job has made: only what is made of a release,
or of its shapes, under a key that says of which exactly. Whoever takes it from here gets what a
fresh process would make.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store

from jalon.terms import ENTAILED_GRAPH, SHAPES_GRAPH
from jalon.validation.shapes import Shapes, prepared
from jalon.validation.translation import rdflib_graph


class Release:
    """A release that stands at a checkpoint, opened when somebody first looks into it."""

    def __init__(self, checkpoint: str) -> None:
        self.checkpoint = checkpoint

    @cached_property
    def store(self) -> Store:
        """The release, read-only. Raises OSError or RuntimeError where it is gone."""
        return Store.read_only(self.checkpoint)


class Bench:
    """What one process keeps: the release looked into last, and the shapes made ready last."""

    __slots__ = ("_key", "_release", "_shapes", "_shapes_of")

    def __init__(self) -> None:
        self._key: tuple[str, str] | None = None
        self._release = Release("")
        self._shapes: Shapes | None = None
        self._shapes_of = b""

    def release(self, checkpoint: str, state: str) -> Release:
        """The release at a checkpoint, in a state: the one that stands open if it is that."""
        if self._key != (checkpoint, state):
            # What stands open is let go first: there is never more than one.
            self._key, self._release = None, Release(checkpoint)
            self._key = (checkpoint, state)
        return self._release

    def shapes(self, release: Release, base: str) -> Shapes:
        """The shapes of a release of the pack with this base, ready for an engine.

        They stay as long as releases have the same shapes, triple by triple in the same order.
        """
        name = NamedNode(base + SHAPES_GRAPH)
        written = release.store.dump(format=RdfFormat.N_TRIPLES, from_graph=name) or b""
        key = hashlib.sha256(written).digest()
        if self._shapes is None or self._shapes_of != key:
            quads = release.store.quads_for_pattern(None, None, None, name)
            self._shapes, self._shapes_of = prepared(rdflib_graph(quads)), key
        return self._shapes


class Context:
    """A release that data is checked in: the base of its pack, and the bench that it stands on."""

    __slots__ = ("base", "bench", "release")

    def __init__(self, base: str, release: Release, bench: Bench) -> None:
        self.base = base
        self.release = release
        self.bench = bench

    def shapes(self) -> Shapes:
        """The release's shapes."""
        return self.bench.shapes(self.release, self.base)

    def asserted(self) -> Iterator[Quad]:
        """Every other quad that is asserted in the release."""
        left_out = {self.base + SHAPES_GRAPH, self.base + ENTAILED_GRAPH}
        for graph in self.release.store.named_graphs():
            if graph.value not in left_out:
                yield from self._quads(graph)

    def _quads(self, graph: NamedNode | BlankNode) -> Iterator[Quad]:
        return self.release.store.quads_for_pattern(None, None, None, graph)
