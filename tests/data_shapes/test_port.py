"""The W3C's data-shapes suite through the validation port, with both engines."""

from __future__ import annotations

import pytest

from data_shapes.running import fault, read_misses, through_port
from data_shapes.suite import ABSENT, SUITE, Entry, read_entries
from jalon.validation.port import EngineName

ENTRIES = read_entries() if SUITE.is_dir() else []
ENGINES: tuple[EngineName, ...] = ("shacl", "pyshacl")
FEWEST = 119


def name_of(entry: Entry) -> str:
    return entry.iri.partition(":/")[2]


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_report_is_the_one_expected_but_for_the_known_misses(
    entry: Entry, engine: EngineName
) -> None:
    wrong = fault(entry, through_port(entry, engine))
    if entry.iri in read_misses(engine):
        assert wrong, "it is listed as a miss, and passes"
    else:
        assert not wrong


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_miss_is_a_test_and_has_a_reason(engine: EngineName) -> None:
    misses = read_misses(engine)
    assert misses.keys() <= {entry.iri for entry in ENTRIES}
    assert all(misses.values())


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
def test_the_default_engine_misses_one_of_120_at_most() -> None:
    assert len(ENTRIES) == 120
    assert len(ENTRIES) - len(read_misses("shacl")) >= FEWEST
