"""Where the ledger of a test stands: in a SQLite file, or in PostgreSQL where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ledger.drafts import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty ledger stands, or will."""
    if request.param == "sqlite":
        return tmp_path / "state" / "ledger" / "ledger.sqlite"
    return str(request.getfixturevalue("url"))
