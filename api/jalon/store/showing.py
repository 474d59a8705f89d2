"""What an index shows: all that its graphs say, less what notes let give way (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jalon.store.shown import (
    ABOUT,
    ABOUT_PROPERTY,
    NOTE_PROPERTIES,
    SUPERSEDES,
    Place,
    is_shown,
    superseded,
)

Note = tuple[NamedNode | BlankNode | Triple, NamedNode | BlankNode | DefaultGraph]
"""A note and the graph that it stands in."""


class Showing:
    """Tells of an index as it is now; nothing is kept."""

    def __init__(self, store: Store, base: str) -> None:
        self._store = store
        self._base = base

    def gives_way(self) -> bool:
        """Whether there are values that give way."""
        superseding = self._store.quads_for_pattern(None, SUPERSEDES, None, None)
        return next(superseding, None) is not None

    def shows(self, triple: Quad) -> bool:
        """Whether a graph shows a triple."""
        return any(
            self.states(quad)
            for quad in self._store.quads_for_pattern(
                triple.subject, triple.predicate, triple.object, None
            )
        )

    def states(self, quad: Quad) -> bool:
        """Whether a quad that stands there is shown, whatever other graphs say."""
        return self._in_shown_graph(quad) and not self._is_superseded(quad)

    def notes(self, quads: Iterable[Quad]) -> set[Note]:
        """The notes whose say on what gives way quads touch, each with its graph."""
        return {
            (quad.subject, quad.graph_name)
            for quad in quads
            if quad.predicate in NOTE_PROPERTIES and self._in_shown_graph(quad)
        }

    def places(self, notes: Iterable[Note]) -> Iterable[Place]:
        """The places whose values these let give way."""
        said = (
            quad
            for note, graph in notes
            for said_of in NOTE_PROPERTIES
            for quad in self._store.quads_for_pattern(note, said_of, None, graph)
        )
        return superseded(said)

    def standing(self, place: Place) -> Iterator[Quad]:
        """What stands in a place."""
        thing, said_of, graph = place.thing, place.property, place.graph
        if isinstance(thing, Literal) or not isinstance(said_of, NamedNode):
            return
        if isinstance(graph, NamedNode):
            yield from self._store.quads_for_pattern(thing, said_of, None, graph)

    def _is_superseded(self, quad: Quad) -> bool:
        """Whether a note says that the values of the quad's place give way; see superseded."""
        if not isinstance(quad.graph_name, NamedNode):
            return False
        return any(
            self._in_shown_graph(about)
            and Quad(about.subject, ABOUT_PROPERTY, quad.predicate, about.graph_name) in self._store
            and Quad(about.subject, SUPERSEDES, quad.graph_name, about.graph_name) in self._store
            for about in self._store.quads_for_pattern(None, ABOUT, quad.subject, None)
        )

    def _in_shown_graph(self, quad: Quad) -> bool:
        return is_shown(getattr(quad.graph_name, "value", ""), self._base)
