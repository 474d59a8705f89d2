"""What the ledger's database keeps of submissions: as they came, and every step since.

Nothing of it is ever changed. That a submission was published, or taken back, is said by the chain
alone: by the ``source`` of a commit. So no crash comes between the two. The states, by which
submissions are found, follow from both: triggers keep them in the transactions that write these.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Literal, get_args

from jalon.ledger.commits import ChangeSet, read_time, written
from jalon.ledger.database import Database

State = Literal["invalid", "ready", "rejected", "superseded", "approved", "reverted"]
_STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("invalid", "ready")
"""The states in which something can still become of a submission."""

PUBLISHED, TAKEN_BACK = "submission:", "revert:"
"""How the sources of the commits begin that publish a submission, and that take it back."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as it was sent; ``part`` tells what is added from what is removed."""

    part: str
    media_type: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Proposed:
    """What somebody proposes for an organisation, by whom and why.

    ``author`` is an opaque id; ``mode`` is how the documents are meant.
    """

    author: str
    organisation: str
    mode: str
    message: str
    documents: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a submission comes to in a release; ``report`` is JSON."""

    state: State
    release: int
    report: bytes = b""
    change: ChangeSet = field(default_factory=ChangeSet)


@dataclass(frozen=True, slots=True)
class Step:
    """A state that a submission came to: when, by whom, why, and in which release.

    For ``approved`` and ``reverted`` the release is that which the commit has made.
    """

    state: State
    time: datetime
    author: str
    reason: str
    release: int


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission with its steps, in order; it has always one at least."""

    id: int
    time: datetime
    author: str
    organisation: str
    mode: str
    message: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """The state that it is in."""
        return self.steps[-1].state

    @property
    def is_open(self) -> bool:
        """Whether something can still become of it."""
        return self.state in OPEN

    @property
    def published(self) -> int | None:
        """The release that it was published as, also where that was taken back; else None."""
        return next((step.release for step in self.steps if step.state == "approved"), None)


_PUT = "INSERT INTO submissions (time, author, organisation, mode, message) VALUES (?, ?, ?, ?, ?)"
_PUT_DOCUMENT = "INSERT INTO submission_documents VALUES (?, ?, ?, ?, ?, ?)"
_PUT_STEP = """
INSERT INTO submission_steps
    (submission, time, author, state, reason, release, report, adds, removes)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_STEPS = """
