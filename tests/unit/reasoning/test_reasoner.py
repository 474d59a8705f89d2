"""Conclusions are drawn in a process, within limits, once for the same triples."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

import jalon
from jalon.errors import NotReady
from jalon.reasoning import reasoner as drawing
from jalon.reasoning.conclusions import Conclusions, Contradiction, read_conclusions
from jalon.reasoning.engines import Engine, versions
from jalon.reasoning.reasoner import NotConcluded, Reasoner, ReasoningLimits
from jalon.store.live import Change, LiveIndex, read_quads

HERE = Path(__file__).parent
TRANSITIVE = (
    "<http://example.org/p> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    "<http://www.w3.org/2002/07/owl#TransitiveProperty> .\n"
)


def given(name: str = "given.ttl") -> list[Triple]:
    return [quad.triple for quad in parse(path=HERE / name, format=RdfFormat.TURTLE)]


def file_of(folder: Path, lines: Iterable[str]) -> Path:
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".nt", delete=False) as file:
        file.writelines(lines)
    return Path(file.name)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return file_of(tmp_path, (f"{triple} .\n" for triple in given()))


@pytest.fixture
def contradictory(tmp_path: Path) -> Path:
    return file_of(tmp_path, (f"{triple} .\n" for triple in given("contradictory.ttl")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "entailed"


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.conclusions"))


@pytest.mark.parametrize("engine", ["rules", "owlrl"])
def test_conclusions_are_drawn_once_for_the_same_triples(
    folder: Path, source: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reasoner = Reasoner(folder, engine=engine)
    first = reasoner.conclude(source)
    assert first.useful == 30
    assert reasoner.conclude(source) == first
    said = [record.getMessage() for record in caplog.records]
    assert sum(line.startswith(f"reasoning over 46 triples with {engine}") for line in said) == 1
    assert said[-1] == f"entailments reused: {kept(folder)[0]}"


def test_other_triples_or_another_engine_have_conclusions_of_their_own(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    reasoner = Reasoner(folder)
    nothing = file_of(tmp_path, [])
    assert reasoner.conclude(source).useful > reasoner.conclude(nothing).useful == 0
    Reasoner(folder, engine="owlrl").conclude(nothing)
    assert len(kept(folder)) == 3
    assert versions("rules") != versions("owlrl")


def test_an_index_writes_the_same_triples_alike_whatever_came_first(tmp_path: Path) -> None:
    """Which is what conclusions are found by: blank nodes have names that the ledger keeps."""
    triples = [*given(), *given("contradictory.ttl")]
    written = []
    for number, order in enumerate((triples, triples[::-1])):
        live = LiveIndex.begin(tmp_path / str(number), "http://example.org/")
        graph = "<http://example.org/graph/source/one>"
        for part in (order[::2], order[1::2]):
            lines = "".join(f"{triple} {graph} .\n" for triple in part)
            live.load([Change(read_quads(lines.encode()))])
        written.append([f"{triple} .\n" for triple in live.shown_triples()])
    assert written[0] == written[1]
    assert len(written[0]) == len(set(triples))


def test_only_conclusions_that_were_asked_for_last_are_kept(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    reasoner = Reasoner(folder)
    reasoner.conclude(source)
    first = kept(folder)[0]
    os.utime(first, (0, 0))
    others = [
        file_of(tmp_path, [f'<http://example.org/a> <http://example.org/p> "{number}" .\n'])
        for number in range(drawing.KEPT)
    ]
    for each in others[1:]:
        reasoner.conclude(each)
    assert first in kept(folder)
    reasoner.conclude(source)
    reasoner.conclude(others[0])
    assert first in kept(folder)
    assert len(kept(folder)) == drawing.KEPT


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"[]\n", b"null\n", b'{"digest": ""}\n<a', None])
def test_damaged_conclusions_are_drawn_again(
    folder: Path, contradictory: Path, damage: bytes | None
) -> None:
    reasoner = Reasoner(folder)
    first = reasoner.conclude(contradictory)
    place = kept(folder)[0]
    place.write_bytes(place.read_bytes()[:-1] + b" " if damage is None else damage)
    (folder / "writing-left").touch()
    again = reasoner.conclude(contradictory)
    assert replace(again, seconds=first.seconds) == first
    assert kept(folder) == [place]
    assert not (folder / "writing-left").exists()


def test_too_many_triples_are_not_reasoned_over(
    folder: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotConcluded) as raised:
        Reasoner(folder, ReasoningLimits(triples=45)).conclude(source)
    assert raised.value.reason == "too-large"
    assert "46 triples are shown, more than the limit of 45" in caplog.text
    assert kept(folder) == []


def test_each_engine_has_a_limit_of_its_own(folder: Path) -> None:
    assert Reasoner(folder).triples == 1_000_000
    assert Reasoner(folder, engine="owlrl").triples == 20_000
    assert Reasoner(folder, ReasoningLimits(triples=7)).triples == 7


def test_a_graph_from_which_too_much_follows_is_given_up(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A path of 1,000 steps along a transitive property has half a million pairs."""
    steps = (
        f"<http://example.org/{n}> <http://example.org/p> <http://example.org/{n + 1}> .\n"
        for n in range(1000)
    )
    with pytest.raises(NotConcluded) as raised:
        Reasoner(folder).conclude(file_of(tmp_path, [TRANSITIVE, *steps]))
    assert raised.value.reason == "too-large"
    assert "more than 110010 triples follow" in caplog.text
    assert kept(folder) == []


