"""Writes worked out: what they come to, in a release that may be put away meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jalon.errors import ValidationFailed, ValidationTimeout
from jalon.store.port import Limits
from jalon.store.releases import OnlyRelease, Releases
from jalon.store.snapshot import Snapshot
from jalon.store.workshop import Workshop
from jalon.validation.documents import Document
from jalon.validation.editor import Editor, Worked
from jalon.validation.edits import Edit, Kind
from jalon.validation.inspector import Inspector
from web.making import snapshot_of
from web.service import BASE, RULES

GRAPH = f"{BASE}graph/editorial"
STANDING = f'<{BASE}a> <{BASE}p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <{GRAPH}> .\n'


@dataclass
class Succession:
    """Releases that follow one another, each a moment after somebody has looked at it."""

    snapshots: Iterator[Snapshot]
    last: Snapshot = field(init=False)

    @property
    def current(self) -> Snapshot:
        self.last = next(self.snapshots, None) or self.last
        return self.last

    async def at(self, number: int) -> Snapshot:
        return await OnlyRelease(self.last).at(number)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    quads = RULES.read_bytes() + STANDING.encode()
    return snapshot_of(quads, BASE, tmp_path_factory.mktemp("release"))


def editor(releases: Releases, spool: Path, limits: Limits | None = None) -> Editor:
    limits = limits or Limits(seconds=30)
    inspector = Inspector(releases, "shacl", Workshop(), spool, isolated=False, limits=limits)
    return Editor(inspector, spool / "index")


def worked(kind: Kind, content: bytes, releases: Releases, spool: Path) -> Worked:
    edit = Edit(kind, GRAPH, (Document("data", content, "text/turtle"),) if content else ())
    return asyncio.run(work_out(editor(releases, spool), edit))


async def work_out(editing: Editor, edit: Edit) -> Worked:
    """What an edit comes to; no process is left."""
    try:
        return await editing.work_out(edit, examined=False)
    finally:
        await editing.inspector.workshop.close()


@pytest.mark.parametrize(
    ("kind", "content", "counts"),
    [
        ("add", b"<x> <y> 1, 2 .", (2, 0)),
        ("replace", b"<x> <y> 1, 2 .", (2, 1)),
        # The same number, written in another way.
        ("replace", b'<../a> <../p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .', (1, 0)),
        ("remove", b"", (0, 1)),
    ],
)
def test_what_a_write_comes_to(
    release: Snapshot, tmp_path: Path, kind: Kind, content: bytes, counts: tuple[int, int]
) -> None:
    found = worked(kind, content, OnlyRelease(release), tmp_path)
    assert (found.change.added, found.change.removed) == counts
    assert found.existed
    assert (found.release, found.counts, found.violations) == (0, None, 0)


def test_blank_nodes_are_named_alike_by_every_process(release: Snapshot, tmp_path: Path) -> None:
    content = b"[] <p> [ <q> [], [] ], ( 1 2 ) . _:a <p> _:b ."
    first, second = (worked("add", content, OnlyRelease(release), tmp_path) for _ in range(2))
    assert first.change == second.change
    other = worked("add", content + b" ", OnlyRelease(release), tmp_path)
    assert not set(first.change.adds.splitlines()) & set(other.change.adds.splitlines())


def test_a_release_that_was_put_away_gives_way_to_the_next(
    release: Snapshot, tmp_path: Path
) -> None:
    gone = Snapshot(tmp_path / "gone", release.stamp)
    found = worked("remove", b"", Succession(iter([gone, release])), tmp_path)
    assert found.change.removed == 1
    with pytest.raises(ValidationFailed):
        worked("remove", b"", OnlyRelease(gone), tmp_path)


def test_who_takes_too_long_is_stopped(release: Snapshot, tmp_path: Path) -> None:
    hurried = editor(OnlyRelease(release), tmp_path, Limits(seconds=0.01))
    with pytest.raises(ValidationTimeout):
        asyncio.run(work_out(hurried, Edit("remove", GRAPH)))
