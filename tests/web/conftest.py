from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.content.locate import find_pack
from jalon.content.pack import read_pack
from jalon.reasoning.index import Index, open_index
from jalon.reasoning.reasoner import Reasoner
from jalon.store.snapshot import Snapshot, Source
from web.service import SMALL, Site, open_site, snapshot_of


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(SMALL, tmp_path_factory.mktemp("index"))


@pytest.fixture
def site(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def pack_index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The index of our pack with what follows from it: some seconds, once for all tests."""
    folder, pack = tmp_path_factory.mktemp("pack"), read_pack(find_pack(None))
    source = Source(pack.digest, pack.manifest.base, pack.nquads)
    return open_index(folder / "index", source, Reasoner(folder / "entailed"))