def test_reasoning_stops_at_its_deadline_and_leaves_nothing(
    folder: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotConcluded) as raised:
        Reasoner(folder, ReasoningLimits(seconds=0.01)).conclude(source)
    assert raised.value.reason == "timeout"
    assert "0.01 seconds have passed" in caplog.text
    assert [path.name for path in folder.iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("engine", "lines"),
    [
        ("owlrl", [f"{triple} .\n" for triple in given("unending-list.ttl")]),
        ("rules", ["<a> <b> <<( <c> <d> <e> )>> .\n"]),
    ],
    ids=["a list without an end, by owlrl", "a triple term, by rules"],
)
def test_an_engine_that_fails_says_why_in_the_log(
    folder: Path,
    tmp_path: Path,
    engine: Engine,
    lines: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(NotConcluded) as raised:
        Reasoner(folder, engine=engine).conclude(file_of(tmp_path, lines))
    assert raised.value.reason == "failed"
    assert "ValueError" in caplog.text
    assert kept(folder) == []


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux alone")
def test_an_engine_without_memory_fails(folder: Path, tmp_path: Path) -> None:
    lines = (f'<http://e.org/{n}> <http://e.org/p> "{n}" .\n' for n in range(200_000))
    limits = ReasoningLimits(memory_bytes=50_000_000)
    with pytest.raises(NotConcluded) as raised:
        Reasoner(folder, limits).conclude(file_of(tmp_path, lines))
    assert raised.value.reason in {"memory", "failed"}


def test_a_folder_that_cannot_be_written_is_a_clear_error(folder: Path, source: Path) -> None:
    folder.write_text("a file", encoding="utf-8")
    with pytest.raises(NotReady):
        Reasoner(folder).conclude(source)


def test_conclusions_are_read_as_they_were_written() -> None:
    conclusions = Conclusions(2, 3, 0.5, (Contradiction("", "é\n"),), b"<a> <b> <c> .\n")
    assert read_conclusions(io.BytesIO(b"".join(conclusions.written()))) == conclusions


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("jalon.store.worker", {"owlrl", "rdflib"}),
        ("jalon.reasoning.deriver", {"owlrl"}),
        ("jalon.reasoning.rules.closure", {"owlrl", "rdflib", "pyoxigraph"}),
    ],
)
def test_the_engine_is_loaded_by_its_own_process_alone(module: str, spared: set[str]) -> None:
    program = f"import sys, {module}; print({spared} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(jalon.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
