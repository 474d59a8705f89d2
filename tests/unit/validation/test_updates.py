"""What an update comes to, held against what the engine makes of it on the whole."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, Quad, RdfFormat, Store, parse

from jalon.store.live import read_quads
from jalon.store.snapshot import Snapshot
from jalon.validation.bench import Release
from jalon.validation.documents import Document
from jalon.validation.edits import SPARQL_UPDATE, Edit
from jalon.validation.updates import Place, updated
from web.making import snapshot_of

BASE = "http://example.org/"
PREFIXES = f"PREFIX : <{BASE}> "
GRAPHS = (":g1", ":g2", f"<{BASE}g3>")
ROUNDS = 150


def listed(text: str) -> tuple[tuple[Quad, ...], tuple[Quad, ...]]:
    """What an update that only lists quads adds and removes."""
    edit = Edit("update", None, (Document("data", text.encode(), SPARQL_UPDATE),))
    change = updated(edit, Place(Release(""), ""), own=True).change
    return read_quads(change.adds), read_quads(change.removes)


def canonical(quads: Iterator[Quad] | tuple[Quad, ...] | Store) -> set[Quad]:
    """As the engine keeps them, with names for blank nodes that depend on nothing else."""
    kept = Store()
    kept.extend(quads)
    dataset = Dataset(kept)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


@pytest.mark.parametrize(
    "quads",
    [
        ":a :b 1 , 01 , +1 , 1.0 , 1e0 , true , 'x' , \"x\"@fr , '''y\n\"z\"''' , '5'^^:own",
        ":a :b [] ; :c [ :d _:x ] . _:x :e ( 1 _:x ( ) ) .",
        "GRAPH :g { _:x :b :c . } _:x :b :d . GRAPH :h { _:x :b :e }",
        "GRAPH :g { :a a :b } . :a a :b . GRAPH :g { }",
        r":a :b 'tab\tquote\'é\u00e9' ; :p\-q :r\~s , :%41 .",
        ":a :b :c ; ; :d :e ; .",
        "[ :a :b ] . ( 1 2 ) :p 3 .",
        "",
        "# a comment with { and }\n :a :b :c # another }\n",
    ],
)
def test_what_is_listed_is_read_as_the_engine_reads_it(quads: str) -> None:
    text = f"{PREFIXES} INSERT DATA {{ {quads} }}"
    engine = Store()
    engine.update(text)
    added, removed = listed(text)
    assert canonical(added) == canonical(engine)
    assert not removed


def test_a_declaration_holds_for_the_operations_after_it() -> None:
    text = """
        PREFIX p: <a:> INSERT DATA { p:a p:b 1 } ;
        BASE <http://e/> PREFIX q: <b/> INSERT DATA { q:a p:b <x> } ;
        DELETE DATA { q:c p:d 2 }
    """
    added, removed = listed(text)
    assert {str(quad.subject) for quad in added} == {"<a:a>", "<http://e/b/a>"}
    assert {str(quad.object) for quad in added if quad.object != Literal(1)} == {"<http://e/x>"}
    assert [str(quad.subject) for quad in removed] == ["<http://e/b/c>"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    lines = [
        f"<{BASE}s{s}> <{BASE}p{p}> {value} <{BASE}{graph}> ."
        for s in range(4)
        for p in range(3)
        for graph in ("g1", "g2", "g3", "g4")
        for value in (f'"{s}"', f"<{BASE}s{(s + p) % 4}>")
    ]
    nquads = "\n".join(lines).encode()
    return snapshot_of(nquads, BASE, tmp_path_factory.mktemp("release"))


@pytest.mark.parametrize("seed", range(6))
def test_random_updates_come_to_what_the_engine_makes_of_the_whole(
    release: Snapshot, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(ROUNDS // 6):
        text = PREFIXES + " ;\n".join(one_of_many(chance) for _ in range(chance.randint(1, 3)))
        before = set(Store.read_only(str(release.checkpoint)))
        whole = Store()
        whole.extend(before)
        whole.update(text)
        edit = Edit("update", None, (Document("data", text.encode(), SPARQL_UPDATE),))
        place = Place(Release(str(release.checkpoint)), str(tmp_path / "scratch"))
        done = updated(edit, place, own=True)
        shutil.rmtree(tmp_path / "scratch", ignore_errors=True)
        adds, removes = (
            set(parse(lines, RdfFormat.N_QUADS))
            for lines in (done.change.adds, done.change.removes)
        )
        assert no_blanks((before - removes) | adds) == no_blanks(whole), text
        assert done.said.things == {quad.subject for quad in adds | removes}


def no_blanks(quads: set[Quad] | Store) -> set[str]:
    """Each quad, a blank node as any other."""
    return {re.sub("_:[0-9a-z]+", "_:", str(quad)) for quad in quads}


def one_of_many(chance: random.Random) -> str:
    """An operation of any kind."""
    first, second = chance.sample(GRAPHS, 2)
    s, p, n = f":s{chance.randrange(4)}", f":p{chance.randrange(3)}", chance.randrange(4)
    return chance.choice(
        [
            f"INSERT DATA {{ {s} {p} {n} . GRAPH {first} {{ {s} {p} {n} , 'new' }} }}",
            f"DELETE DATA {{ GRAPH {first} {{ {s} {p} '{n}' }} }}",
            f"DELETE WHERE {{ GRAPH {first} {{ {s} {p} ?o }} }}",
            f"DELETE WHERE {{ GRAPH ?g {{ {s} ?p '{n}' }} }}",
            f"WITH {first} DELETE {{ ?s {p} ?o }} INSERT {{ ?o {p} ?s }} WHERE {{ ?s {p} ?o }}",
            f"WITH {first} INSERT {{ GRAPH {second} {{ ?s {p} {n} }} }} WHERE {{ ?s {p} '{n}' }}",
            f"INSERT {{ GRAPH ?g {{ ?s {p} [] }} }} WHERE {{ GRAPH ?g {{ ?s {p} '{n}' }} }}",
            f"INSERT {{ {s} {p} ?o }} USING {first} WHERE {{ {s} {p} ?o }}",
            f"DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER (?o = {n}) }}",
            f"COPY {first} TO {second}",
            f"MOVE SILENT {first} TO {second}",
            f"ADD {first} TO DEFAULT",
            f"MOVE SILENT {first} TO DEFAULT",
            f"CLEAR SILENT GRAPH {first}",
            f"DROP SILENT GRAPH {second}",
            "CLEAR DEFAULT",
        ]
    )
