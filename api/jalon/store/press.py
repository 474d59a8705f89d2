"""The press: a live index becomes a release, with what follows from it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jalon.store.index import Index
from jalon.store.snapshot import Derivation, Snapshot

OWN = "own"
"""The rules of releases whose unnamed graph is not made from the others."""

DUMP = "shown-"
"""How the folders begin in which a shown graph is handed to the reasoner."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from a shown graph, as N-Triples, and by what."""

    ntriples: bytes
    derivation: Derivation


class Deriver(Protocol):
    """Draws conclusions from the shown graph of each release."""

    @property
    def rules(self) -> str:
        """Names the rule set and its version; another name, other conclusions."""

    async def derive(self, ntriples: Path) -> Derived:
        """What follows from the triples in a file; where nothing is concluded, the reason."""


@dataclass(frozen=True, slots=True)
class Press:
    """Makes releases; without a deriver nothing is entailed in them.

    With ``own``, the unnamed graph is as it is written to: such a release is none of the others.
    """

    folder: Path
    deriver: Deriver | None = None
    own: bool = False

    @property
    def rules(self) -> str:
        """The rules in force."""
        if self.own:
            return OWN
        return self.deriver.rules if self.deriver else Derivation().rules

    async def freeze(self, index: Index, place: Path) -> Snapshot:
        """The index as it is, with what follows from it, as the release in a folder.

        Raises IndexLost, and OSError where there is no room.
        """
        derived = Derived(b"", Derivation(rules=self.rules))
        if self.deriver is not None and not self.own:
            with tempfile.TemporaryDirectory(prefix=DUMP, dir=self.folder) as folder:
                shown = Path(folder) / "shown.nt"
                await index.dump(shown)
                derived = await self.deriver.derive(shown)
        await index.entail(derived.ntriples, derived.derivation)
        return await index.publish(place)
