"""One contract for every engine: what it answers is what the embedded one does."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from bench.peers import NotInstalled
from contract.asked import JSON, NTRIPLES, Case, ask, cases, comparable, difference
from contract.engines import ENGINES, Engine, running
from faults.harness import NOT_LISTED, PATIENCE, Plan, Service, can_watch, served
from jalon.content.locate import find_pack

BASE = "https://w3id.org/jalon/"
GRAPH = f"{BASE}graph/submitted/contract"
OTHER = f"{BASE}graph/submitted/other"
EXCEPTIONS = tomllib.loads((Path(__file__).parent / "exceptions.toml").read_text(encoding="utf-8"))
SETTINGS = {
    "JALON_PACK": str(find_pack(None)),
    "JALON_REASONER": "rules",
    "JALON_VALIDATE_UPDATES": "false",
    "JALON_QUERY_SECONDS": "5",
    "JALON_LOG": "text",
}
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)


@dataclass(slots=True)
class Both:
    """The same content served with an engine, and without; written to alike."""

    engine: Engine
    remote: Service
    embedded: Service
    tokens: dict[str, str]
    counts: Counter[str]
    running: ExitStack

    @contextmanager
    def instead(self, plan: Plan) -> Iterator[Service]:
        """Another service with the engine; in the end ours has it again, as every test finds it."""
        own = self.remote.plan
        self._serve(plan)
        try:
            yield self.remote
        finally:
            self._serve(own)

    def _serve(self, plan: Plan) -> None:
        self.running.close()
        self.remote = self.running.enter_context(served(plan))
        self.until_mirrored()

    def update(self, text: str) -> None:
        """Makes an update in both, which have the same releases then."""
        for service in (self.embedded, self.remote):
            token = self.tokens[str(service.plan.folder)]
            answer = httpx.post(
                f"{service.url}/update",
                content=text,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/sparql-update",
                },
                timeout=PATIENCE,
            )
            assert answer.status_code == 204, answer.text

    def by_engine(self) -> int:
        """How many answers the engine has given."""
        return len(re.findall("lane=engine", self.remote.said()))

    def until_mirrored(self) -> None:
        """Waits until the engine has the newest release."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ready = httpx.get(f"{self.remote.url}/health/ready", timeout=PATIENCE).json()
            if "release" in ready and ready["engine"].get("release") == ready["release"]:
                return
            time.sleep(0.1)
        raise AssertionError(ready)


def token_of(plan: Plan) -> str:
    command = [sys.executable, "-m", "jalon", "token", "create", "--scope", "admin"]
    done = subprocess.run(command, env=plan.environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(running(request.param, folder))
        except NotInstalled as error:
            pytest.skip(str(error))
        remote = Plan(folder / "remote", {**SETTINGS, "JALON_STORE": engine.url})
        embedded = Plan(folder / "embedded", SETTINGS)
        running_remote = stack.enter_context(ExitStack())
        services = [
            running_remote.enter_context(served(remote)),
            stack.enter_context(served(embedded)),
        ]
        tokens = {str(plan.folder): token_of(plan) for plan in (remote, embedded)}
        made = Both(engine, services[0], services[1], tokens, Counter(), running_remote)
        made.update(
            f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/x/1> {LABEL} "un"@fr, "one"@en . '
            f'_:b {LABEL} "blank" ; <{BASE}p> _:c . _:c <{BASE}p> 1.50, 3 . }} }}'
        )
        made.until_mirrored()
        yield made
        sys.stderr.write(f"\n{engine.name}: {dict(made.counts)}\n")


def differ(both: Both, case: Case) -> str:
    """What is different in the two answers; empty where nothing is."""
    before = both.by_engine()
    found, expected = ask(both.remote.url, case), ask(both.embedded.url, case)
    both.counts["by the engine" if both.by_engine() > before else "by the embedded index"] += 1
    return difference(comparable(found), comparable(expected))


@pytest.mark.parametrize("case", cases(BASE), ids=lambda case: case.name)
def test_an_answer_is_that_of_the_embedded_index(both: Both, case: Case) -> None:
    known = EXCEPTIONS[both.engine.name].get(case.name)
    found = differ(both, case)
    both.counts["differ" if found else "same"] += 1
    if known is None:
        assert not found
    else:
        assert found, f"{case.name} is listed as an exception ({known}), and is none"


def test_most_answers_come_from_the_engine(both: Both) -> None:
    before = both.by_engine()
    for case in cases(BASE):
        both.counts["asked"] += 1
        # What was asked already is kept, and the engine not asked for it again.
        ask(both.remote.url, replace(case, text=f"{case.text}\n# of the engine"))
    assert both.by_engine() > before + 15


def test_the_questions_of_the_pack_are_answered_alike(both: Both) -> None:
    names = [path.stem for path in find_pack(None).glob("queries/*.rq")]
    assert names
    wrong = set()
    for name in names:
        answers = [
            httpx.get(f"{each.url}/queries/{name}", headers={"Accept": JSON}, timeout=PATIENCE)
            for each in (both.remote, both.embedded)
        ]
        if comparable(answers[0]) != comparable(answers[1]):
            wrong.add(name)
        both.counts["questions"] += 1
    expected = EXCEPTIONS[both.engine.name].keys() & set(names)
    assert wrong == expected, f"differ, or do not any more: {sorted(wrong ^ expected)}"


def test_what_is_written_is_answered_at_once(both: Both) -> None:
    same = Case("written", f"SELECT ?s ?o {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}")
    shown = Case("shown", f"SELECT ?o {{ ?s {LABEL} ?o }}")
    updates = [
        f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/x/2> {LABEL} "deux" }} }}',
        f'DELETE DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/x/1> {LABEL} "one"@en }} }}',
        f'INSERT DATA {{ GRAPH <{OTHER}> {{ <{BASE}id/x/2> {LABEL} "deux" }} }}',
        f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ <{BASE}id/x/2> ?p ?o }} }}",
        f"CLEAR GRAPH <{OTHER}>",
        f"INSERT {{ GRAPH <{GRAPH}> {{ ?s <{BASE}q> ?n }} }} WHERE "
        f"{{ GRAPH <{BASE}graph/shapes> {{ ?s ?p ?o }} BIND(STR(?p) AS ?n) }}",
    ]
    for text in updates:
        both.update(text)
        assert not differ(both, same)
        assert not differ(both, shown)


