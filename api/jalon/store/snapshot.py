"""Snapshots: frozen copies of the index on disk, built whole or not at all, that workers open."""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pyoxigraph
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store

from jalon.errors import NotReady
from jalon.store.shown import shown

LAYOUT = 1
"""Changes when what is put into a snapshot does; a snapshot of another layout is rebuilt."""

_STAMP = "snapshot.json"
_CHECKPOINT = "checkpoint"
_BUILDING = "building-"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a snapshot was built from and by, and how much it holds."""

    digest: str
    base: str
    layout: int
    engine: str
    quads: int
    shown: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A complete snapshot: the folder that ``Store.read_only`` opens, and its stamp."""

    checkpoint: Path
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Source:
    """What to build from: the digest that names the content, the pack's base, the quads."""

    digest: str
    base: str
    nquads: Callable[[], bytes]


def open_snapshot(index: Path, source: Source) -> Snapshot:
    """The snapshot of this content under ``index``: the one that stands there, else built now.

    A process that dies while building leaves nothing that a later one would take for complete.
    Two processes that need the same snapshot build it once. Raises NotReady where the folder
    cannot be written.
    """
    place = index / source.digest
    try:
        index.mkdir(parents=True, exist_ok=True)
        with _locked(index / "lock"):
            found = _complete(place, source)
            if found is not None:
                _log.info("index reused: %s", place)
                return found
            _clear(index, place)
            return _build(index, place, source)
    except OSError as error:
        raise NotReady(reason=f"{index}: {error.strerror or error}") from error


def _complete(place: Path, source: Source) -> Snapshot | None:
    stamp = place / _STAMP
    if not stamp.is_file():
        return None
    try:
        read = Stamp(**json.loads(stamp.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None
    expected = (source.digest, source.base, LAYOUT, pyoxigraph.__version__)
    if (read.digest, read.base, read.layout, read.engine) != expected:
        return None
    return Snapshot(place / _CHECKPOINT, read)


def _build(index: Path, place: Path, source: Source) -> Snapshot:
    work = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=index))
    stamp = _fill(work, source)
    (work / _STAMP).write_text(json.dumps(asdict(stamp)), encoding="utf-8")
    work.rename(place)
    _log.info("index built: %s quads, %s triples shown, in %s", stamp.quads, stamp.shown, place)
    return Snapshot(place / _CHECKPOINT, stamp)


def _fill(work: Path, source: Source) -> Stamp:
    live = work / "live"
    store = Store(str(live))
    store.bulk_load(source.nquads(), RdfFormat.N_QUADS)
    # Read back: the engine has put literals into the form in which queries meet them.
    quads = list(store)
    triples = list(shown(quads, source.base))
    unnamed = DefaultGraph()
    store.bulk_extend(
        Quad(triple.subject, triple.predicate, triple.object, unnamed) for triple in triples
    )
    store.flush()
    # The live folder is never opened read-only (measured: it can fail); its checkpoint is.
    store.backup(str(work / _CHECKPOINT))
    del store
    shutil.rmtree(live)
    return Stamp(
        digest=source.digest,
        base=source.base,
        layout=LAYOUT,
        engine=pyoxigraph.__version__,
        quads=len(quads),
        shown=len(triples),
    )


def _clear(index: Path, place: Path) -> None:
    """Removes what broken or outdated builds left; holding the lock, nobody is building."""
    for left in (place, *index.glob(f"{_BUILDING}*")):
        if left.exists():
            shutil.rmtree(left)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
