"""Snapshots: frozen copies of the index on disk, built whole or not at all, that workers open."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from jalon.errors import NotReady
from jalon.store.locks import locked
from jalon.store.shown import shown
from jalon.terms import ENTAILED_GRAPH

LAYOUT = 2
"""Changes when what is put into a snapshot does; a snapshot of another layout is rebuilt."""

_STAMP = "snapshot.json"
_CHECKPOINT = "checkpoint"
_BUILDING = "building-"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a snapshot was built from and by, and how many quads it holds of each kind.

    ``quads`` are asserted, ``shown`` and ``entailed`` derived from them. ``number`` is that of the
    release, 0 where there is no ledger.
    """

    digest: str
    base: str
    layout: int
    engine: str
    quads: int
    shown: int
    entailed: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A complete snapshot: the folder that ``Store.read_only`` opens, and its stamp."""

    checkpoint: Path
    stamp: Stamp

    @property
    def entailed_graph(self) -> str | None:
        """The graph of the entailed triples; None when there are none."""
        return self.stamp.base + ENTAILED_GRAPH if self.stamp.entailed else None


@dataclass(frozen=True, slots=True)
class Source:
    """What to build from: the digest that names the content, the pack's base, the quads.

    ``entailed`` is what follows from the shown graph, as N-Triples.
    """

    digest: str
    base: str
    nquads: Callable[[], bytes]
    entailed: bytes = b""

    @property
    def name(self) -> str:
        """What the snapshot goes by: with other entailed triples it is another."""
        if not self.entailed:
            return self.digest
        return f"{self.digest}-{hashlib.sha256(self.entailed).hexdigest()}"


def open_snapshot(index: Path, source: Source) -> Snapshot:
    """The snapshot of this content under ``index``: the one that stands there, else built now.

    A process that dies while building leaves nothing that a later one would take for complete.
    Two processes that need the same snapshot build it once. Raises NotReady where the folder
    cannot be written.
    """
    place = index / source.name
    try:
        index.mkdir(parents=True, exist_ok=True)
        with locked(index / "lock"):
            found = _complete(place, source)
            if found is not None:
                _log.info("index reused: %s", place)
                return found
            _clear(index, place)
            return _build(index, place, source)
    except OSError as error:
        raise NotReady(reason=f"{index}: {error.strerror or error}") from error


def shown_triples(snapshot: Snapshot) -> Iterator[Triple]:
    """The shown graph of a snapshot, its literals as queries meet them, in no order."""
    store = Store.read_only(str(snapshot.checkpoint))
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        yield quad.triple


def _complete(place: Path, source: Source) -> Snapshot | None:
    stamp = place / _STAMP
    if not stamp.is_file():
        return None
    try:
        read = Stamp(**json.loads(stamp.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None
    expected = (source.name, source.base, LAYOUT, pyoxigraph.__version__)
    if (read.digest, read.base, read.layout, read.engine) != expected:
        return None
    return Snapshot(place / _CHECKPOINT, read)


def _build(index: Path, place: Path, source: Source) -> Snapshot:
    work = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=index))
    stamp = _fill(work, source)
    (work / _STAMP).write_text(json.dumps(asdict(stamp)), encoding="utf-8")
    work.rename(place)
    counts = (stamp.quads, stamp.shown, stamp.entailed)
    _log.info("index built: %s quads, %s triples shown, %s entailed, in %s", *counts, place)
    return Snapshot(place / _CHECKPOINT, stamp)


def _fill(work: Path, source: Source) -> Stamp:
    live = work / "live"
    store = Store(str(live))
    store.bulk_load(source.nquads(), RdfFormat.N_QUADS)
    # Read back: the engine has put literals into the form in which queries meet them.
    quads = list(store)
    asserted = dict.fromkeys(shown(quads, source.base))
    store.bulk_extend(_placed(asserted, DefaultGraph()))
    # Disjoint from the shown graph, so that both together are a set (DESIGN §4).
    entailed = {
        quad.triple
        for quad in parse(source.entailed, RdfFormat.N_TRIPLES)
        if quad.triple not in asserted
    }
    store.bulk_extend(_placed(entailed, NamedNode(source.base + ENTAILED_GRAPH)))
    store.flush()
    # The live folder is never opened read-only (measured: it can fail); its checkpoint is.
    store.backup(str(work / _CHECKPOINT))
    del store
    shutil.rmtree(live)
    return Stamp(
        digest=source.name,
        base=source.base,
        layout=LAYOUT,
        engine=pyoxigraph.__version__,
        quads=len(quads),
        shown=len(asserted),
        entailed=len(entailed),
    )


def _placed(triples: Iterable[Triple], graph: DefaultGraph | NamedNode) -> Iterator[Quad]:
    for triple in triples:
        yield Quad(triple.subject, triple.predicate, triple.object, graph)


def _clear(index: Path, place: Path) -> None:
    """Removes what broken or outdated builds left; holding the lock, nobody is building."""
    for left in (place, *index.glob(f"{_BUILDING}*")):
        if left.exists():
            shutil.rmtree(left)
