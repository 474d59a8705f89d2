"""A real service over a small dataset, asked without a network: real workers, no server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from jalon.services.asking import Asking
from jalon.services.health import Health, Served
from jalon.services.linked_data import LinkedData
from jalon.services.publication import Publication
from jalon.services.questions import Questions
from jalon.services.saved import SavedQuestions
from jalon.services.validation import Validation
from jalon.store.lanes import Staffing
from jalon.store.outline import OutlineLimits
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import MEGABYTE, Limits, Protections
from jalon.store.releases import OnlyRelease, Releases
from jalon.store.snapshot import Snapshot
from jalon.store.spool import SHARED_BYTES
from jalon.store.workshop import Crew, Workshop
from jalon.validation.inspector import Inspector
from jalon.validation.port import EngineName
from jalon.web.answers import AnswerBroken
from jalon.web.app import BodyLimits, Services, create_app
from web.making import snapshot_of

BASE = "http://example.org/"
TODAY = date(2026, 11, 21)
NO_QUESTIONS = SavedQuestions({}, BASE, {}, ("en", "fr"), lambda: TODAY)
Parameters = dict[str, list[str]]
Result = TypeVar("Result")
SMALL = Path(__file__).with_name("small.nq")
RULES = Path(__file__).with_name("rules.nq")


@dataclass(frozen=True, slots=True)
class Tuning:
    limits: Limits = field(default_factory=lambda: Limits(seconds=20))
    outline: OutlineLimits = field(default_factory=OutlineLimits)
    crew: Crew = field(default_factory=Crew)
    staffing: Staffing = field(default_factory=Staffing)
    cache_bytes: int = 64 * MEGABYTE
    shared_bytes: int = SHARED_BYTES
    memory_bytes: int = 1024 * MEGABYTE
    bodies: BodyLimits = field(default_factory=BodyLimits)
    isolated: bool = False
    pack: Path = RULES
    base: str = BASE
    engine: EngineName = "shacl"
    publication: Publication = field(default_factory=lambda: Publication("small", (BASE,), {}, {}))
    public_url: str | None = None
    saved: SavedQuestions = NO_QUESTIONS


class Site:
    """The application with its event loop; every request of a test runs on it."""

    def __init__(self, app: FastAPI, store: OxigraphStore, runner: asyncio.Runner) -> None:
        self.app = app
        self.store = store
        self._runner = runner

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.run(self.request(method, path, **options))

    def query(
        self, text: str, accept: str = "", parameters: Parameters | None = None
    ) -> httpx.Response:
        headers = {"Accept": accept} if accept else {}
        asked = {"query": text, **(parameters or {})}
        return self.ask("GET", "/sparql", params=asked, headers=headers)

    def rows(self, text: str, parameters: Parameters | None = None) -> list[list[str]]:
        """The rows of a SELECT as CSV shows them, without the header."""
        response = self.query(text, "text/csv", parameters)
        assert response.status_code == 200, response.text
        return [line.split(",") for line in response.text.splitlines()[1:]]

    async def request(
        self, method: str, path: str, *, client_host: str = "127.0.0.1", **options: Any
    ) -> httpx.Response:
        """Raises AnswerBroken where a server would break the connection: there is none."""
        broken: list[AnswerBroken] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await self.app(scope, receive, send)
            except AnswerBroken as error:
                broken.append(error)
                raise

        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(client_host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
            # httpx says */* by itself; a request without Accept is worth testing.
            del asking.headers["accept"]
            response = await asking.request(method, path, **options)
        if broken:
            raise broken[0]
        return response


@contextmanager
def open_site(snapshot: Snapshot, folder: Path, tuning: Tuning | None = None) -> Iterator[Site]:
    """A site for one test; at its end, no query process may be left."""
    app, store = compose(OnlyRelease(snapshot), folder, tuning or Tuning())
    with asyncio.Runner() as runner:
        try:
            yield Site(app, store, runner)
        finally:
            runner.run(store.close())


def compose(releases: Releases, folder: Path, tuning: Tuning) -> tuple[FastAPI, OxigraphStore]:
    """The application over some releases, and its store, which is to be closed."""
    workplace = Workplace(
        spool=folder,
        isolated=tuning.isolated,
        memory_bytes=tuning.memory_bytes,
        cache_bytes=tuning.cache_bytes,
        shared_bytes=tuning.shared_bytes,
        staffing=tuning.staffing,
    )
    workshop = Workshop(tuning.crew)
    store = OxigraphStore(releases, workplace, workshop)
    inspector = Inspector(
        releases=OnlyRelease(snapshot_of(tuning.pack.read_bytes(), tuning.base, folder)),
        engine=tuning.engine,
        workshop=workshop,
        spool=folder,
        isolated=tuning.isolated,
        limits=tuning.limits,
    )
    questions = Questions(store, tuning.limits, tuning.outline)
    health = Health(store, Served("test:small", "1.0.0", releases))
    linked_data = LinkedData(Asking(store, tuning.limits), tuning.publication, releases)
    services = Services(questions, health, Validation(inspector), linked_data, tuning.saved)
    return create_app(services, store.close, tuning.bodies, tuning.public_url), store


def network_left(site: Site) -> bool:
    """Whether query processes can leave the network on this machine."""
    held: Protections = site.run(site.store.protections())
    return held.network
