"""Which query runs next: two lanes, shares, and queues that end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jalon.errors import ServiceBusy, TooManyRequests
from jalon.store.lanes import Lanes, Staffing, Turn, shape_of

TEXT = "SELECT * { ?s ?p 1 }"
SLOW = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def turn(client: str = "a", text: str = TEXT) -> Turn:
    return Turn(client, text)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def settled() -> None:
    """Everything that can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


def entering(lanes: Lanes, *turns: Turn) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(lanes.enter(each)) for each in turns]


def test_long_places_are_taken_first_then_quick_ones_then_queries_wait() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=1, quick=1))
        turns = [turn() for _ in range(3)]
        first, second, third = entering(lanes, *turns)
        await settled()
        assert (first.result(), second.result(), third.done()) == ("long", "quick", False)
        assert (lanes.running, lanes.waiting) == (2, 1)
        lanes.leave(turns[1])
        assert await third == "quick"

    run(ask())


def test_a_query_found_slow_waits_for_a_long_place_and_another_client_s_does_not() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=1, quick=1))
        lanes.experience.note(turn(text=SLOW), slow=True)
        lanes.experience.note(turn(text=TEXT), slow=False)
        running = turn()
        await lanes.enter(running)
        mine, others = entering(lanes, turn(text=SLOW + " # again"), turn("b", SLOW))
        await settled()
        assert others.result() == "quick"
        assert not mine.done()
        lanes.leave(running)
        assert await mine == "long"

    run(ask())


def test_a_query_that_was_quick_after_all_is_slow_no_more() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing())
        asked = turn()
        lanes.experience.note(asked, slow=True)
        assert lanes.experience.is_slow(turn())
        lanes.experience.note(asked, slow=False)
        assert not lanes.experience.is_slow(turn())

    run(ask())


def test_queries_known_as_quick_come_before_others_in_the_quick_lane() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=0, quick=1))
        known = turn()
        assert lanes.experience.is_slow(known) is False
        lanes.experience.note(known, slow=False)
        running = turn()
        await lanes.enter(running)
        unknown, quick = entering(lanes, turn(text=SLOW), turn(text="SELECT * { ?s ?p 2 }"))
        await settled()
        lanes.leave(running)
        assert await quick == "quick"
        assert not unknown.done()
        unknown.cancel()

    run(ask())


def test_the_client_with_the_fewest_places_comes_next_and_we_ourselves_first() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=3, quick=0))
        running = [turn("a"), turn("a"), turn("a")]
        for each in running:
            await lanes.enter(each)
        again, other, ours = entering(lanes, turn("a"), turn("b"), turn(""))
        await settled()
        lanes.leave(running[0])
        assert await ours == "long"
        lanes.leave(running[1])
        assert await other == "long"
        assert not again.done()
        again.cancel()

    run(ask())


def test_a_full_queue_refuses_others_and_not_ourselves() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=1, quick=0, waiting=1))
        await lanes.enter(turn())
        waiting, refused, ours = entering(lanes, turn("b"), turn("c"), turn(""))
        await settled()
        with pytest.raises(ServiceBusy):
            refused.result()
        assert (waiting.done(), ours.done()) == (False, False)
        for each in (waiting, ours):
            each.cancel()

    run(ask())


def test_who_waits_too_long_is_told_that_we_are_busy() -> None:
    async def ask() -> None:
        lanes = Lanes(Staffing(long=1, quick=0, seconds=0.01))
        await lanes.enter(turn())
        with pytest.raises(ServiceBusy):
            await lanes.enter(turn())
        assert (lanes.running, lanes.waiting) == (1, 0)

    run(ask())


def test_a_query_that_is_given_up_leaves_no_place_taken() -> None:
    """Whether it waited, or had just been given its place."""

    async def ask() -> None:
        lanes = Lanes(Staffing(long=1, quick=0))
        running = turn()
        await lanes.enter(running)
        waiting, granted = entering(lanes, turn(), turn())
        await settled()
        waiting.cancel()
        lanes.leave(running)
        granted.cancel()
        await settled()
        assert (lanes.running, lanes.waiting) == (0, 0)
        assert await lanes.enter(turn()) == "long"

    run(ask())


def test_a_client_has_its_share_and_we_have_no_limit() -> None:
    lanes = Lanes(Staffing(per_client=2))
    with lanes.share("a"), lanes.share("a"), lanes.share(""), lanes.share(""), lanes.share(""):
        with pytest.raises(TooManyRequests) as refused, lanes.share("a"):
            pass
        assert refused.value.details["limit"] == 2
        with lanes.share("b"):
            pass
    with lanes.share("a"):
        pass


def test_queries_of_one_form_have_one_shape() -> None:
    assert shape_of("SELECT ?s { ?s <http://a> 1 } # one") == shape_of(
        "SELECT ?s {\n ?s <http://b> 2 }"
    )
    assert shape_of("SELECT ?s { ?s ex:a 'x' }") == shape_of('SELECT ?s { ?s ex:b "y" }')
    assert shape_of("SELECT ?s { ?s ex:a+ ?o }") != shape_of("SELECT ?s { ?s ex:a ?o }")
