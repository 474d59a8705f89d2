"""The OWL 2 RL closure by compiled rules: for the reasoning process alone."""

from __future__ import annotations

import time
from collections.abc import Iterable

from jalon.reasoning.conclusions import Conclusions
from jalon.reasoning.rules.contradictions import contradictions
from jalon.reasoning.rules.saturation import Saturation
from jalon.reasoning.rules.useful import Useful


def conclude(ntriples: Iterable[bytes], room: int) -> Conclusions:
    """What follows from the lines of N-Triples by the rules of OWL 2 RL, useful and sorted.

    The lines are as the engine of the index writes them. Every term of the result is one of them,
    to the letter. Raises ValueError for what is no such line, and TooMany when more than ``room``
    triples follow.
    """
    started = time.monotonic()
    known = Saturation(ntriples, room)
    useful = Useful(known)
    lines = useful.ntriples(room)
    return Conclusions(
        read=known.read,
        found=known.found,
        contradictions=contradictions(known, useful),
        seconds=round(time.monotonic() - started, 2),
        ntriples=lines,
    )
