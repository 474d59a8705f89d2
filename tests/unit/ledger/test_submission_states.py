"""Submissions are found by their states, and a page costs what stands on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from jalon.ledger import tables
from jalon.ledger.ledger import Ledger
from jalon.ledger.sqlite import driven
from jalon.ledger.submissions import PUBLISHED, TAKEN_BACK, Proposed, Result, State
from unit.ledger.drafts import Place, chances, draft, filled, ledger_at

ANN = "0a" * 12
ALL = 2**62
MANY = 10_000
OF_CALQ, READY = (17, 5_000, MANY), (3, 5_001, MANY - 1)
"""The few that a steward of calq may see, and those that wait for a reviewer."""

Pages = Callable[[Ledger], list[list[int]]]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crowded") / "ledger.sqlite"
    filled(path, 1)
    crowd(path, range(1, MANY + 1))
    return path


def proposed(organisation: str) -> Proposed:
    return Proposed(ANN, organisation, "add", "")


def commit(ledger: Ledger, source: str) -> None:
    ledger.append(replace(draft(ledger.head().number + 1), source=source))


def states(ledger: Ledger) -> dict[int, str]:
    with ledger._database.read() as connection:
        rows = connection.execute(select(tables.states.c.submission, tables.states.c.state))
        return {row.submission: row.state for row in rows}


def test_whatever_becomes_of_submissions_they_are_found_by_it(place: Place) -> None:
    chance, seed = chances()
    with ledger_at(place) as ledger:
        ledger.append(draft(1))
        submissions = ledger.submissions
        for number in range(1, 41):
            first: State = chance.choice(("ready", "invalid"))
            instead_of = (
                [chance.randrange(1, number)] if number > 1 and chance.random() < 0.2 else ()
            )
            assert submissions.add(proposed("calq"), Result(first, 1), instead_of) == number
            one = chance.randint(1, number)
            state = next(each.state for each in [submissions.get(one)] if each)
            if state == "ready" and chance.random() < 0.6:
                commit(ledger, f"{PUBLISHED}{one}")
            elif state == "approved":
                commit(ledger, f"{TAKEN_BACK}{one}")
            else:
                kept: State = chance.choice(("invalid", "rejected"))
                submissions.step(one, ANN, "no", Result(kept, 1))
        # Of no submission: another kind of source, one that is not there, one with other letters.
        for source in ("pack:1", f"{PUBLISHED}99", f"{PUBLISHED}01", f"{PUBLISHED}1x", "Revert:2"):
            commit(ledger, source)
        derived: dict[int, State] = {
            each.id: each.state for each in map(submissions.get, range(1, 41)) if each is not None
        }
        assert len(derived) == 40
        assert states(ledger) == derived, seed
        for state in set(derived.values()):
            wanted = sorted((each for each in derived if derived[each] == state), reverse=True)
            assert [each.id for each in submissions.page(100, ALL, (state,))] == wanted, seed


def test_those_of_an_earlier_ledger_are_found_by_their_states(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    stored = Path(__file__).with_name("version-3.sql")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(stored.read_text(encoding="utf-8"))
    with ledger_at(path) as ledger:
        assert ledger.verify().number == 4
        assert states(ledger) == {
            1: "ready", 2: "invalid", 3: "approved", 4: "reverted", 5: "rejected",
            6: "superseded", 7: "ready",
        }  # fmt: skip
        for each in ledger.submissions.page(10, ALL):
            assert states(ledger)[each.id] == each.state
        assert numbers(ledger, 10, ("ready",), ["calq"]) == [7, 1]
        commit(ledger, f"{PUBLISHED}1")
        assert states(ledger)[1] == "approved"


@pytest.mark.parametrize(
    "pages",
    [
        lambda ledger: [numbers(ledger, 50, None, ["calq"])],
        lambda ledger: [numbers(ledger, 50, ("ready",), None)],
        lambda ledger: [numbers(ledger, 50, ("approved",), ["calq"])],
        lambda ledger: [numbers(ledger, 50, ("invalid", "superseded"), ["calq", "sodec"])],
    ],
    ids=["of-calq", "ready", "approved-of-calq", "of-two-organisations"],
)
def test_a_page_of_few_costs_as_much_among_many(
    crowded: Path, tmp_path: Path, pages: Pages
) -> None:
    few = tmp_path / "few.sqlite"
    filled(few, 1)
    crowd(few, {*OF_CALQ, *READY})
    among_many, many = counted(crowded, pages)
    alone, cost = counted(few, pages)
    assert among_many == alone
    assert many < cost + 10


def test_a_full_page_costs_the_same_wherever_it_stands(crowded: Path) -> None:
    newest, first = counted(crowded, lambda ledger: [numbers(ledger, 50, None, None)])
    older, later = counted(crowded, lambda ledger: [numbers(ledger, 50, None, None, 4_000)])
    assert newest == [list(range(MANY, MANY - 50, -1))]
    assert older == [list(range(3_999, 3_949, -1))]
    assert max(first, later) < MANY


def numbers(
    ledger: Ledger,
    most: int,
    of: tuple[State, ...] | None,
    organisations: list[str] | None,
    before: int = ALL,
) -> list[int]:
    return [each.id for each in ledger.submissions.page(most, before, of, organisations)]


def crowd(path: Path, ids: range | set[int]) -> None:
    """Submissions of mcc, all published, but for the few of calq and those that are ready."""
    with ledger_at(path) as ledger, ledger._database.write() as connection:
        for number in sorted(ids):
            organisation = "calq" if number in OF_CALQ else "mcc"
            row = (number, "2026-03-01T12:30:01.000250Z", ANN, organisation)
            connection.exec_driver_sql(
                "INSERT INTO submissions VALUES (?, ?, ?, ?, 'add', '')", row
            )
            connection.exec_driver_sql(
                "INSERT INTO submission_steps VALUES (NULL, ?, ?, ?, 'ready', '', 1, '', '', '')",
                row[:3],
            )
            if number not in READY:
                source = f"{PUBLISHED}{number}"
                connection.exec_driver_sql(
                    "INSERT INTO commits VALUES (?, ?, ?, '', ?, '', '', '', '', 0, 0, '', '', '')",
                    (number + 1, *row[1:3], source),
                )


def counted(path: Path, pages: Pages) -> tuple[list[list[int]], int]:
    """What pages show, and how many steps the database's machine takes for them."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    with ledger_at(path, read_only=True) as ledger:
        with ledger._database.read() as connection:
            driven(connection).set_progress_handler(step, 1)
        found = pages(ledger)
    return found, taken
