"""Where releases are made, for which pack, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Site:
    """Where and for what is published.

    ``folder`` is that of all state, ``base`` that of the pack; ``own``: the unnamed graph is as it
    is written to; ``any_rules``: a release will do whatever is entailed in it. ``rebuild_quads``
    is how many quads may be replayed to rebuild a release, ``patience`` how many seconds a commit
    waits for its publication; ``mirrored``: an engine of others is told of each release.
    """

    folder: Path
    base: str
    own: bool = False
    any_rules: bool = False
    rebuild_quads: int = 2_000_000
    patience: float = 30.0
    mirrored: bool = False

    @property
    def workroom(self) -> Path:
        """The folder of live indexes."""
        return self.folder / "index"

    @property
    def deltas(self) -> Path | None:
        """The folder of what an engine is to be told; None where there is none."""
        return self.folder / "mirror" if self.mirrored else None

    @property
    def shelf(self) -> Path:
        """The folder of releases."""
        return self.folder / "releases"
