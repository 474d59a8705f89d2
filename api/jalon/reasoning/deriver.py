"""What follows from a release, drawn when it is made."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jalon.reasoning.conclusions import Contradiction
from jalon.reasoning.engines import versions
from jalon.reasoning.reasoner import NotConcluded, Reasoner
from jalon.store.press import Derived
from jalon.store.snapshot import Derivation

CONTRADICTIONS_LOGGED = 50

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwlDeriver:
    """Draws conclusions with a reasoner, in its process; see store.press.Deriver."""

    reasoner: Reasoner

    @property
    def rules(self) -> str:
        """The engine, and a digest of the versions of all that its conclusions depend on."""
        engine = self.reasoner.engine
        return f"{engine}-{hashlib.sha256(versions(engine).encode()).hexdigest()[:16]}"

    async def derive(self, ntriples: Path) -> Derived:
        """What follows from the triples in a file; every contradiction is logged.

        Cancelling stops the reasoner for good: only who closes cancels.
        """
        try:
            return await asyncio.to_thread(self._derive, ntriples)
        except asyncio.CancelledError:
            self.reasoner.stopping.stop()
            raise

    def _derive(self, ntriples: Path) -> Derived:
        engine = self.reasoner.engine
        try:
            conclusions = self.reasoner.conclude(ntriples)
        except NotConcluded as gap:
            return Derived(b"", Derivation(engine, self.rules, gap.reason))
        _log_contradictions(conclusions.contradictions)
        count = len(conclusions.contradictions)
        return Derived(conclusions.ntriples, Derivation(engine, self.rules, "complete", count))


def _log_contradictions(found: Sequence[Contradiction]) -> None:
    for each in found[:CONTRADICTIONS_LOGGED]:
        _log.error("contradiction about %s: %s", each.thing or "no thing", each.message)
    left = Counter(each.thing for each in found[CONTRADICTIONS_LOGGED:])
    if left:
        _log.error("%s more contradictions, about %s things", left.total(), len(left))
