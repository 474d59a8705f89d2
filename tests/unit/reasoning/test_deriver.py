"""What follows from a release, by a reasoner; where nothing is concluded, the reason."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from jalon.reasoning.deriver import OwlDeriver
from jalon.reasoning.engines import Engine
from jalon.reasoning.reasoner import Reasoner, ReasoningLimits
from jalon.store.press import Derived

HERE = Path(__file__).parent
BASE = "http://example.org/"
NO_LIMITS = ReasoningLimits()


def derived(
    tmp_path: Path, name: str, limits: ReasoningLimits = NO_LIMITS, engine: Engine = "rules"
) -> Derived:
    triples = [quad.triple for quad in parse(path=HERE / name, format=RdfFormat.TURTLE)]
    shown = tmp_path / "shown.nt"
    shown.write_text("".join(f"{triple} .\n" for triple in triples), encoding="utf-8")
    return asyncio.run(OwlDeriver(Reasoner(tmp_path / "entailed", limits, engine)).derive(shown))


@pytest.mark.parametrize("engine", ["rules", "owlrl"])
def test_what_follows_is_said_with_its_rules(tmp_path: Path, engine: Engine) -> None:
    found = derived(tmp_path, "given.ttl", engine=engine)
    assert found.ntriples.count(b"\n") == 30
    derivation = found.derivation
    assert (derivation.reasoner, derivation.state, derivation.contradictions) == (
        engine,
        "complete",
        0,
    )
    assert derivation.rules == OwlDeriver(Reasoner(tmp_path, engine=engine)).rules
    assert derived(tmp_path, "given.ttl", engine=engine) == found


def test_each_engine_has_rules_of_another_name(tmp_path: Path) -> None:
    ours, owlrl = (
        OwlDeriver(Reasoner(tmp_path, engine=engine)).rules for engine in ("rules", "owlrl")
    )
    assert ours.startswith("rules-")
    assert owlrl.startswith("owlrl-")
    assert ours.removeprefix("rules") != owlrl.removeprefix("owlrl")


@pytest.mark.parametrize(
    ("limits", "state"),
    [
        (ReasoningLimits(triples=45), "too-large"),
        (ReasoningLimits(seconds=0.01), "timeout"),
    ],
    ids=["too many triples", "too slow"],
)
def test_no_conclusions_come_with_the_reason(
    tmp_path: Path, limits: ReasoningLimits, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = derived(tmp_path, "given.ttl", limits)
    assert (found.ntriples, found.derivation.state) == (b"", state)
    assert "no entailments" in caplog.text


@pytest.mark.parametrize("engine", ["rules", "owlrl"])
def test_contradictions_are_logged_by_thing_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, engine: Engine
) -> None:
    for _ in range(2):
        caplog.clear()
        found = derived(tmp_path, "contradictory.ttl", engine=engine)
        said = [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR]
        assert len(said) == found.derivation.contradictions > 0
        assert any(line.startswith(f"contradiction about {BASE}both: ") for line in said)
