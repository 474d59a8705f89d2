"""Query texts that are known to crash, to hang or to fetch, of random size."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

NESTED: Mapping[str, tuple[str, str, str]] = {
    "braces": ("SELECT * ", "{", "}"),
    "braces left open": ("SELECT * ", "{", ""),
    "functions": ("SELECT * { BIND(", "CONCAT('a', ", ")"),
    "conditions": ("SELECT * { BIND(", "IF(true, ", ", 1)"),
    "parentheses": ("SELECT * { FILTER", "(", ")"),
    "negations": ("SELECT * { FILTER(", "!", ""),
    "not exists": ("SELECT * {", " FILTER NOT EXISTS {", "}"),
    "optionals": ("SELECT * {", " OPTIONAL {", "}"),
    "minuses": ("SELECT * {", " MINUS {", "}"),
    "graphs": ("SELECT * {", " GRAPH ?g {", "}"),
    "brackets": ("SELECT * { ?s ?p ", "[ ?p ", "]"),
    "collections": ("SELECT * { ?s ?p ", "(", ")"),
    "sub-selects": ("SELECT * {", " { SELECT * {", "}}"),
    "unions": ("SELECT * {", " {} UNION {", "}"),
    "paths in parentheses": ("SELECT * { ?s ", "(", ")*"),
    "triple terms": ("SELECT * { ?s ?p ", "<<( ?s ?p ", ")>>"),
}
CHAINS: Mapping[str, tuple[str, str, str]] = {
    "binds": ("SELECT * {", " BIND({n} AS ?v{n})", "}"),
    "ors": ("SELECT * { FILTER(true", " || ?a = {n}", ") }"),
    "ands": ("SELECT * { FILTER(true", " && ?a = {n}", ") }"),
    "sums": ("SELECT * { BIND(0", " + {n}", " AS ?x) }"),
    "unions in a row": ("SELECT * { {}", " UNION {{ ?a ?b {n} }}", "}"),
    "steps": ("SELECT * { ?s <x:0>", "/<x:{n}>", " ?o }"),
    "alternatives": ("SELECT * { ?s <x:0>", "|<x:{n}>", " ?o }"),
    "patterns": ("SELECT * {", " ?a{n} ?b{n} ?c{n} .", "}"),
    "joined patterns": ("SELECT * { ?v0 ?p ?v", " . ?v ?p{n} ?v{n}", "}"),
    "optionals in a row": ("SELECT * {", " OPTIONAL {{ ?s ?p{n} ?o }}", "}"),
    "filters": ("SELECT * { ?s ?p ?o", " FILTER(?o != {n})", "}"),
    "values": ("SELECT * { VALUES ?v {", " {n}", "} }"),
    "members": ("SELECT * { ?s ?p ?o FILTER(?o IN (0", ", {n}", ")) }"),
    "prefixes": ("", "PREFIX p{n}: <x:{n}> ", "ASK {}"),
    "graphs named": ("SELECT *", " FROM <x:{n}>", " { ?s ?p ?o }"),
    "columns": ("SELECT", " ({n} AS ?v{n})", "{}"),
    "comments": ("ASK {", " # {n}\n", "}"),
}
CROSSED = (
    "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}",
    "SELECT (COUNT(*) AS ?n) {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}",
    "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i} }",
    "SELECT * {?a ?b ?c. ?d ?e ?f} ORDER BY ?c ?f ?a",
    "SELECT (GROUP_CONCAT(?c) AS ?n) {?a ?b ?c. ?d ?e ?f}",
    "CONSTRUCT {?a ?e ?i} {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}",
    "SELECT * {?a ?b ?c. ?d ?e ?f FILTER(REGEX(STR(?c), CONCAT(STR(?f), '(a*)*$')))}",
    "SELECT * {?s (!<x:a>)* ?o. ?o (!<x:b>)* ?s2. ?s2 (!<x:c>)+ ?o2}",
    "DESCRIBE * {?a ?b ?c. ?d ?e ?f}",
)
FETCHING = (
    "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ VALUES ?u {{ <{url}> }} SERVICE ?u {{ ?s ?p ?o }} }}",
    "SELECT * {{ BIND(IRI('{url}') AS ?u) SERVICE SILENT ?u {{ ?s ?p ?o }} }}",
    "SELECT * {{ \\u0053ERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERV\\u0049CE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "PREFIX s: <{url}> SELECT * {{ service s: {{ ?s ?p ?o }} }}",
    "BASE <{url}> SELECT * {{ SERVICE <x> {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * {{ GRAPH <{url}> {{ ?s ?p ?o }} }}",
    "LOAD <{url}>",
    "LOAD SILENT <{url}> INTO GRAPH <x:g>",
    "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ # \nSERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ FILTER EXISTS {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }}",
)
PIECES = (
    *(
        "SELECT",
        "*",
        "{",
        "}",
        "(",
        ")",
        "?s",
        "?p",
        "?o",
        ".",
        ";",
        "FILTER",
        "OPTIONAL",
        "'",
        '"',
    ),
    *('"""', "\\", "\\u0000", "\\uD800", "<", ">", "<<", "GRAPH", "VALUES", "UNDEF", "@en", "^^"),
    *("_:b", "[]", "1e999", "0x", "#", "\n", "\0", "\ufeff", "\u202e", "\U0001f4a9", "%", "AS"),
    *("COUNT(", "DISTINCT", "GROUP BY", "HAVING", "LIMIT", "OFFSET", "-1", "99999999999999999999"),
)


