"""Each of the 174 facts of the two documents stands in the graph that its status calls for.

And each of the 36 ambiguities is modelled as decided, none in silence. One ``.rq`` file each, with
the rows expected of it. A check that would pass without the triples it speaks of is worth nothing,
so each triple that a check rests on is taken away in turn, and the check has to fail; and where a
fact is that a document says nothing, saying something makes it fail.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef, Variable
from rdflib.namespace import SH
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from jalon.content.locate import find_pack
from jalon.content.pack import Pack, read_pack

HERE = Path(__file__).parent
FACTS = sorted(HERE.glob("*.rq"))
AMBIGUITIES = sorted((HERE / "ambiguities").glob("*.rq"))
CHECKS = FACTS + AMBIGUITIES
GRAPHS_OF_STATUS = {
    "stated": "graph/source/",
    "structural": "graph/source/",
    "blank": "graph/source/",
    "inferred": "graph/editorial",
    "absent": "graph/editorial",
    "ambiguous": "graph/editorial",
}
STATUS_WORD = re.compile("|".join(GRAPHS_OF_STATUS))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact's number (an ambiguity's name), its status in the inventory, its rows and query."""

    number: int | str
    status: str
    expected: tuple[tuple[str, ...], ...]
    query: str


def read_fact(path: Path) -> Fact:
    text = path.read_text(encoding="utf-8")
    head = "\n".join(line[3:] for line in text.splitlines() if line.startswith("#+ "))
    front = tomllib.loads(head)
    rows = sorted(tuple(row) for row in front["expected"])
    number = front["ambiguity"] if "ambiguity" in front else front["fact"]
    return Fact(number, front.get("status", ""), tuple(rows), text)


@cache
def pack() -> Pack:
    return read_pack(find_pack(None))


@cache
def prefixes() -> tuple[tuple[str, str], ...]:
    table = Graph().parse(pack().root / "ontology" / "prefixes.ttl")
    pairs = [
        (str(table.value(each, SH.namespace)), str(table.value(each, SH.prefix)))
        for each in table.subjects(SH.namespace)
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The pack's quads, each in its named graph; who changes it puts it back."""
    loaded = ox.Store()
    loaded.bulk_load(pack().nquads(), ox.RdfFormat.N_QUADS)
    return loaded


def shown(term: object) -> str:
    """A term as the front matter writes it: prefixed, with its language, or bare."""
    if isinstance(term, ox.NamedNode):
        for namespace, prefix in prefixes():
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value.removeprefix(namespace)}"
        return term.value
    assert isinstance(term, ox.Literal)
    return f"{term.value}@{term.language}" if term.language else term.value


def rows(store: ox.Store, query: str) -> tuple[tuple[str, ...], ...]:
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    return tuple(sorted(tuple(shown(term) for term in solution) for solution in solutions))


Pattern = tuple[Node, Node, Node, Node]


def patterns(node: CompValue, graph: Node | None = None) -> Iterator[Pattern]:
    """The quad patterns of a query that say something (not those under NOT EXISTS)."""
    if node.name == "Graph":
        graph = node.term
    if node.name == "BGP" and graph is not None:
        for subject, predicate, value in node.triples:
            yield subject, predicate, value, graph
    for part in ("p", "p1", "p2"):
        if isinstance(node.get(part), CompValue):
            yield from patterns(node[part], graph)


def all_variables(store: ox.Store, query: str) -> ox.QuerySolutions:
    """The solutions of a query's pattern, before anything is grouped or left out."""
    plain = re.sub(r"SELECT .*", "SELECT *", query, count=1)
    solutions = store.query(re.sub(r"GROUP BY .*", "", plain))
    assert isinstance(solutions, ox.QuerySolutions)
    return solutions


def quads_behind(store: ox.Store, query: str) -> set[ox.Quad]:
    """Every quad that some solution of the query rests on."""
    # Parsed first: errors that the parser keeps have this frame, and what it holds then.
    found = list(patterns(translateQuery(parseQuery(query)).algebra))
    solutions = all_variables(store, query)
    names = {variable.value for variable in solutions.variables}
    behind = set()
    for solution in solutions:
        for pattern in found:
            terms = [term_of(part, solution, names) for part in pattern]
            if all(term is not None for term in terms):
                behind.add(ox.Quad(*terms))  # type: ignore[arg-type]
    return {quad for quad in behind if quad in store}


def term_of(part: Node, solution: ox.QuerySolution, names: set[str]) -> object:
    if isinstance(part, Variable):
        return solution[str(part)] if str(part) in names else None
    if isinstance(part, URIRef):
        return ox.NamedNode(str(part))
    [quad] = ox.parse(f"<x:s> <x:p> {part.n3()} .", format=ox.RdfFormat.TURTLE)
    return quad.object


def test_there_is_one_check_for_each_of_the_174_facts() -> None:
    assert [read_fact(path).number for path in FACTS] == list(range(1, 175))


def test_there_is_one_check_for_each_of_the_36_ambiguities() -> None:
    numbers = {read_fact(path).number for path in AMBIGUITIES}
    assert numbers == {f"G{number}" for number in range(1, 37)}


@pytest.mark.parametrize("path", AMBIGUITIES, ids=lambda path: path.stem)
def test_ambiguity_is_modelled_as_the_inventory_says(path: Path, store: ox.Store) -> None:
    check = read_fact(path)
    assert rows(store, check.query) == check.expected


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_fact_stands_in_the_graph_that_its_status_calls_for(path: Path, store: ox.Store) -> None:
    fact = read_fact(path)
    called_for = {GRAPHS_OF_STATUS[word] for word in STATUS_WORD.findall(fact.status)}
    assert called_for
    assert all(graph in fact.query for graph in called_for)
    assert rows(store, fact.query) == fact.expected


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_fact_fails_without_any_one_of_the_triples_behind_it(path: Path, store: ox.Store) -> None:
    fact = read_fact(path)
    behind = quads_behind(store, fact.query)
    assert behind
    for quad in behind:
        store.remove(quad)
        found = rows(store, fact.query)
        store.add(quad)
        assert found != fact.expected, f"holds without {quad}"


SILENT = [path for path in CHECKS if "NOT EXISTS" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.stem)
def test_a_value_where_the_document_is_silent_makes_the_fact_fail(
    path: Path, store: ox.Store
) -> None:
    fact = read_fact(path)
    solution = next(all_variables(store, fact.query))
    match = re.search(r"NOT EXISTS \{ GRAPH (\S+) \{ (\S+) (\S+) \?", fact.query)
    assert match is not None
    graph, subject, predicate = (resolved(term, solution, fact.query) for term in match.groups())
    quad = ox.Quad(subject, predicate, ox.Literal("said"), graph)
    store.add(quad)
    found = rows(store, fact.query)
    store.remove(quad)
    assert found != fact.expected


def resolved(term: str, solution: ox.QuerySolution, query: str) -> ox.NamedNode:
    """The IRI that a token of a query stands for; any graph will do for a free graph."""
    if term == "?any":
        return ox.NamedNode("https://example.org/graph")
    if term.startswith("?"):
        bound = solution[term[1:]]
        assert isinstance(bound, ox.NamedNode)
        return bound
    if term.startswith("<"):
        return ox.NamedNode(term[1:-1])
    prefix, local = term.split(":")
    match = re.search(rf"^PREFIX {prefix}: <(.*)>$", query, re.MULTILINE)
    assert match is not None
    return ox.NamedNode(match.group(1) + local)
