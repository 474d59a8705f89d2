"""The releases of a service, seen by who looks back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from jalon.build.content import data_dir, ledger_of
from jalon.services.differences import Differences, Past
from jalon.services.history import History
from jalon.settings import Settings
from jalon.store.publisher import Publisher
from jalon.store.shelf import Shelf


@contextmanager
def past_of(settings: Settings, publisher: Publisher) -> Iterator[Past]:
    """What this publisher has made. Raises as Ledger.open."""
    # Connections of its own, which write nothing: who looks back holds up no commit.
    with closing(ledger_of(settings, read_only=True)) as ledger:
        shelf = Shelf(data_dir(settings) / "releases")
        yield Past(History(ledger, shelf, publisher), Differences(ledger))
