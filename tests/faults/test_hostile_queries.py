"""Query texts that crash the engine: each is refused, or kills its own process and no other."""

from __future__ import annotations

import pytest

from faults.asking import code, post
from web.service import Site

LEVELS = 5_000

NESTED = {
    "braces": "SELECT * " + "{" * LEVELS + "}" * LEVELS,
    "braces-open": "SELECT * " + "{" * LEVELS,
    "functions": "SELECT (" + "CONCAT(" * LEVELS + "'a'" + ")" * LEVELS + " AS ?x) {}",
    "parentheses": "SELECT * { FILTER" + "(" * LEVELS + "1" + ")" * LEVELS + " }",
    "not-exists": "SELECT * {" + " FILTER NOT EXISTS {" * LEVELS + "}" * LEVELS + "}",
    "optional": "SELECT * {" + " OPTIONAL {" * LEVELS + "}" * LEVELS + "}",
    "brackets": "SELECT * { ?s ?p " + "[ ?p " * LEVELS + "1" + "]" * LEVELS + "}",
    "collections": "SELECT * { ?s ?p " + "(" * LEVELS + "1" + ")" * LEVELS + "}",
    "sub-selects": "SELECT * {" + " { SELECT * {" * LEVELS + "}}" * LEVELS + "}",
}
CHAINS = {
    "bind": " ".join(f"BIND({number} AS ?v{number})" for number in range(10_000)),
    "or": "FILTER(" + "||".join(["?a=1"] * 20_000) + ")",
    "union": "UNION".join(["{?a ?b ?c}"] * 20_000),
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_refused(guarded: Site, text: str) -> None:
    assert code(post(guarded, text)) == (400, "query-too-complex")


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_deep_nesting_kills_its_process_alone(unguarded: Site, text: str) -> None:
    assert code(post(unguarded, text)) == (400, "query-too-complex")


@pytest.mark.parametrize("patterns", CHAINS.values(), ids=CHAINS)
def test_long_chains_are_refused(guarded: Site, patterns: str) -> None:
    assert code(post(guarded, f"SELECT * {{{patterns}}}")) == (400, "query-too-complex")


@pytest.mark.parametrize("patterns", CHAINS.values(), ids=CHAINS)
def test_long_chains_kill_their_process_alone(unguarded: Site, patterns: str) -> None:
    assert code(post(unguarded, f"SELECT * {{{patterns}}}")) == (400, "query-too-complex")
