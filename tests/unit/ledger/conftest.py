"""Where the ledger of a test stands: in a SQLite file, or in PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from postgresql import Server, programs, server
from unit.ledger.drafts import Place, filled

TEMPLATE = "ledger"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server with an empty ledger to copy."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: neither in PATH nor in /usr/lib/postgresql")
    with server(found) as running:
        running.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        filled(running.url(TEMPLATE), 0)
        yield running


@pytest.fixture
def url(postgresql: Server) -> Iterator[str]:
    """The address of an empty ledger in PostgreSQL."""
    with postgresql.database(TEMPLATE) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty ledger stands, or will."""
    if request.param == "sqlite":
        return tmp_path / "state" / "ledger" / "ledger.sqlite"
    return str(request.getfixturevalue("url"))
