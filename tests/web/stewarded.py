"""A real service of this project's own pack that is submitted to: ledger, tokens, processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pyoxigraph import Quad

from jalon.build import Content, open_service, pack_of, publishing, questions_of
from jalon.build.looking_back import past_of
from jalon.build.writing import stewardship_over, writing_over
from jalon.services.rights import Scope
from jalon.services.submissions import Stewardship
from jalon.settings import read_settings
from jalon.store.intake import Outcome
from jalon.store.publisher import Publisher
from web.released import proposal, quads_of
from web.service import Site

ROOT = Path(__file__).parents[2]
BASE = "https://w3id.org/jalon/"
DEF = f"{BASE}def#"
CALQ, SODEC = f"{BASE}id/organisation/calq", f"{BASE}id/organisation/sodec"
MEASURE = f"{BASE}id/measure/qdcp-120"
PREFIXES = f"""PREFIX : <{BASE}id/> PREFIX ap: <{DEF}> PREFIX org: <http://www.w3.org/ns/org#>
PREFIX measure: <{BASE}id/measure/> PREFIX organisation: <{BASE}id/organisation/>
PREFIX involvement: <{BASE}id/involvement/> PREFIX period: <{BASE}id/period/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
TURTLE = "text/turtle"


@dataclass(frozen=True, slots=True)
class Stewarded:
    """The site, with a token of who submits for CALQ, one of a reviewer, and one of SODEC."""

    site: Site
    publisher: Publisher
    stewardship: Stewardship
    calq: str
    sodec: str
    reviewer: str

    @property
    def newest(self) -> int:
        return self.publisher.head.number

    def ask(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return self.site.ask(method, path, headers=headers, **options)

    def submit(self, turtle: str, token: str = "", **options: Any) -> httpx.Response:
        headers = {"Content-Type": TURTLE, **options.pop("headers", {})}
        content = (PREFIXES + turtle).encode()
        return self.ask(
            "POST", "/submissions", token or self.calq, content=content, headers=headers, **options
        )

    def change(self, adds: str = "", removes: str = "", token: str = "") -> httpx.Response:
        parts = {"adds": adds, "removes": removes}
        files = {
            name: (f"{name}.ttl", (PREFIXES + text).encode(), TURTLE)
            for name, text in parts.items()
            if text
        }
        return self.ask("POST", "/submissions", token or self.calq, files=files)

    def decide(self, number: int, step: str, reason: str = "", token: str = "") -> httpx.Response:
        headers = {"Jalon-Message": reason.encode()} if reason else {}
        path = f"/submissions/{number}/{step}"
        return self.ask("POST", path, token or self.reviewer, headers=headers)

    def get(self, number: int, token: str = "") -> Any:
        return self.ask("GET", f"/submissions/{number}", token or self.reviewer).json()

    def publish(self, turtle: str, **options: Any) -> int:
        """The number of a submission that is approved."""
        made = submitted(self.submit(turtle, **options))
        assert made["state"] == "ready", made["report"]
        decided = self.decide(made["id"], "approve")
        assert decided.status_code == 200, decided.text
        return int(made["id"])

    def commit(self, adds: Sequence[str] = (), removes: Sequence[str] = ()) -> Outcome:
        return self.site.run(self.publisher.commit(proposal(adds, removes)))

    def quads(self, number: int | None = None) -> set[Quad]:
        """The asserted quads of a release, as its index has them."""
        return quads_of(self.site.run(self.publisher.at(number or self.newest)))

    def values(self, thing: str, said_of: str) -> set[str]:
        """What the newest release shows of a property of a thing."""
        text = f"SELECT ?value WHERE {{ <{thing}> <{said_of}> ?value }}"
        found = self.site.ask("GET", "/sparql", params={"query": text}).json()
        return {
            "@".join(filter(None, (row["value"]["value"], row["value"].get("xml:lang"))))
            for row in found["results"]["bindings"]
        }


def submitted(response: httpx.Response) -> Any:
    """A submission that is kept."""
    assert response.status_code == 201, response.text
    return response.json()


@contextmanager
def open_stewarded(folder: Path, **given: Any) -> Iterator[Stewarded]:
    """A site for a test, or a module of them; every request runs on its one event loop.

    ``given`` are settings.
    """
    settings = read_settings(**{"data_dir": folder, "pack": ROOT, "reasoner": "none", **given})
    pack = pack_of(settings)
    with asyncio.Runner() as runner, ExitStack() as opened:
        made = publishing(settings, pack)
        publisher = runner.run(made.__aenter__())
        opened.callback(lambda: runner.run(made.__aexit__(None, None, None)))
        content = Content(pack, questions_of(pack), publisher, publisher)
        service = open_service(settings, content, isolated=False)
        opened.callback(lambda: runner.run(service.store.close()))
        past = opened.enter_context(past_of(settings, publisher))
        writing = opened.enter_context(writing_over(settings, service, publisher))
        stewardship = opened.enter_context(stewardship_over(settings, service, writing))

        async def app() -> FastAPI:
            return service.app(writing, past, stewardship)

        site = Site(runner.run(app()), service.store, runner)
        rights = writing.rights
        calq, _ = rights.create("Ana Roy", [Scope.SUBMIT], organisations=["calq"])
        sodec, _ = rights.create("Luc Côté", [Scope.SUBMIT], organisations=["sodec"])
        reviewer, _ = rights.create("Eva Gagnon", [Scope.REVIEW])
        yield Stewarded(site, publisher, stewardship, calq, sodec, reviewer)
