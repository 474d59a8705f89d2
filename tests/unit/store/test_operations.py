"""What is read from the tokens of an update, before any engine reads it."""

from __future__ import annotations

import pytest

from jalon.errors import BadRequest, QueryRefused, QuerySyntax, QueryTooComplex
from jalon.store.operations import DEPTH, OPERATORS, read_operations
from jalon.store.rewriting import NOTHING, is_data_alone, placed_in, using, without_loads

G = "http://example.org/g"


@pytest.mark.parametrize(
    ("text", "graphs", "anything"),
    [
        ("INSERT DATA { <a:a> <a:b> 1 }", {None}, False),
        ("INSERT DATA { GRAPH <a:g> { <a:a> <a:b> 1 } }", {"a:g"}, False),
        (
            "INSERT DATA { GRAPH <a:g> { } . <a:a> <a:b> 1 . GRAPH <a:h> {} }",
            {"a:g", "a:h", None},
            False,
        ),
        ("PREFIX p: <a:> DELETE DATA { GRAPH p:g { <a:a> <a:b> '}' } }", {"a:g"}, False),
        ("BASE <http://e/x/> DELETE WHERE { GRAPH <../g> { ?s ?p ?o } }", {"http://e/g"}, False),
        ("DELETE WHERE { ?s ?p ?o }", {None}, False),
        ("WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", {"a:g"}, False),
        ("WITH <a:g> INSERT { GRAPH <a:h> { ?s ?p ?o } } WHERE { ?s ?p ?o }", {"a:h"}, False),
        ("INSERT { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", set(), True),
        ("PREFIX p: <a:> CLEAR GRAPH p:g ; PREFIX p: <b:> DROP GRAPH p:g", {"a:g", "b:g"}, False),
        ("CLEAR NAMED", set(), False),
        ("DROP ALL", {None}, False),
        ("CLEAR GRAPH <g>", {"http://base/g"}, False),
        ("CLEAR SILENT DEFAULT", {None}, False),
        ("COPY <a:g> TO <a:h>", {"a:h"}, False),
        ("ADD DEFAULT TO GRAPH <a:h>", {"a:h"}, False),
        ("MOVE SILENT <a:g> TO DEFAULT", {"a:g", None}, False),
        ("CREATE GRAPH <a:g>", set(), False),
        (r"PREFIX p: <a:> CLEAR GRAPH p:g\-h", set(), True),
        (r"CLEAR GRAPH <a:\u0067>", set(), True),
        ("CLEAR GRAPH unknown:g", set(), True),
        ("", set(), False),
        ("# a comment\n", set(), False),
    ],
)
def test_the_graphs_that_may_change(text: str, graphs: set[str | None], anything: bool) -> None:
    operations = read_operations(text, "http://base/")
    assert {graph for each in operations for graph in each.graphs} == graphs
    assert any(each.anything for each in operations) == anything


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("INSERT DATA { <a:a> <a:b> 1 } ; DELETE DATA { <a:a> <a:b> 1 } ;", True),
        ("PREFIX p: <a:> insert data { }", True),
        ("INSERT DATA { <a:a> <a:b> 1 } ; CLEAR ALL", False),
        ("DELETE WHERE { ?s ?p ?o }", False),
        ("PREFIX p: <a:>", False),
        ("", False),
    ],
)
def test_what_only_lists_quads_is_known(text: str, alone: bool) -> None:
    assert is_data_alone(read_operations(text)) == alone


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        (
            "PREFIX p: <a:> INSERT DATA { p:a p:b 1 . GRAPH p:g { p:a p:b 2 } . "
            "p:a p:b 3 ; p:c [] }",
            "PREFIX p: <a:> INSERT DATA { GRAPH <a:x> { p:a p:b 1 . } GRAPH p:g { p:a p:b 2 } . "
            "GRAPH <a:x> { p:a p:b 3 ; p:c [] } }",
        ),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE WHERE { GRAPH <a:x> { ?s ?p ?o } }"),
        (
            "BASE <b:c> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 } ; INSERT { ?s ?p 1 } WHERE {}",
            "BASE <b:c> WITH <a:x> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 } ; "
            "WITH <a:x> INSERT { ?s ?p 1 } WHERE {}",
        ),
        ("WITH <a:g> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }",) * 2,
        ("CLEAR DEFAULT",) * 2,
    ],
)
def test_what_is_said_of_no_graph_is_placed_in_one(text: str, placed: str) -> None:
    assert placed_in(text, read_operations(text), "a:x") == placed


def test_the_dataset_of_a_request_becomes_part_of_each_operation_that_looks() -> None:
    text = (
        "INSERT DATA { <a:a> <a:b> 1 } ; DELETE { ?s ?p 1 } WHERE { ?s ?p ?o } ; "
        "DELETE WHERE { ?s ?p 2 } ; CLEAR DEFAULT"
    )
    assert using(text, read_operations(text), ["a:d"], ["a:n"]) == (
        "INSERT DATA { <a:a> <a:b> 1 } ; "
        "DELETE { ?s ?p 1 } USING <a:d> USING NAMED <a:n> WHERE { ?s ?p ?o } ; "
        "DELETE { ?s ?p 2 } USING <a:d> USING NAMED <a:n> WHERE { ?s ?p 2 } ; CLEAR DEFAULT"
    )


