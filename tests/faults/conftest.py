from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.asking import NO_OUTLINE, PLENTY, assert_well
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of
from web.service import BASE, Site, Tuning, open_site


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Enough triples that a product of three patterns never ends."""
    lines = (
        f'<{BASE}id/{number}> <{BASE}number> "{number}" <{BASE}graph/source/numbers> .\n'
        for number in range(3000)
    )
    return snapshot_of("".join(lines).encode(), BASE, tmp_path_factory.mktemp("index"))


@pytest.fixture
def guarded(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    with open_site(snapshot, tmp_path, Tuning(PLENTY)) as site:
        yield site
        assert_well(site)


@pytest.fixture
def unguarded(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    """The guard in front lets everything through: the process alone stands for the service."""
    with open_site(snapshot, tmp_path, Tuning(PLENTY, NO_OUTLINE)) as site:
        yield site
        assert_well(site)
