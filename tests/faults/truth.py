"""What is right: every answer that the service gives, held against what its ledger says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import httpx
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    Store,
    parse_query_results,
)

from faults.harness import BASE, PATIENCE, Service
from faults.load import QUADS, REPLACED, Record, now
from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import PLACE, Ledger
from jalon.store.live import Change, LiveIndex, read_quads
from jalon.store.provenance import provenance_of
from jalon.store.snapshot import Stamp

ALL = "SELECT ?s ?p ?o ?g { { GRAPH ?g { ?s ?p ?o } } UNION { ?s ?p ?o } }"
_WRITTEN = re.compile(rb"<%sid/written/writer-\d+-(\d+)> " % re.escape(BASE.encode()))


def commits_in(folder: Path) -> list[Commit]:
    """Every commit of the ledger in a data folder, verified. Raises as Ledger."""
    with closing(Ledger.open(folder / PLACE, now, read_only=True)) as ledger:
        ledger.verify()
        return list(ledger.commits())


def right_quads(commits: Iterable[Commit]) -> tuple[set[Quad], int]:
    """What these commits make without what is entailed, and how many triples are shown."""
    store = Store()
    index = LiveIndex(store, Stamp(BASE))
    kept = [*commits]
    changes = (each.change for each in kept)
    index.load(Change(read_quads(each.adds), read_quads(each.removes)) for each in changes)
    index.record(said for each in kept for said in provenance_of(each, BASE))
    return set(store), index.stamp.shown


def dump(service: Service, release: int | None = None) -> set[Quad]:
    """Every quad that the service answers with, of the default graph too."""
    asked = {"query": ALL, **({} if release is None else {"release": str(release)})}
    headers = {"Accept": "application/sparql-results+json"}
    url = f"{service.url}/sparql"
    response = httpx.get(url, params=asked, headers=headers, timeout=PATIENCE)
    response.raise_for_status()
    found = parse_query_results(response.content, QueryResultsFormat.JSON)
    assert isinstance(found, QuerySolutions)
    return {_quad(row) for row in found}


def difference(service: Service, commits: Iterable[Commit], release: int | None = None) -> str:
    """How the answers differ from what the commits say; empty where they do not."""
    right, shown = right_quads(commits)
    found = dump(service, release)
    ready = httpx.get(f"{service.url}/health/ready", timeout=PATIENCE).json()
    told = []
    if right != found:
        told.append(f"{len(right - found)} quads missing, {len(found - right)} too many")
    if release is None and ready["triples"] != shown:
        told.append(f"{ready['triples']} triples said, {shown} shown")
    return ", ".join(told)


def check(service: Service, record: Record) -> list[str]:
    """What is wrong after a fault: with the ledger, with what was acknowledged, with answers."""
    folder = service.plan.folder
    commits = commits_in(folder)
    return [*lost(commits, record), *filter(None, [difference(service, commits)])]


def lost(commits: Iterable[Commit], record: Record) -> list[str]:
    """Which acknowledged writes the ledger does not have, and which it has in part."""
    held: dict[int, int] = {}
    versions: set[str] = set()
    for commit in commits:
        change = commit.change
        for line in change.adds.splitlines():
            _count(held, line)
        if REPLACED.encode() in change.adds:
            versions = _versions(change)
    told = [f"write {n} is lost" for n in record.acknowledged if n not in held]
    told += [f"write {n} is partial: {m} quads" for n, m in held.items() if m != QUADS]
    told += [f"write {n} was never sent" for n in held if n not in record.sent]
    standing = {int(each) for each in versions} or {0}
    if len(standing) != 1 or not record.version <= min(standing) <= record.sent_version:
        told.append(f"version {record.version} was acknowledged, {sorted(standing)} stands")
    return told


def _count(held: dict[int, int], line: bytes) -> None:
    found = _WRITTEN.match(line)
    if found:
        held[int(found[1])] = held.get(int(found[1]), 0) + 1


def _versions(change: ChangeSet) -> set[str]:
    lines = (line for line in change.adds.decode().splitlines() if REPLACED in line)
    return {line.split('"')[1].partition(".")[0] for line in lines}


def _quad(row: QuerySolution) -> Quad:
    thing, said_of, value, graph = (row[name] for name in "spog")
    assert isinstance(thing, NamedNode | BlankNode)
    assert isinstance(said_of, NamedNode)
    assert isinstance(value, NamedNode | BlankNode | Literal)
    assert isinstance(graph, NamedNode | None)
    return Quad(thing, said_of, value, DefaultGraph() if graph is None else graph)
