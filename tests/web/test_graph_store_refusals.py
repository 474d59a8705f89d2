"""/rdf-graph-store: who may not write, where not, and what not; nothing of it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jalon.services.rights import Scope
from jalon.services.writing import Policy
from jalon.web.app import BodyLimits
from web.service import BASE, Site, Tuning
from web.writable import (
    EDITORIAL,
    NEW,
    PATH,
    TURTLE,
    Writable,
    one,
    open_writable,
    problem,
)

DOCUMENTS = Path(__file__).with_name("documents")
RIGHT = (DOCUMENTS / "right.ttl").read_bytes()
WRONG = (DOCUMENTS / "wrong.ttl").read_bytes()
ALLOWED = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def test_without_a_valid_token_nothing_is_written(writable: Writable, site: Site) -> None:
    for token in ("", "Bearer", "Bearer jalon_0_0", "Basic YWRtaW46YWRtaW4="):
        refused = writable.ask("PUT", NEW, one(1), headers={"Authorization": token})
        assert problem(refused) == (401, "unauthorized")
        assert refused.headers["www-authenticate"] == "Bearer"
    assert writable.audited() == []
    # A service without a ledger takes no writes at all.
    refused = site.ask("PUT", PATH, params={"graph": NEW}, content=one(1))
    assert problem(refused) == (405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    assert site.ask("OPTIONS", PATH).headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "graph",
    [
        "graph/ontology",
        "graph/shapes",
        "graph/entailed",
        "graph/catalogue",
        "graph/source/report",
        f"{BASE}graph/source/another",
    ],
)
def test_what_the_service_or_a_document_says_is_not_written(
    untouched: Writable, graph: str
) -> None:
    for method in ("PUT", "POST", "DELETE"):
        content = None if method == "DELETE" else one(1)
        assert problem(untouched.ask(method, graph, content)) == (403, "forbidden")


@pytest.mark.parametrize("scopes", [[Scope.SUBMIT], [Scope.REVIEW], [Scope.SUBMIT, Scope.REVIEW]])
def test_who_is_no_admin_does_not_write(writable: Writable, scopes: list[Scope]) -> None:
    token, _ = writable.rights.create("other", scopes, ["graph/editorial"], ["new"])
    headers = {"Authorization": f"Bearer {token}"}
    for graph in (EDITORIAL, NEW):
        refused = writable.ask("POST", graph, one(1), headers=headers)
        assert problem(refused) == (403, "forbidden")
    assert [line.outcome for line in writable.audited()] == ["forbidden", "forbidden"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "no-target-graph"),
        ({"default": ""}, "no-target-graph"),
        ({"graph": [NEW, EDITORIAL]}, "bad-request"),
        ({"graph": NEW, "default": ""}, "bad-request"),
        ({"graph": ""}, "bad-request"),
        ({"graph": "javascript:alert(1)"}, "bad-request"),
        ({"graph": "http://["}, "bad-request"),
        ({"graph": "http://e/\u202eg"}, "bad-request"),
        ({"graph": "http://e/\r\nX: y"}, "bad-request"),
        ({"graph": "g" * 2_000}, "bad-request"),
    ],
)
def test_a_write_names_one_graph(untouched: Writable, params: dict[str, Any], code: str) -> None:
    # Posted to the store itself, a document makes a new graph.
    for method in ("PUT", "POST", "DELETE") if params else ("PUT", "DELETE"):
        content = None if method == "DELETE" else one(1)
        assert problem(untouched.ask(method, None, content, params=params)) == (400, code)


def test_other_methods_are_not_allowed(untouched: Writable) -> None:
    refused = untouched.ask("TRACE", NEW, one(1))
    assert problem(refused) == (405, "method-not-allowed")
    assert refused.headers["allow"] == ALLOWED
    preflight = untouched.site.ask("OPTIONS", PATH)
    assert preflight.headers["allow"] == ALLOWED
    assert "Authorization" in preflight.headers["access-control-allow-headers"]


def test_what_is_not_rdf_is_refused_by_its_type(untouched: Writable) -> None:
    refused = (415, "unsupported-media-type")
    for headers in (
        {"Content-Type": "text/csv"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br"},
    ):
        assert problem(untouched.ask("PUT", NEW, one(1), headers=headers)) == refused


def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    with open_writable(tmp_path, tuning=Tuning(bodies=BodyLimits(upload=10_000))) as writable:
        large = one(1) + b" " * 10_000
        assert problem(writable.ask("PUT", NEW, large)) == (413, "request-too-large")
        assert writable.ask("PUT", NEW, one(1)).status_code == 201


def test_a_syntax_error_has_its_place(untouched: Writable) -> None:
    refused = untouched.ask("PUT", NEW, b"<a> <http://e/p> 1 .\n<a> <b> .\n")
    assert problem(refused) == (400, "rdf-syntax")
    assert (refused.json()["line"], refused.json()["part"]) == (2, "data")
    assert refused.json()["column"] >= 1


def test_a_message_is_text_of_a_bounded_length(untouched: Writable) -> None:
    for message in (b"a" * 501, b"\xff\xfe", "\u202egnissem".encode()):
        refused = untouched.ask("PUT", NEW, one(1), headers={"Jalon-Message": message})
        assert problem(refused) == (400, "bad-request")


def test_what_violates_a_shape_is_not_kept_and_told(writable: Writable) -> None:
    refused = writable.ask("POST", EDITORIAL, WRONG)
    assert problem(refused) == (422, "does-not-conform")
    report = refused.json()["report"]
    assert report["violations"] == 2
    rules = {each["rule"] for each in report["results"] if each["severity"] == "Violation"}
    assert rules == {"Measure-year-valid", "Measure-owner-class"}
    assert all({"en", "fr"} <= set(each["messages"]) for each in report["results"])
    validated = json.loads(
        writable.site.ask(
            "POST",
            "/validate",
            params={"graph": EDITORIAL},
            content=WRONG,
            headers={"Content-Type": TURTLE, "Accept": "application/json"},
        ).content
    )
    for each in (report, validated):
        # Places are those of a document alone.
        each.pop("file")
        for result in each["results"]:
            del result["line"], result["column"]
    assert report == validated
    assert writable.head == 1
    assert [line.outcome for line in writable.audited()] == ["does-not-conform"]


def test_lesser_results_are_counted_and_kept(writable: Writable) -> None:
    one_label = b'<m> a <http://example.org/def#Measure> ; rdfs:label "one"@en .'
    prefix = b"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    assert writable.ask("PUT", NEW, prefix + one_label).status_code == 201
    assert json.loads(writable.newest().report)["results"]["Warning"] == 1


def test_what_is_replaced_does_not_count_and_what_is_added_to_does(writable: Writable) -> None:
    later = RIGHT.replace(b'"2019"', b'"2020"')
    assert writable.ask("PUT", EDITORIAL, RIGHT).status_code == 204
    refused = writable.ask("POST", EDITORIAL, later)
    assert problem(refused) == (422, "does-not-conform")
    (violation,) = refused.json()["report"]["results"]
    assert violation["rule"] == "Measure-year-one"
    assert writable.ask("PUT", EDITORIAL, later).status_code == 204
    # In another graph it would be said beside what is said there.
    assert problem(writable.ask("PUT", NEW, RIGHT)) == (422, "does-not-conform")


def test_removing_and_graphs_that_are_not_shown_are_not_held_against_shapes(
    writable: Writable,
) -> None:
    assert writable.ask("PUT", "http://elsewhere.example/g", WRONG).status_code == 201
    assert json.loads(writable.newest().report) == {"validated": False, "results": {}}
    assert writable.ask("PUT", EDITORIAL, RIGHT).status_code == 204
    assert writable.ask("DELETE", "graph/external").status_code == 204


def test_an_operator_may_have_nothing_held_against_shapes(tmp_path: Path) -> None:
    with open_writable(tmp_path, Policy(validate=False)) as writable:
        assert writable.ask("PUT", EDITORIAL, WRONG).status_code == 204
