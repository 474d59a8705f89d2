"""What is submitted is kept with every step; whether it was published, the chain alone says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.chain import silent
from jalon.ledger.commits import ChangeSet
from jalon.ledger.database import VERSION
from jalon.ledger.ledger import Ledger
from jalon.ledger.restoring import restore
from jalon.ledger.submissions import (
    PUBLISHED,
    TAKEN_BACK,
    Proposed,
    Result,
    Sent,
    State,
    Submission,
)
from unit.ledger.drafts import START, Place, Ticking, draft, filled, ledger_at

ANN, BEN = "0a" * 12, "0b" * 12
CHANGE = ChangeSet.of([b'<s:a> <p:a> "1.50"^^<d:a> <g:a> .'], [b"<s:b> <p:b> <o:b> <g:a> ."])
READY = Result("ready", 1, b'{"violations": 0}', CHANGE)
INVALID = Result("invalid", 1, '{"why": "été"}'.encode(), CHANGE)
DOCUMENTS = (
    Sent("adds", "text/turtle", "calq é.ttl", b"<a> <b> <c> .\n\0\xff"),
    Sent("removes", "application/n-triples", "", b""),
)
ALL = 2**62


@pytest.fixture
def place(place: Place) -> Place:
    filled(place, 1)
    return place


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "ledger.sqlite"
    filled(path, 1)
    return path


def proposed(organisation: str = "calq", author: str = ANN) -> Proposed:
    return Proposed(author, organisation, "change", "As we write it\n", DOCUMENTS)


def publish(ledger: Ledger, number: int, start: str = PUBLISHED) -> int:
    """The commit that publishes a submission, or takes it back."""
    following = draft(ledger.head().number + 1)
    commit = ledger.append(replace(following, source=f"{start}{number}", author=BEN))
    return commit.number


def found(ledger: Ledger, number: int) -> Submission:
    submission = ledger.submissions.get(number)
    assert submission is not None
    return submission


def states(ledger: Ledger, number: int) -> list[State]:
    return [step.state for step in found(ledger, number).steps]


def test_what_was_submitted_is_read_back_byte_for_byte(place: Place) -> None:
    with ledger_at(place) as ledger:
        assert ledger.submissions.add(proposed(), READY) == 1
        assert ledger.submissions.add(proposed("mcc", BEN), INVALID) == 2
    with ledger_at(place, read_only=True) as ledger:
        first, second = found(ledger, 1), found(ledger, 2)
        assert ledger.submissions.documents(1) == DOCUMENTS
        assert ledger.submissions.result(1) == READY
        assert ledger.submissions.result(2) == INVALID
        assert ledger.submissions.get(3) is None
    assert (first.author, first.organisation) == (ANN, "calq")
    assert (first.mode, first.message) == ("change", "As we write it\n")
    assert (second.author, second.organisation) == (BEN, "mcc")
    assert START < first.time < second.time
    [step] = first.steps
    assert (step.state, step.author, step.reason, step.release) == (
        "ready", ANN, "As we write it\n", 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "is_open"),
    [
        (["ready"], True),
        (["invalid"], True),
        (["ready", "invalid"], True),
        (["ready", "rejected"], False),
        (["invalid", "rejected"], False),
        (["ready", "invalid", "superseded"], False),
        (["ready", "approved"], False),
        (["ready", "approved", "reverted"], False),
    ],
)
def test_a_submission_is_open_until_something_has_become_of_it(
    place: Place, steps: list[State], is_open: bool
) -> None:
    with ledger_at(place) as ledger:
        first, *others = steps
        number = ledger.submissions.add(proposed(), Result(first, 1))
        for state in others:
            if state in ("approved", "reverted"):
                publish(ledger, number, PUBLISHED if state == "approved" else TAKEN_BACK)
            else:
                assert ledger.submissions.step(number, BEN, "why", Result(state, 1))
        submission = found(ledger, number)
        assert states(ledger, number) == steps
        assert (submission.state, submission.is_open) == (steps[-1], is_open)
        assert submission.published == (2 if "approved" in steps else None)
        following = ledger.submissions.step(number, BEN, "later", Result("rejected", 1))
        assert following is is_open
        assert states(ledger, number) == [*steps, *(["rejected"] if is_open else [])]


def test_nothing_becomes_of_a_submission_that_is_not_there(place: Place) -> None:
    with ledger_at(place) as ledger:
        assert not ledger.submissions.step(1, BEN, "why", Result("rejected", 1))
        publish(ledger, 1)
        assert ledger.submissions.get(1) is None


def test_what_is_published_and_taken_back_is_told_by_the_chain(place: Place) -> None:
    with ledger_at(place) as ledger:
        for _ in range(12):
            ledger.submissions.add(proposed(), READY)
        assert publish(ledger, 1) == 2
        # Another's number begins with the same digit.
        publish(ledger, 11)
        assert publish(ledger, 1, TAKEN_BACK) == 4
        approved, reverted = found(ledger, 1).steps[1:]
        assert (approved.state, approved.release, approved.author) == ("approved", 2, BEN)
        assert approved.reason == "Change 2"
        assert approved.time == ledger.commit(2).time
        assert (reverted.state, reverted.release) == ("reverted", 4)
        assert found(ledger, 1).published == 2
        assert states(ledger, 11) == ["ready", "approved"]
        assert states(ledger, 2) == ["ready"]


def test_a_newer_result_takes_the_place_of_the_first(place: Place) -> None:
    later = Result("invalid", 4, b"{}")
    with ledger_at(place) as ledger:
        number = ledger.submissions.add(proposed(), READY)
        ledger.submissions.step(number, BEN, "", later)
        ledger.submissions.step(number, BEN, "no", Result("rejected", 5))
        assert ledger.submissions.result(number) == later


def test_it_takes_the_place_of_those_that_are_open_and_of_no_others(place: Place) -> None:
    with ledger_at(place) as ledger:
        submissions = ledger.submissions
        first, second, third, fourth = (submissions.add(proposed(), READY) for _ in range(4))
        submissions.step(second, BEN, "no", Result("rejected", 1))
        publish(ledger, third)
        made = submissions.add(proposed(), READY, [first, second, third, 99])
        assert states(ledger, first) == ["ready", "superseded"]
        assert found(ledger, first).steps[-1].reason == str(made)
        assert states(ledger, second) == ["ready", "rejected"]
        assert states(ledger, third) == ["ready", "approved"]
        assert states(ledger, fourth) == states(ledger, made) == ["ready"]


@pytest.mark.parametrize("table", ["submission_documents", "submission_steps"])
def test_all_of_a_submission_is_kept_or_nothing(path: Path, table: str) -> None:
    """What cannot be written to the end, to the last step of the one that it supersedes."""
    with ledger_at(path) as ledger:
        earlier = ledger.submissions.add(proposed(), READY)
        with ledger._database.write() as connection:
            on = "NEW.place = 1" if table == "submission_documents" else "NEW.state = 'superseded'"
            connection.exec_driver_sql(
                f"CREATE TRIGGER hindered BEFORE INSERT ON {table} WHEN {on} "
                "BEGIN SELECT RAISE(ABORT, 'hindered'); END"
            )
        with pytest.raises(sqlite3.IntegrityError, match="hindered"):
            ledger.submissions.add(proposed(), READY, [earlier])
        assert [each.id for each in ledger.submissions.page(10, ALL)] == [earlier]
        assert states(ledger, earlier) == ["ready"]
        assert ledger.submissions.get(earlier + 1) is None
        assert ledger.submissions.documents(earlier + 1) == ()


def test_pages_are_of_states_and_organisations_the_newest_first(place: Place) -> None:
    with ledger_at(place) as ledger:
        submissions = ledger.submissions
        for number in range(1, 13):
            organisation = ("calq", "mcc", "sodec")[number % 3]
            submissions.add(proposed(organisation), INVALID if number % 2 else READY)
        publish(ledger, 2)
        submissions.step(4, BEN, "no", Result("rejected", 1))

        def page(
            most: int,
            before: int,
            of: tuple[State, ...] | None = None,
            organisations: list[str] | None = None,
        ) -> list[int]:
            return [each.id for each in submissions.page(most, before, of, organisations)]

        assert page(100, ALL) == list(range(12, 0, -1))
        assert page(4, ALL) == [12, 11, 10, 9]
        assert page(4, 9) == [8, 7, 6, 5]
        assert page(4, 1) == []
        assert page(100, ALL, ("ready",)) == [12, 10, 8, 6]
        assert page(2, 12, ("ready",)) == [10, 8]
        assert page(100, ALL, ("approved", "rejected")) == [4, 2]
        assert page(100, ALL, ("ready",), ["calq"]) == [12, 6]
        assert page(100, ALL, None, ["mcc", "sodec"]) == [11, 10, 8, 7, 5, 4, 2, 1]
        assert page(100, ALL, None, ["nobody"]) == page(100, ALL, None, []) == []
        assert page(100, ALL, ()) == []


TABLES = ["submissions", "submission_documents", "submission_steps"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nothing_of_it_is_changed_or_deleted(path: Path, table: str, statement: str) -> None:
    column = {"submissions": "organisation", "submission_documents": "content"}.get(table, "state")
    with ledger_at(path) as ledger:
        ledger.submissions.add(proposed(), READY)
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="are not"):
            connection.execute(statement.format(table, column, "'x'"))
        counted = " ".join(["SELECT count(*) FROM", table])
        assert connection.execute(counted).fetchone()[0] > 0


def test_what_was_damaged_is_told(path: Path) -> None:
    with ledger_at(path) as ledger:
        ledger.submissions.add(proposed(), READY)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("submission_documents", "submission_steps"):
            connection.execute(f"DROP TRIGGER {table}_are_not_changed")
        connection.execute("UPDATE submission_documents SET content = X'00'")
        connection.execute("UPDATE submission_steps SET report = X'789C00'")
        connection.commit()
    with ledger_at(path) as ledger:
        with pytest.raises(LedgerBroken):
            ledger.submissions.documents(1)
        with pytest.raises(LedgerBroken):
            ledger.submissions.result(1)


def test_who_only_reads_submits_nothing(place: Place) -> None:
    with ledger_at(place, read_only=True) as ledger:
        with pytest.raises(NotReady):
            ledger.submissions.add(proposed(), READY)
        with pytest.raises(NotReady):
            ledger.submissions.step(1, BEN, "", READY)


def test_another_who_has_the_ledger_open_sees_each_step(place: Place) -> None:
    with ledger_at(place) as one, ledger_at(place) as other:
        number = one.submissions.add(proposed(), READY)
        assert states(other, number) == ["ready"]
        assert other.submissions.step(number, BEN, "no", Result("rejected", 1))
        assert states(one, number) == ["ready", "rejected"]
        assert not one.submissions.step(number, ANN, "too late", Result("rejected", 1))


def test_a_backup_has_submissions_and_a_restore_brings_them_back(
    path: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.sqlite"
    with ledger_at(path) as ledger:
        first = ledger.submissions.add(proposed(), READY)
        second = ledger.submissions.add(proposed(), INVALID)
        publish(ledger, first)
        kept = [found(ledger, number) for number in (first, second)]
        ledger.backup(backup)
        publish(ledger, first, TAKEN_BACK)
        ledger.submissions.add(proposed(), READY, [second])
    restore(backup, path, Ticking(), silent)
    with ledger_at(path) as ledger:
        assert [found(ledger, number) for number in (first, second)] == kept
        assert ledger.submissions.get(3) is None
        assert ledger.submissions.documents(first) == DOCUMENTS
        assert ledger.submissions.result(second) == INVALID
        assert ledger.submissions.add(proposed(), READY) == 3


@pytest.mark.parametrize("version", [1, 2])
def test_an_earlier_ledger_is_submitted_to_and_keeps_its_commits(
    tmp_path: Path, version: int
) -> None:
    path, new = tmp_path / "ledger.sqlite", tmp_path / "new.sqlite"
    stored = Path(__file__).with_name(f"version-{version}.sql")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(stored.read_text(encoding="utf-8"))
    filled(new, 1)
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 3
        assert [each.change for each in ledger.commits()] == [
            draft(number, quads=2).change for number in (1, 2, 3)
        ]
        assert [token.label for token in ledger.tokens.all()] == ["Ann"]
        assert ledger.pins() == ((2,) if version == 2 else ())
        assert len(ledger.audit.lines()) == version - 1
        number = ledger.submissions.add(proposed(), READY)
        assert publish(ledger, number) == 4
        assert found(ledger, number).published == 4
        assert ledger.verify().number == 4
    assert _layout(path) == _layout(new)


def _layout(path: Path) -> list[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
        assert version == str(VERSION)
        return [(name, sql) for name, sql in connection.execute(query)]
