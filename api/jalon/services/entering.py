"""The use case "take in the content pack": what changed in it becomes a commit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pyoxigraph import NamedNode, RdfFormat, parse

from jalon.content.pack import Pack
from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import Ledger
from jalon.store.intake import Outcome, Proposal
from jalon.store.publisher import Publisher
from jalon.terms import SHAPES_GRAPH
from jalon.validation.guard import check_shapes
from jalon.validation.translation import rdflib_graph

SOURCE = "pack:"
OPERATOR = "operator"
"""The author of what the operator of the service does; a pack is the operator's."""


@dataclass(frozen=True, slots=True)
class Entering:
    """Takes packs into a ledger. What others have added since is not touched."""

    ledger: Ledger
    publisher: Publisher

    async def enter(self, pack: Pack) -> Outcome | None:
        """The commit that makes the ledger say what the pack says; None where it does already.

        The change is from the pack that entered last to this one. Raises ShapesRefused for shapes
        that would be refused from anybody, a ContentError, and as Publisher.commit.
        """
        source = SOURCE + pack.digest
        if await asyncio.to_thread(self._last) == source:
            return None
        change = await asyncio.to_thread(self._change, pack)
        message = f"{pack.manifest.id} {pack.manifest.version}"
        return await self.publisher.commit(Proposal(change, OPERATOR, message, source))

    def _last(self) -> str | None:
        """The source of the pack that entered last."""
        last = None
        for each in self.ledger.summaries():
            last = each.source if each.source.startswith(SOURCE) else last
        return last

    def _change(self, pack: Pack) -> ChangeSet:
        nquads = pack.nquads()
        shapes = NamedNode(pack.graph_iri(SHAPES_GRAPH))
        rules = (quad for quad in parse(nquads, RdfFormat.N_QUADS) if quad.graph_name == shapes)
        check_shapes(rdflib_graph(rules))
        before, now = self._entered(), set(nquads.splitlines())
        return ChangeSet.of(now - before, before - now)

    def _entered(self) -> set[bytes]:
        """The lines of the pack that entered last, as all packs before have left them."""
        lines: set[bytes] = set()
        numbers = [
            each.number for each in self.ledger.summaries() if each.source.startswith(SOURCE)
        ]
        for number in numbers:
            change = self.ledger.commit(number).change
            lines -= set(change.removes.splitlines())
            lines |= set(change.adds.splitlines())
        return lines
