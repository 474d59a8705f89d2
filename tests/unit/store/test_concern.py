"""Which changes concern a query: its patterns, and that no answer changes that is not concerned."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    Store,
)

from jalon.store.concern import LITERAL, Touched
from jalon.store.patterns import BLANK, GRAPHS, Pattern, Placed, patterns_of

EX = "http://e.org/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
ROUNDS, CHANGES = 60, 6


def _ex(*terms: str | None) -> Pattern:
    subject, predicate, value = (EX + each if each else None for each in terms)
    return subject, predicate, value


@pytest.mark.parametrize(
    ("body", "patterns"),
    [
        ("SELECT * { ?s ex:p ?o }", {_ex(None, "p", None)}),
        (
            "SELECT * { ex:s ?p ?o , 'a'@en ; a ex:C . }",
            {_ex("s", None, None), (f"{EX}s", TYPE, f"{EX}C")},
        ),
        ("ASK { ex:s ex:p ex:o FILTER (?x < 5 && ?y > 3) }", {_ex("s", "p", "o")}),
        ("SELECT * { ?s ^ex:p ex:o }", {_ex("o", "p", None)}),
        ("SELECT * { ex:s ex:p+ ?o }", {_ex(None, "p", None)}),
        ("SELECT * { ex:s ex:p/^ex:q ?o }", {_ex(None, "p", None), _ex(None, "q", None)}),
        ("SELECT * { ?s (ex:p|ex:q) 5 }", {_ex(None, "p", None), _ex(None, "q", None)}),
        ("SELECT * { [ ex:p ex:o ] ex:q [] }", {_ex(None, "p", "o"), _ex(None, "q", None)}),
        ("SELECT (COUNT(*) AS ?n) { { SELECT ?s { ?s ex:p 1 } LIMIT 1 } }", {_ex(None, "p", None)}),
        (
            "SELECT * { ?s ex:p ?o OPTIONAL { ?o ex:q ?r } FILTER NOT EXISTS { ?r ex:t ex:u } }",
            {_ex(None, "p", None), _ex(None, "q", None), _ex(None, "t", "u")},
        ),
        (
            "SELECT ?s { VALUES ?s { ex:a ex:b } ?s ex:p ?o } ORDER BY DESC(?o) ?s LIMIT 3",
            {_ex(None, "p", None)},
        ),
        (
            "SELECT ?s { ?s ex:p ?o BIND (ex:f(?o, <http://e.org/a>) AS ?x) } HAVING (?x = 1)",
            {_ex(None, "p", None)},
        ),
        (
            "SELECT * { GRAPH ex:g { ?s ex:p ?o } ?o ex:q 1 }",
            {_ex(None, "p", None), (f"{EX}g", *_ex(None, "p", None)), _ex(None, "q", None), GRAPHS},
        ),
        (
            "SELECT * { GRAPH ?g { { SELECT ?s { ?s ^ex:p/ex:q ?o } } GRAPH <g> { ?s a ?c } } }",
            {
                *(_ex(None, "p", None), _ex(None, "q", None), (None, TYPE, None), GRAPHS),
                *((None, *_ex(None, name, None)) for name in ("p", "q")),
                (None, None, TYPE, None),
            },
        ),
        ("DESCRIBE ex:s", {_ex("s", None, None), (BLANK, None, None)}),
        (
            "CONSTRUCT { ?o ex:q ?s } WHERE { ?s ex:p ?o }",
            {_ex(None, "p", None), _ex(None, "q", None)},
        ),
        ("SELECT * { <s> <http://e.org/a/../p> ?o }", {(None, None, None)}),
        ("SELECT * { ex:s\\-1 <http://e.org/\\u0070> ?o }", {(None, None, None)}),
    ],
)
def test_what_a_query_looks_for_is_read(body: str, patterns: set[Pattern | Placed]) -> None:
    found = patterns_of(f"PREFIX ex: <{EX}>\n{body} # 1")
    assert found is not None
    assert found == patterns


@pytest.mark.parametrize(
    "body",
    [
        "SELECT * FROM ex:g { ?s ex:p ?o }",
        "SELECT * { SERVICE ex:s { ?s ex:p ?o } }",
        "SELECT * { ?s ex:p* ?o }",
        "SELECT * { ?s ex:p? ?o }",
        "SELECT * { ?s (ex:p/ex:q)* ?o }",
        "SELECT * { ?s !ex:p ?o }",
        "SELECT * { ?s ex:p (1 2) }",
        "SELECT * { ?s other:p ?o }",
        "SELECT * { ?s ex:p ?o",
        "DESCRIBE ?s { ?s ex:p ?o }",
        "DESCRIBE <s>",
        # The engine takes what we would take for an IRI for a comparison.
        "SELECT * { ?s ex:p ?a FILTER (?a<ex:b)?c?d?e.FILTER(?d>1) }",
        "SELECT * { ?s ex:p ?a FILTER (1<ex:b#c>\n) }",
        "SELECT * { ?s ex:p+5 }",
    ],
)
def test_what_is_not_certain_is_not_read(body: str) -> None:
    assert patterns_of(f"PREFIX ex: <{EX}>\n{body}") is None


def test_the_questions_of_the_pack_are_read() -> None:
    folder = Path(__file__).parents[3] / "queries"
    texts = {each.stem: each.read_text(encoding="utf-8") for each in folder.rglob("*.rq")}
    unread = {name for name, text in texts.items() if patterns_of(text) is None}
    assert len(texts) > 10
    assert not unread


def test_only_matching_triples_meet_a_pattern() -> None:
    touched = Touched([(EX + "s", EX + "p", LITERAL), (BLANK, EX + "q", EX + "o")])
    met = [_ex("s", None, None), _ex(None, "p", None), _ex("s", "p", None), _ex(None, "q", "o")]
    assert all(touched.meets(frozenset({each})) for each in [*met, (None, None, None)])
    assert touched.meets(frozenset({(BLANK, None, None)}))
    unmet = [_ex("s", "q", None), _ex(None, "p", "o"), _ex("t", None, None), _ex(None, None, "s")]
    assert not any(touched.meets(frozenset({each})) for each in unmet)
    assert not Touched([]).meets(frozenset({(None, None, None)}))


@pytest.mark.parametrize(
    ("body", "met"),
    [
        ("SELECT * { GRAPH ex:g { ?s ex:p ?o } }", True),
        ("SELECT * { GRAPH ?g { ?s ?p ?o FILTER EXISTS { ?o ex:p ?s } } }", True),
        ("SELECT * { GRAPH ?g { { SELECT ?s { ?s ex:p ?o } } } }", True),
        ("SELECT * { GRAPH ex:h { ?s ex:p ?o } }", False),
        ("SELECT * { ?s ex:p ?o }", False),
        ("SELECT * { ?s ?p ?o GRAPH ex:g { ?s ex:q ?o } }", False),
        ("DESCRIBE ex:s", False),
    ],
)
def test_what_stands_apart_is_met_within_its_graph_alone(body: str, met: bool) -> None:
    patterns = patterns_of(f"PREFIX ex: <{EX}>\n{body}")
    assert patterns is not None
    assert Touched([(f"{EX}g", f"{EX}s", f"{EX}p", LITERAL)]).meets(patterns) == met


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("SELECT * { GRAPH ?g { OPTIONAL { ?s ex:none ?o } } }", ("a", "p", "b", "new")),
        ("SELECT * { GRAPH ?g { FILTER NOT EXISTS { ?s ex:none ?o } } }", ("a", "p", "b", "new")),
        ("SELECT * { ex:a ex:q+ ?o }", ("b", "q", "c", None)),
        ("SELECT * { ex:a ex:q/ex:r ?o }", ("b", "r", "c", None)),
        ("SELECT * { ?o ^ex:q ex:b }", ("b", "q", "c", None)),
        (
            "SELECT * { ex:a ex:q ?b FILTER (1 = 2 || EXISTS { ?b ex:r ?c }) }",
            ("b", "r", "c", None),
        ),
        ("SELECT * { ex:a ex:q ?b FILTER NOT EXISTS { ?b ex:r ?c } }", ("b", "r", "c", None)),
        ("SELECT * { ex:a ex:q ?b MINUS { ?b ex:r ?c } }", ("b", "r", "c", None)),
        ("SELECT ?b { ex:a ex:q ?b } HAVING (EXISTS { ?b ex:r ?c })", ("b", "r", "c", None)),
        ("SELECT (EXISTS { ex:b ex:r ?c } AS ?found) { }", ("b", "r", "c", None)),
        ("SELECT * { { SELECT (COUNT(?c) AS ?n) { ?b ex:r ?c } } }", ("b", "r", "c", None)),
        ("CONSTRUCT { ?b ex:t ?c } WHERE { ?b ex:r ?c }", ("b", "r", "c", None)),
        ("DESCRIBE ex:a", ("a", "r", "c", None)),
        ("ASK { ex:b a ex:C }", ("b", TYPE, "C", None)),
        ("ASK { ex:b\\-c <http://e.org/\\u0074> ex:C }", ("b-c", "t", "C", None)),
        ("ASK { GRAPH ex:g\\/h { ex:b ?p ?o } }", ("b", "t", "C", "g/h")),
    ],
)
def test_a_change_that_makes_another_answer_concerns_it(
    text: str, added: tuple[str, str, str, str | None]
) -> None:
    subject, predicate, value, graph = added
    store, text = Store(), f"PREFIX ex: <{EX}>\n{text}"
    store.add(Quad(NamedNode(EX + "a"), NamedNode(EX + "q"), NamedNode(EX + "b")))
    before = _answer(store, text)
    name = predicate if predicate == TYPE else EX + predicate
    place = NamedNode(EX + graph) if graph else DefaultGraph()
    quad = Quad(NamedNode(EX + subject), NamedNode(name), NamedNode(EX + value), place)
    store.add(quad)
    assert _answer(store, text) != before
    patterns = patterns_of(text)
    assert patterns is not None
    for terms in (_terms(quad), _apart(quad)):
        assert Touched([terms], graphs=graph is not None).meets(patterns)
    # It is told from what does not concern it.
    assert not Touched([(EX + "x", EX + "y", EX + "z")]).meets(patterns)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_an_answer_that_is_not_concerned_stays_as_it_is(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    store = Store()
    store.extend(_triples(chance, 40))
    texts = [f"PREFIX ex: <{EX}>\n{_query(chance)}" for _ in range(12)]
    for _ in range(CHANGES):
        before, graphs = [_answer(store, text) for text in texts], set(store.named_graphs())
        removes = chance.sample(list(store), k=chance.randrange(3))
        adds = [each for each in _triples(chance, chance.randrange(3)) if each not in store]
        for quad in removes:
            store.remove(quad)
        store.extend(adds)
        _forget_empty(store)
        changed = graphs != set(store.named_graphs())
        touched = [Touched(map(of, (*removes, *adds)), graphs=changed) for of in (_terms, _apart)]
        for text, was in zip(texts, before, strict=True):
            patterns = patterns_of(text)
            if patterns is not None and not all(each.meets(patterns) for each in touched):
                assert _answer(store, text) == was, text


def test_the_rounds_hold_answers_of_both_kinds() -> None:
    concerned = unconcerned = unread = 0
    for seed in range(ROUNDS):
        chance = random.Random(seed)  # noqa: S311 (no secret)
        touched = Touched(map(_terms, _triples(chance, 2)))
        for _ in range(12):
            patterns = patterns_of(f"PREFIX ex: <{EX}>\n{_query(chance)}")
            unread += patterns is None
            concerned += patterns is not None and touched.meets(patterns)
            unconcerned += patterns is not None and not touched.meets(patterns)
    assert min(concerned, unconcerned, unread) > ROUNDS // 2


def _triples(chance: random.Random, count: int) -> list[Quad]:
    things = [NamedNode(EX + each) for each in "abcdef"]
    nodes = [*things, BlankNode("x"), BlankNode("y")]
    values = [*nodes, Literal(1), Literal("a"), Literal("a", language="en")]
    names = [NamedNode(EX + each) for each in "pqrt"]
    graphs = (DefaultGraph(), DefaultGraph(), NamedNode(EX + "g"), NamedNode(EX + "h"))
    return [
        Quad(*map(chance.choice, (nodes, names, values, graphs)))  # type: ignore[arg-type]
        for _ in range(count)
    ]


def _forget_empty(store: Store) -> None:
    for graph in list(store.named_graphs()):
        if next(store.quads_for_pattern(None, None, None, graph), None) is None:
            store.remove_graph(graph)


def _terms(quad: Quad) -> tuple[str, str, str]:
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else BLANK
    value = quad.object.value if isinstance(quad.object, NamedNode) else LITERAL
    return subject, quad.predicate.value, value


def _apart(quad: Quad) -> tuple[str, ...]:
    """As quads are told that stand in one graph alone; here no graph is part of another."""
    place = (quad.graph_name.value,) if isinstance(quad.graph_name, NamedNode) else ()
    return (*place, *_terms(quad))


def _query(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return f"DESCRIBE ex:{chance.choice('abcdef')}"
    form = chance.choice(("SELECT *", "ASK", "SELECT (COUNT(*) AS ?n)", "SELECT DISTINCT ?u"))
    return f"{form} {{ {_group(chance, 2)} }}"


def _group(chance: random.Random, depth: int) -> str:
    parts = [_triple(chance) for _ in range(chance.randint(1, 2))]
    if depth:
        inner = _group(chance, depth - 1)
        parts.append(
            chance.choice(
                (
                    "",
                    f"OPTIONAL {{ {inner} }}",
                    f"{{ {inner} }} UNION {{ {_triple(chance)} }}",
                    f"MINUS {{ {inner} }}",
                    f"FILTER NOT EXISTS {{ {inner} }}",
                    f"FILTER (?u != ex:a || EXISTS {{ {inner} }})",
                    f"GRAPH ?g {{ {inner} }}",
                    f"GRAPH ex:g {{ OPTIONAL {{ {inner} }} }}",
                    f"GRAPH ?g {{ FILTER NOT EXISTS {{ {inner} }} }}",
                    f"{{ SELECT ?u {{ {inner} }} }}",
                    "VALUES ?u { ex:a ex:b }",
                    "BIND (STR(?u) AS ?z)",
                )
            )
        )
    return " ".join(parts)


def _triple(chance: random.Random) -> str:
    def term(*others: str) -> str:
        return chance.choice(("?u", "?v", "?w", f"ex:{chance.choice('abcdef')}", *others))

    name = f"ex:{chance.choice('pqrt')}"
    other = f"ex:{chance.choice('pqrt')}"
    path = chance.choice(
        (
            *(name, name, name, "?p", f"^{name}", f"{name}+", f"{name}/{other}"),
            *(f"{name}|{other}", f"({name}/^{other})+", f"{name}*"),
        )
    )
    return f"{term()} {path} {term('1', chr(39) + 'a' + chr(39) + '@en', '[]')} ."


def _answer(store: Store, text: str) -> object:
    result = store.query(text)
    if isinstance(result, QueryBoolean):
        return bool(result)
    return sorted(_rows(result) if isinstance(result, QuerySolutions) else map(str, result))


def _rows(solutions: QuerySolutions) -> Iterator[str]:
    for solution in solutions:
        yield str([str(solution[each.value]) for each in solutions.variables])
