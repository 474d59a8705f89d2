"""What follows is asked along with what is shown, as one set, unless the request says otherwise.

The plan of ``parts.nq`` has an entry with a milestone. It follows that the milestone is part of the
plan; that the entry has the milestone as a part, and the plan both; and the same in DCMI's words:
1 + 2 + 3 triples, because that the plan has the entry as a part is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jalon.reasoning.reasoner import Reasoner, ReasoningLimits
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of
from web.service import BASE, Site, open_site

SHOWN = 9
ENTAILED = 6
GRAPH = f"{BASE}graph/entailed"
REPORT = f"{BASE}graph/source/report"
PREFIX = f"PREFIX : <{BASE}def#> PREFIX id: <{BASE}id/> "
COUNT = "SELECT (COUNT(*) AS ?n) {} {{ ?s ?p ?o }}"
WITHOUT = {"entailed": ["false"]}

QUERIES = {
    "every triple": COUNT.format(""),
    "every triple of named graphs": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "graphs": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g",
    "parts": PREFIX + "SELECT ?part { ?part :partOf id:plan } ORDER BY ?part",
    "the graph of what follows": f"ASK {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}",
    "description": PREFIX + "CONSTRUCT { id:milestone ?p ?o } WHERE { id:milestone ?p ?o }",
}


def parts(folder: Path, reasoner: Reasoner | None = None) -> Snapshot:
    path = Path(__file__).with_name("parts.nq")
    return snapshot_of(path.read_bytes(), BASE, folder, reasoner)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def reasoned(folder: Path) -> Iterator[Site]:
    with open_site(parts(folder, Reasoner(folder / "entailed")), folder / "reasoned") as site:
        yield site


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[Site]:
    with open_site(parts(folder), folder / "plain") as site:
        yield site


def number(site: Site, text: str, **parameters: list[str]) -> int:
    [[found]] = site.rows(PREFIX + text, parameters)
    return int(found)


def test_what_is_shown_and_what_follows_are_asked_together(reasoned: Site) -> None:
    assert number(reasoned, COUNT.format("")) == SHOWN + ENTAILED
    assert number(reasoned, COUNT.format(""), entailed=["true"]) == SHOWN + ENTAILED
    assert number(reasoned, COUNT.format(""), entailed=["false"]) == SHOWN


def test_every_triple_is_there_once(reasoned: Site) -> None:
    repeated = "SELECT ?s ?p ?o { ?s ?p ?o } GROUP BY ?s ?p ?o HAVING (COUNT(*) > 1)"
    assert reasoned.rows(repeated) == []
    said = f"GRAPH <{GRAPH}> {{ ?s ?p ?o }} GRAPH ?g {{ ?s ?p ?o }} FILTER (?g != <{GRAPH}>)"
    assert number(reasoned, f"SELECT (COUNT(*) AS ?n) {{ {said} }}") == 0


def test_what_follows_has_a_graph_of_its_own(reasoned: Site) -> None:
    counted = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    assert number(reasoned, counted) == ENTAILED
    assert number(reasoned, counted, entailed=["false"]) == 0


@pytest.mark.parametrize(
    ("pattern", "found", "without"),
    [
        ("?part :partOf id:plan", 2, 1),
        ("?part :partOf+ id:plan", 2, 2),
        ("id:plan :hasPart/:hasPart ?part", 1, 0),
        ("?part ^:hasPart id:plan . ?part :partOf/:budget ?budget", 2, 1),
        (
            "?part :partOf id:plan . id:plan :budget ?budget . FILTER EXISTS { ?part :partOf ?x }",
            2,
            1,
        ),
        ("?part :partOf ?whole . FILTER NOT EXISTS { ?whole :hasPart ?part }", 0, 1),
        ("{ ?part :partOf ?whole } MINUS { ?whole :hasPart ?part }", 0, 1),
        ("SELECT ?whole { ?part :partOf ?whole } GROUP BY ?whole", 2, 2),
    ],
)
def test_patterns_match_over_both(reasoned: Site, pattern: str, found: int, without: int) -> None:
    text = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
    assert number(reasoned, text) == found
    assert number(reasoned, text, entailed=["false"]) == without


def test_sums_and_groups_count_each_triple_once(reasoned: Site) -> None:
    text = "SELECT (SUM(?budget) AS ?n) { ?part :partOf id:plan . id:plan :budget ?budget }"
    assert number(reasoned, text) == 14
    assert number(reasoned, text, entailed=["false"]) == 7


@pytest.mark.parametrize(
    "ask",
    [
        lambda site, text: site.ask("GET", "/sparql", params={"query": text, "entailed": "false"}),
        lambda site, text: site.ask("POST", "/sparql", data={"query": text, "entailed": "false"}),
        lambda site, text: site.ask(
            "POST", "/sparql", params={"entailed": "false"}, data={"query": text}
        ),
        lambda site, text: site.ask(
            "POST",
            "/sparql",
            params={"entailed": "false"},
            content=text,
            headers={"Content-Type": "application/sparql-query"},
        ),
    ],
    ids=["GET", "POST form", "POST form, in the URL", "POST direct"],
)
def test_every_way_to_ask_can_leave_out_what_follows(reasoned: Site, ask: object) -> None:
    assert callable(ask)
    answer: httpx.Response = ask(reasoned, COUNT.format(""))
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(SHOWN)


@pytest.mark.parametrize("said", [[""], ["yes"], ["False"], ["0"], ["true", "false"]])
def test_a_value_that_is_neither_true_nor_false_is_refused(reasoned: Site, said: list[str]) -> None:
    response = reasoned.query(COUNT.format(""), parameters={"entailed": said})
    assert response.status_code == 400
    assert response.json()["code"] == "bad-request"
    assert "entailed" in response.json()["detail"]


@pytest.mark.parametrize("entailed", ["true", "false"])
def test_graphs_that_are_named_are_all_there_is(reasoned: Site, entailed: str) -> None:
    said = [entailed]
    assert number(reasoned, COUNT.format(f"FROM <{REPORT}>"), entailed=said) == 3
    assert number(reasoned, COUNT.format(f"FROM <{GRAPH}>"), entailed=said) == ENTAILED
    both = COUNT.format(f"FROM <{REPORT}> FROM <{GRAPH}>")
    assert number(reasoned, both, entailed=said) == 3 + ENTAILED
    uris = {"default-graph-uri": [REPORT, GRAPH], "entailed": said}
    assert number(reasoned, COUNT.format(""), **uris) == 3 + ENTAILED
    named = {"named-graph-uri": [GRAPH], "entailed": said}
    assert number(reasoned, QUERIES["every triple of named graphs"], **named) == ENTAILED


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
def test_without_it_answers_are_those_of_a_service_without_a_reasoner(
    reasoned: Site, plain: Site, text: str
) -> None:
    accept = "text/csv, application/n-triples"
    without = reasoned.query(text, accept, WITHOUT)
    assert without.status_code == 200
    assert sorted(without.text.splitlines()) == sorted(plain.query(text, accept).text.splitlines())
    assert sorted(without.text.splitlines()) != sorted(
        reasoned.query(text, accept).text.splitlines()
    )


@pytest.mark.parametrize("entailed", ["true", "false"])
def test_a_service_without_a_reasoner_knows_the_parameter(plain: Site, entailed: str) -> None:
    assert number(plain, COUNT.format(""), entailed=[entailed]) == SHOWN


def test_ready_says_what_has_been_entailed(reasoned: Site, plain: Site) -> None:
    ready = reasoned.ask("GET", "/health/ready").json()
    assert ready["triples"] == SHOWN + ENTAILED
    assert ready["entailment"] == {
        "reasoner": "rules",
        "state": "complete",
        "triples": ENTAILED,
        "contradictions": 0,
    }
    assert plain.ask("GET", "/health/ready").json()["entailment"]["state"] == "off"


def test_ready_says_why_nothing_has_been_entailed(tmp_path: Path) -> None:
    reasoner = Reasoner(tmp_path / "entailed", ReasoningLimits(triples=8))
    with open_site(parts(tmp_path, reasoner), tmp_path) as site:
        ready = site.ask("GET", "/health/ready").json()
        assert ready["entailment"]["state"] == "too-large"
        assert ready["triples"] == number(site, COUNT.format("")) == SHOWN
