"""What is sent, checked in the context of a release: new, there before, put right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse

from jalon.store.live import Change, LiveIndex, read_quads
from jalon.validation.bench import Bench, Context
from jalon.validation.documents import Document, Said
from jalon.validation.examination import Examination, examine_in_context, examine_said
from jalon.validation.port import Result
from jalon.validation.writing import JSON, TEXT, written

BASE = "http://example.org/"
GRAPH = f"{BASE}graph/editorial"
RULES = (Path(__file__).parents[2] / "web" / "rules.nq").read_bytes()
HEAD = f"""
PREFIX : <{BASE}id/>
PREFIX d: <{BASE}def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
LABELS = 'rdfs:label "a"@en , "a"@fr'
STANDS = f"""GRAPH <{GRAPH}> {{
    :mcc a d:Organisation .
    :right a d:Measure ; d:year "2019"^^xsd:gYear ; d:owner :mcc ; {LABELS} .
    :wrong a d:Measure ; d:year "soon" ; d:owner :mcc ; {LABELS} .
}}"""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A release with one thing that is right and one that is wrong."""
    return _context(tmp_path, own=False)


def _context(folder: Path, *, own: bool) -> Context:
    index = LiveIndex.begin(folder / "live", BASE, own=own)
    said = tuple(parse((HEAD + STANDS).encode(), RdfFormat.TRIG))
    index.load([Change((*read_quads(RULES), *said))])
    snapshot = index.publish(folder / "release")
    bench = Bench()
    release = bench.release(str(snapshot.checkpoint), "")
    return Context(BASE, release, bench, "shacl", own=own)


def sent(context: Context, text: str) -> Examination:
    document = Document("data", (HEAD + text).encode(), "text/turtle")
    return examine_in_context(document, GRAPH, context)


def change(context: Context, adds: str = "", removes: str = "") -> Examination:
    def quads(text: str) -> tuple[Any, ...]:
        return tuple(parse(f"{HEAD}GRAPH <{GRAPH}> {{ {text} }}".encode(), RdfFormat.TRIG))

    gone = quads(removes)
    return examine_said(Said.of(quads(adds), {}, gone), context, fixed=True)


def rules(results: tuple[Result, ...]) -> set[tuple[str, str]]:
    return {(each.rule_id, str(each.focus).rpartition("/")[2].rstrip(">")) for each in results}


def document(examination: Examination) -> Any:
    return json.loads(written(examination, JSON, "en"))


def test_what_was_wrong_before_is_told_apart_from_what_is_new(context: Context) -> None:
    found = sent(
        context, ':wrong d:owner :nobody . :new a d:Measure ; rdfs:label "a"@en , "a"@fr .'
    )
    assert found.difference is not None
    assert rules(found.difference.new.results) == {("Measure-owner-class", "wrong")}
    assert rules(found.report.results) == {
        ("Measure-owner-class", "wrong"),
        ("Measure-year-valid", "wrong"),
    }
    assert {each["rule"]: each["new"] for each in document(found)["results"]} == {
        "Measure-owner-class": True,
        "Measure-year-valid": False,
    }
    text = written(found, TEXT, "fr").decode()
    assert "Nouveau avec ceci : 1" in text
    assert "Présent auparavant : 1" in text


def test_what_stands_already_is_reported_for_whoever_sends_it_again(context: Context) -> None:
    found = sent(context, ':wrong d:year "soon" .')
    assert rules(found.report.results) == {("Measure-year-valid", "wrong")}
    assert found.difference is not None
    assert not found.difference.new.results


def test_what_is_put_right_is_told(context: Context) -> None:
    found = change(context, ':wrong d:year "2020"^^xsd:gYear .', ':wrong d:year "soon" .')
    assert found.report.conforms
    said = document(found)
    assert [each["rule"] for each in said["fixed"]] == ["Measure-year-valid"]
    assert said["whole"] is None
    assert "Put right by this: 1" in written(found, TEXT, "en").decode()


def test_what_it_makes_wrong_elsewhere_is_told(context: Context) -> None:
    found = change(context, removes=":mcc a d:Organisation .")
    assert rules(found.report.results) == {
        ("Measure-owner-class", "right"),
        ("Measure-owner-class", "wrong"),
    }


def test_literals_written_another_way_than_the_index_has_them_are_no_second_value(
    context: Context,
) -> None:
    found = sent(context, ':right d:year "2019"^^xsd:gYear ; d:number 1 , 01 .')
    assert found.report.conforms


WHOLE: dict[str, Callable[[Context], Examination]] = {
    "classes": lambda context: change(context, "d:Ministry rdfs:subClassOf d:Organisation ."),
    "large": lambda context: change(
        context, " ".join(f":m{n} a d:Measure ; {LABELS} ." for n in range(400))
    ),
    "unnamed": lambda context: sent(context, ":wrong d:owner :nobody ."),
}


@pytest.mark.parametrize("reason", WHOLE)
def test_everything_is_validated_where_the_effect_is_not_known_and_the_reason_told(
    tmp_path: Path, reason: str
) -> None:
    context = _context(tmp_path, own=reason == "unnamed")
    found = WHOLE[reason](context)
    said = document(found)
    assert said["whole"] == {"reason": reason, "shape": None}
    new = {("Measure-owner-class", "wrong")} if reason == "unnamed" else set()
    assert found.difference is not None
    assert not isinstance(found.difference.whole, BaseException), "its traceback keeps the index"
    assert rules(found.difference.new.results) == new
    assert "Everything was validated:" in written(found, TEXT, "en").decode()
