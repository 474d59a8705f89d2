"""Conclusions are drawn in a process, within limits, once for the same triples."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, RdfFormat, Triple, parse

import jalon
from jalon.errors import NotReady
from jalon.reasoning.conclusions import Conclusions, Contradiction, read_conclusions
from jalon.reasoning.reasoner import (
    NotConcluded,
    Reasoner,
    ReasoningLimits,
    canonical,
    key,
)

HERE = Path(__file__).parent


def given(name: str = "given.ttl") -> list[Triple]:
    return [quad.triple for quad in parse(path=HERE / name, format=RdfFormat.TURTLE)]


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.conclusions"))


def test_conclusions_are_drawn_once_for_the_same_triples(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reasoner = Reasoner(tmp_path / "entailed")
    first = reasoner.conclude(given())
    assert first.useful == 30
    assert reasoner.conclude(reversed(given())) == first
    said = [record.getMessage() for record in caplog.records]
    assert sum(line.startswith("reasoning over 46 triples") for line in said) == 1
    assert said[-1] == f"entailments reused: {kept(tmp_path / 'entailed')[0]}"


def test_other_triples_have_conclusions_of_their_own(tmp_path: Path) -> None:
    reasoner = Reasoner(tmp_path)
    assert reasoner.conclude(given()).useful > reasoner.conclude([]).useful == 0
    assert len(kept(tmp_path)) == 2


def test_the_name_of_conclusions_does_not_depend_on_names_of_blank_nodes() -> None:
    def renamed(triple: Triple) -> Triple:
        subject, value = (
            BlankNode(f"x{term.value}") if isinstance(term, BlankNode) else term
            for term in (triple.subject, triple.object)
        )
        return Triple(subject, triple.predicate, value)  # type: ignore[arg-type]

    assert canonical(map(renamed, given())) == canonical(given())
    assert key(canonical(given())) != key(canonical(given()[1:]))


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"[]\n", b"null\n", b'{"digest": ""}\n<a', None])
def test_damaged_conclusions_are_drawn_again(tmp_path: Path, damage: bytes | None) -> None:
    reasoner = Reasoner(tmp_path)
    first = reasoner.conclude(given("contradictory.ttl"))
    place = kept(tmp_path)[0]
    place.write_bytes(place.read_bytes()[:-1] + b" " if damage is None else damage)
    (tmp_path / "writing-left").touch()
    again = reasoner.conclude(given("contradictory.ttl"))
    assert replace(again, seconds=first.seconds) == first
    assert kept(tmp_path) == [place]
    assert not (tmp_path / "writing-left").exists()


def test_too_many_triples_are_not_reasoned_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reasoner = Reasoner(tmp_path, ReasoningLimits(triples=45))
    with pytest.raises(NotConcluded) as raised:
        reasoner.conclude(given())
    assert raised.value.reason == "too-large"
    assert "46 triples are shown, more than the limit of 45" in caplog.text
    assert kept(tmp_path) == []


def test_reasoning_stops_at_its_deadline_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reasoner = Reasoner(tmp_path, ReasoningLimits(seconds=0.01))
    with pytest.raises(NotConcluded) as raised:
        reasoner.conclude(given())
    assert raised.value.reason == "timeout"
    assert "0.01 seconds have passed" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_an_engine_that_fails_says_why_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotConcluded) as raised:
        Reasoner(tmp_path).conclude(given("unending-list.ttl"))
    assert raised.value.reason == "failed"
    assert "ValueError" in caplog.text
    assert kept(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux alone")
def test_an_engine_without_memory_fails(tmp_path: Path) -> None:
    with pytest.raises(NotConcluded) as raised:
        Reasoner(tmp_path, ReasoningLimits(memory_bytes=50_000_000)).conclude(given())
    assert raised.value.reason in {"memory", "failed"}


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "entailed").write_text("a file", encoding="utf-8")
    with pytest.raises(NotReady):
        Reasoner(tmp_path / "entailed").conclude(given())


def test_conclusions_are_read_as_they_were_written() -> None:
    conclusions = Conclusions(2, 3, 0.5, (Contradiction("", "é\n"),), b"<a> <b> <c> .\n")
    assert read_conclusions(conclusions.written()) == conclusions


@pytest.mark.parametrize(
    ("module", "spared"),
    [("jalon.store.worker", "{'owlrl', 'rdflib'}"), ("jalon.reasoning.index", "{'owlrl'}")],
)
def test_the_engine_is_loaded_by_its_own_process_alone(module: str, spared: str) -> None:
    program = f"import sys, {module}; print({spared} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(jalon.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
