"""Who may say something about what: an organisation about its own, and about what is nobody's.

An organisation's own are it itself, what it takes part in, what belongs to these, and what it alone
has described. About what others alone have a hand in, it says nothing; and by saying that it has a
hand in it, nobody gets one. What is new bears its name, so that nobody takes another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from jalon.errors import Forbidden, RdfRefused
from jalon.store.shown import SUPERSEDES, is_shown
from jalon.terms import AP, SUBMITTED_GRAPHS
from jalon.validation.view import MARKERS

ORGANISATIONS = "id/organisation/"
SHOWN_CHARACTERS = 200
DEPTH = 4
"""How many things a thing may hang on, one on the other: a count on a result on a measure."""

AGENT = NamedNode(str(AP.agent))
INVOLVEMENT = NamedNode(str(AP.involvement))
PARTS = tuple(
    NamedNode(str(name))
    for name in (AP.involvement, AP.period, AP.allocation, AP.result, AP.hasCount, AP.statement)
)
"""By which properties a thing has parts that are nobody else's."""

DERIVED = MARKERS | {SUPERSEDES}
"""Properties that nobody gives values to by hand: these follow from what is said."""

_LOCAL = re.compile(r"id/[a-z]+(?:-[a-z]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")


class Confinement:
    """What an organisation may speak of in a release of the pack with this base."""

    def __init__(self, store: Store, base: str, organisation: str) -> None:
        self._store = store
        self._base = base
        self._organisation = organisation

    @cached_property
    def graph(self) -> NamedNode:
        """Where its values stand."""
        return NamedNode(f"{self._base}{SUBMITTED_GRAPHS}{self._organisation}")

    def check(self, slots: Iterable[tuple[object, NamedNode]]) -> None:
        """Checks the things and properties that something is said of.

        Raises RdfRefused for what is no thing, and for a property that is derived, and Forbidden
        for a thing that is another's.
        """
        checked = set[object]()
        for thing, said_of in slots:
            if said_of in DERIVED:
                shown = said_of.value[:SHOWN_CHARACTERS]
                raise RdfRefused(variant="derived", part="data", found=shown)
            if thing not in checked:
                checked.add(thing)
                self._check_thing(thing)

    def _check_thing(self, thing: object) -> None:
        iri = thing.value if isinstance(thing, NamedNode) else str(thing)
        shown = iri[:SHOWN_CHARACTERS]
        if not (iri.startswith(self._base) and _LOCAL.fullmatch(iri[len(self._base) :])):
            raise RdfRefused(variant="subject", part="data", found=shown, base=self._base)
        named = NamedNode(iri)
        if self._lets_give_way(named):
            raise RdfRefused(variant="derived", part="data", found=shown)
        holders = self._holders(named, DEPTH)
        if holders and self._organisation not in holders:
            held = ", ".join(sorted(holders))[:SHOWN_CHARACTERS]
            raise Forbidden(
                variant="another", thing=shown, holder=held, organisation=self._organisation
            )
        if not (holders or self._bears_name(iri) or self._is_described(named)):
            raise Forbidden(variant="name", thing=shown, organisation=self._organisation)

    def _lets_give_way(self, thing: NamedNode) -> bool:
        """Whether it is a note that does so: by another word in it, it would do so elsewhere."""
        found = self._store.quads_for_pattern(thing, SUPERSEDES, None, self.graph)
        return next(found, None) is not None

    def _bears_name(self, iri: str) -> bool:
        name = iri.rpartition("/")[2]
        return name == self._organisation or name.startswith(f"{self._organisation}-")

    def _is_described(self, thing: NamedNode) -> bool:
        quads = self._store.quads_for_pattern(thing, None, None, None)
        return any(self._is_shown(quad) for quad in quads)

    def _holders(self, thing: NamedNode, depth: int) -> set[str]:
        """The organisations whose a thing is; none where it is nobody's."""
        named = self._organisation_of(thing)
        if named:
            return {named}
        if not self._is_known(thing):
            return set()
        holders = set(self._agents(thing))
        for involvement in self._values(thing, INVOLVEMENT):
            holders.update(self._agents(involvement))
        holders = holders or self._describers(thing)
        if holders or not depth:
            return holders
        for part in PARTS:
            for quad in self._store.quads_for_pattern(None, part, thing, None):
                whole = quad.subject
                if isinstance(whole, NamedNode) and self._is_of_others(quad):
                    holders |= self._holders(whole, depth - 1)
        return holders

    def _is_known(self, thing: NamedNode) -> bool:
        """Whether anything is said of a thing, or leads to it."""
        said = self._store.quads_for_pattern(thing, None, None, None)
        leading = self._store.quads_for_pattern(None, None, thing, None)
        return next(said, None) is not None or next(leading, None) is not None

    def _organisation_of(self, thing: NamedNode) -> str:
        """The organisation that an IRI is of; those that it alone has brought in are its own."""
        start = self._base + ORGANISATIONS
        if not thing.value.startswith(start):
            return ""
        name = thing.value.removeprefix(start)
        if not name.startswith(f"{self._organisation}-"):
            return name
        quads = self._store.quads_for_pattern(thing, None, None, None)
        return name if any(map(self._is_of_others, quads)) else self._organisation

    def _agents(self, thing: NamedNode) -> Iterator[str]:
        for agent in self._values(thing, AGENT):
            name = self._organisation_of(agent)
            if name:
                yield name

    def _describers(self, thing: NamedNode) -> set[str]:
        """The organisations that have described a thing, where nobody else has."""
        start = self._base + SUBMITTED_GRAPHS
        found: set[str] = set()
        for quad in self._store.quads_for_pattern(thing, None, None, None):
            graph = getattr(quad.graph_name, "value", "")
            if graph.startswith(start):
                found.add(graph.removeprefix(start))
            elif is_shown(graph, self._base):
                return set()
        return found

    def _values(self, thing: NamedNode | BlankNode, said_of: NamedNode) -> Iterator[NamedNode]:
        """What others say; by what it says itself, an organisation comes to nothing."""
        for quad in self._store.quads_for_pattern(thing, said_of, None, None):
            if isinstance(quad.object, NamedNode) and self._is_of_others(quad):
                yield quad.object

    def _is_of_others(self, quad: Quad) -> bool:
        return self._is_shown(quad) and quad.graph_name != self.graph

    def _is_shown(self, quad: Quad) -> bool:
        return is_shown(getattr(quad.graph_name, "value", ""), self._base)