SELECT state, time, author, reason, release FROM submission_steps
WHERE submission = ? ORDER BY line
"""
_COMMITS = """
SELECT source, time, author, message, number FROM commits WHERE source IN (?, ?) ORDER BY number
"""
_RESULT = """
SELECT state, release, report, adds, removes FROM submission_steps
WHERE submission = ? AND state IN ('invalid', 'ready') ORDER BY line DESC LIMIT 1
"""
_OF_ALL = """
SELECT submission FROM submission_states
WHERE state = ? AND submission < ? ORDER BY submission DESC LIMIT ?
"""
_OF_ONE = """
SELECT submission FROM submission_states
WHERE organisation = ? AND state = ? AND submission < ? ORDER BY submission DESC LIMIT ?
"""


class Submissions:
    """The tables of submissions."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, proposed: Proposed, result: Result, instead_of: Sequence[int] = ()) -> int:
        """Keeps a submission with what it comes to; its number, from 1.

        Those that it takes the place of are superseded, where they are still open.
        """
        time = written(self._clock())
        row = (proposed.author, proposed.organisation, proposed.mode, proposed.message)
        with self._database.write() as connection:
            number = connection.execute(_PUT, (time, *row)).lastrowid
            if number is None:
                raise sqlite3.ProgrammingError("an inserted row has a number")
            for place, each in enumerate(proposed.documents):
                content = zlib.compress(each.content)
                line = (number, place, each.part, each.media_type, each.name, content)
                connection.execute(_PUT_DOCUMENT, line)
            self._put(connection, number, proposed.author, proposed.message, result)
            for earlier in instead_of:
                if _state(connection, earlier) in OPEN:
                    superseded = Result("superseded", result.release)
                    self._put(connection, earlier, proposed.author, f"{number}", superseded)
        return number

    def step(self, number: int, author: str, reason: str, result: Result) -> bool:
        """Notes the state that an open submission has come to; False where it is not open."""
        with self._database.write() as connection:
            if _state(connection, number) not in OPEN:
                return False
            self._put(connection, number, author, reason, result)
        return True

    def get(self, number: int) -> Submission | None:
        """One submission; None where there is none."""
        with self._database.read() as connection:
            return _found(connection, number)

    def page(
        self,
        most: int,
        before: int,
        states: Collection[State] | None = None,
        organisations: Collection[str] | None = None,
    ) -> list[Submission]:
        """Up to ``most`` with smaller numbers than ``before``, the newest first.

        Of these states and organisations; None is of all.
        """
        among = _STATES if states is None else states
        with self._database.read() as connection:
            connection.execute("BEGIN")  # all that is read stands at one moment
            numbers = _numbers(connection, most, before, among, organisations)
            found = [_found(connection, number) for number in numbers]
            connection.execute("COMMIT")
        return [each for each in found if each is not None]

    def result(self, number: int) -> Result:
        """What a submission, which there is, came to when it was last worked out."""
        with self._database.read() as connection:
            row = connection.execute(_RESULT, (number,)).fetchone()
            report, adds, removes = (_unpacked(row[name]) for name in ("report", "adds", "removes"))
            return Result(row["state"], row["release"], report, ChangeSet(adds, removes))

    def documents(self, number: int) -> tuple[Sent, ...]:
        """The documents of a submission, as they came."""
        query = "SELECT * FROM submission_documents WHERE submission = ? ORDER BY place"
        with self._database.read() as connection:
            return tuple(
                Sent(row["part"], row["media_type"], row["name"], _unpacked(row["content"]))
                for row in connection.execute(query, (number,))
            )

    def _put(
        self, connection: sqlite3.Connection, number: int, author: str, reason: str, result: Result
    ) -> None:
        parts = (result.report, result.change.adds, result.change.removes)
        row = (number, written(self._clock()), author, result.state, reason, result.release)
        connection.execute(_PUT_STEP, (*row, *map(zlib.compress, parts)))


def _numbers(
    connection: sqlite3.Connection,
    most: int,
    before: int,
    states: Collection[State],
    organisations: Collection[str] | None,
) -> list[int]:
    """The numbers on a page: the newest of each state, and of each organisation, put together."""
    kinds: Iterable[tuple[str, ...]]
    if organisations is None:
        query, kinds = _OF_ALL, ((state,) for state in states)
    else:
        query, kinds = _OF_ONE, product(organisations, states)
    numbers = {row[0] for kind in kinds for row in connection.execute(query, (*kind, before, most))}
    return sorted(numbers, reverse=True)[:most]


def _state(connection: sqlite3.Connection, number: int) -> State | None:
    found = _found(connection, number)
    return None if found is None else found.state


def _found(connection: sqlite3.Connection, number: int) -> Submission | None:
    row = connection.execute("SELECT * FROM submissions WHERE id = ?", (number,)).fetchone()
    return None if row is None else _submission_of(connection, row)


def _submission_of(connection: sqlite3.Connection, row: sqlite3.Row) -> Submission:
    number = row["id"]
    steps = [_step_of(each) for each in connection.execute(_STEPS, (number,))]
    published = f"{PUBLISHED}{number}"
    for each in connection.execute(_COMMITS, (published, f"{TAKEN_BACK}{number}")):
        state: State = "approved" if each["source"] == published else "reverted"
        time = read_time(each["time"])
        steps.append(Step(state, time, each["author"], each["message"], each["number"]))
    return Submission(
        id=number,
        time=read_time(row["time"]),
        author=row["author"],
        organisation=row["organisation"],
        mode=row["mode"],
        message=row["message"],
        steps=tuple(steps),
    )


def _step_of(row: sqlite3.Row) -> Step:
    time = read_time(row["time"])
    return Step(row["state"], time, row["author"], row["reason"], row["release"])


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error as error:
        raise sqlite3.DatabaseError("a submission is not as it was written") from error
