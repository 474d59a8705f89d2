"""What the ledger's database keeps of submissions: as they came, and every step since.

Nothing of it is ever changed. That a submission was published, or taken back, is said by the chain
alone: by the ``source`` of a commit. So no crash comes between the two. The states, by which
submissions are found, follow from both: triggers keep them in the transactions that write these.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, bindparam, insert, select

from jalon.ledger.commits import ChangeSet, read_time, written
from jalon.ledger.database import Database, Unreadable
from jalon.ledger.tables import commits, documents, following, states, steps, submissions

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


_STEPS = (
    select(steps.c.state, steps.c.time, steps.c.author, steps.c.reason, steps.c.release)
    .where(steps.c.submission == bindparam("submission"))
    .order_by(steps.c.line)
)
_COMMITS = (
    select(commits.c.source, commits.c.time, commits.c.author, commits.c.message, commits.c.number)
    .where(commits.c.source.in_([bindparam("published"), bindparam("taken_back")]))
    .order_by(commits.c.number)
)
_RESULT = (
    select(steps.c.state, steps.c.release, steps.c.report, steps.c.adds, steps.c.removes)
    .where(steps.c.submission == bindparam("submission"), steps.c.state.in_(OPEN))
    .order_by(steps.c.line.desc())
    .limit(1)
)


class Submissions:
    """The tables of submissions."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, proposed: Proposed, result: Result, instead_of: Sequence[int] = ()) -> int:
        """Keeps a submission with what it comes to; its number, from 1.

        Those that it takes the place of are superseded, where they are still open.
        """
        row = {
            "time": written(self._clock()),
            "author": proposed.author,
            "organisation": proposed.organisation,
            "mode": proposed.mode,
            "message": proposed.message,
        }
        with self._database.write() as connection:
            number = following(connection, submissions.c.id)
            connection.execute(insert(submissions), {"id": number, **row})
            for place, each in enumerate(proposed.documents):
                connection.execute(insert(documents), _document(number, place, each))
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
        with self._database.moment() as connection:
            numbers = _numbers(connection, most, before, among, organisations)
            found = [_found(connection, number) for number in numbers]
        return [each for each in found if each is not None]

    def result(self, number: int) -> Result:
        """What a submission, which there is, came to when it was last worked out."""
        with self._database.read() as connection:
            row = connection.execute(_RESULT, {"submission": number}).one()
            report, adds, removes = map(_unpacked, (row.report, row.adds, row.removes))
            return Result(row.state, row.release, report, ChangeSet(adds, removes))

    def documents(self, number: int) -> tuple[Sent, ...]:
        """The documents of a submission, as they came."""
        query = select(documents).where(documents.c.submission == number)
        with self._database.read() as connection:
            return tuple(
                Sent(row.part, row.media_type, row.name, _unpacked(row.content))
                for row in connection.execute(query.order_by(documents.c.place))
            )

    def _put(
        self, connection: Connection, number: int, author: str, reason: str, result: Result
    ) -> None:
        row = {
            "line": following(connection, steps.c.line),
            "submission": number,
            "time": written(self._clock()),
            "author": author,
            "state": result.state,
            "reason": reason,
            "release": result.release,
            "report": zlib.compress(result.report),
            "adds": zlib.compress(result.change.adds),
            "removes": zlib.compress(result.change.removes),
        }
        connection.execute(insert(steps), row)


def _document(submission: int, place: int, sent: Sent) -> dict[str, int | str | bytes]:
    return {
        "submission": submission,
        "place": place,
        "part": sent.part,
        "media_type": sent.media_type,
        "name": sent.name,
        "content": zlib.compress(sent.content),
    }


def _numbers(
    connection: Connection,
    most: int,
    before: int,
    among: Collection[State],
    organisations: Collection[str] | None,
) -> list[int]:
    """The numbers on a page: the newest of each state, and of each organisation, put together."""
    newest = select(states.c.submission).where(states.c.submission < before)
    newest = newest.order_by(states.c.submission.desc()).limit(most)
    queries = [newest.where(states.c.state == state) for state in among]
    if organisations is not None:
        queries = [
            query.where(states.c.organisation == organisation)
            for query in queries
            for organisation in organisations
        ]
    numbers = {number for query in queries for number in connection.scalars(query)}
    return sorted(numbers, reverse=True)[:most]


def _state(connection: Connection, number: int) -> State | None:
    found = _found(connection, number)
    return None if found is None else found.state


def _found(connection: Connection, number: int) -> Submission | None:
    row = connection.execute(select(submissions).where(submissions.c.id == number)).one_or_none()
    return None if row is None else _submission_of(connection, row)


def _submission_of(connection: Connection, row: Row[*tuple[Any, ...]]) -> Submission:
    number = row.id
    taken = [_step_of(each) for each in connection.execute(_STEPS, {"submission": number})]
    published = f"{PUBLISHED}{number}"
    sources = {"published": published, "taken_back": f"{TAKEN_BACK}{number}"}
    for each in connection.execute(_COMMITS, sources):
        state: State = "approved" if each.source == published else "reverted"
        taken.append(Step(state, read_time(each.time), each.author, each.message, each.number))
    return Submission(
        id=number,
        time=read_time(row.time),
        author=row.author,
        organisation=row.organisation,
        mode=row.mode,
        message=row.message,
        steps=tuple(taken),
    )


def _step_of(row: Row[*tuple[Any, ...]]) -> Step:
    return Step(row.state, read_time(row.time), row.author, row.reason, row.release)


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error as error:
        raise Unreadable("a submission is not as it was written") from error