def everything(service: Service) -> Counter[str]:
    """All quads of a service, as they are shown and by graph."""
    found: Counter[str] = Counter()
    for text in ("SELECT ?s ?p ?o { ?s ?p ?o }", "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"):
        answer = comparable(ask(service.url, Case("all", text)))
        assert isinstance(answer, tuple)
        found.update({str(sorted(row)): count for row, count in answer[1].items()})
    return Counter(
        {row: n for row, n in found.items() if "/mirrors" not in row and "time" not in row}
    )


@pytest.mark.parametrize("lost", ["killed", "emptied"])
def test_an_engine_that_was_away_has_everything_once(both: Both, lost: str) -> None:
    both.engine.kill()
    for number in range(3):
        both.update(
            f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}id/{lost}/{number}> {LABEL} "{number}" }} }}'
        )
        both.update(f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ <{BASE}id/{lost}/1> ?p ?o }} }}")
    case = Case("away", f"SELECT ?s {{ GRAPH <{GRAPH}> {{ ?s {LABEL} ?o }} }}")
    assert not differ(both, case), "while it is away"
    degraded = httpx.get(f"{both.remote.url}/health/ready", timeout=PATIENCE).json()
    assert degraded["status"] == "degraded"
    assert degraded["engine"]["obstacle"]
    if lost == "emptied":
        both.engine.empty()
    both.engine.start()
    both.until_mirrored()
    before = both.by_engine()
    assert ask(both.remote.url, case).is_success
    found, expected = everything(both.remote), everything(both.embedded)
    assert both.by_engine() > before
    assert len(found - expected) == len(expected - found)
    assert {row for row in found if GRAPH in row} == {row for row in expected if GRAPH in row}


def test_a_mirror_of_another_ledger_is_loaded_anew(both: Both, tmp_path: Path) -> None:
    plan = Plan(tmp_path / "another", {**SETTINGS, "JALON_STORE": both.engine.url})
    with both.instead(plan) as another:
        found = ask(another.url, Case("none", f"ASK {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"))
        assert found.json()["boolean"] is False


def test_without_a_fallback_nothing_is_answered_while_the_engine_is_away(both: Both) -> None:
    more = {**both.remote.plan.more, "JALON_STORE_FALLBACK": "false"}
    case = Case("any", "ASK { ?s ?p ?o }")
    with both.instead(Plan(both.remote.plan.folder, more)) as again:
        assert ask(again.url, case).json()["boolean"] is True
        both.engine.kill()
        # What is kept is answered all the same.
        away = ask(again.url, Case("another", "ASK { ?a ?b ?c }"))
        assert (away.status_code, away.json()["code"]) == (503, "not-ready")
        assert httpx.get(f"{again.url}/health/ready", timeout=PATIENCE).status_code == 503
        both.engine.start()
        both.until_mirrored()
        assert ask(again.url, Case("a third", "ASK { ?d ?e ?f }")).is_success


def test_a_query_that_takes_too_long_is_stopped_and_others_are_answered(both: Both) -> None:
    heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
    stopped = ask(both.remote.url, Case("heavy", heavy))
    assert (stopped.status_code, stopped.json()["code"]) == (503, "query-timeout")
    few = ask(both.remote.url, Case("few", "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c }", NTRIPLES))
    assert few.is_success
