"""Appending behind a head that is named, and keeping another ledger's commits as they are."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from jalon.ledger.commits import ChangeSet, Commit, Head, HeadMoved, digest_of
from jalon.ledger.ledger import Ledger
from unit.ledger.drafts import Place, draft, filled, ledger_at


@pytest.fixture
def source(tmp_path: Path) -> list[Commit]:
    """The commits of another ledger."""
    return filled(tmp_path / "source.sqlite", 6, quads=3)


def test_what_is_meant_for_another_head_is_not_kept(place: Place) -> None:
    with ledger_at(place) as ledger:
        empty = ledger.head()
        [first] = ledger.append_all([draft(1)], after=empty)
        for wrong in (empty, Head(1, "00" * 32), Head(2, first.digest)):
            with pytest.raises(HeadMoved) as raised:
                ledger.append_all([draft(2), draft(3)], after=wrong)
            assert raised.value.head == first.head == ledger.head()
        second, third = ledger.append_all([draft(2), draft(3)], after=first.head)
        assert (second.previous, third.previous) == (first.digest, second.digest)
        assert ledger.verify() == third.head


def test_of_several_that_follow_on_one_head_one_is_kept(place: Place) -> None:
    """Each tries again behind the head that it is told: no gap, and nothing twice."""
    kept: list[tuple[int, str]] = []

    def work(ledger: Ledger, name: str) -> None:
        head = ledger.head()
        for each in range(12):
            while True:
                try:
                    [commit] = ledger.append_all([replace(draft(2), message=f"{name}{each}")], head)
                except HeadMoved as moved:
                    head = moved.head
                else:
                    head = commit.head
                    kept.append((commit.number, commit.message))
                    break

    with ledger_at(place) as one, ledger_at(place) as other:
        threads = [
            threading.Thread(target=work, args=(ledger, name))
            for ledger, name in ((one, "a"), (other, "b"), (one, "c"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert one.verify().number == 36
        assert sorted(kept) == [(each.number, each.message) for each in one.summaries()]
    assert len({message for _, message in kept}) == 36


def test_commits_are_kept_as_they_are(place: Place, source: list[Commit]) -> None:
    with ledger_at(place) as ledger:
        ledger.extend(source[:2])
        ledger.extend([])
        ledger.extend(source[2:])
    with ledger_at(place) as ledger:
        assert list(ledger.commits()) == source
        assert ledger.verify() == source[-1].head
        assert ledger.append(draft(7)).previous == source[-1].digest


def test_commits_that_do_not_follow_on_the_head_are_not_kept(
    place: Place, source: list[Commit]
) -> None:
    with ledger_at(place) as ledger:
        ledger.extend(source[:3])
        for wrong in (source[2:], source[4:], source):
            with pytest.raises(HeadMoved) as raised:
                ledger.extend(wrong)
            assert raised.value.head == source[2].head
        other = replace(source[3], previous=source[0].digest)
        with pytest.raises(HeadMoved):
            ledger.extend([replace(other, digest=digest_of(other))])
        assert ledger.verify() == source[2].head


def test_of_commits_that_are_no_chain_none_is_kept(place: Place, source: list[Commit]) -> None:
    unsorted = replace(source[1], change=ChangeSet(b"<b> .\n<a> .\n"))
    wrong = {
        "as its digest says": [source[0], replace(source[1], message="x")],
        "follow on 1": [source[0], source[2]],
        "follow on 2": [source[0], source[1], source[0]],
        "sorted": [source[0], replace(unsorted, digest=digest_of(unsorted))],
    }
    with ledger_at(place) as ledger:
        for reason, commits in wrong.items():
            with pytest.raises(ValueError, match=reason):
                ledger.extend(commits)
        assert ledger.verify().number == 0
