"""The benchmark works: the data is what it says it is, and tiny runs end in a report."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyoxigraph import RdfFormat, parse

from bench import data, mirrors, peers, report
from bench.agreement import differences
from bench.checking import Checked
from bench.client import Until, load, once
from bench.commits import Committed, at_publisher
from bench.found import Found, Loaded, Machine
from bench.idle import REQUEST, ceilings
from bench.joined import joined, kept, written
from bench.order import ENGINES, Order
from bench.ours import fill, served
from bench.pairs import Comparison, Effort, Sample
from bench.processes import Running
from bench.questions import (
    CSV,
    NTRIPLES,
    QUESTIONS,
    Endpoint,
    Question,
    Stream,
    pool,
    question,
    report_questions,
)
from bench.running import Run
from bench.targets import OXIGRAPH, goals
from faults.harness import NOT_LISTED, can_watch

EFFORT = Effort(seconds=0.05, pairs=1, clients=(1, 3))

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


def _solutions(*amounts: str) -> bytes:
    rows = ",".join(f'{{"amount": {each}}}' for each in amounts)
    return f'{{"results": {{"bindings": [{rows}]}}}}'.encode()


def _typed(value: str, kind: str, type_: str = "literal") -> str:
    datatype = f"http://www.w3.org/2001/XMLSchema#{kind}"
    return f'{{"type": "{type_}", "value": "{value}", "datatype": "{datatype}"}}'


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        (_typed("10", "decimal"), _typed("10.0", "decimal"), True),
        (_typed("1.0E1", "double"), _typed("10", "decimal", "typed-literal"), True),
        (_typed("a", "string"), '{"type": "literal", "value": "a"}', True),
        (_typed("10", "decimal"), _typed("10.01", "decimal"), False),
        (_typed("9007199254740993", "integer"), _typed("9007199254740992", "integer"), False),
        (_typed("10", "decimal"), _typed("10", "string"), False),
        (_typed("2010", "gYear"), _typed("2010", "integer"), False),
        (
            '{"type": "literal", "value": "a", "xml:lang": "fr"}',
            '{"type": "literal", "value": "a", "xml:lang": "en"}',
            False,
        ),
        ('{"type": "uri", "value": "a"}', '{"type": "literal", "value": "a"}', False),
    ],
)
def test_answers_agree_where_the_values_of_their_numbers_do(
    first: str, second: str, agree: bool
) -> None:
    said = differences(Question("SELECT"), _solutions(first), _solutions(second))
    assert (not said) is agree


def test_rows_that_are_missing_or_in_another_format_are_found() -> None:
    row, ask = _typed("1", "integer"), Question("SELECT")
    assert differences(ask, _solutions(row), _solutions(row, row))
    assert differences(ask, _solutions(row), b"<sparql/>")
    assert not differences(Question("SELECT", CSV), b"a,b\n10,x\n", b'"a","b"\r\n"10.0","x"\r\n')
    assert differences(Question("SELECT", CSV), b"a,b\n10,x\n", b"a,b\n11,x\n")
    line = '<a:s> <a:p> "{}"^^<http://www.w3.org/2001/XMLSchema#{}> .\n'
    one, same, other = (
        line.format(*each).encode()
        for each in (("1", "decimal"), ("1.00", "decimal"), ("2", "decimal"))
    )
    assert not differences(Question("CONSTRUCT", NTRIPLES), one, same)
    assert differences(Question("CONSTRUCT", NTRIPLES), one, other)


def _sample(rate: float) -> Sample:
    return Sample(rate, 0.1, 0.1, 1.0, {}, 1.0, 1, 0.0)


def test_what_falls_short_of_its_target_is_marked(tmp_path: Path) -> None:
    found = Found(Machine.here())
    for line, rate in (("lookup", 5.0), ("star", 8.0)):
        samples = [_sample(rate)], [_sample(10.0)]
        found.comparisons.append(Comparison(line, "1M", 8, *samples, peer=OXIGRAPH))
    found.commits = [("1M", Committed("the publisher", 64, 400, 4.0, 7))]
    for size, took in (("10k", 4.0), ("1M", 9.0)):
        checked = Checked(size, "labels", 1, 100, took, took, 1, 1, 0, None)
        found.checked.append(checked)
    reached = {f"{each.what} at {each.size}": each.reached for each in goals(found)}
    assert reached == {
        f"lookup, 8 at once, beside {OXIGRAPH} at 1M": False,
        f"star, 8 at once, beside {OXIGRAPH} at 1M": True,
        "commits a second, the publisher, 64 at once at 1M": False,
        "a change (labels), ms at 10k": True,
        "a change (labels), ms at 1M": True,
        "a change (labels), times that at 10k at 1M": False,
    }
    written = report.write(found, tmp_path).read_text(encoding="utf-8")
    assert "| lookup | 1M | 8 | 0.50 | 0.50 to 0.50 | 0.6 **short** |" in written
    assert "| the publisher | 64 | 400 | 100 | 200 **short** |" in written
    assert "| star | 1M | 8 | 0.80 | 0.80 to 0.80 | 0.7 |" in written


def test_runs_of_one_size_each_are_joined_into_a_report_of_all(tmp_path: Path) -> None:
    machine = Machine.here()
    for size, triples in (("1M", 1_000_000), ("10k", 10_000)):
        found = Found(machine, loaded=[Loaded(size, triples, 1, 0.0)], seconds=60.0)
        samples = [_sample(5.0)], [_sample(10.0)]
        found.comparisons.append(Comparison("lookup", size, 1, *samples, peer=OXIGRAPH))
        written(found, tmp_path / size)
    folders = [str(tmp_path / size) for size in ("1M", "10k")]
    command = [sys.executable, "-m", "bench.joined", *folders, "--out", str(tmp_path / "all")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
    place = tmp_path / "all" / report.REPORT
    said = place.read_text(encoding="utf-8")
    assert said.index("| lookup | 10k |") < said.index("| lookup | 1M |")
    assert "120 s in all" in said
    assert "lookup" in (place.parent / "costs.svg").read_text(encoding="utf-8")
    elsewhere = Found(replace(machine, processor="another"))
    with pytest.raises(ValueError, match="several machines"):
        joined([kept(tmp_path / "all"), elsewhere])


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
    lines = ("lookup", "export", "engines", "changes")
    order = Order(
        ("1k",), lines, EFFORT, tmp_path, changes=3, others=False, long_seconds=0.0, processors=2
    )
    found = Run(order, Found(Machine.here()), lambda _line: None).all()
    place = report.write(found, tmp_path / "report")
    written = place.read_text(encoding="utf-8")
    assert not [each for each in found.wrong if OXIGRAPH in each]
    assert not found.broken
    assert not [each.failures for each in found.comparisons if each.failures]
    assert "| lookup | 1k | 1 |" in written
    assert "| lookup | 1k | 2 |" in written
    assert "lookup at 1k beside oxigraph serve-read-only: 2 at once in place of 3" in written
    assert "| 1k | new measures and labels | 100 |" in written
    assert all(each.pairs and each.read for each in found.checked)
    assert "engines at 1k: from 1000000 triples on" in written
    drawn = list(place.parent.glob("*.svg"))
    assert drawn
    for each in drawn:
        ElementTree.fromstring(each.read_text(encoding="utf-8"))  # noqa: S314 (our own drawing)


def test_an_engine_under_jalon_is_filled_asked_and_follows_commits(tmp_path: Path) -> None:
    try:
        peers.program("oxigraph")
    except peers.NotInstalled as why:
        pytest.skip(str(why))
    order = Order(
        ("1k",), (ENGINES,), EFFORT, tmp_path, others=False, engines=("oxigraph",), engines_from=0
    )
    found = Run(order, Found(Machine.here()), lambda _line: None).all()
    assert not found.broken
    assert not found.wrong
    assert not [each.failures for each in found.comparisons if each.failures]
    asked = {(each.line, each.clients, each.peer) for each in found.comparisons}
    directly = "the same oxigraph serve, asked directly"
    assert asked == {(line, clients, directly) for line in mirrors.LINES for clients in (1, 3)}
    assert all("engine" in each.ours[0].server_us for each in found.comparisons)
    (mirrored,) = found.mirrored
    assert mirrored.shares == dict.fromkeys(mirrors.LINES, 1.0)
    assert len(mirrored.followed) == mirrors.COMMITS
    assert all(0 < acknowledged < answered for acknowledged, answered in mirrored.followed)
    assert mirrored.filled_seconds > 0
    assert mirrored.memory_mb > 1
    assert mirrored.disk_mb > 0
    assert not (tmp_path / "1k").exists()
    written(found, tmp_path / "report")
    # A run that was kept before engines were measured is joined all the same.
    earlier = Found(found.machine, loaded=[Loaded("10k", 10_000, 1, 0.0)])
    del earlier.mirrored
    together = joined([earlier, kept(tmp_path / "report")])
    said = report.write(together, tmp_path / "all").read_text(encoding="utf-8")
    assert f"## Beside {directly}" in said
    assert "lookup 100.0%, star 100.0%, aggregate 100.0%, distinct 100.0% |" in said


def test_an_engine_that_describes_otherwise_is_not_asked_for_descriptions() -> None:
    made = data.Made(triples=5_374, plans=1, measures=240, organisations=8)
    server = Running(0, "http://127.0.0.1:1", 0.0)
    engine = peers.Peer("Virtuoso", server, Endpoint(server.url, "/sparql"), describes=False)
    asked = pool("distinct", made, 1, 100)
    taken = [each for each in asked if engine.takes(each)]
    assert taken == [each for each in asked if "DESCRIBE" not in each.text] != asked
