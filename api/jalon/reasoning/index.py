"""The index with what follows from it: opened, or built as far as it does not stand yet."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from jalon.reasoning.conclusions import Contradiction
from jalon.reasoning.reasoner import ENGINE, NotConcluded, Reason, Reasoner
from jalon.store.snapshot import Snapshot, Source, open_snapshot, shown_triples

CONTRADICTIONS_LOGGED = 50

State = Literal["complete", "off"] | Reason
"""``off``: no reasoner is wanted; the others say why there are no entailed triples."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entailment:
    """What has been entailed, and by what; without a reasoner, or its conclusions, nothing."""

    reasoner: str = "none"
    state: State = "off"
    triples: int = 0
    contradictions: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """A snapshot, and what of it is entailed."""

    snapshot: Snapshot
    entailment: Entailment


def open_index(folder: Path, source: Source, reasoner: Reasoner | None) -> Index:
    """The snapshot of this content under ``folder`` with its entailed triples.

    Without a reasoner, or where it comes to no conclusions, it holds none, and ``entailment`` says
    so. Every contradiction is logged, each time. Raises NotReady where a folder cannot be written.
    """
    plain = open_snapshot(folder, source)
    if reasoner is None:
        return Index(plain, Entailment())
    try:
        reasoner.check_size(plain.stamp.shown)
        conclusions = reasoner.conclude(shown_triples(plain))
    except NotConcluded as gap:
        return Index(plain, Entailment(ENGINE, gap.reason))
    _log_contradictions(conclusions.contradictions)
    snapshot = open_snapshot(folder, replace(source, entailed=conclusions.ntriples))
    entailment = Entailment(
        reasoner=ENGINE,
        state="complete",
        triples=snapshot.stamp.entailed,
        contradictions=len(conclusions.contradictions),
    )
    return Index(snapshot, entailment)


def _log_contradictions(found: Sequence[Contradiction]) -> None:
    for each in found[:CONTRADICTIONS_LOGGED]:
        _log.error("contradiction about %s: %s", each.thing or "no thing", each.message)
    left = Counter(each.thing for each in found[CONTRADICTIONS_LOGGED:])
    if left:
        _log.error("%s more contradictions, about %s things", left.total(), len(left))
