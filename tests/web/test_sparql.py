"""The SPARQL 1.1 Protocol, asked of a real service with real query processes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from pyoxigraph import Literal, RdfFormat, parse

from jalon.store.port import Limits
from jalon.store.snapshot import Snapshot
from jalon.web.app import BodyLimits
from web.service import Site, Tuning, open_site

LABELS = "SELECT ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
GRAPH = "CONSTRUCT WHERE { ?s <http://example.org/stated> ?o }"
COUNT = "SELECT (COUNT(*) AS ?n) { <http://example.org/thrice> ?p ?o }"
SPARQL = {"Content-Type": "application/sparql-query"}
STATING = [
    f"http://example.org/graph/{name}" for name in ("editorial", "external", "source/report")
]


def _code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    return response.status_code, document["code"]


def test_get_post_form_and_post_direct_give_the_same_answer(site: Site) -> None:
    answers = [
        site.query(LABELS),
        site.ask("POST", "/sparql", data={"query": LABELS}),
        site.ask("POST", "/sparql", content=LABELS, headers=SPARQL),
        site.ask(
            "POST",
            "/sparql",
            content=LABELS,
            headers={"Content-Type": "application/sparql-query; charset=UTF-8"},
        ),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/sparql-results+json"
        bindings = answer.json()["results"]["bindings"]
        label = {"type": "literal", "value": "Mesure un", "xml:lang": "fr"}
        assert bindings == [{"label": label}]


def test_head_gives_the_headers_of_get_without_its_body(site: Site) -> None:
    get = site.query(LABELS)
    head = site.ask("HEAD", "/sparql", params={"query": LABELS})
    assert head.status_code == 200
    assert head.content == b""
    for answer in (get, head):
        # Each request has an id of its own.
        answer.headers.pop("x-request-id", None)
    assert head.headers == get.headers
    assert head.headers["content-length"] == str(len(get.content))


def test_solutions_come_in_four_formats(site: Site) -> None:
    found = site.query(LABELS, "application/sparql-results+json").json()
    assert found["head"]["vars"] == ["label"]
    xml = site.query(LABELS, "application/sparql-results+xml")
    assert ElementTree.fromstring(xml.text).tag.endswith("sparql")  # noqa: S314 (our own)
    rows = site.query(LABELS, "text/csv")
    assert list(csv.reader(rows.text.splitlines())) == [["label"], ["Mesure un"]]
    assert rows.headers["content-type"] == "text/csv; charset=utf-8"
    tsv = site.query(LABELS, "text/tab-separated-values")
    assert tsv.text.splitlines() == ["?label", '"Mesure un"@fr']


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/turtle; charset=utf-8"),
        ("application/n-triples", "application/n-triples"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_graphs_come_in_four_formats(site: Site, accept: str, content_type: str) -> None:
    response = site.query(GRAPH, accept)
    assert response.headers["content-type"] == content_type
    syntax = RdfFormat.from_media_type(content_type)
    assert [quad.object for quad in parse(response.content, syntax)] == [Literal("once")]


@pytest.mark.parametrize("accept", ["text/csv", "text/tab-separated-values"])
def test_ask_in_a_table_format_is_one_word(site: Site, accept: str) -> None:
    assert site.query("ASK { ?s ?p ?o }", accept).text.strip() == "true"


def test_ask_in_json_is_a_boolean(site: Site) -> None:
    assert site.query("ASK { <http://nowhere> ?p ?o }").json()["boolean"] is False


def test_a_triple_in_three_graphs_counts_once(site: Site) -> None:
    assert site.rows(COUNT) == [["1"]]
    said = " ".join(f"FROM <{graph}>" for graph in STATING)
    assert site.rows(COUNT.replace("{", f"{said} {{", 1)) == [["1"]]
    assert site.rows(COUNT, {"default-graph-uri": STATING}) == [["1"]]
    assert site.rows(COUNT, {"default-graph-uri": STATING[:1]}) == [["1"]]


def test_named_graphs_keep_their_own_statements(site: Site) -> None:
    counted = COUNT.replace("{", "{ GRAPH ?g {") + " }"
    assert site.rows(counted) == [["3"]]
    named = {"named-graph-uri": STATING[:2]}
    assert site.rows(counted, named) == [["2"]]
    assert site.rows(counted, {"default-graph-uri": STATING}) == [["0"]]
    assert site.rows(counted, {**named, "default-graph-uri": STATING}) == [["2"]]


def test_from_named_alone_leaves_the_default_graph_empty(site: Site) -> None:
    text = COUNT.replace("{", f"FROM NAMED <{STATING[0]}> {{", 1)
    assert site.rows(text) == [["0"]]


def test_graphs_of_the_request_replace_those_of_the_text(site: Site) -> None:
    text = COUNT.replace("{", "FROM <http://example.org/nothing> {", 1)
    assert site.rows(text) == [["0"]]
    assert site.rows(text, {"default-graph-uri": STATING}) == [["1"]]


def test_the_prologue_resolves_the_names_of_from(site: Site) -> None:
    text = "BASE <http://example.org/graph/> PREFIX g: <source/> " + COUNT.replace(
        "{", "FROM <editorial> FROM g:report {", 1
    )
    assert site.rows(text) == [["1"]]


def test_superseded_values_leave_the_shown_graph_and_stay_in_their_own(site: Site) -> None:
    budget = "<http://example.org/id/measure/1> <http://example.org/budget> ?n"
    assert site.rows(f"SELECT ?n {{ {budget} }}") == [["120"]]
    in_graphs = f"SELECT ?n {{ GRAPH ?g {{ {budget} }} }} ORDER BY ?n"
    assert site.rows(in_graphs) == [["100"], ["120"]]


def test_shapes_are_there_by_name_alone(site: Site) -> None:
    states = "?s <http://example.org/states> ?o"
    assert site.query(f"ASK {{ {states} }}").json()["boolean"] is False
    assert site.query(f"ASK {{ GRAPH ?g {{ {states} }} }}").json()["boolean"] is True


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "GROUP BY"),
        ("SELECT ?s (1 AS ?s) { ?s ?p ?o }", "AS"),
    ],
)
def test_a_misused_variable_is_explained(site: Site, text: str, word: str) -> None:
    response = site.query(text)
    assert _code(response) == (400, "query-syntax")
    assert word in response.json()["detail"]


@pytest.mark.parametrize("graphs", [["not an iri"], ["relative/name"], [""]])
def test_a_graph_that_is_no_absolute_iri_is_refused(site: Site, graphs: list[str]) -> None:
    response = site.query(COUNT, parameters={"default-graph-uri": graphs})
    assert _code(response) == (400, "bad-request")


def test_more_graphs_than_may_be_merged_are_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(Limits(merged_triples=2))) as site:
        response = site.query(COUNT, parameters={"default-graph-uri": STATING})
        assert _code(response) == (400, "query-too-complex")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT *\nWERE { ?s ?p ?o }", 2, 1),
        ("SELEC * { ?s ?p ?o }", 1, 1),
        ("SELECT * {\n  ?s ?p }", 2, 9),
        ("SELECT * { ?s ?p ?o # a comment\n  FILTRE(?o > 1) }", 2, 3),
        ("SELECT * { ?s ?p ?o } ORDER ?s", 1, 29),
        ("SELECT * {\n  ?s ex:p ?o }", 2, 6),
        ("SELECT * FROM ex:g { ?s ?p ?o }", 1, 15),
        ("SELECT * {\n {\n ?s ?p ?o }", 1, 10),
        ("SELECT * { ?s ?p ?o } }", 1, 23),
        ("SELECT * { ?s ?p 'é }", 1, 18),
    ],
)
def test_a_syntax_error_has_its_line_and_column(
    site: Site, text: str, line: int, column: int
) -> None:
    response = site.query(text)
    assert _code(response) == (400, "query-syntax")
    document = response.json()
    assert (document["line"], document["column"]) == (line, column)
    assert len(document["detail"]) < 200


def test_an_update_sent_as_a_query_is_refused_by_name(site: Site) -> None:
    response = site.query("INSERT DATA { <http://a> <http://b> 1 }")
    assert _code(response) == (400, "query-refused")
    assert "INSERT" in response.json()["detail"]


def test_an_unknown_function_is_named(site: Site) -> None:
    response = site.query("SELECT (<http://example.org/f>() AS ?x) {}")
    assert _code(response) == (400, "function-unknown")
    assert "http://example.org/f" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("GET", {"params": [("query", "ASK {}"), ("query", "ASK {}")]}),
        ("POST", {"data": {"update": "CLEAR ALL"}}),
        ("POST", {"content": "ASK {}", "headers": SPARQL, "params": {"query": "ASK {}"}}),
    ],
)
def test_anything_but_one_query_is_query_missing(
    site: Site, method: str, options: dict[str, object]
) -> None:
    assert _code(site.ask(method, "/sparql", **options)) == (400, "query-missing")


@pytest.mark.parametrize("media_type", ["text/plain", "application/sparql-update", ""])
def test_another_type_of_body_is_not_read(site: Site, media_type: str) -> None:
    response = site.ask("POST", "/sparql", content="ASK {}", headers={"Content-Type": media_type})
    assert _code(response) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "options",
    [
        {"content": b"ASK { ?s ?p '\xe9' }", "headers": SPARQL},
        {
            "content": b"query=ASK%7B%7D%E9",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {
            "content": b"ASK {}",
            "headers": {"Content-Type": "application/sparql-query; charset=latin1"},
        },
    ],
)
def test_anything_but_utf8_is_a_clear_error(site: Site, options: dict[str, object]) -> None:
    assert _code(site.ask("POST", "/sparql", **options)) == (400, "bad-request")


def test_a_body_over_the_limit_is_refused_unread(snapshot: Snapshot, tmp_path: Path) -> None:
    taken = []

    async def pieces() -> object:
        for number in range(100):
            taken.append(number)
            yield b" " * 1000

    with open_site(snapshot, tmp_path, Tuning(bodies=BodyLimits(query=10_000))) as site:
        response = site.ask("POST", "/sparql", content=pieces(), headers=SPARQL)
        assert _code(response) == (413, "request-too-large")
        assert len(taken) < 20
        announced = site.ask("POST", "/sparql", content=b" " * 10_001, headers=SPARQL)
        assert _code(announced) == (413, "request-too-large")


def test_an_answer_over_the_limit_is_refused_whole(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(Limits(answer_bytes=50))) as site:
        response = site.query("SELECT * { ?s ?p ?o }")
        assert _code(response) == (503, "query-too-large")


def test_an_answer_larger_than_memory_is_complete(site: Site) -> None:
    rows = " ".join(f'"{number:0100d}"' for number in range(120))
    text = f"SELECT ?a ?b {{ VALUES ?a {{ {rows} }} VALUES ?b {{ {rows} }} }}"
    asked = {"content": text, "headers": {**SPARQL, "Accept": "text/csv"}}
    first, again = (site.ask("POST", "/sparql", **asked) for _ in range(2))
    assert len(first.text.splitlines()) == 120 * 120 + 1
    assert again.content == first.content
    assert int(again.headers["content-length"]) == len(first.content) > 1024 * 1024


def test_what_cannot_be_given_is_not_acceptable_and_lists_what_can(site: Site) -> None:
    for text, accept, offered in (
        (LABELS, "text/turtle", "text/csv"),
        (GRAPH, "text/csv", "text/turtle"),
        (LABELS, "image/png", "application/ld+json"),
    ):
        response = site.query(text, accept)
        assert _code(response) == (406, "not-acceptable")
        assert offered in response.json()["detail"]


def test_reads_are_open_to_any_page(site: Site) -> None:
    answer = site.query(LABELS)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["vary"] == "Accept"
    problem = site.query("SELECT")
    assert problem.headers["access-control-allow-origin"] == "*"
    assert problem.headers["vary"] == "Accept, Accept-Language"
    preflight = site.ask("OPTIONS", "/sparql", headers={"Origin": "http://elsewhere"})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]


def _tagged(site: Site, text: str, **options: object) -> httpx.Response:
    return site.ask("GET", "/sparql", params={"query": text}, **options)


def test_who_has_an_answer_already_is_told_so_without_its_being_asked(site: Site) -> None:
    first = _tagged(site, LABELS)
    assert first.headers["etag"].startswith('"')
    assert first.headers["cache-control"] == "no-cache"
    asked = site.store.pool_state.started, site.store.cache_state
    for held in (first.headers["etag"], f'"other", W/{first.headers["etag"]}'):
        again = _tagged(site, LABELS, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "vary", "cache-control", "jalon-release"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["access-control-allow-origin"] == "*"
        assert "ETag" in again.headers["access-control-expose-headers"]
    assert (site.store.pool_state.started, site.store.cache_state) == asked


def test_another_representation_or_dataset_has_another_tag(site: Site) -> None:
    tags = [
        _tagged(site, LABELS).headers["etag"],
        _tagged(site, f"{LABELS} ").headers["etag"],
        _tagged(site, LABELS, headers={"Accept": "text/csv"}).headers["etag"],
        site.query(LABELS, parameters={"entailed": ["false"]}).headers["etag"],
        site.query(LABELS, parameters={"default-graph-uri": STATING}).headers["etag"],
    ]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?t) {}",
        "SELECT (BNODE() AS ?b) {}",
        "CONSTRUCT { _:b ?p ?o } WHERE {?s ?p ?o}",
    ],
)
def test_what_gives_another_answer_each_time_has_no_tag_and_is_not_kept(
    site: Site, text: str
) -> None:
    first, again = (_tagged(site, text, headers={"If-None-Match": '"any"'}) for _ in range(2))
    assert "etag" not in first.headers
    assert first.content != again.content
    assert site.store.cache_state.entries == 0


def test_the_same_query_is_answered_from_what_is_kept(site: Site) -> None:
    answers = [site.query(LABELS), site.ask("POST", "/sparql", data={"query": LABELS})]
    assert answers[0].content == answers[1].content
    assert "etag" not in answers[1].headers
    assert (site.store.cache_state.hits, site.store.cache_state.misses) == (1, 1)


def test_nothing_is_kept_where_there_is_no_room_for_it(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(cache_bytes=0)) as site:
        first, again = site.query(LABELS), site.query(LABELS)
        assert first.content == again.content
        assert first.headers["etag"] == again.headers["etag"]
        state = site.store.cache_state
        assert (state.hits, state.misses, state.entries) == (0, 0, 0)


def test_a_release_can_be_asked_by_its_number(site: Site, snapshot: Snapshot) -> None:
    number = str(snapshot.stamp.number)
    for answer in (
        site.query(LABELS, parameters={"release": [number]}),
        site.ask("POST", "/sparql", data={"query": LABELS, "release": number}),
        site.ask("POST", "/sparql", params={"release": number}, content=LABELS, headers=SPARQL),
    ):
        assert answer.status_code == 200
        assert answer.headers["jalon-release"] == number


@pytest.mark.parametrize("written", ["99", "1.5", "-1", "newest", "", "9" * 5000, "\u0661"])
def test_a_release_that_is_none_is_refused(site: Site, written: str) -> None:
    answer = site.query(LABELS, parameters={"release": [written]})
    assert _code(answer) == (404, "release-unknown")
    assert len(answer.json()["detail"]) < 300
    assert _code(site.query(LABELS, parameters={"release": ["0", "0"]})) == (404, "release-unknown")


def test_openapi_describes_both_ways_to_ask(site: Site) -> None:
    described = site.ask("GET", "/openapi.json").json()["paths"]["/sparql"]
    assert {"get", "post"} == set(described)
    assert [parameter["name"] for parameter in described["get"]["parameters"]] == [
        "query",
        "default-graph-uri",
        "named-graph-uri",
        "entailed",
        "release",
    ]
    assert {"200", "304", "429", "503"} <= set(described["get"]["responses"])
    assert "application/sparql-query" in described["post"]["requestBody"]["content"]
    assert "text/turtle" in json.dumps(described["get"]["responses"]["200"])
