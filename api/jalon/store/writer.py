"""The writer process: it alone writes to the live index, and freezes it as releases.

Started as ``python -m jalon.store.writer`` by ``jalon.store.index``, and by nobody else. It reads
commits from the ledger by itself, and gives up the network before it opens anything.

In: one line of JSON, an *order*, and after it as many bytes as it says. Out: one line of JSON, the
*reply*, and after it as many bytes as that says; then the next order. It ends when stdin does.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Literal, NotRequired, TypedDict

from pyoxigraph import RdfFormat, Triple, parse

from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import Ledger
from jalon.store.confinement import leave_network
from jalon.store.difference import Difference, Sizes, cut, joined
from jalon.store.live import Change, LiveIndex, read_quads
from jalon.store.provenance import provenance_of
from jalon.store.remote.deltas import Touched
from jalon.store.snapshot import Derivation, Stamp, read_snapshot

MANY_COMMITS = 200
"""More than are kept together. From here on the shown graph is made once, from the whole."""

MANY_TRIPLES = 20_000
"""From so many triples on, what is said of releases is put in: the more at once, the less it costs
(measured with 5,000 commits: 0.7 ms of the processor for each, every 100 commits 1.3)."""

TOLD_COMMITS = 100
"""After as many commits, how far it has come is told."""


class Order(TypedDict):
    """What the process is told.

    - ``begin``: an index in the folder ``live`` from the release in ``place``, or an empty one.
    - ``differ``: of changes that are made one after the other, what would change something. Of
      each, ``sizes`` has how many bytes of N-Quads to add, and then to remove, the payload holds;
      the reply has them in the same way.
    - ``advance``: apply the commits up to ``number``.
    - ``dump``: the shown graph as N-Triples into the file ``place``.
    - ``entail``: the payload is what follows, as N-Triples; ``derivation`` says by what.
    - ``publish``: freeze the index as the release in ``place``.
    - ``settle``: put together the release that the index has just begun from, and freeze it in
      ``place``.

    With ``deltas``, a folder, ``begin`` has written down there what comes and goes, at each
    ``publish``.
    """

    task: Literal["begin", "differ", "advance", "dump", "entail", "publish", "settle"]
    size: NotRequired[int]
    live: NotRequired[str]
    place: NotRequired[str | None]
    ledger: NotRequired[str]
    base: NotRequired[str]
    own: NotRequired[bool]
    deltas: NotRequired[str | None]
    sizes: NotRequired[Sizes]
    number: NotRequired[int]
    derivation: NotRequired[dict[str, str | int]]


class Reply(TypedDict):
    """What it answers; ``fault`` is empty when the order was carried out.

    After a fault the index is not to be trusted: the process is put away and another begins.
    Where ``done`` is false the order is still carried out, and has come to commit ``number``.
    """

    done: bool
    fault: Literal["", "full", "failed"]
    detail: str
    size: int
    sizes: Sizes
    number: int
    shown: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the next commits will be, and what they change all together."""

    changes: list[ChangeSet]
    net: Change


