"""A real service with a history: the tiny pack, a ledger, a publisher, processes; no server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI
from pyoxigraph import DefaultGraph, Quad, Store

from jalon.build import Content, ledger_of, open_service, pack_of, publishing, questions_of
from jalon.build.looking_back import past_of
from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import Ledger
from jalon.services.differences import SLICE
from jalon.services.linked_data import LinkedData
from jalon.settings import read_settings
from jalon.store.intake import Outcome, Proposal
from jalon.store.publisher import Publisher
from jalon.store.snapshot import Snapshot
from jalon.terms import CATALOGUE_GRAPH, ENTAILED_GRAPH
from web.reading import Page, faults_of, read
from web.service import Site

TINY = Path(__file__).parents[1] / "packs" / "tiny"
BASE = "https://example.org/plan/"
MEASURE = f"<{BASE}id/measure/lend-tools>"
NEW = f"<{BASE}id/measure/lend-seeds>"
A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
XSD = "http://www.w3.org/2001/XMLSchema#"
DEF = "https://w3id.org/jalon/def#"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}'
SOURCE, EDITORIAL, SUBMITTED = "source/notice", "editorial", "submitted/library"


@dataclass(frozen=True, slots=True)
class Released:
    """The site, and the publisher by which releases are made; release 1 is that of the pack."""

    site: Site
    publisher: Publisher
    ledger: Ledger
    linked_data: LinkedData

    def commit(self, adds: Iterable[str] = (), removes: Iterable[str] = (), **said: str) -> Outcome:
        return self.site.run(self.publisher.commit(proposal(adds, removes, **said)))

    def get(self, path: str, accept: str = "*/*", **headers: str) -> httpx.Response:
        return self.site.ask("GET", path, headers={"Accept": accept, **headers})

    def page(self, path: str) -> httpx.Response:
        return self.get(path, "text/html")

    def quads(self, number: int) -> set[Quad]:
        """The asserted quads of a release, as its index has them."""
        return quads_of(self.site.run(self.publisher.at(number)))


def proposal(adds: Iterable[str] = (), removes: Iterable[str] = (), **said: str) -> Proposal:
    change = ChangeSet.of((each.encode() for each in adds), (each.encode() for each in removes))
    return Proposal(
        change, said.get("author", "a1"), said.get("message", "changes"), said.get("source", "test")
    )


def line(thing: str, predicate: str, value: str, graph: str = EDITORIAL) -> str:
    return f"{thing} {predicate} {value} <{BASE}graph/{graph}> ."


def quads_of(snapshot: Snapshot) -> set[Quad]:
    derived = {"", *(snapshot.stamp.base + name for name in (ENTAILED_GRAPH, CATALOGUE_GRAPH))}
    store = Store.read_only(str(snapshot.checkpoint))
    return {quad for quad in store if getattr(quad.graph_name, "value", "") not in derived}


def shown_of(snapshot: Snapshot) -> set[Quad]:
    store = Store.read_only(str(snapshot.checkpoint))
    return set(store.quads_for_pattern(None, None, None, DefaultGraph()))


@contextmanager
def open_released(folder: Path, pack_folder: Path = TINY) -> Iterator[Released]:
    """A site for a test, or for a module of them; every request runs on its one event loop."""
    settings = read_settings(data_dir=folder, pack=pack_folder, reasoner="none")
    pack = pack_of(settings)
    with asyncio.Runner() as runner, ExitStack() as opened:
        made = publishing(settings, pack)
        publisher = runner.run(made.__aenter__())
        opened.callback(lambda: runner.run(made.__aexit__(None, None, None)))
        content = Content(pack, questions_of(pack), publisher)
        service = open_service(settings, content, isolated=False)
        opened.callback(lambda: runner.run(service.store.close()))
        past = opened.enter_context(past_of(settings, publisher))
        ledger = opened.enter_context(closing(ledger_of(settings)))

        async def app() -> FastAPI:
            return service.app(past=past)

        site = Site(runner.run(app()), service.store, runner)
        yield Released(site, publisher, ledger, service.linked_data)


def tell(opened: Released) -> None:
    """Release 2 renames a measure and adds one; 3 takes that away again and has the stated name
    give way to another; 4 adds it anew, 5 means harm, 6 adds much."""
    person = opened.ledger.add_author("Ada Lovelace")
    named = [line(NEW, LABEL, '"Lend seeds"@en'), line(NEW, A, f"<{DEF}Measure>")]
    french = line(MEASURE, LABEL, '"Prêter des outils autant que des livres"@fr')
    renamed = line(MEASURE, LABEL, '"Prêter des outils"@fr')
    opened.commit([*named, renamed], [french], author=person, message="A shorter title")
    note = f"<{BASE}id/note/title>"
    opened.commit(
        [
            line(note, f"<{DEF}about>", MEASURE, SUBMITTED),
            line(note, f"<{DEF}aboutProperty>", LABEL, SUBMITTED),
            line(note, f"<{DEF}supersedes>", f"<{BASE}graph/{SOURCE}>", SUBMITTED),
            line(MEASURE, LABEL, '"Lend tools"@en', SUBMITTED),
            line(f"<{BASE}id/organisation/library>", LABEL, '"Village library"@en', SUBMITTED),
        ],
        named,
        source="http:graph-store",
    )
    opened.commit(named, message=HOSTILE, author=HOSTILE, source=HOSTILE)
    evil = f"<{BASE}id/measure/evil>"
    opened.commit(
        [
            line(evil, LABEL, json.dumps(HOSTILE)),
            line(evil, "<javascript:alert(3)>", "<javascript:alert(4)>"),
            line("_:b1", LABEL, '"x"@en'),
            f"{evil} {LABEL} {json.dumps(HOSTILE)} <{BASE}graph/submitted/%22%3E> .",
            line(evil, f"<{DEF}position>", f'"7"^^<{XSD}integer>'),
        ]
    )
    many = (f"<{BASE}id/measure/m{number}>" for number in range(3 * SLICE))
    opened.commit(line(each, LABEL, '"again"@en') for each in many)


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def whole(response: httpx.Response, language: str) -> Page:
    """A page without a fault, in which data has become no markup."""
    assert response.status_code == 200, response.text
    found = read(response.text)
    assert faults_of(found, language) == []
    assert [each.get("src") for each in found.all("img")] == ["/static/mark.svg"]
    assert not [each for each in found.elements if "javascript:" in str(each.attributes.values())]
    return found


def links_of(response: httpx.Response) -> dict[str, str]:
    """The first target of each relation."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', response.headers["link"])
    return {relation: target for target, relation in reversed(found)}