def size(chance: random.Random, longest: int = 40_000) -> int:
    """How many of something: as often ten as ten thousand."""
    return int(10 ** chance.uniform(1, len(str(longest)) - 1))


def nested(chance: random.Random, _url: str) -> str:
    """One thing within another."""
    start, opening, closing = chance.choice(list(NESTED.values()))
    levels = size(chance)
    return f"{start}{opening * levels}{1 if '(' in opening else ''}{closing * levels} }}"


def chained(chance: random.Random, _url: str) -> str:
    """One thing after another."""
    start, link, end = chance.choice(list(CHAINS.values()))
    return start + "".join(link.format(n=number) for number in range(size(chance))) + end


def crossed(chance: random.Random, _url: str) -> str:
    """Everything with everything."""
    return f"{chance.choice(CROSSED)} # {chance.random()}"


def growing(chance: random.Random, _url: str) -> str:
    """A text that gets longer with each REPLACE, or each CONCAT, of itself."""
    longer, levels = "'a'", chance.randrange(4, 60)
    inner = chance.choice(("REPLACE({0}, '.', '{1}')", "CONCAT({0}, {0})", "STRBEFORE({0}, 'b')"))
    binds = [f"BIND({longer} AS ?v0)"]
    for number in range(1, levels):
        made = inner.format(f"?v{number - 1}", "a" * 50)
        binds.append(f"BIND({made} AS ?v{number})")
    return f"SELECT (STRLEN(?v{levels - 1}) AS ?n) {{ {' '.join(binds)} }}"


def fetching(chance: random.Random, url: str) -> str:
    """What would call another server."""
    return chance.choice(FETCHING).format(url=url)


def large(chance: random.Random, _url: str) -> str:
    """One thing that is very long."""
    long = "a" * size(chance, 10_000_000)
    return chance.choice(
        (f"ASK {{ ?s ?p '{long}' }}", f"ASK {{ <x:{long}> ?p ?o }}", f"ASK {{}} # {long}", long)
    )


def garbled(chance: random.Random, _url: str) -> str:
    """Pieces of queries in no order."""
    return " ".join(chance.choices(PIECES, k=chance.randrange(1, 400)))


TEXTS: Mapping[str, Callable[[random.Random, str], str]] = {
    "nested": nested,
    "chained": chained,
    "crossed": crossed,
    "growing": growing,
    "fetching": fetching,
    "large": large,
    "garbled": garbled,
}