class Writer:
    """Carries out orders on one live index."""

    def __init__(self, progress: Callable[[Reply], None]) -> None:
        self._progress = progress
        self._live: LiveIndex | None = None
        self._ledger: Ledger | None = None
        self._number = 0
        self._commit = ""
        self._foreseen: Foreseen | None = None
        self._provenance: list[Triple] = []
        self._deltas: Path | None = None
        self._published: Stamp | None = None

    def carry_out(self, order: Order, payload: bytes) -> tuple[bytes, Sizes]:
        """The payload of the reply, and what is where in it."""
        task = order["task"]
        foreseen, self._foreseen = self._foreseen, None
        if task == "begin":
            self._begin(order)
        elif task == "differ":
            return self._differ(cut(payload, order["sizes"]))
        elif task == "advance":
            self._advance(order["number"], foreseen)
        elif task == "dump":
            self._dump(Path(str(order["place"])))
        elif task == "entail":
            triples = (quad.triple for quad in parse(payload, RdfFormat.N_TRIPLES))
            self.live.entail(triples, Derivation(**order["derivation"]))  # type: ignore[arg-type]
        elif task == "publish":
            return self._publish(Path(str(order["place"]))), []
        else:
            self.live.settle(Path(str(order["place"])))
        return b"", []

    @property
    def live(self) -> LiveIndex:
        """The index, once it has begun."""
        if self._live is None:
            raise RuntimeError("the index has not begun")
        return self._live

    def reply(self, payload: bytes = b"", sizes: Sizes = ()) -> Reply:
        """The reply to an order that was carried out."""
        return {
            "done": True,
            "fault": "",
            "detail": "",
            "size": len(payload),
            "sizes": sizes,
            "number": self._number,
            "shown": self._live.stamp.shown if self._live else 0,
        }

    def _begin(self, order: Order) -> None:
        self._ledger = Ledger.open(Path(order["ledger"]), _now, read_only=True)
        live, own = Path(order["live"]), order["own"]
        snapshot = read_snapshot(Path(order["place"])) if order["place"] else None
        deltas = order.get("deltas")
        self._deltas = Path(deltas) if deltas else None
        if snapshot is None:
            self._live = LiveIndex.begin(live, order["base"], own=own)
            return
        self._live = LiveIndex.follow(snapshot, live, own=own)
        self._number, self._commit = snapshot.stamp.number, snapshot.stamp.commit
        self._follow_from(snapshot.stamp)

    def _follow_from(self, stamp: Stamp) -> None:
        """From a release on, it is noted what comes and goes, where that is wanted."""
        if self._deltas is not None:
            self._published, self.live.touched = stamp, Touched()

    def _publish(self, place: Path) -> bytes:
        told = self.live.touches.told()
        if self._deltas is not None and self._published is not None:
            # Before the release stands there: else none might lead to it.
            self.live.write_delta(self._deltas, self._published, self._number, self._commit)
        self._follow_from(self.live.publish(place, self._number, self._commit).stamp)
        return told

    def _differ(self, changes: Iterable[ChangeSet]) -> tuple[bytes, Sizes]:
        difference = Difference(self.live)
        found = difference.of([*changes])
        kept = [each for each in found if each.adds or each.removes]
        self._foreseen = Foreseen(kept, difference.net)
        payload = b"".join(part for each in found for part in (each.adds, each.removes))
        return payload, [(len(each.adds), len(each.removes)) for each in found]

    def _advance(self, number: int, foreseen: Foreseen | None) -> None:
        self._follow(number, foreseen)
        self._record()

    def _follow(self, number: int, foreseen: Foreseen | None) -> None:
        if foreseen is not None and number - self._number == len(foreseen.changes):
            commits = [*self._commits(number)]
            if [commit.change for commit in commits] == foreseen.changes:
                # The ledger has what was compared with the index: that is known already.
                self.live.make(foreseen.net)
                for commit in commits:
                    self._came_to(commit)
                return
        changes = self._changes(number)
        if number - self._number > MANY_COMMITS or self._number == 0:
            self.live.load(changes)
            return
        for change in joined(changes):
            self.live.apply(change)

    def _commits(self, number: int) -> Iterator[Commit]:
        if self._ledger is None:
            raise RuntimeError("the index has not begun")
        return self._ledger.commits(after=self._number, upto=number)

    def _came_to(self, commit: Commit) -> None:
        self._number, self._commit = commit.number, commit.digest
        self._provenance += provenance_of(commit, self.live.stamp.base)
        if len(self._provenance) >= MANY_TRIPLES:
            self._record()

    def _record(self) -> None:
        """Puts in what is said of the releases that it has come to."""
        self.live.record(self._provenance)
        self._provenance = []

    def _changes(self, number: int) -> Iterator[Change]:
        for commit in self._commits(number):
            yield Change(read_quads(commit.change.adds), read_quads(commit.change.removes))
            self._came_to(commit)
            if commit.number % TOLD_COMMITS == 0:
                self._progress({**self.reply(), "done": False})

    def _dump(self, place: Path) -> None:
        with place.open("w", encoding="utf-8") as file:
            file.writelines(f"{triple} .\n" for triple in self.live.shown_triples())


def main() -> int:
    """Carries out orders until stdin ends; after a fault, which it replies, it ends at once."""
    leave_network()
    source, out = sys.stdin.buffer, sys.stdout.buffer
    writer = Writer(partial(_write, out))
    while line := source.readline():
        order: Order = json.loads(line)
        payload = source.read(order.get("size", 0))
        try:
            answer, sizes = writer.carry_out(order, payload)
        except Exception as error:  # noqa: BLE001 (the edge of the process)
            _write(out, {**writer.reply(), "fault": _fault(error), "detail": repr(error)[:500]})
            return 1
        _write(out, writer.reply(answer, sizes), answer)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _fault(error: Exception) -> Literal["full", "failed"]:
    full = isinstance(error, OSError) and (
        error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
    )
    return "full" if full else "failed"


def _write(out: IO[bytes], reply: Reply, payload: bytes = b"") -> None:
    out.write(json.dumps(reply).encode("utf-8") + b"\n" + payload)
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
