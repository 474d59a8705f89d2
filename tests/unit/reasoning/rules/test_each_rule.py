"""Each rule of OWL 2 RL has a case: what follows, exactly, and which things are contradicted.

A case is a file named after the rule. Its unnamed graph is given; its graph ``:follows`` is all
that is useful of what follows; its graph ``:contradicted`` names each thing that a contradiction is
about, with the rule that says so. owlrl is asked, too, and agrees but for what is listed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, parse

from jalon.reasoning import closure as owlrl
from jalon.reasoning.rules import closure as rules
from jalon.reasoning.rules.table import read_table
from jalon.reasoning.rules.terms import Terms
from unit.reasoning.rules.oracle import rule_of

CASES = sorted(Path(__file__).parent.joinpath("cases").glob("*.trig"))
EX = "http://example.org/"

WORKED_OUT_ELSEWHERE = {
    *("eq-ref", "eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"),
    *("dt-type1", "dt-type2", "dt-eq", "dt-diff", "dt-not-type"),
}
"""Rules of the W3C that the table says are to be found elsewhere."""

OWLRL_CONCLUDES_OTHERWISE = {
    "prp-key": "it compares all properties of a key but the last: OWLRL.py, rule prp-key",
    "scm-sco": "it leaves out that what is above and below the same is above itself, if undeclared",
    "scm-spo": "as scm-sco",
    "dt-type2": "it takes a value to be of its own datatype and those above, not of those below",
    "dt-eq": "it does not compare values, and makes two ways to write one the same thing",
    "dt-diff": "it does not compare values, and makes two that differ the same thing",
}
"""Where owlrl finds other triples, and what it does that the specification does not say."""

OWLRL_NAMES_OTHERS = {
    "eq-diff2": "it does not compare the last of a list, and takes any name of what has several",
    "eq-diff3": "as eq-diff2",
    "prp-adp": "it does not compare the last of a list",
    "cls-com": "it names the class in the place of the thing",
    "cls-maxc1": "it names the value, not the thing that has it",
    "cls-maxqc1": "as cls-maxc1",
    "cls-maxqc2": "as cls-maxc1",
    "dt-diff": "it does not compare values",
    "dt-not-type": "it raises an exception for what is no decimal, and knows no dates",
}
"""Where owlrl names other things in contradictions, or none."""


@dataclass(frozen=True)
class Case:
    given: list[str]
    follows: list[str]
    contradicted: set[tuple[str, str]]


def read(path: Path) -> Case:
    quads = list(parse(path=path, format=RdfFormat.TRIG))

    def graph(name: str) -> list[str]:
        where = NamedNode(EX + name) if name else DefaultGraph()
        return sorted(f"{quad.triple} .\n" for quad in quads if quad.graph_name == where)

    said = (re.findall(r'[<"]([^>"]*)[>"]', line) for line in graph("contradicted"))
    return Case(graph(""), graph("follows"), {(rule, thing) for thing, _, rule in said})


def test_every_rule_of_the_table_has_a_case() -> None:
    named = {template.name for template in read_table(Terms())}
    assert {path.stem for path in CASES} == named | WORKED_OUT_ELSEWHERE


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_follows_is_what_the_case_says(path: Path) -> None:
    case = read(path)
    found = rules.conclude([line.encode() for line in case.given], 1000)
    assert found.ntriples.decode().splitlines(keepends=True) == case.follows
    assert {(rule_of(each), each.thing) for each in found.contradictions} == case.contradicted


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_owlrl_says_the_same_but_for_what_is_listed(path: Path) -> None:
    case = read(path)
    if path.stem == "dt-not-type":
        case.given.remove(next(line for line in case.given if '"much"' in line))
    found = owlrl.conclude("".join(case.given).encode())
    agrees = found.ntriples.decode().splitlines(keepends=True) == case.follows
    assert agrees == (path.stem not in OWLRL_CONCLUDES_OTHERWISE)
    named = {each.thing for each in found.contradictions}
    agrees = named == {thing for _, thing in case.contradicted}
    assert agrees == (path.stem not in OWLRL_NAMES_OTHERS)