@pytest.mark.parametrize("said", ["USING <a:g>", "USING NAMED <a:g>"])
def test_a_dataset_is_said_once(said: str) -> None:
    text = f"DELETE {{ ?s ?p ?o }} {said} WHERE {{ ?s ?p ?o }}"
    with pytest.raises(BadRequest):
        using(text, read_operations(text), ["a:d"], [])
    text = "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"
    with pytest.raises(BadRequest):
        using(text, read_operations(text), [], ["a:d"])


@pytest.mark.parametrize(
    ("text", "construct", "place"),
    [
        ("INSERT {} WHERE { SERVICE <a:b> {} }", "SERVICE", (1, 19)),
        ("INSERT DATA { << <a:a> <a:b> 1 >> <a:c> 2 }", "<<", (1, 15)),
    ],
)
def test_what_fetches_is_refused_with_its_place(
    text: str, construct: str, place: tuple[int, int]
) -> None:
    with pytest.raises(QueryRefused) as refused:
        read_operations(text)
    details = refused.value.details
    assert details["construct"] == construct
    assert (details["line"], details["column"]) == place


@pytest.mark.parametrize(
    ("text", "column"),
    [("CLEAR ALL LOAD <a:b>", 11), ("INSERT {} WHERE { load <a:b> }", 19), ("PREFIX LOAD", 8)],
)
def test_a_load_stands_nowhere_but_at_the_beginning(text: str, column: int) -> None:
    with pytest.raises(QuerySyntax) as refused:
        read_operations(text)
    assert refused.value.details["column"] == column


@pytest.mark.parametrize("text", ['INSERT DATA { <a:a> <a:b> "LOAD SERVICE << {" }', "# LOAD"])
def test_words_in_strings_and_comments_are_no_words(text: str) -> None:
    read_operations(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("LOAD <a:b>", NOTHING),
        (
            "CLEAR ALL ; load silent p:x into graph <a:b> ; CLEAR ALL",
            f"CLEAR ALL ; {NOTHING}; CLEAR ALL",
        ),
        ("PREFIX p: <a:> LOAD p:x # <\n; LOAD <a:c>", f"PREFIX p: <a:> {NOTHING}; {NOTHING}"),
        ("CLEAR ALL", "CLEAR ALL"),
    ],
)
def test_no_engine_sees_a_load(text: str, left: str) -> None:
    assert without_loads(text, read_operations(text)) == left


@pytest.mark.parametrize(
    "text", ["LOAD", "LOAD <a:b> <a:c>", "LOAD <a:b> INTO <a:c>", "LOAD { <a:b> }"]
)
def test_a_load_that_is_none_is_no_sparql(text: str) -> None:
    with pytest.raises(QuerySyntax):
        without_loads(text, read_operations(text))


def test_what_is_for_all_graphs_is_known() -> None:
    texts = (
        "CLEAR ALL",
        "DROP SILENT NAMED",
        "DROP GRAPH <a:g>",
        "CLEAR DEFAULT",
        "ADD <a:g> TO <a:h>",
    )
    assert [read_operations(text)[0].every for text in texts] == [True, True, False, False, False]


def test_what_is_too_deep_or_too_long_is_refused() -> None:
    read_operations("INSERT {} WHERE " + "{" * DEPTH + "}" * DEPTH)
    with pytest.raises(QueryTooComplex):
        read_operations("INSERT {} WHERE " + "{" * (DEPTH + 1))
    with pytest.raises(QueryTooComplex):
        read_operations("INSERT {} WHERE {" + "OPTIONAL {}" * (OPERATORS + 1) + "}")
    with pytest.raises(QueryTooComplex):
        read_operations("INSERT {} WHERE { OPTIONAL {} } ;" * (OPERATORS + 1))


def test_quads_that_are_data_may_be_as_many_as_there_are() -> None:
    quads = "<a:a> <a:b> 1 ; <a:c> 2 . " * OPERATORS
    assert is_data_alone(read_operations(f"INSERT DATA {{ {quads} }}"))


@pytest.mark.parametrize(
    "text",
    [
        "}",
        "{",
        ";;;",
        "INSERT DATA",
        "INSERT DATA {",
        "DELETE WHERE }",
        "{ } } {",
        "PREFIX",
        "INSERT DATA { GRAPH",
        "INSERT DATA { GRAPH <a:g> {",
        "GRAPH {}",
        'INSERT DATA { "',
        "[ ( { ) ]",
    ],
)
def test_what_is_no_update_is_left_to_the_engine(text: str) -> None:
    operations = read_operations(text)
    assert isinstance(placed_in(text, operations, "a:x"), str)
    assert isinstance(using(text, operations, ["a:x"], []), str)
