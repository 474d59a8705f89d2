"""One worker process, told jobs without anything in between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jalon.store.frames import CHUNK, END, HEADER, packed_job
from jalon.store.hand import Hand, HandLost, hire
from jalon.store.patience import sparing
from jalon.store.port import MEGABYTE
from jalon.store.process import End
from jalon.store.worker import Terms
from web.making import snapshot_of

BASE = "http://example.org/"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SECONDS = 0.25
Frame = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = (
        f'<{BASE}{number}> <{BASE}p> "{number}" <{BASE}graph/editorial> .\n'
        for number in range(1500)
    )
    quads = "".join(lines).encode()
    return snapshot_of(quads, BASE, tmp_path_factory.mktemp("index")).checkpoint


def job(checkpoint: Path, text: str, **changed: object) -> bytes:
    asked: dict[str, object] = {
        "checkpoint": str(checkpoint),
        "state": "",
        "base": BASE,
        "text": text,
        "default": None,
        "named": None,
        "entailed": None,
        "entailment": True,
        "solutions": "text/csv",
        "graph": "text/turtle",
        "memory": 1024 * MEGABYTE,
        "seconds": 60,
        "merged": 1000,
    }
    asked |= changed
    written = str(asked.pop("text"))
    return packed_job(json.dumps(asked).encode(), written)


@asynccontextmanager
async def hired(
    memory: int = 1024 * MEGABYTE, isolated: bool = False, checkpoint: str = ""
) -> AsyncIterator[Hand]:
    """A process for one test; it is buried at the end."""
    terms: Terms = {
        "memory": memory,
        "nice": 0,
        "isolated": isolated,
        "checkpoint": checkpoint,
        "state": "",
    }
    async with asyncio.TaskGroup() as burying:

        def lost(hand: Hand) -> None:
            burying.create_task(_bury(hand))

        with ThreadPoolExecutor(1) as threads:
            hand = await hire(terms, threads, lost)
            try:
                yield hand
            finally:
                hand.stop("closing")
                await hand.end


async def _bury(hand: Hand) -> None:
    hand.end.set_result(await asyncio.to_thread(hand.bury))


async def done(hand: Hand, told: bytes) -> list[Frame]:
    """Every frame that comes of a job."""
    hand.tell(told)
    frames = [await hand.frame()]
    while frames[-1][0] != END:
        frames.append(await hand.frame())
    return frames


async def ended(hand: Hand, told: bytes) -> End:
    """How a process ended by a job."""
    with pytest.raises(HandLost):
        await done(hand, told)
    return await hand.end


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_an_answer_is_a_header_chunks_and_an_end(checkpoint: Path) -> None:
    async def ask() -> None:
        async with hired() as hand:
            small = await done(hand, job(checkpoint, "SELECT (1 AS ?n) {}"))
            assert [kind for kind, _ in small] == [HEADER, CHUNK, END]
            assert small[1][1] == b"n\r\n1\r\n"
            large = await done(hand, job(checkpoint, "SELECT * {?a ?b ?c . ?d ?e ?f} LIMIT 9000"))
            body = b"".join(content for kind, content in large if kind == CHUNK)
            assert body.count(b"\n") == 9001
            assert len(large) > 3

    run(ask())


def test_a_job_may_use_so_much_processor_time_however_much_others_used(checkpoint: Path) -> None:
    """One second a job; without that, a process would be ended when it has worked for so long."""

    async def ask() -> None:
        async with hired() as hand:
            while hand.wear["seconds"] < 2.5:
                text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }"
                assert len(await done(hand, job(checkpoint, text, seconds=1))) == 3
            end = await ended(hand, job(checkpoint, ENDLESS, seconds=1))
            assert end.fate == "processor-time"

    run(ask())


def test_a_job_may_use_so_much_memory_and_never_more_than_any(checkpoint: Path) -> None:
    hog = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } }"

    async def ask() -> None:
        for most, memory in ((1024, 300), (300, 1024)):
            async with hired(memory=most * MEGABYTE) as hand:
                end = await ended(hand, job(checkpoint, hog, memory=memory * MEGABYTE))
                assert end.fate == "memory"

    run(ask())


def test_a_text_that_is_nested_too_deeply_ends_its_process(checkpoint: Path) -> None:
    async def ask() -> None:
        async with hired() as hand:
            end = await ended(hand, job(checkpoint, "SELECT * " + "{" * 5000))
            assert end.fate == "depth"

    run(ask())


def test_a_state_that_changes_is_opened_anew(checkpoint: Path, tmp_path: Path) -> None:
    """What stands open is what its name and state say, and at most two stand open."""
    other = snapshot_of(b"", BASE, tmp_path).checkpoint
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    async def ask() -> None:
        async with hired(checkpoint=str(checkpoint)) as hand:
            for place, state, found in (
                (checkpoint, "", b"1500"),
                (other, "", b"0"),
                (checkpoint, "", b"1500"),
                (other, "a", b"0"),
                (other, "b", b"0"),
                (checkpoint, "", b"1500"),
            ):
                frames = await done(hand, job(place, count, state=state))
                assert frames[1][1].split() == [b"n", found]

    run(ask())


def test_graphs_that_are_merged_again_give_the_same_and_others_do_not_disturb(
    checkpoint: Path,
) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    full, empty, other = (f"{BASE}graph/{name}" for name in ("editorial", "none", "nothing"))

    async def ask() -> None:
        async with hired() as hand:
            for default, found in (
                ([full, empty], b"1500"),
                ([full, empty], b"1500"),
                ([empty, other], b"0"),
                ([empty, full], b"1500"),
                (None, b"1500"),
            ):
                told = job(checkpoint, count, default=default, merged=5000)
                assert (await done(hand, told))[1][1].split() == [b"n", found]

    run(ask())


def test_a_checkpoint_that_is_gone_ends_the_job_alone(checkpoint: Path, tmp_path: Path) -> None:
    async def ask() -> None:
        async with hired(checkpoint=str(tmp_path / "gone")) as hand:
            assert (await done(hand, job(checkpoint, "ASK {}")))[0][0] == HEADER
            end = await ended(hand, job(tmp_path / "gone", "ASK {}"))
            assert end.fate == "failed"

    run(ask())


def test_no_answer_comes_from_a_process_that_should_have_no_network_and_has(
    checkpoint: Path,
) -> None:
    async def ask() -> None:
        async with hired(isolated=True) as hand:
            frames = await done(hand, job(checkpoint, "ASK {}"))
            outcome = "answer" if hand.held.network else "unsandboxed"
            assert json.loads(frames[0][1])["outcome"] == outcome

    run(ask())


async def asked(hand: Hand, told: bytes, most: float = 60) -> None:
    async with asyncio.timeout(SECONDS) as limit:
        with sparing(limit, hand, SECONDS, most):
            await done(hand, told)


def test_who_has_not_had_the_processor_has_more_time(checkpoint: Path) -> None:
    async def ask() -> None:
        async with hired() as hand:
            os.kill(hand.pid, signal.SIGSTOP)
            asyncio.get_running_loop().call_later(2 * SECONDS, os.kill, hand.pid, signal.SIGCONT)
            await asked(hand, job(checkpoint, "ASK {}"))
            # Nothing is left of it.
            await asyncio.sleep(2 * SECONDS)
            await done(hand, job(checkpoint, "ASK {}"))

    run(ask())


@pytest.mark.parametrize("most", [60, SECONDS])
def test_who_never_gets_the_processor_is_given_up_all_the_same(
    checkpoint: Path, most: float
) -> None:
    async def ask() -> None:
        async with hired() as hand:
            os.kill(hand.pid, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                await asked(hand, job(checkpoint, "ASK {}"), most)

    run(ask())


def test_who_has_had_the_processor_has_no_more_time(checkpoint: Path) -> None:
    async def ask() -> None:
        async with hired() as hand:
            with pytest.raises(TimeoutError):
                await asked(hand, job(checkpoint, ENDLESS))
            had = hand.processor_seconds()
            assert had is None or had > 0

    run(ask())
