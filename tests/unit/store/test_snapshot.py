from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Store

from jalon.errors import NotReady
from jalon.store.snapshot import Source, open_snapshot

BASE = "http://example.org/"
LINE = b'<http://s> <http://p> "%d" <http://example.org/graph/%s> .\n'
QUADS = LINE % (1, b"editorial") + LINE % (1, b"external") + LINE % (2, b"shapes")


class _Content:
    """Quads that count how often they are read."""

    def __init__(self, quads: bytes = QUADS) -> None:
        self.reads = 0
        self._quads = quads

    def source(self, digest: str = "a") -> Source:
        return Source(digest, BASE, self._read)

    def _read(self) -> bytes:
        self.reads += 1
        return self._quads


def test_a_snapshot_holds_the_graphs_and_the_shown_graph(tmp_path: Path) -> None:
    snapshot = open_snapshot(tmp_path, _Content().source())
    assert (snapshot.stamp.quads, snapshot.stamp.shown) == (3, 1)
    store = Store.read_only(str(snapshot.checkpoint))
    assert len(list(store.quads_for_pattern(None, None, None, DefaultGraph()))) == 1
    assert len(list(store.named_graphs())) == 3


def test_a_complete_snapshot_is_used_again(tmp_path: Path) -> None:
    content = _Content()
    first = open_snapshot(tmp_path, content.source())
    assert open_snapshot(tmp_path, content.source()) == first
    assert content.reads == 1


def test_other_content_gets_a_snapshot_of_its_own(tmp_path: Path) -> None:
    first = open_snapshot(tmp_path, _Content().source("a"))
    second = open_snapshot(tmp_path, _Content().source("b"))
    assert first.checkpoint != second.checkpoint
    assert first.checkpoint.exists()


@pytest.mark.parametrize("stamp", ["", "{}", '{"digest": "a"}', "[]"])
def test_a_snapshot_with_a_broken_stamp_is_built_again(tmp_path: Path, stamp: str) -> None:
    content = _Content()
    snapshot = open_snapshot(tmp_path, content.source())
    snapshot.checkpoint.with_name("snapshot.json").write_text(stamp, encoding="utf-8")
    assert open_snapshot(tmp_path, content.source()) == snapshot
    assert content.reads == 2


def test_what_an_interrupted_build_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "building-left"
    left.mkdir()
    (left / "file").touch()
    open_snapshot(tmp_path, _Content().source())
    assert not left.exists()


def test_a_failed_build_leaves_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError):
        open_snapshot(tmp_path, _Content(b"not quads").source())
    assert not (tmp_path / "a").exists()
    assert open_snapshot(tmp_path, _Content().source()).stamp.quads == 3


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file", encoding="utf-8")
    with pytest.raises(NotReady):
        open_snapshot(tmp_path / "index", _Content().source())
