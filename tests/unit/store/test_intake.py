"""Changes that are kept together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jalon.ledger.commits import ChangeSet
from jalon.store.difference import Difference, cut
from jalon.store.intake import MOST_BYTES, MOST_TOGETHER, Intake, Proposal
from jalon.store.live import Change, LiveIndex, read_quads

BASE = "http://example.org/"
INTEGER = "<http://www.w3.org/2001/XMLSchema#integer>"
SEVEN = f'"7"^^{INTEGER}'


def proposal(*lines: bytes) -> Proposal:
    return Proposal(ChangeSet.of(lines), "author", "message", "source")


def line(number: int, value: str = '"x"') -> bytes:
    return f"<{BASE}s{number}> <{BASE}p> {value} <{BASE}graph/editorial> .".encode()


@pytest.fixture
def intake() -> Intake:
    return Intake()


def taken(intake: Intake) -> list[list[int | None]]:
    """What is taken together until nothing waits, by what each expects."""
    found = []
    while together := intake.take():
        found.append([asked.expected for asked in together])
    return found


def test_who_expects_a_certain_commit_is_taken_alone(intake: Intake) -> None:
    async def ask() -> list[list[int | None]]:
        for expected in (None, None, 7, 8, None, 9, None):
            intake.ask(proposal(line(1)), expected)
        return taken(intake)

    assert asyncio.run(ask()) == [[None, None], [7], [8], [None], [9], [None]]


def test_not_too_many_are_taken_together_nor_too_much(intake: Intake) -> None:
    large = b'"%s"' % (b"x" * (MOST_BYTES // 2))

    async def ask() -> list[int]:
        for number in range(MOST_TOGETHER + 1):
            intake.ask(proposal(line(number)), None)
        many = [len(each) for each in taken(intake)]
        for number in range(3):
            intake.ask(proposal(line(number, large.decode())), None)
        return many + [len(each) for each in taken(intake)]

    assert asyncio.run(ask()) == [MOST_TOGETHER, 1, 1, 1, 1]


def test_who_withdraws_is_not_taken(intake: Intake) -> None:
    async def ask() -> int:
        asked = intake.ask(proposal(line(1)), None)
        intake.withdraw(asked)
        intake.withdraw(asked)
        return len(intake.take())

    assert asyncio.run(ask()) == 0


def test_lines_in_no_order_are_refused(intake: Intake) -> None:
    async def ask() -> None:
        change = ChangeSet(line(2) + b"\n" + line(1) + b"\n")
        intake.ask(Proposal(change, "author", "message", "source"), None)

    with pytest.raises(ValueError, match="sorted"):
        asyncio.run(ask())


@pytest.fixture
def difference(tmp_path: Path) -> Difference:
    live = LiveIndex.begin(tmp_path / "live", BASE)
    live.apply(Change(read_quads(line(1, SEVEN) + b"\n" + line(2))))
    return Difference(live)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Each is made on those before it.
        ([((3,), ()), ((3,), ())], [((3,), ()), ((), ())]),
        ([((3,), ()), ((), (3,)), ((), (3,))], [((3,), ()), ((), (3,)), ((), ())]),
        ([((), (2,)), ((), (2,)), ((2,), ())], [((), (2,)), ((), ()), ((2,), ())]),
        ([((2,), (2,)), ((2,), ())], [((2,), (2,)), ((), ())]),
        ([((), (2,)), ((2,), (2,))], [((), (2,)), ((2,), ())]),
    ],
)
def test_of_changes_one_after_the_other_what_changes_something_is_found(
    difference: Difference,
    changes: list[tuple[tuple[int, ...], tuple[int, ...]]],
    expected: list[tuple[tuple[int, ...], tuple[int, ...]]],
) -> None:
    def of(numbers: tuple[int, ...]) -> list[bytes]:
        return [line(number) for number in numbers]

    asked = [ChangeSet.of(of(adds), of(removes)) for adds, removes in changes]
    assert difference.of(asked) == [
        ChangeSet.of(of(adds), of(removes)) for adds, removes in expected
    ]


def test_values_are_compared_as_the_index_keeps_them(difference: Difference) -> None:
    respelled = ChangeSet.of([line(1, f'"007"^^{INTEGER}')])
    new = ChangeSet.of([line(3, f'"01"^^{INTEGER}')])
    again = ChangeSet.of([line(3, f'"1"^^{INTEGER}')])
    gone = ChangeSet.of([], [line(3, f'"+1"^^{INTEGER}')])
    found = difference.of([respelled, new, again, gone])
    assert found == [ChangeSet(), new, ChangeSet(), gone]


def test_a_payload_is_cut_where_its_sizes_say() -> None:
    changes = [ChangeSet(b"ab", b""), ChangeSet(b"", b"c"), ChangeSet(b"d", b"ef")]
    payload = b"".join(each.adds + each.removes for each in changes)
    assert list(cut(payload, [(2, 0), (0, 1), (1, 2)])) == changes
