from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.store.snapshot import Snapshot
from web.service import SMALL, Site, open_site, snapshot_of


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_of(SMALL, tmp_path_factory.mktemp("index"))


@pytest.fixture
def site(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path) as opened:
        yield opened
