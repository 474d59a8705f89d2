"""/rdf-graph-store: graphs are read by anybody, and written whole by an admin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rdflib import Literal, URIRef

from jalon.services.writing import Policy
from jalon.store.port import GRAPH_FORMATS
from web.service import BASE
from web.writable import (
    EDITORIAL,
    NEW,
    PATH,
    TRIPLES,
    TURTLE,
    Writable,
    assert_same,
    graph_of,
    numbers,
    one,
    open_writable,
    problem,
    turtle,
)

DOCUMENTS = Path(__file__).with_name("documents")
RIGHT = (DOCUMENTS / "right.ttl").read_bytes()
WRONG = (DOCUMENTS / "wrong.ttl").read_bytes()
ALLOWED = "DELETE, GET, HEAD, OPTIONS, POST, PUT"
ANONYMOUS = "graph/submitted/anonymous"
SYNTAXES = {
    ".ttl": "text/turtle; charset=utf-8",
    ".trig": "application/trig",
    ".nt": "application/n-triples",
    ".nq": "application/n-quads",
    ".jsonld": "application/ld+json",
    ".rdf": "application/rdf+xml",
}


@pytest.mark.parametrize("wanted", GRAPH_FORMATS, ids=lambda wanted: str(wanted.name))
def test_a_graph_is_read_in_every_format(untouched: Writable, wanted: Any) -> None:
    headers = {"Accept": wanted.media_type}
    response = untouched.site.ask("GET", PATH, params={"graph": EDITORIAL}, headers=headers)
    assert response.headers["content-type"] == wanted.content_type
    assert response.headers["vary"] == "Accept"
    assert response.headers["jalon-release"] == "1"
    assert response.headers["access-control-allow-origin"] == "*"
    expected = turtle(f'<thrice> <{BASE}stated> "once" .')
    assert_same(graph_of(response), expected)
    absolute = {"graph": BASE + EDITORIAL}
    assert untouched.site.ask("GET", PATH, params=absolute, headers=headers).content == (
        response.content
    )


def test_what_a_client_has_is_not_sent_again_until_something_is_written(
    writable: Writable,
) -> None:
    asked: dict[str, Any] = {"params": {"graph": EDITORIAL}}
    first = writable.site.ask("GET", PATH, **asked)
    known = {"If-None-Match": first.headers["etag"]}
    again = writable.site.ask("GET", PATH, headers=known, **asked)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = writable.site.ask("GET", PATH, headers={**known, "Accept": TRIPLES}, **asked)
    assert other.status_code == 200
    writable.ask("PUT", NEW, one(1))
    assert writable.site.ask("GET", PATH, headers=known, **asked).status_code == 200


def test_head_says_what_get_would_say(untouched: Writable) -> None:
    got, headed = (
        untouched.site.ask(method, PATH, params={"graph": EDITORIAL}) for method in ("GET", "HEAD")
    )
    assert headed.content == b""
    for response in (got, headed):
        del response.headers["x-request-id"]
    assert headed.headers == got.headers
    assert untouched.site.ask("HEAD", PATH, params={"graph": NEW}).status_code == 404


def test_the_shown_graph_is_read_as_the_default(untouched: Writable) -> None:
    response = untouched.site.ask("GET", PATH, params={"default": ""}, headers={"Accept": TRIPLES})
    found = graph_of(response)
    counted = untouched.site.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", {"entailed": ["false"]})
    assert [[str(len(found))]] == counted
    assert (URIRef(f"{BASE}thrice"), URIRef(f"{BASE}stated"), Literal("once")) in found
    assert (URIRef(f"{BASE}shape"), None, None) not in found


def test_an_earlier_release_is_read_by_its_number(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    writable.ask("PUT", NEW, one(2))
    assert numbers(writable.read(NEW, release="2")) == {1}
    assert numbers(writable.read(NEW)) == {2}
    earliest = writable.site.ask("GET", PATH, params={"graph": NEW, "release": "1"})
    assert problem(earliest) == (404, "not-found")
    unknown = writable.site.ask("GET", PATH, params={"graph": NEW, "release": "9"})
    assert problem(unknown) == (404, "release-unknown")


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"graph": NEW}, 404, "not-found"),
        ({"graph": "http://elsewhere.example/g"}, 404, "not-found"),
        ({"graph": "graph/<x>"}, 400, "bad-request"),
        ({"graph": "g" * 2_000}, 400, "bad-request"),
        ({"graph": ["graph/editorial", "graph/external"]}, 400, "bad-request"),
        ({"graph": "graph/editorial", "default": ""}, 400, "bad-request"),
        ({"default": "no"}, 400, "bad-request"),
        ({}, 400, "bad-request"),
    ],
)
def test_what_names_no_known_graph_is_not_read(
    untouched: Writable, params: dict[str, Any], status: int, code: str
) -> None:
    assert problem(untouched.site.ask("GET", PATH, params=params)) == (status, code)


def test_a_format_that_there_is_not_is_refused(untouched: Writable) -> None:
    response = untouched.site.ask(
        "GET", PATH, params={"graph": EDITORIAL}, headers={"Accept": "text/csv"}
    )
    assert problem(response) == (406, "not-acceptable")


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("same.*")), ids=lambda path: path.suffix)
def test_every_syntax_is_written_alike(writable: Writable, path: Path) -> None:
    content, headers = path.read_bytes(), {"Content-Type": SYNTAXES[path.suffix]}
    made = writable.ask("PUT", ANONYMOUS, content, headers=headers)
    assert made.status_code == 201
    expected = turtle((DOCUMENTS / "same.ttl").read_text(), BASE + ANONYMOUS)
    for known in GRAPH_FORMATS:
        assert_same(writable.read(ANONYMOUS, known.media_type), expected)
    added = writable.ask("POST", EDITORIAL, content, headers=headers)
    # Two of the syntaxes name the graph that they are for.
    assert added.status_code == (400 if path.suffix in {".trig", ".nq"} else 204)


def test_a_graph_is_made_replaced_added_to_and_removed(writable: Writable) -> None:
    made = writable.ask("PUT", NEW, one(1))
    assert (made.status_code, made.headers["jalon-release"]) == (201, "2")
    assert made.headers["location"] == (
        "http://test/rdf-graph-store?graph=http%3A%2F%2Fexample.org%2Fgraph%2Fsubmitted%2Fnew"
    )
    assert made.content == b""
    assert numbers(graph_of(writable.site.ask("GET", made.headers["location"]))) == {1}
    replaced = writable.ask("PUT", NEW, one(2))
    assert (replaced.status_code, replaced.headers["jalon-release"]) == (204, "3")
    assert numbers(writable.read(NEW)) == {2}
    added = writable.ask("POST", NEW, one(3))
    assert (added.status_code, added.headers["jalon-release"]) == (204, "4")
    assert numbers(writable.read(NEW)) == {2, 3}
    removed = writable.ask("DELETE", NEW)
    assert (removed.status_code, removed.headers["jalon-release"]) == (204, "5")
    for method in ("GET", "DELETE"):
        assert problem(writable.ask(method, NEW)) == (404, "not-found")
    assert writable.ask("POST", NEW, one(4)).status_code == 201
    assert writable.head == 6
    writable.ledger.verify()


def test_a_commit_holds_the_difference_and_says_who_and_why(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1) + b" <kept> <p> <o> .")
    why = {"Jalon-Message": "Compté à nouveau".encode()}
    writable.ask("PUT", NEW, one(2) + b" <kept> <p> <o> .", headers=why)
    commit = writable.newest()
    graph = f"{BASE}{NEW}"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    thing = f"<{BASE}graph/submitted/thing> <{BASE}number>"
    assert commit.change.adds.decode() == f'{thing} "2"^^<{integer}> <{graph}> .\n'
    assert commit.change.removes.decode() == f'{thing} "1"^^<{integer}> <{graph}> .\n'
    record = writable.admin
    assert (commit.author, commit.message) == (record.author, "Compté à nouveau")
    assert commit.source == "http:graph-store"
    counts = {"Violation": 0, "Warning": 0, "Info": 0}
    assert json.loads(commit.report) == {"validated": True, "results": counts}
    writable.ask("DELETE", NEW)
    assert (writable.newest().change.added, writable.newest().change.removed) == (0, 2)
    assert writable.newest().message == f"remove {graph}"


def test_what_changes_nothing_makes_no_release(writable: Writable) -> None:
    for method in ("PUT", "POST"):
        writable.ask("PUT", NEW, RIGHT)
        head = writable.head
        response = writable.ask(method, NEW, RIGHT)
        assert (response.status_code, response.headers["jalon-release"]) == (204, str(head))
        assert writable.head == head


def test_literals_are_kept_as_they_were_written(writable: Writable) -> None:
    """The index writes them its own way, and what differs in writing alone is no difference."""
    number = b'<thing> <p> "%s"^^<http://www.w3.org/2001/XMLSchema#integer> .'
    writable.ask("PUT", NEW, number % b"007")
    assert b'"007"^^' in writable.newest().change.adds
    assert str(next(iter(writable.read(NEW).objects()))) == "7"
    head = writable.head
    assert writable.ask("PUT", NEW, number % b"7").status_code == 204
    assert writable.head == head
    assert writable.ask("DELETE", NEW).status_code == 204
    assert writable.ask("GET", NEW).status_code == 404


def test_blank_nodes_of_two_documents_are_never_the_same(writable: Writable) -> None:
    named = b'_:same <http://e/p> "%d" .'
    for number in (1, 2):
        writable.ask("POST", NEW, named % number)
    writable.ask("PUT", f"{NEW}er", named % 1)
    assert len(set(writable.read(NEW).subjects())) == 2
    other = writable.read(f"{NEW}er")
    assert not set(other.subjects()) & set(writable.read(NEW).subjects())
    head = writable.head
    writable.ask("POST", NEW, named % 1)
    assert writable.head == head
    assert len(writable.read(NEW)) == 2


def test_a_graph_that_was_read_can_be_put_back(writable: Writable) -> None:
    nested = b'<a> <http://e/p> [ <http://e/q> [ <http://e/r> "x"@fr-ca, 1.5, true ] ], ( 1 [] ) .'
    writable.ask("PUT", NEW, nested)
    before = writable.read(NEW)
    for known in GRAPH_FORMATS:
        read = writable.site.ask(
            "GET", PATH, params={"graph": NEW}, headers={"Accept": known.media_type}
        )
        headers = {"Content-Type": known.media_type}
        assert writable.ask("PUT", NEW, read.content, headers=headers).status_code == 204
        assert_same(writable.read(NEW), before)


def test_the_files_of_a_form_are_added_together(writable: Writable) -> None:
    files = {
        "lastName.ttl": ("a.ttl", one(1), f"{TURTLE}; charset=utf-8"),
        "firstName.ttl": ("b.nt", b'_:a <http://e/p> "b" .', "application/octet-stream"),
    }
    assert writable.ask("POST", NEW, files=files).status_code == 201
    assert len(writable.read(NEW)) == 2
    assert writable.head == 2
    nothing = {"Content-Type": "multipart/form-data; boundary=x"}
    refused = writable.ask("POST", NEW, b"--x--\r\n", headers=nothing)
    assert problem(refused) == (400, "bad-request")


def test_the_unnamed_graph_is_written_where_it_is_its_own(tmp_path: Path) -> None:
    with open_writable(tmp_path, Policy(own=True)) as writable:
        for method, status in (("PUT", 204), ("POST", 204), ("DELETE", 204)):
            number = {"PUT": 1, "POST": 2, "DELETE": 0}[method]
            content = None if method == "DELETE" else one(number)
            response = writable.ask(method, None, content, params={"default": ""})
            assert response.status_code == status
            read = writable.site.ask(
                "GET", PATH, params={"default": ""}, headers={"Accept": TRIPLES}
            )
            assert numbers(graph_of(read)) == {"PUT": {1}, "POST": {1, 2}, "DELETE": set()}[method]
        assert writable.newest().change.removes.count(b" .\n") == 2
