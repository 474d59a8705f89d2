"""Snapshots: frozen, sealed copies of the index on disk, there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyoxigraph

from jalon.store.concern import News
from jalon.terms import ENTAILED_GRAPH

LAYOUT = 4
"""Changes when what is put into a snapshot does; a snapshot of another layout is made anew."""

CHECKPOINT = "checkpoint"
STAMP = "snapshot.json"
UNFINISHED = "unfinished-"

KEPT_NEWS = 8
"""Of so many releases it is kept what was new in them."""

Seals = Mapping[str, str]
"""The SHA-256 of each file of a checkpoint, by name."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What was entailed, and by what.

    ``rules`` names the rule set and its version, ``state`` is ``complete``, ``off``, or why there
    are no entailed triples.
    """

    reasoner: str = "none"
    rules: str = "none"
    state: str = "off"
    contradictions: int = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which release a snapshot is of, what it was made by, and how many quads it holds.

    ``number`` and ``commit`` are those of the last commit in it, 0 and "" without a ledger.
    ``quads`` are asserted, ``shown`` and ``entailed`` derived from them; what the catalogue says of
    releases is not counted.
    """

    base: str
    number: int = 0
    commit: str = ""
    quads: int = 0
    shown: int = 0
    entailed: int = 0
    derivation: Derivation = field(default_factory=Derivation)
    seals: Seals = field(default_factory=dict)
    layout: int = LAYOUT
    engine: str = pyoxigraph.__version__

    @property
    def identity(self) -> str:
        """A name for exactly this content: another commit, rule set or layout has another."""
        counts = (self.quads, self.entailed)
        parts = (self.number, self.commit, *counts, self.derivation.rules, self.base, self.layout)
        digest = hashlib.sha256(json.dumps(parts).encode("utf-8"))
        return f"{self.number}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A complete snapshot: the folder that ``Store.read_only`` opens, and its stamp.

    ``news`` is what is new in it and in releases before it, as far as it is known, the oldest
    first; each follows on the one before.
    """

    checkpoint: Path
    stamp: Stamp
    news: tuple[News, ...] = field(default=(), compare=False, repr=False)

    @property
    def entailed_graph(self) -> str | None:
        """The graph of the entailed triples; None when there are none."""
        return self.stamp.base + ENTAILED_GRAPH if self.stamp.entailed else None

    def intact(self) -> bool:
        """Whether every file is as it was sealed: read whole, about 1 GB a second.

        Measured with pyoxigraph 0.5.13: a damaged log opens in silence, without its quads.
        """
        try:
            return dict(sealed(self.checkpoint)) == dict(self.stamp.seals)
        except OSError:
            return False


def following(earlier: Snapshot | None, later: Snapshot) -> Snapshot:
    """A release with the news of the one before it, where it follows on that."""
    if not later.news or earlier is None or later.news[0].before != earlier.stamp.identity:
        return later
    return replace(later, news=(*earlier.news, *later.news)[-KEPT_NEWS:])


def sealed(folder: Path, known: Seals | None = None) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file; those of ``known`` table files, which never change, stand."""
    for path in sorted(folder.iterdir()):
        digest = (known or {}).get(path.name) if path.suffix == ".sst" else None
        yield path.name, digest or _digest(path)


def read_snapshot(place: Path) -> Snapshot | None:
    """The snapshot that stands in a folder; None where there is none that this version can use."""
    try:
        read = json.loads((place / STAMP).read_text(encoding="utf-8"))
        # A bit of it that flips makes other figures, or drops what is entailed.
        if read.pop("digest") != _digest_of(read):
            return None
        derivation = Derivation(**read.pop("derivation"))
        stamp = Stamp(**read, derivation=derivation)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if (stamp.layout, stamp.engine) != (LAYOUT, pyoxigraph.__version__):
        return None
    return Snapshot(place / CHECKPOINT, stamp)


def write_snapshot(place: Path, store: pyoxigraph.Store, stamp: Stamp, known: Seals) -> Snapshot:
    """A store as it is now, frozen, sealed and put in ``place``, over what stood there.

    The files are hard links to those of the store, which never change. ``known`` are seals of
    table files made before. Raises OSError where there is no room.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=place.parent))
    try:
        # The live folder is never opened read-only (measured: it can fail); its checkpoint is.
        store.backup(str(work / CHECKPOINT))
        finished = replace(stamp, seals=dict(sealed(work / CHECKPOINT, known)))
        said = asdict(finished)
        said["digest"] = _digest_of(said)
        (work / STAMP).write_text(json.dumps(said), encoding="utf-8")
        if place.exists():
            shutil.rmtree(place)
        work.rename(place)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Snapshot(place / CHECKPOINT, finished)


def _digest_of(said: Mapping[str, object]) -> str:
    """Of all that a stamp says, whatever the order of it."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8")).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
