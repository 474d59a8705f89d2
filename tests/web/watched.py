"""The service as it is put together for serving, with its ledger and all that watches over it."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from jalon.build import Content, open_service, pack_of, publishing, questions_of
from jalon.ledger.commits import ChangeSet, Draft
from jalon.logs import logging_to
from jalon.services.health import Health, Writes
from jalon.settings import read_settings
from jalon.store.intake import Proposal
from jalon.store.publisher import Publisher
from web.service import Site

TINY = Path(__file__).parents[1] / "packs" / "tiny"
EDITORIAL = "https://example.org/plan/graph/editorial"

WAIT_SECONDS = 60
CLIENT = "httpx"
"""Who asks logs in the same process."""

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True)
class Watched:
    site: Site
    publisher: Publisher
    health: Health

    def series(self) -> Series:
        """Every series of /metrics by its name and labels."""
        response = self.site.ask("GET", "/metrics")
        assert response.status_code == 200
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.series().get((name, frozenset(labels.items())), 0.0)

    def until(self, happened: Callable[[], bool]) -> bool:
        """Whether something happens that must happen soon."""
        over = time.monotonic() + WAIT_SECONDS
        while not happened() and time.monotonic() < over:
            self.site.run(asyncio.sleep(0.05))
        return happened()

    def commit(self, number: int) -> int:
        proposal = Proposal(ChangeSet.of([_line(number)]), "a", "adds", "test")
        return self.site.run(self.publisher.commit(proposal)).release


@contextmanager
def open_watched(folder: Path, patience: float | None = None, **said: object) -> Iterator[Watched]:
    """A service for a test, or for a module of them; every request runs on its one event loop."""
    settings = read_settings(data_dir=folder, pack=TINY, reasoner="none", **said)
    pack = pack_of(settings)
    with asyncio.Runner() as runner, ExitStack() as opened:
        made = publishing(settings, pack)
        publisher = runner.run(made.__aenter__())
        opened.callback(lambda: runner.run(made.__aexit__(None, None, None)))
        content = Content(pack, questions_of(pack), publisher, publisher)
        service = open_service(settings, content, isolated=False)
        opened.callback(lambda: runner.run(service.store.close()))
        if patience is not None:
            writes = Writes(publisher, patience)
            service = replace(service, health=Health(service.store, service.health.served, writes))

        async def app() -> Site:
            return Site(service.app(), service.store, runner)

        yield Watched(runner.run(app()), publisher, service.health)


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """What the service logs meanwhile, as it is written for machines: there when this has ended."""
    stream, lines = io.StringIO(), list[dict[str, Any]]()
    with logging_to(stream):
        yield lines
    said = (json.loads(line) for line in stream.getvalue().splitlines())
    lines += [line for line in said if line["logger"] != CLIENT]


def draft(number: int) -> Draft:
    """A commit that nobody publishes, because the publisher does not know of it."""
    change = ChangeSet.of([_line(number)])
    return Draft(change, "a", "adds", "test", "", "none", "test")


def _line(number: int) -> bytes:
    thing = f"https://example.org/plan/id/thing/{number}"
    return f'<{thing}> <{thing}#p> "{number}" <{EDITORIAL}> .'.encode()
