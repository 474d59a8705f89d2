from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.asking import NO_OUTLINE, PLENTY, assert_well
from jalon.store.snapshot import Snapshot
from web.service import BASE, Site, Tuning, open_site, snapshot_of


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Enough triples that a product of three patterns never ends."""
    folder = tmp_path_factory.mktemp("index")
    lines = (
        f'<{BASE}id/{number}> <{BASE}number> "{number}" <{BASE}graph/source/numbers> .\n'
        for number in range(3000)
    )
    numbers = folder / "numbers.nq"
    numbers.write_text("".join(lines), encoding="utf-8")
    return snapshot_of(numbers, folder / "index")


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
