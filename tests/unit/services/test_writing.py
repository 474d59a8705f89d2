"""What a write waits for, gives up for, and is noted as."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from jalon.errors import (
    Forbidden,
    NoTargetGraph,
    PublicationPending,
    ReleaseConflict,
    ServiceBusy,
)
from jalon.ledger.commits import ChangeSet
from jalon.services.rights import Grant, Scope
from jalon.services.writing import Condition, Policy, Write, Writing, Written
from jalon.store.intake import Proposal
from jalon.store.turns import Turns
from jalon.validation.documents import Document
from jalon.validation.edits import Edit, Kind
from web.service import BASE
from web.writable import NEW, Writable, one, open_writable

TAGS = frozenset({"a", "b"})
NONE: frozenset[str] = frozenset()
ANY = frozenset({"*"})


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[Writable]:
    with open_writable(tmp_path) as opened:
        yield opened


@pytest.fixture
def grant(writable: Writable) -> Grant:
    return grant_of(writable)


def grant_of(writable: Writable) -> Grant:
    return writable.rights.check(f"Bearer {writable.token}", "test")


def write(grant: Grant, number: int, kind: Kind = "replace", graph: str = BASE + NEW) -> Write:
    documents = (Document("data", one(number), "text/turtle"),)
    return Write(Edit(kind, graph, documents), grant, "", "test")


@pytest.mark.parametrize(
    ("condition", "known", "unknown"),
    [
        (Condition(), True, True),
        (Condition(match=ANY), True, False),
        (Condition(match=frozenset({"x", "b"})), True, False),
        (Condition(match=frozenset({"x"})), False, False),
        (Condition(match=NONE), False, False),
        (Condition(none_match=ANY), False, True),
        (Condition(none_match=frozenset({"b"})), False, True),
        (Condition(none_match=frozenset({"x"})), True, True),
        (Condition(none_match=NONE), True, True),
        (Condition(match=frozenset({"a"}), none_match=frozenset({"b"})), False, False),
    ],
)
def test_a_condition_holds_of_what_is_known_by_its_tags(
    condition: Condition, known: bool, unknown: bool
) -> None:
    assert (condition.holds(TAGS), condition.holds(NONE)) == (known, unknown)


def test_what_a_name_means_depends_on_who_asks(writable: Writable, grant: Grant) -> None:
    writing = writable.writing
    assert writing.target(grant, NEW) == writing.target(grant, BASE + NEW) == BASE + NEW
    assert writing.target(grant, "urn:x:y") == "urn:x:y"
    with pytest.raises(NoTargetGraph):
        writing.target(grant, None)
    assert replace(writing, policy=Policy(own=True)).target(grant, None) is None
    for scopes in ({Scope.SUBMIT.value}, set[str]()):
        with pytest.raises(Forbidden):
            writing.target(replace(grant, scopes=frozenset(scopes)), NEW)


def test_a_write_that_others_keep_coming_between_is_given_up(
    writable: Writable, grant: Grant
) -> None:
    async def others(until: asyncio.Event) -> None:
        number = 0
        while not until.is_set():
            number += 1
            line = f'<{BASE}x> <{BASE}p> "{number}" <{BASE}graph/external> .'.encode()
            await writable.publisher.commit(Proposal(ChangeSet.of([line]), "other", "", "test"))

    async def story() -> None:
        done = asyncio.Event()
        between = asyncio.create_task(others(done))
        with pytest.raises(ReleaseConflict):
            await writable.writing.write(write(grant, 1))
        done.set()
        await between
        # Adding to what is known waits for nobody.
        assert (await writable.writing.write(write(grant, 2))).created

    writable.site.run(story())
    sources = [each.source for each in writable.ledger.summaries(1)]
    assert sources[-1] == "test"
    assert len(sources) > 5


def test_adding_goes_on_while_others_commit(writable: Writable, grant: Grant) -> None:
    async def story() -> Sequence[Written]:
        await writable.writing.write(write(grant, 0))
        adding = (writable.writing.write(write(grant, n, "add")) for n in range(1, 9))
        return await asyncio.gather(*adding)

    written = writable.site.run(story())
    assert sorted(each.release for each in written) == list(range(3, 11))
    assert not any(each.created for each in written)


def test_too_many_who_wait_are_sent_away(writable: Writable, grant: Grant) -> None:
    writing = replace(writable.writing, turns=Turns(running=1, waiting=2, seconds=60))

    async def story() -> list[Written | BaseException]:
        asked = (writing.write(write(grant, number)) for number in range(6))
        return await asyncio.gather(*asked, return_exceptions=True)

    ended = writable.site.run(story())
    assert sum(isinstance(each, Written) for each in ended) == 3
    assert sum(isinstance(each, ServiceBusy) for each in ended) == 3
    assert writable.head == 4


def test_who_goes_away_in_the_middle_is_noted(writable: Writable, grant: Grant) -> None:
    async def tried(writing: Writing) -> None:
        async with writing.attempt(grant, "test PUT") as attempt:
            attempt.action += " graph"
            await writing.write(write(grant, 1))

    async def story() -> None:
        trying = asyncio.create_task(tried(writable.writing))
        await asyncio.sleep(0.05)
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying

    writable.site.run(story())
    (line,) = writable.audited()
    assert (line.action, line.outcome, line.release) == ("test PUT graph", "broken-off", None)
    assert line.token == writable.admin.id


def test_what_is_kept_and_cannot_be_asked_yet_is_noted_as_kept(tmp_path: Path) -> None:
    with open_writable(tmp_path, patience=0) as writable:
        grant = grant_of(writable)

        async def story() -> None:
            async with writable.writing.attempt(grant, "test PUT"):
                await writable.writing.write(write(grant, 1))

        with pytest.raises(PublicationPending):
            writable.site.run(story())
        (line,) = writable.audited()
        assert (line.outcome, line.release) == ("publication-pending", 2)
        assert writable.head == 2
