"""The W3C suites, one test each, on the service as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.client import Client
from conformance.manifests import ABSENT, SUITES, Entry, read_entries
from conformance.running import run
from conformance.servers import served_jalon
from conformance.tallying import read_exceptions, surprise

ENTRIES = read_entries() if SUITES.is_dir() else []
READING = [entry for entry in ENTRIES if entry.only_reads]
WRITING = [entry for entry in ENTRIES if not entry.only_reads]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("shared")) as client:
        yield client


@pytest.fixture(scope="module")
def emptied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("emptied")) as client:
        yield client


@contextmanager
def served(folder: Path) -> Iterator[Client]:
    with served_jalon(folder) as server, Client(server) as client:
        yield client


@pytest.fixture(scope="module")
def exceptions() -> dict[str, str]:
    return read_exceptions()


def name_of(entry: Entry) -> str:
    return entry.iri.partition("/tests/")[2]


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
@pytest.mark.parametrize("entry", READING, ids=name_of)
def test_what_reads_passes_but_for_the_known_exceptions(
    shared: Client, exceptions: dict[str, str], entry: Entry
) -> None:
    assert surprise(entry, run(entry, shared), exceptions) == ""


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
@pytest.mark.parametrize("entry", WRITING, ids=name_of)
def test_what_writes_passes_but_for_the_known_exceptions(
    emptied: Client, exceptions: dict[str, str], entry: Entry
) -> None:
    verdict = run(entry, emptied)
    if not verdict.run:
        pytest.skip(verdict.why)
    assert surprise(entry, verdict, exceptions) == ""


@pytest.mark.skipif(not ENTRIES, reason=ABSENT)
def test_every_exception_is_a_test(exceptions: dict[str, str]) -> None:
    assert exceptions.keys() <= {entry.iri for entry in ENTRIES}
    assert all(exceptions.values())
