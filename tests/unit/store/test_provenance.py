"""What the catalogue says of releases: it follows from the commits, and is no part of them."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from jalon.ledger.commits import ChangeSet
from jalon.ledger.ledger import PLACE, Ledger
from jalon.store.concern import is_concerned
from jalon.store.intake import Proposal
from jalon.store.live import as_kept
from jalon.store.provenance import provenance_of, release_iri
from jalon.store.publisher import Publisher
from jalon.store.site import Site
from jalon.store.snapshot import Snapshot
from jalon.store.writer import MANY_COMMITS
from jalon.terms import CATALOGUE_GRAPH

BASE = "https://w3id.org/jalon/"
GUIDE = Path(__file__).parents[3] / "docs" / "releases.md"
EDITORIAL = f"{BASE}graph/editorial"
CATALOGUE = NamedNode(BASE + CATALOGUE_GRAPH)
NOON = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
HOSTILE = '<a> "b"\n{ } | \\ ^ ` %é'
PREFIXES = f"""PREFIX : <{BASE}> PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX void: <http://rdfs.org/ns/void#>
"""
QUESTIONS = (
    "SELECT ?thing { ?thing a ?class }",
    "SELECT ?text { ?thing rdfs:comment ?text }",
    "SELECT ?release { ?release prov:wasGeneratedBy+ ?commit }",
    f"SELECT ?thing {{ ?thing a ?class GRAPH <{EDITORIAL}> {{ ?thing rdfs:comment ?text }} }}",
    "SELECT ?thing { ?thing a ?class GRAPH ?graph { ?thing rdfs:label ?name } }",
)
"""None of them finds anything in the catalogue."""


def line(number: int) -> bytes:
    return f'<{BASE}id/{number}> <{BASE}p> "{number}" <{EDITORIAL}> .'.encode()


def change(adds: Sequence[int] = (), removes: Sequence[int] = ()) -> ChangeSet:
    return ChangeSet.of(map(line, adds), map(line, removes))


STORY = (
    Proposal(change([1, 2, 3]), "operator", "a pack 1.0.0", "pack:d16e57"),
    Proposal(change([4], [1]), "a1", "", "submission:7"),
    Proposal(change([1], [4]), "a2", "It was wrong", "revert:7"),
    Proposal(change([5]), HOSTILE, HOSTILE, HOSTILE),
    Proposal(change([6]), "a1", "submission:8", "submission:8x"),
)


@asynccontextmanager
async def publisher(folder: Path, *, own: bool = False) -> AsyncIterator[Publisher]:
    ledger = Ledger.open(folder / PLACE, lambda: NOON)
    opened = Publisher(Site(folder, BASE, own=own), ledger)
    try:
        await opened.open()
        yield opened
    finally:
        await opened.close()
        ledger.close()


async def tell(opened: Publisher) -> list[Snapshot]:
    """The releases of the story, one after the other."""
    made = []
    for each in STORY:
        await opened.commit(each)
        made.append(opened.current)
    return made


def catalogue(snapshot: Snapshot) -> set[Quad]:
    store = Store.read_only(str(snapshot.checkpoint))
    return set(store.quads_for_pattern(None, None, None, CATALOGUE))


def said(folder: Path, upto: int) -> set[Quad]:
    """What the commits of the ledger up to one of them have the catalogue say."""
    ledger = Ledger.open(folder / PLACE, lambda: NOON, read_only=True)
    try:
        said_of = [each for kept in ledger.commits(0, upto) for each in provenance_of(kept, BASE)]
    finally:
        ledger.close()
    quads = (Quad(each.subject, each.predicate, each.object, CATALOGUE) for each in said_of)
    return set(as_kept(quads))


def rows(snapshot: Snapshot, text: str) -> list[tuple[str, ...]]:
    found = Store.read_only(str(snapshot.checkpoint)).query(PREFIXES + text)
    assert isinstance(found, QuerySolutions)
    return [tuple(value.value if value else "" for value in row) for row in found]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Snapshot]]:
    """A data folder, and its releases in order."""
    folder = tmp_path_factory.mktemp("told")

    async def story() -> list[Snapshot]:
        async with publisher(folder) as opened:
            return await tell(opened)

    return folder, asyncio.run(story())


def test_each_release_speaks_of_itself_and_of_those_before_it(
    told: tuple[Path, list[Snapshot]],
) -> None:
    folder, releases = told
    for number, snapshot in enumerate(releases, 1):
        assert catalogue(snapshot) == said(folder, number)
        subjects = {re.sub("#.*", "", quad.subject.value) for quad in catalogue(snapshot)}  # type: ignore[union-attr]
        made = {release_iri(each, BASE).value for each in range(1, number + 1)}
        assert subjects - {f"{BASE}submissions/7"} == made


def test_a_release_has_its_number_time_and_message_and_the_one_before(
    told: tuple[Path, list[Snapshot]],
) -> None:
    text = """SELECT ?number ?release ?time ?before ?message { GRAPH :graph\\/catalogue {
        ?release a prov:Entity ; dcat:version ?number ; prov:generatedAtTime ?time
        OPTIONAL { ?release prov:wasRevisionOf ?before }
        OPTIONAL { ?release rdfs:comment ?message } } } ORDER BY ?number"""
    assert rows(told[1][-1], text) == [
        (
            str(number),
            f"{BASE}releases/{number}",
            "2026-03-01T12:30:15.25Z",
            f"{BASE}releases/{number - 1}" if number > 1 else "",
            each.message,
        )
        for number, each in enumerate(STORY, 1)
    ]


def test_a_commit_has_its_digest_and_who_made_it(told: tuple[Path, list[Snapshot]]) -> None:
    folder, releases = told
    text = """SELECT ?commit ?digest ?author { GRAPH :graph\\/catalogue {
        ?release prov:wasGeneratedBy ?commit ; dcat:version ?number .
        ?commit a prov:Activity ; dcterms:identifier ?digest ; prov:wasAssociatedWith ?author
        } } ORDER BY ?number"""
    found = rows(releases[-1], text)
    assert [digest for _, digest, _ in found] == [each.stamp.commit for each in releases]
    assert [commit for commit, _, _ in found] == [
        f"{BASE}releases/{number}#commit" for number in range(1, len(STORY) + 1)
    ]
    authors = [author.removeprefix(f"{BASE}id/author/") for _, _, author in found]
    assert authors[:3] + authors[4:] == ["operator", "a1", "a2", "a1"]
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", authors[3])
    assert folder.exists()


def test_a_submission_is_used_by_the_commit_that_publishes_it_and_ended_by_who_takes_it_back(
    told: tuple[Path, list[Snapshot]],
) -> None:
    text = """SELECT ?submission ?said ?release { GRAPH :graph\\/catalogue {
        { ?commit prov:used ?submission BIND ("used" AS ?said) } UNION
        { ?submission a prov:Entity ; prov:wasInvalidatedBy ?commit BIND ("ended" AS ?said) }
        ?release prov:wasGeneratedBy ?commit ; dcat:version ?number } } ORDER BY ?number"""
    assert rows(told[1][-1], text) == [
        (f"{BASE}submissions/7", "used", f"{BASE}releases/2"),
        (f"{BASE}submissions/7", "ended", f"{BASE}releases/3"),
    ]


def test_what_was_added_and_removed_is_counted(told: tuple[Path, list[Snapshot]]) -> None:
    text = """SELECT ?release ?added ?removed { GRAPH :graph\\/catalogue {
        ?release dcat:version ?number ; prov:wasGeneratedBy ?commit
        OPTIONAL { ?new prov:wasGeneratedBy ?commit ; void:triples ?added }
        OPTIONAL { ?gone prov:wasInvalidatedBy ?commit ; void:triples ?removed }
        } } ORDER BY ?number"""
    found = [counts for _, *counts in rows(told[1][-1], text)]
    assert found == [["3", ""], ["1", "1"], ["1", "1"], ["1", ""], ["1", ""]]


def test_it_is_neither_shown_nor_counted(told: tuple[Path, list[Snapshot]]) -> None:
    for snapshot, (quads, shown) in zip(
        told[1], [(3, 3), (3, 3), (3, 3), (4, 4), (5, 5)], strict=True
    ):
        store = Store.read_only(str(snapshot.checkpoint))
        assert (snapshot.stamp.quads, snapshot.stamp.shown) == (quads, shown)
        unnamed = store.quads_for_pattern(None, None, None, DefaultGraph())
        assert {quad.predicate.value for quad in unnamed} == {f"{BASE}p"}
        assert len(store) == quads + shown + len(catalogue(snapshot))


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_that_does_not_look_there_is_not_concerned(
    told: tuple[Path, list[Snapshot]], text: str
) -> None:
    for snapshot in told[1][1:]:
        assert snapshot.news
        assert not is_concerned(PREFIXES + text, snapshot.news[-1:])


@pytest.mark.parametrize(
    "pattern",
    ["?release prov:wasRevisionOf ?before", f"<{BASE}releases/5> ?property ?value", "?x a ?c"],
)
def test_a_question_that_looks_there_is_concerned(
    told: tuple[Path, list[Snapshot]], pattern: str
) -> None:
    text = f"{PREFIXES} SELECT * {{ GRAPH :graph\\/catalogue {{ {pattern} }} }}"
    before, newest = (rows(each, text.removeprefix(PREFIXES)) for each in told[1][-2:])
    assert before != newest
    assert is_concerned(text, told[1][-1].news[-1:])


def test_a_release_that_is_made_again_says_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path) as opened:
            await tell(opened)
        shutil.rmtree(tmp_path / "releases")
        async with publisher(tmp_path) as opened:
            for number in (5, 3, 4):
                assert catalogue(await opened.at(number)) == said(tmp_path, number)
            await opened.commit(Proposal(change([9]), "a1", "", "test"))
            assert catalogue(opened.current) == said(tmp_path, 6)

    asyncio.run(story())


def test_commits_that_share_a_release_and_those_that_are_loaded_are_all_told(
    tmp_path: Path,
) -> None:
    count = MANY_COMMITS + 20

    async def story() -> None:
        async with publisher(tmp_path) as opened:
            proposals = (Proposal(change([n]), "a1", "", "test") for n in range(count))
            await asyncio.gather(*map(opened.commit, proposals))
            together = catalogue(opened.current)
        assert together == said(tmp_path, count)
        shutil.rmtree(tmp_path / "releases")
        async with publisher(tmp_path) as opened:
            assert catalogue(opened.current) == together

    asyncio.run(story())


def test_where_the_unnamed_graph_is_its_own_nothing_is_added(tmp_path: Path) -> None:
    async def story() -> None:
        async with publisher(tmp_path, own=True) as opened:
            await tell(opened)
            store = Store.read_only(str(opened.current.checkpoint))
            assert {quad.graph_name for quad in store} == {NamedNode(EDITORIAL)}
            assert not rows(opened.current, "SELECT ?g { GRAPH ?g { } } ORDER BY ?g")[1:]

    asyncio.run(story())


def test_query_of_the_guide_tells_who_made_which_release(
    told: tuple[Path, list[Snapshot]],
) -> None:
    [text] = re.findall(r"<<'END_OF_FILE'\n(.*?)END_OF_FILE", GUIDE.read_text("utf-8"), re.DOTALL)
    found = Store.read_only(str(told[1][-1].checkpoint)).query(text)
    assert isinstance(found, QuerySolutions)
    assert [each.value for each in found.variables] == [
        "number", "time", "author", "message", "published", "takenBack",
    ]  # fmt: skip
    assert [
        tuple(
            (row[name].value if row[name] else "") for name in ("number", "published", "takenBack")
        )
        for row in found
    ] == [
        ("5", "", ""),
        ("4", "", ""),
        ("3", "", f"{BASE}submissions/7"),
        ("2", f"{BASE}submissions/7", ""),
        ("1", "", ""),
    ]
