from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from jalon.ledger.commits import GENESIS, ChangeSet, Head, ordered, read_time, sealed, written
from unit.ledger.drafts import draft

NOON = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
ENCODED = (
    '{{"adds":"{adds}","author":"0f0f0f0f0f0f0f0f0f0f0f0f","encoding":"jalon-commit-1",'
    '"engine":"pyoxigraph 0.5.13","message":"Été \\"A\\"\\n","number":8,"previous":"{previous}",'
    '"removes":"{removes}","report":"{report}","rules":"rules-1","source":"pack:abc",'
    '"time":"2026-03-01T12:30:00.000250Z"}}'
)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_digest_is_that_of_the_encoding_that_is_documented() -> None:
    given = replace(draft(2), message='Été "A"\n')
    encoded = ENCODED.format(
        adds=_sha256(given.change.adds),
        removes=_sha256(given.change.removes),
        report=_sha256(given.report.encode()),
        previous="ab" * 32,
    )
    assert sealed(given, Head(7, "ab" * 32), NOON).digest == _sha256(encoded.encode())


def test_a_commit_says_when_in_utc_and_what_came_before() -> None:
    zone = timezone(timedelta(hours=-5))
    commit = sealed(draft(1), Head(0, GENESIS), NOON.astimezone(zone))
    assert (commit.number, commit.previous, commit.time) == (1, GENESIS, NOON)
    assert commit.time.utcoffset() == timedelta(0)


def test_a_clock_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        sealed(draft(1), Head(0, GENESIS), NOON.replace(tzinfo=None))


def test_times_are_written_alike_and_read_back() -> None:
    assert written(NOON.replace(microsecond=0)) == "2026-03-01T12:30:00.000000Z"
    assert read_time(written(NOON)) == NOON


def test_a_change_has_its_lines_sorted_by_bytes_and_once() -> None:
    lines = ("<s:é> <p:a> <o:a> .", "<s:b> <p:a> <o:a> .", "<s:é> <p:a> <o:a> .")
    change = ChangeSet.of([line.encode() for line in lines])
    assert change.adds.decode().splitlines() == ["<s:b> <p:a> <o:a> .", "<s:é> <p:a> <o:a> ."]
    assert (change.added, change.removed) == (2, 0)


@pytest.mark.parametrize("lines", [b"", b"a\n", b"a\nb\n", b"a\n\xc3\xa9\n"])
def test_lines_in_order_are_in_order(lines: bytes) -> None:
    assert ordered(lines)


@pytest.mark.parametrize("lines", [b"a", b"\n", b"\na\n", b"b\na\n", b"a\na\n", b"a\n\n", b"a\nb"])
def test_lines_out_of_order_twice_empty_or_unended_are_not(lines: bytes) -> None:
    assert not ordered(lines)
