"""/update: SPARQL 1.1 Update over HTTP, as changes in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jalon.ledger.commits import ChangeSet
from jalon.services.writing import Policy
from jalon.store.intake import Proposal
from web.service import BASE
from web.writable import EDITORIAL, NEW, Writable, numbers, one, open_writable, problem

UPDATE = "application/sparql-update"
PREFIXES = f"PREFIX : <{BASE}> PREFIX d: <{BASE}def#> PREFIX g: <{BASE}graph/submitted/> "
DOCUMENTS = Path(__file__).with_name("documents")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Writable]:
    with open_writable(tmp_path, Policy(own=True, validate=False)) as opened:
        yield opened


async def send(writable: Writable, text: str, **options: Any) -> httpx.Response:
    said = {"Content-Type": UPDATE, "Authorization": f"Bearer {writable.token}"}
    headers = {**said, **options.pop("headers", {})}
    content = (PREFIXES + text).encode() if isinstance(text, str) else text
    return await writable.site.request(
        "POST", "/update", content=content, headers=headers, **options
    )


def update(writable: Writable, text: str, **options: Any) -> httpx.Response:
    return writable.site.run(send(writable, text, **options))


def done(response: httpx.Response) -> int:
    """The release that holds an update."""
    assert response.status_code == 204, response.text
    return int(response.headers["jalon-release"])


def lines(writable: Writable) -> tuple[list[str], list[str]]:
    """What the newest commit adds and removes, without the base."""
    change = writable.newest().change
    added, removed = (
        each.decode().replace(BASE, ":").splitlines() for each in (change.adds, change.removes)
    )
    return added, removed


def test_what_is_listed_stands_in_the_ledger_as_it_is_written(writable: Writable) -> None:
    text = 'INSERT DATA { GRAPH g:a { :thing :number 007 ; :share 1.50 ; :name "x"@fr-CA } }'
    assert done(update(writable, text, headers={"Jalon-Message": "Numbers"})) == 2
    added, removed = lines(writable)
    integer, decimal = (
        f"<http://www.w3.org/2001/XMLSchema#{name}>" for name in ("integer", "decimal")
    )
    assert added == [
        '<:thing> <:name> "x"@fr-ca <:graph/submitted/a> .',
        f'<:thing> <:number> "007"^^{integer} <:graph/submitted/a> .',
        f'<:thing> <:share> "1.50"^^{decimal} <:graph/submitted/a> .',
    ]
    assert not removed
    commit = writable.newest()
    assert (commit.message, commit.source) == ("Numbers", "http:update")


def test_of_a_quad_that_is_added_and_removed_the_last_word_counts(writable: Writable) -> None:
    text = """
        INSERT DATA { GRAPH g:a { :thing :number 1 , 2 } } ;
        DELETE DATA { GRAPH g:a { :thing :number 01 } } ;
        DELETE DATA { GRAPH g:a { :thing :number 3 } } ;
        INSERT DATA { GRAPH g:a { :thing :number 3 } }
    """
    done(update(writable, text))
    assert numbers(writable.read("graph/submitted/a")) == {2, 3}
    done(update(writable, "DELETE DATA { GRAPH g:a { :thing :number 02 , 9 } }"))
    assert lines(writable)[0] == []
    assert numbers(writable.read("graph/submitted/a")) == {3}


def test_what_is_looked_up_is_added_and_removed_exactly(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    done(
        update(
            writable,
            """
            WITH g:new DELETE { ?s :number ?n } INSERT { ?s :number ?m }
            WHERE { ?s :number ?n BIND (?n + 1 AS ?m) }
            """,
        )
    )
    thing = "<:graph/submitted/thing>"
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    assert lines(writable) == (
        [f'{thing} <:number> "2"^^{integer} <:graph/submitted/new> .'],
        [f'{thing} <:number> "1"^^{integer} <:graph/submitted/new> .'],
    )


def test_an_update_looks_at_what_is_shown_and_at_every_graph(writable: Writable) -> None:
    text = "INSERT { GRAPH g:a { :found :budget ?b } } WHERE { :id\\/measure\\/1 :budget ?b }"
    done(update(writable, text))
    assert len(lines(writable)[0]) == 1, "the superseded budget is not shown"
    where = "WHERE { GRAPH ?g { :id\\/measure\\/1 :budget ?b } }"
    text = f"INSERT {{ GRAPH g:b {{ :found :budget ?b }} }} {where}"
    done(update(writable, text))
    assert len(lines(writable)[0]) == 2


def test_what_changes_nothing_makes_no_release(writable: Writable) -> None:
    for text in (
        "DELETE DATA { GRAPH g:a { :thing :number 1 } }",
        "DELETE WHERE { GRAPH g:a { ?s ?p ?o } }",
        "INSERT { GRAPH g:a { ?s ?p ?o } } WHERE { ?s :never ?o , ?p }",
        "CREATE GRAPH g:a",
        "DROP SILENT GRAPH g:a",
        "LOAD SILENT <http://127.0.0.1:9/> INTO GRAPH g:a",
    ):
        assert done(update(writable, text)) == 1
    assert writable.head == 1


def test_whole_graphs_are_moved_copied_and_dropped(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    done(update(writable, "COPY g:new TO g:copy ; MOVE g:new TO g:moved ; ADD g:copy TO g:moved"))
    assert numbers(writable.read("graph/submitted/copy")) == {1}
    assert numbers(writable.read("graph/submitted/moved")) == {1}
    assert writable.ask("GET", NEW).status_code == 404
    done(update(writable, "DROP GRAPH g:copy ; CLEAR GRAPH g:moved"))
    assert writable.ask("GET", "graph/submitted/moved").status_code == 404
    # A graph that holds nothing any more is not there, and may be made.
    assert update(writable, "CREATE GRAPH g:moved").status_code == 204
    assert problem(update(writable, "DROP GRAPH g:moved")) == (400, "bad-request")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT DATA { :a :b :c }", (400, "no-target-graph")),
        ("INSERT DATA { GRAPH g:a { :a :b :c } :a :b :c . }", (400, "no-target-graph")),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", (400, "no-target-graph")),
        ("DELETE WHERE { ?s :never ?o }", (400, "no-target-graph")),
        ("CLEAR DEFAULT", (400, "no-target-graph")),
        ("CLEAR ALL", (400, "no-target-graph")),
        ("COPY g:a TO DEFAULT", (400, "no-target-graph")),
        ("MOVE DEFAULT TO g:a", (400, "no-target-graph")),
        ("CLEAR NAMED", (403, "forbidden")),
        ("INSERT DATA { GRAPH :graph\\/source\\/report { :a :b :c } }", (403, "forbidden")),
        ("INSERT { GRAPH ?g { :a :b :c } } WHERE { GRAPH ?g { ?s ?p ?o } }", (403, "forbidden")),
        ("DROP GRAPH :graph\\/shapes", (403, "forbidden")),
        ("INSERT DATA { GRAPH g:a { :a :b", (400, "query-syntax")),
        ("INSERT DATA { GRAPH g:a { :a :b ?c } }", (400, "query-syntax")),
        ("SELECT * WHERE { ?s ?p ?o }", (400, "query-syntax")),
        ("INSERT DATA { GRAPH g:a { :a :b :c } } INSERT DATA {}", (400, "query-syntax")),
        ("LOAD <http://127.0.0.1:9/> INTO GRAPH g:a", (403, "forbidden")),
        ("LOAD SILENT <http://127.0.0.1:9/> ; LOAD <http://127.0.0.1:9/>", (403, "forbidden")),
        ("LOAD <http://127.0.0.1:9/> ; CLEAR NOTHING", (400, "query-syntax")),
        ("LOAD <http://127.0.0.1:9/> g:a", (400, "query-syntax")),
        (
            "INSERT { GRAPH g:a { ?s ?p ?o } } WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
            (400, "query-refused"),
        ),
        ("INSERT DATA { GRAPH g:a { << :a :b :c >> :d :e } }", (400, "query-refused")),
        ("INSERT DATA { GRAPH g:a { :a :b <javascript:x> } }", (400, "rdf-refused")),
        (
            "INSERT { GRAPH g:a { :a :b ?x } } WHERE { BIND (IRI('javascript:x') AS ?x) }",
            (400, "rdf-refused"),
        ),
        (
            "INSERT { GRAPH g:a { :a :b ?x } } WHERE { BIND (:nothing(1) AS ?x) }",
            (400, "function-unknown"),
        ),
        (
            f"INSERT {{ GRAPH g:a {{ :a :b :c }} }} WHERE {'{' * 200}{'}' * 200}",
            (400, "query-too-complex"),
        ),
    ],
)
def test_what_is_refused_leaves_nothing(
    untouched: Writable, text: str, expected: tuple[int, str]
) -> None:
    assert problem(update(untouched, text)) == expected
    assert untouched.head == 1


def test_a_syntax_error_has_a_place(untouched: Writable) -> None:
    refused = update(untouched, "INSERT DATA {\n GRAPH g:a { :a :b } }").json()
    assert (refused["line"], refused["code"]) == (2, "query-syntax")


def test_a_syntax_error_after_a_later_declaration_has_its_place_too(untouched: Writable) -> None:
    text = (
        "INSERT DATA { GRAPH g:a { :a :b :c } } ;\nPREFIX x: <a:>\n"
        "CLEAR SILENT GRAPH x:a ;\n DROP y:a"
    )
    refused = update(untouched, text).json()
    assert (refused["line"], refused["code"]) == (4, "query-syntax")


def test_only_who_may_write_updates(untouched: Writable) -> None:
    text = "INSERT DATA { GRAPH g:a { :a :b :c } }"
    assert problem(update(untouched, text, headers={"Authorization": ""})) == (401, "unauthorized")
    assert problem(update(untouched, text, headers={"Authorization": "Bearer x"})) == (
        401,
        "unauthorized",
    )
    assert untouched.site.ask("GET", "/update").status_code == 405


@pytest.mark.parametrize(
    ("content", "headers", "params", "expected"),
    [
        (b"x", {"Content-Type": "text/plain"}, {}, (415, "unsupported-media-type")),
        (b"x", {"Content-Type": "application/sparql-query"}, {}, (415, "unsupported-media-type")),
        (b"x", {"Content-Type": f"{UPDATE}; charset=utf-16"}, {}, (400, "bad-request")),
        (b"\xff", {}, {}, (400, "bad-request")),
        (b"CLEAR ALL", {}, {"update": "CLEAR ALL"}, (400, "bad-request")),
        (b"CLEAR ALL", {}, {"using-graph-uri": "relative"}, (400, "bad-request")),
        (
            b"update=CLEAR+ALL&update=CLEAR+ALL",
            {"Content-Type": "application/x-www-form-urlencoded"},
            {},
            (400, "query-missing"),
        ),
        (
            b"query=CLEAR+ALL",
            {"Content-Type": "application/x-www-form-urlencoded"},
            {},
            (400, "query-missing"),
        ),
    ],
)
def test_requests_that_are_not_of_the_protocol_are_refused(
    untouched: Writable,
    content: bytes,
    headers: dict[str, str],
    params: dict[str, str],
    expected: tuple[int, str],
) -> None:
    said = {"Content-Type": UPDATE, "Authorization": f"Bearer {untouched.token}", **headers}
    asked = untouched.site.ask("POST", "/update", content=content, headers=said, params=params)
    assert problem(asked) == expected


def test_a_form_says_its_dataset_itself(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    writable.ask("PUT", "graph/submitted/other", one(2))
    text = "INSERT { GRAPH g:a { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    asked = writable.site.ask(
        "POST",
        "/update",
        data={"update": PREFIXES + text, "using-graph-uri": f"{BASE}{NEW}"},
        headers={"Authorization": f"Bearer {writable.token}"},
    )
    done(asked)
    assert numbers(writable.read("graph/submitted/a")) == {1}
    text = "DELETE WHERE { GRAPH g:a { ?s ?p ?o } }"
    params = {"using-named-graph-uri": f"{BASE}{NEW}"}
    assert done(update(writable, text, params=params)) == 4, "it looks at another graph"
    text = "DELETE { GRAPH g:a { ?s ?p ?o } } USING g:new WHERE { ?s ?p ?o }"
    assert problem(update(writable, text, params=params)) == (400, "bad-request")


def test_updates_are_held_against_the_shapes(writable: Writable) -> None:
    right = (DOCUMENTS / "right.ttl").read_bytes()
    assert writable.ask("PUT", NEW, right).status_code == 201
    year = "'2020'^^<http://www.w3.org/2001/XMLSchema#gYear>"
    text = f"INSERT DATA {{ GRAPH g:new {{ :id\\/measure\\/m1 d:year {year} }} }}"
    refused = update(writable, text)
    assert problem(refused) == (422, "does-not-conform")
    [rule] = [each["rule"] for each in refused.json()["report"]["results"]]
    assert rule == "Measure-year-one"
    text = f"""
        WITH g:new DELETE {{ ?m d:year ?old }} INSERT {{ ?m d:year {year} }}
        WHERE {{ ?m d:year ?old }}
    """
    assert done(update(writable, text)) == 3


def test_what_only_loses_triples_is_held_against_the_shapes_too(writable: Writable) -> None:
    """What it makes wrong may be a thing that it does not speak of."""
    owner = ":id\\/organisation\\/new"
    said = f"""INSERT DATA {{ GRAPH g:new {{ {owner} a d:Organisation .
        :id\\/measure\\/m1 a d:Measure ; d:owner {owner} }} }}"""
    assert done(update(writable, said)) == 2
    text = f"DELETE DATA {{ GRAPH g:new {{ {owner} a d:Organisation }} }}"
    refused = update(writable, text)
    assert problem(refused) == (422, "does-not-conform")
    [wrong] = refused.json()["report"]["results"]
    assert (wrong["rule"], wrong["focusNode"]["value"]) == (
        "Measure-owner-class",
        f"{BASE}id/measure/m1",
    )


def test_what_was_wrong_before_is_not_held_against_a_change(writable: Writable) -> None:
    graph, measure = f"<{BASE}{NEW}>".encode(), f"<{BASE}id/measure/m1>".encode()
    year = b'<http://example.org/def#year> "%d"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    kind = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://example.org/def#Measure>"
    said = (kind, year % 2020, year % 2021, b'<http://example.org/name> "x"')
    lines = [b" ".join((measure, each, graph, b".")) for each in said]
    writable.site.run(
        writable.publisher.commit(Proposal(ChangeSet.of(lines), "operator", "wrong", "test"))
    )
    text = "DELETE DATA { GRAPH g:new { :id\\/measure\\/m1 :name 'x' } }"
    assert done(update(writable, text)) == 3
    text = "INSERT DATA { GRAPH g:new { :id\\/measure\\/m1 d:year 'soon' } }"
    assert problem(update(writable, text)) == (422, "does-not-conform")
    text = "DELETE WHERE { GRAPH g:new { :id\\/measure\\/m1 d:year ?y , ?z } }"
    assert done(update(writable, text)) == 4


def test_many_who_count_at_once_lose_nothing(writable: Writable) -> None:
    writable.ask("PUT", NEW, f"<{BASE}counter> <{BASE}number> 0 .".encode())
    text = """
        WITH g:new DELETE { :counter :number ?n } INSERT { :counter :number ?m }
        WHERE { :counter :number ?n BIND (?n + 1 AS ?m) }
    """

    async def all_at_once() -> list[int]:
        sent = [send(writable, text) for _ in range(12)]
        return [response.status_code for response in await asyncio.gather(*sent)]

    assert writable.site.run(all_at_once()) == [204] * 12
    assert numbers(writable.read(NEW)) == {12}


def test_many_who_list_at_once_are_all_kept(writable: Writable) -> None:
    async def all_at_once() -> list[int]:
        sent = [
            send(writable, f"INSERT DATA {{ GRAPH g:new {{ :thing :number {number} }} }}")
            for number in range(12)
        ]
        return [response.status_code for response in await asyncio.gather(*sent)]

    assert writable.site.run(all_at_once()) == [204] * 12
    assert numbers(writable.read(NEW)) == set(range(12))


def test_blank_nodes_of_each_update_are_new_ones(writable: Writable) -> None:
    for release in (2, 3):
        assert (
            done(update(writable, "INSERT DATA { GRAPH g:new { _:a :number 1 . [] :of _:a } }"))
            == release
        )
    assert len(writable.read(NEW)) == 4


def test_the_unnamed_graph_is_written_where_it_is_its_own(own: Writable) -> None:
    done(update(own, "INSERT DATA { :a :number 1 . GRAPH :g { :a :number 2 } }"))
    done(update(own, "DELETE { ?s ?p ?o } INSERT { ?s ?p 5 } WHERE { ?s ?p ?o }"))
    asked = own.site.ask(
        "GET", "/rdf-graph-store?default", headers={"Accept": "application/n-triples"}
    )
    assert asked.text.count("\n") == 1
    assert '"5"' in asked.text
    done(update(own, "CLEAR DEFAULT"))
    assert own.site.ask("GET", "/rdf-graph-store?default").text.strip() == ""


def test_all_graphs_are_those_that_may_be_written(own: Writable) -> None:
    done(update(own, "INSERT DATA { :a :number 1 . GRAPH :g { :a :number 2 } }"))
    before = own.read("graph/source/report")
    done(update(own, "CLEAR ALL"))
    assert own.ask("GET", "http://example.org/g").status_code == 404
    assert own.ask("GET", EDITORIAL).status_code == 404
    assert len(before)
    assert len(own.read("graph/source/report")) == len(before)
    assert own.ask("GET", "graph/shapes").status_code == 200
    assert problem(update(own, "DROP GRAPH :graph\\/shapes")) == (403, "forbidden")
    assert problem(update(own, "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }")) == (403, "forbidden")


def test_relative_iris_are_those_of_the_pack(writable: Writable) -> None:
    text = "INSERT DATA { GRAPH <graph/submitted/a> { <id/x> <number> 1 , '1'^^<own> } }"
    done(update(writable, text))
    assert lines(writable)[0] == [
        '<:id/x> <:number> "1"^^<:own> <:graph/submitted/a> .',
        '<:id/x> <:number> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <:graph/submitted/a> .',
    ]
    found = writable.site.query(
        "SELECT ?n FROM <graph/submitted/a> { <id/x> <number> ?n FILTER(isNumeric(?n)) }"
    )
    assert len(found.json()["results"]["bindings"]) == 1
    # The request's own names of graphs are absolute.
    named = {"query": "ASK {}", "default-graph-uri": "graph/submitted/a"}
    assert problem(writable.site.ask("GET", "/sparql", params=named)) == (400, "bad-request")


def test_keywords_are_read_in_any_case(writable: Writable) -> None:
    done(update(writable, "insert data { graph g:a { :a :b TRUE } }"))
    assert '"true"' in lines(writable)[0][0]


def test_a_patch_changes_its_graph_alone(writable: Writable) -> None:
    writable.ask("PUT", NEW, one(1))
    writable.ask("PUT", "graph/submitted/other", one(9))

    def patch(text: str, **options: Any) -> httpx.Response:
        headers = {"Content-Type": UPDATE, **options.pop("headers", {})}
        return writable.ask("PATCH", NEW, (PREFIXES + text).encode(), headers=headers)

    thing = "<http://example.org/graph/submitted/thing>"
    assert patch(f"INSERT DATA {{ {thing} :number 2 }}").status_code == 204
    assert patch("DELETE { ?s ?p 1 } INSERT { ?s ?p 3 } WHERE { ?s ?p 1 }").status_code == 204
    assert numbers(writable.read(NEW)) == {2, 3}
    text = "INSERT { ?s ?p ?o } WHERE { GRAPH g:other { ?s ?p ?o } }"
    assert patch(text).status_code == 204
    assert numbers(writable.read(NEW)) == {2, 3, 9}
    assert problem(patch("CLEAR GRAPH g:other")) == (400, "bad-request")
    assert problem(patch("INSERT DATA { GRAPH g:other { :a :b :c } }")) == (400, "bad-request")
    assert problem(patch("CLEAR DEFAULT")) == (400, "no-target-graph")
    assert problem(patch("DELETE WHERE { ?s ?p ?o }", headers={"If-Match": '"x"'})) == (
        412,
        "precondition-failed",
    )
    assert patch("DELETE WHERE { ?s ?p ?o }").status_code == 204
    assert writable.ask("GET", NEW).status_code == 404


def test_a_patch_may_make_its_graph(writable: Writable) -> None:
    headers = {"Content-Type": UPDATE}
    made = writable.ask("PATCH", NEW, b"INSERT DATA { <a:b> <a:c> 1 }", headers=headers)
    assert made.status_code == 201
    assert problem(writable.ask("PATCH", NEW, one(1))) == (415, "unsupported-media-type")


def test_what_is_posted_to_the_store_itself_makes_a_graph(writable: Writable) -> None:
    made = [writable.ask("POST", None, one(number)) for number in (1, 2)]
    assert [response.status_code for response in made] == [201, 201]
    where = [response.headers["location"] for response in made]
    assert where[0] != where[1]
    for number, location in zip((1, 2), where, strict=True):
        read = writable.site.ask("GET", location, headers={"Accept": "application/n-triples"})
        assert f'"{number}"' in read.text
        # The address of a graph names it, too.
        assert writable.ask("DELETE", location).status_code == 204


def test_every_attempt_is_noted(writable: Writable) -> None:
    done(update(writable, "INSERT DATA { GRAPH g:a { :a :b :c } }"))
    update(writable, "CLEAR ALL")
    assert [(line.action, line.outcome, line.release) for line in writable.audited()] == [
        ("http:update", "done", 2),
        ("http:update", "no-target-graph", None),
    ]


def test_scratch_copies_do_not_stay(writable: Writable) -> None:
    done(update(writable, "INSERT { GRAPH g:a { :a :b ?o } } WHERE { ?s :budget ?o }"))
    update(writable, "INSERT { GRAPH g:a { :a :b ?o } } WHERE { ?s :budget }")
    left = [path for path in writable.publisher.workroom.iterdir() if (path / "scratch").exists()]
    assert left == []
