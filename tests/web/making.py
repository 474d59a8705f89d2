"""Snapshots made for a test, without a ledger."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from jalon.reasoning.deriver import OwlDeriver
from jalon.reasoning.reasoner import Reasoner
from jalon.store.live import Change, LiveIndex, read_quads
from jalon.store.snapshot import Snapshot


def snapshot_of(
    nquads: bytes, base: str, folder: Path, reasoner: Reasoner | None = None
) -> Snapshot:
    """A snapshot of these quads in a new folder below ``folder``, with what follows from them."""
    work = Path(tempfile.mkdtemp(dir=folder))
    live = LiveIndex.begin(work / "live", base)
    live.load([Change(read_quads(nquads))])
    if reasoner is not None:
        shown = work / "shown.nt"
        shown.write_text("".join(f"{triple} .\n" for triple in live.shown_triples()), "utf-8")
        derived = asyncio.run(OwlDeriver(reasoner).derive(shown))
        live.entail(
            (quad.triple for quad in parse(derived.ntriples, RdfFormat.N_TRIPLES)),
            derived.derivation,
        )
    return live.publish(work / "release")
