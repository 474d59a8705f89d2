"""The benchmark works: the data is what it says it is, and tiny runs end in a report."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyoxigraph import RdfFormat, parse

from bench import data, peers, report
from bench.client import Until, load, once
from bench.commits import at_publisher
from bench.found import Found, Machine
from bench.idle import REQUEST, ceilings
from bench.ours import fill, served
from bench.pairs import Effort
from bench.questions import QUESTIONS, Stream, pool, question, report_questions
from bench.running import Order, Run
from faults.harness import NOT_LISTED, can_watch

EFFORT = Effort(seconds=0.05, pairs=1, clients=(2,))

pytestmark = pytest.mark.skipif(
    not (can_watch() and sys.platform == "linux"), reason=f"{NOT_LISTED}, or has no epoll"
)


def test_the_data_is_the_same_each_time_and_as_large_as_was_asked(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first.nt", "again.nt", "other.nt"))
    made = data.write(first, 1_000)
    data.write(again, 1_000)
    data.write(other, 1_000, seed=1)
    triples = list(parse(path=first, format=RdfFormat.N_TRIPLES))
    assert made.triples == len(triples) == len(set(triples)) >= 1_000
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_each_query_of_the_lines_is_another_text() -> None:
    made = data.Made(triples=5_374, plans=1, measures=240, organisations=8)
    assert len(set(report_questions(made, 1))) == 40
    for line in QUESTIONS:
        assert len(pool(line, made, 1, 5)) == 5


def test_the_client_is_measured_without_a_server_to_wait_for() -> None:
    (ceiling,) = ceilings((2,), 0.05)
    assert ceiling.rate > 0
    assert b"\r\n\r\n" in REQUEST


def test_a_filled_data_folder_is_served_answers_a_load_and_takes_commits(tmp_path: Path) -> None:
    triples = tmp_path / "data.nt"
    made = data.write(triples, 1_000)
    fill(tmp_path / "jalon", triples)
    with served(tmp_path / "jalon") as jalon:
        counted = question("lookup", thing=data.iri("measure", 0))
        status, body = once(jalon.endpoint.url, jalon.endpoint.request(counted))
        stream = Stream(jalon.endpoint, pool("distinct", made, 1, 20))
        found = load(jalon.endpoint.url, 2, stream, Until(0.1))
    made_commits = at_publisher(tmp_path / "jalon", at_once=2, commits=3)
    assert made_commits.commits == 3
    assert 1 <= made_commits.releases <= 3
    assert status.endswith("200 OK")
    assert b'"Measure' not in body
    assert b"def#Measure" in body
    assert found.answers
    assert not found.failed


def test_a_tiny_run_ends_in_a_report_with_drawings(tmp_path: Path) -> None:
    try:
        peers.program("oxigraph")
    except peers.NotInstalled as why:
        pytest.skip(str(why))
    lines = ("lookup", "export", "changes")
    order = Order(("1k",), lines, EFFORT, tmp_path, changes=3, others=False)
    found = Run(order, Found(Machine.here()), lambda _line: None).all()
    place = report.write(found, tmp_path / "report")
    written = place.read_text(encoding="utf-8")
    assert not [each for each in found.wrong if report.OXIGRAPH in each]
    assert not [each.failures for each in found.comparisons if each.failures]
    assert "| lookup | 1k | 2 |" in written
    assert "| 1k | new measures and labels | 100 |" in written
    assert all(each.pairs and each.read for each in found.checked)
    drawn = list(place.parent.glob("*.svg"))
    assert drawn
    for each in drawn:
        ElementTree.fromstring(each.read_text(encoding="utf-8"))  # noqa: S314 (our own drawing)
