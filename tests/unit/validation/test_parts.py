"""Validation in parts, of which no engine sees more results than it may keep at a time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

import pytest
from pyoxigraph import Literal, NamedNode

from differential.graphs import ZooGraphs
from differential.running import zoo_shapes
from jalon.validation.catalogue import Catalogue
from jalon.validation.engines.choice import engine
from jalon.validation.gathering import Gathering
from jalon.validation.incremental.analysis import analysed
from jalon.validation.incremental.checking import key_of
from jalon.validation.parts import in_parts
from jalon.validation.port import Found, LeftOut, Text, TooManyResults
from jalon.validation.shapes import Shapes

ZOO = zoo_shapes()
TOLD = 10


def _text(data: bytes) -> Text:
    def write(out: BinaryIO) -> None:
        for start in range(0, len(data), 1000):
            out.write(data[start : start + 1000])

    return write


@pytest.mark.parametrize("name", sorted(ZOO))
def test_parts_have_all_results_together_and_each_once(name: str) -> None:
    shapes, chance, graphs = ZOO[name], random.Random(f"parts {name}"), ZooGraphs()  # noqa: S311
    find, targets = engine("shacl").ready(shapes), analysed(shapes).targets
    found = 0
    for _ in range(12):
        data = graphs.graph(chance, name)
        whole = Counter(map(key_of, find(data)))
        parts = [list(part) for part in in_parts(_text(data), shapes, targets, "shacl", most=3)]
        assert Counter(key_of(each) for part in parts for each in part) == whole
        found += whole.total()
    assert found


@pytest.mark.parametrize("name", sorted(ZOO)[:3])
def test_a_text_read_as_it_is_written_is_the_same_graph(name: str) -> None:
    shapes = ZOO[name]
    data = ZooGraphs().graph(random.Random(f"text {name}"), name)  # noqa: S311 (no secret)
    find = engine("shacl").ready(shapes)
    assert Counter(map(key_of, find(_text(data)))) == Counter(map(key_of, find(data)))


def test_an_engine_stops_at_too_many_results() -> None:
    name = sorted(ZOO)[0]
    data = ZooGraphs().graph(random.Random("most"), name)  # noqa: S311 (no secret)
    find = engine("shacl").ready(ZOO[name])
    number = len(list(find(data)))
    assert len(list(find(_text(data), number))) == number > 1
    with pytest.raises(TooManyResults):
        find(_text(data), number - 1)


def test_what_a_text_raises_while_it_is_written_is_raised() -> None:
    def broken(out: BinaryIO) -> None:
        out.write(b"<urn:a> <urn:b> <urn:c> .\n")
        raise LookupError

    with pytest.raises(LookupError):
        engine("shacl").ready(ZOO[sorted(ZOO)[0]])(broken)


def _results(shape: str, number: int) -> Iterable[Found]:
    severity = "http://www.w3.org/ns/shacl#Violation"
    component = "http://www.w3.org/ns/shacl#MinCountConstraintComponent"
    for place in range(number):
        focus = NamedNode(f"urn:thing:{place:04}")
        yield Found(focus, f"urn:shape#{shape}", component, severity, value=Literal("v"))


def test_rules_with_few_results_are_told_whole_and_the_others_counted() -> None:
    shapes = ZOO[sorted(ZOO)[0]]
    one, other = Gathering(TOLD), Gathering(TOLD)
    everything = [*_results("often", 50), *_results("seldom", 2), *_results("always", 300)]
    one.add(everything)
    for each in reversed(everything):
        other.add([each])
    report = one.report(Catalogue(Shapes(shapes.graph), {}))
    assert report == other.report(Catalogue(Shapes(shapes.graph), {}))
    told = Counter(result.rule_id for result in report.results)
    assert told == {"seldom": 2, "often": 4, "always": 4}
    assert str(report.results[0].focus) == "<urn:thing:0000>"
    assert report.left_out == (
        LeftOut("Violation", "always", 296),
        LeftOut("Violation", "often", 46),
    )
    assert report.violations == len(everything)
    assert not report.conforms
