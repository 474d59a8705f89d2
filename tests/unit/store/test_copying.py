"""Queries that copy a graph are answered as the engine answers them."""

from __future__ import annotations

import io

import pytest
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryTriples,
    RdfFormat,
    Store,
)

from jalon.store.copying import Copy, copy_of
from jalon.store.evaluation import Job, Merges, evaluate, serialise, wanted

NAMES = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
GRAPH = NamedNode("http://g")
FORMATS = ("application/n-triples", "text/turtle", "application/rdf+xml", "application/ld+json")


@pytest.fixture
def store() -> Store:
    made = Store()
    values = (Literal("a\n\"b'"), Literal("é", language="fr"), Literal("1"), BlankNode("x"))
    for graph in (DefaultGraph(), GRAPH):
        for number in range(50):
            thing, name = NamedNode(f"http://s/{number % 7}"), NamedNode(f"http://p/{number}")
            made.add(Quad(thing, name, values[number % 4], graph))
    made.add(Quad(NamedNode("http://only"), NamedNode("http://p"), Literal("here"), GRAPH))
    return made


def job(text: str, graph: str, default: list[str] | None = None) -> Job:
    return {
        "checkpoint": "", "state": "", "base": "http://b/", "default": default, "named": None,
        "entailed": None, "entailment": False, "solutions": "text/csv", "graph": graph,
        "memory": 0, "seconds": 0, "merged": 1_000, "text": text,
    }  # fmt: skip


def answered(store: Store, asked: Job) -> tuple[str, bytes]:
    result = evaluate(asked, store, Merges())
    kind, media_type = wanted(result, asked)
    out = io.BytesIO()
    serialise(result, media_type, out)
    return kind, out.getvalue()


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("tail", ["", " LIMIT 7", " OFFSET 45", " LIMIT 9 OFFSET 3", " LIMIT 0"])
def test_a_copy_is_byte_by_byte_what_the_engine_gives(
    store: Store, tail: str, media_type: str
) -> None:
    assert copy_of(NAMES + tail) is not None
    found = store.query(NAMES + tail)
    assert isinstance(found, QueryTriples)
    written = found.serialize(format=RdfFormat.from_media_type(media_type))
    assert answered(store, job(NAMES + tail, media_type)) == ("graph", written)


def test_another_default_graph_is_copied_where_it_is_one_alone(store: Store) -> None:
    _, alone = answered(store, job(NAMES, FORMATS[0], ["http://g"]))
    assert b"http://only" in alone
    assert alone.count(b"\n") == 51
    _, several = answered(store, job(NAMES, FORMATS[0], ["http://g", "http://h"]))
    assert sorted(several.splitlines()) == sorted(alone.splitlines())
    shown = job(NAMES, FORMATS[0])
    shown["entailed"], shown["entailment"] = "http://more", True
    also = NamedNode("http://also")
    store.add(Quad(also, NamedNode("http://p"), Literal("x"), NamedNode("http://more")))
    _, both = answered(store, shown)
    assert (b"http://also" in both, both.count(b"\n")) == (True, 51)
    _, none = answered(store, job(NAMES, FORMATS[0], []))
    assert none == b""


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        (NAMES, Copy(0, None)),
        ("construct where {?a $b ?c.}limit 5", Copy(0, 5)),
        ("CONSTRUCT{?a ?b ?c}{?a ?b ?c} OFFSET 2 LIMIT 3", Copy(2, 5)),
        ("PREFIX a: <http://a#b> PREFIX : <> # c\n" + NAMES + "# LIMIT 3", Copy(0, None)),
        ("Construct { $s ?p ?o } WHERE { ?s ?p ?o . } LIMIT 3 # 7", Copy(0, 3)),
    ],
)
def test_what_copies_is_known(text: str, copy: Copy) -> None:
    assert copy_of(text) == copy


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT { ?o ?p ?s } WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?s } WHERE { ?s ?p ?s }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o . ?o ?q ?r }",
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "CONSTRUCT { ?s ?p ?o } FROM <http://g> WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o }",
        "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o }",
        f"{NAMES} LIMIT 5 LIMIT 6",
        f"{NAMES} LIMIT5",
        f"{NAMES} ORDER BY ?s LIMIT 5",
        f"{NAMES} LIMIT 5 # a\nVALUES ?s {{ <http://s> }}",
        f"BASE <http://x/> {NAMES} x",
        f'{NAMES} # "',
        "SELECT * WHERE { ?s ?p ?o }",
    ],
)
def test_everything_else_is_left_to_the_engine(text: str) -> None:
    assert copy_of(text) is None
