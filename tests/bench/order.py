"""What is to be measured."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from bench import checking, data
from bench.pairs import Effort
from bench.questions import QUESTIONS
from contract.engines import ENGINES as KINDS

CACHED, REPORTING, COMMITS, CHANGES = "cached", "reporting", "commits", "changes"
SHEETS, ENGINES = "sheets", "engines"
LINES = (*QUESTIONS, CACHED, REPORTING, COMMITS, ENGINES, CHANGES, SHEETS)

ENGINES_FROM = 1_000_000
"""From so many triples on engines of others are measured: for fewer, nobody needs one."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be measured: sizes and lines by name, how long, and where it may happen.

    Without ``others`` oxigraph is the only peer. Where an answer takes more than ``long_seconds``,
    as many are asked for at once as there are ``processors``, not more: more would only wait longer
    for each other. ``engines`` of others are put under Jalon from ``engines_from`` triples on.
    """

    sizes: tuple[str, ...]
    lines: tuple[str, ...]
    effort: Effort
    folder: Path
    mix_seconds: float = 9.0
    commits: int = 400
    changes: int = checking.TIMES
    others: bool = True
    seed: int = data.SEED
    long_seconds: float = 15.0
    engines: tuple[str, ...] = tuple(KINDS)
    engines_from: int = ENGINES_FROM
    processors: int = field(default_factory=lambda: os.cpu_count() or 1)

    def of_the_mix(self, pairs: int, slowest: float) -> float:
        """How many seconds a load of the mix lasts, where so many are compared.

        One that is not repeated lasts as long as all others together, and until even the
        ``slowest`` answers can have been given twice: before that, little is asked again.
        """
        if pairs == self.effort.pairs:
            return self.mix_seconds
        return max(self.mix_seconds * self.effort.pairs, 2 * slowest)
