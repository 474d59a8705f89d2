"""A real service that is written to: a ledger, a publisher, tokens, processes; no server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from jalon.errors import NotReady, PublicationPending
from jalon.ledger.audit import OPERATOR, AuditLine
from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import PLACE, Ledger
from jalon.ledger.tokens import TokenRecord
from jalon.services.asking import Asking
from jalon.services.graphs import Graphs
from jalon.services.health import Health, Served
from jalon.services.linked_data import LinkedData
from jalon.services.questions import Questions
from jalon.services.rights import Rights, Scope
from jalon.services.validation import Validation
from jalon.services.writing import Policy, Writing
from jalon.store import site
from jalon.store.intake import Proposal
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.publisher import Publisher
from jalon.store.workshop import Workshop
from jalon.validation.editor import Editor
from jalon.validation.inspector import Inspector
from jalon.validation.translation import rdflib_graph
from jalon.web.app import Services, create_app
from web.service import BASE, NO_QUESTIONS, RULES, SMALL, Site, Tuning

ONE_YEAR = Path(__file__).with_name("one-year.nq")
PATH = "/rdf-graph-store"
EDITORIAL = "graph/editorial"
NEW = "graph/submitted/new"
TURTLE = "text/turtle"
TRIPLES = "application/n-triples"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A second passes whenever it is looked at."""

    _seconds: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=next(self._seconds))


@dataclass(frozen=True, slots=True)
class Writable:
    """A site whose graphs can be written; every request runs on its one event loop."""

    site: Site
    publisher: Publisher
    ledger: Ledger
    writing: Writing
    token: str

    @property
    def rights(self) -> Rights:
        return self.writing.rights

    @property
    def admin(self) -> TokenRecord:
        """What is kept of the token."""
        return self.rights.list()[0]

    @property
    def head(self) -> int:
        """The number of the newest commit in the ledger."""
        return self.ledger.head().number

    def newest(self) -> Commit:
        return self.ledger.commit(self.head)

    def audited(self) -> list[AuditLine]:
        return [line for line in self.ledger.audit.lines() if line.token != OPERATOR]

    async def send(
        self, method: str, graph: str | None, content: bytes | None = None, **options: Any
    ) -> httpx.Response:
        """A request with the token of an admin, of Turtle unless its headers say otherwise."""
        said: Mapping[str, str] = options.pop("headers", {})
        headers = {"Authorization": f"Bearer {self.token}", **said}
        if content is not None:
            headers = {"Content-Type": TURTLE, **headers}
        params = {} if graph is None else {"graph": graph}
        asked = {"params": {**params, **options.pop("params", {})}, "headers": headers, **options}
        return await self.site.request(method, PATH, content=content, **asked)

    def ask(
        self, method: str, graph: str | None, content: bytes | None = None, **options: Any
    ) -> httpx.Response:
        return self.site.run(self.send(method, graph, content, **options))

    def read(self, graph: str, accept: str = TRIPLES, **params: str) -> Graph:
        """A graph as anybody reads it."""
        asked = {"graph": graph, **params}
        return graph_of(self.site.ask("GET", PATH, params=asked, headers={"Accept": accept}))


@contextmanager
def open_writable(
    folder: Path,
    policy: Policy | None = None,
    tuning: Tuning | None = None,
    patience: float = 30.0,
) -> Iterator[Writable]:
    """A writable site for one test, which begins with small.nq and the rules of rules.nq.

    ``patience`` is how many seconds a write waits until it can be asked.
    """
    tuning, policy = tuning or Tuning(), policy or Policy()
    answers, clock = folder / "answers", Clock()
    ledger = Ledger.open(folder / PLACE, clock)
    place = site.Site(folder, BASE, own=policy.own, patience=patience)
    publisher = Publisher(place, ledger)
    rights = Rights(ledger, clock)
    with asyncio.Runner() as runner:
        workshop = Workshop(tuning.crew)
        store = OxigraphStore(publisher, Workplace(spool=answers, isolated=False), workshop)
        try:
            runner.run(_begin(publisher))
            questions = Questions(store, tuning.limits, tuning.outline)
            inspector = _inspector(publisher, workshop, answers, tuning)
            editor = Editor(inspector, publisher.workroom, policy.own)
            writing = Writing(publisher, editor, rights, Graphs(questions, publisher), policy)
            token, _ = rights.create("admin", [Scope.ADMIN])
            opened = Site(_app(store, writing, tuning), store, runner)
            yield Writable(opened, publisher, ledger, writing, token)
        finally:
            runner.run(store.close())
            runner.run(publisher.close())
            ledger.close()


async def _begin(publisher: Publisher) -> None:
    await publisher.open()
    lines = [line for path in (SMALL, RULES, ONE_YEAR) for line in path.read_bytes().splitlines()]
    with suppress(PublicationPending):
        await publisher.commit(Proposal(ChangeSet.of(lines), "operator", "begins", "test"))
    while True:
        with suppress(NotReady):
            assert publisher.current.stamp.number == 1
            return
        await asyncio.sleep(0.01)


def _inspector(publisher: Publisher, workshop: Workshop, spool: Path, tuning: Tuning) -> Inspector:
    return Inspector(
        releases=publisher,
        engine=tuning.engine,
        workshop=workshop,
        spool=spool,
        isolated=tuning.isolated,
        limits=tuning.limits,
    )


def _app(store: OxigraphStore, writing: Writing, tuning: Tuning) -> FastAPI:
    services = Services(
        questions=writing.graphs.questions,
        health=Health(store, Served("test:small", "1.0.0", writing.publisher)),
        validation=Validation(writing.editor.inspector),
        linked_data=LinkedData(Asking(store, tuning.limits), tuning.publication, writing.publisher),
        saved=NO_QUESTIONS,
        writing=writing,
    )
    return create_app(services, store.close, tuning.bodies, tuning.public_url)


def graph_of(response: httpx.Response) -> Graph:
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    return rdflib_graph(parse(response.content, RdfFormat.from_media_type(media_type)))


def turtle(text: str, base: str = BASE) -> Graph:
    return rdflib_graph(parse(text.encode(), RdfFormat.TURTLE, base_iri=base))


def assert_same(found: Graph, expected: Graph) -> None:
    only_found, only_expected = found - expected, expected - found
    assert isomorphic(found, expected), f"{list(only_found)} instead of {list(only_expected)}"


def one(number: int) -> bytes:
    """A document of one triple."""
    return f"<thing> <{BASE}number> {number} .".encode()


def numbers(graph: Graph) -> set[int]:
    """Of which such documents a graph is made."""
    return {int(str(value)) for value in graph.objects(None, URIRef(f"{BASE}number"))}


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, response.json()["code"]
