from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.reasoning.reasoner import Reasoner
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of
from web.service import BASE, SMALL, Site, open_site
from web.writable import Writable, open_writable


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(SMALL.read_bytes(), BASE, tmp_path_factory.mktemp("index"))


@pytest.fixture
def site(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def pack_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Our pack with what follows from it: some seconds, once for all tests."""
    folder, pack = tmp_path_factory.mktemp("pack"), read_pack(find_pack(None))
    return snapshot_of(pack.nquads(), pack.manifest.base, folder, Reasoner(folder / "entailed"))


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[Writable]:
    with open_writable(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writable]:
    with open_writable(tmp_path_factory.mktemp("writable")) as opened:
        yield opened


@pytest.fixture
def untouched(shared_writable: Writable) -> Iterator[Writable]:
    """For tests that read, or are refused: nothing of them may be kept."""
    yield shared_writable
    assert shared_writable.head == 1
