"""Worker processes: they stay for the next query, and whatever ends one is that query's alone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from faults.asking import (
    ENDLESS,
    PLENTY,
    another_child,
    assert_well,
    children,
    code,
    several,
    until,
    until_ended,
    until_started,
)
from faults.harness import PATIENCE
from jalon.store.lanes import Staffing
from jalon.store.port import MEGABYTE
from jalon.store.snapshot import Snapshot
from jalon.store.staff import SPARE
from web.service import Site, Tuning, open_site

ONE = Staffing(long=1, quick=0)
READY = Staffing().long + Staffing().quick + SPARE
PRODUCT = "SELECT (COUNT(*) AS ?n) { VALUES ?k { 1 2 3 4 5 6 7 8 9 10 } ?a ?b ?c . ?d ?e ?f }"
"""Long enough that its process is met at work, also where much else runs."""

MEMORY_HOG = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f } LIMIT 400000 }"


@pytest.fixture
def site(snapshot: Snapshot, tmp_path: Path) -> Iterator[Site]:
    """One process at a time."""
    with open_site(snapshot, tmp_path, Tuning(PLENTY, staffing=ONE)) as opened:
        yield opened
        assert_well(opened)


async def kill_while_asking(site: Site, sent: signal.Signals, times: int) -> httpx.Response:
    """What a query comes to whose process is ended so many times."""
    before = children()
    asked = asyncio.create_task(site.request("GET", "/sparql", params={"query": PRODUCT}))
    # Where it is answered before it is met at work, there is nothing to wait for.
    async with asyncio.timeout(PATIENCE):
        for done in range(times):
            # Started, and at work.
            await until_started(site, done + 1)
            [process] = await another_child(before)
            os.kill(int(process), sent)
            await until_ended(site, done + 1)
        return await asked


def test_one_process_answers_one_query_after_another(site: Site) -> None:
    before = children()
    for text in several("ASK { ?s ?p ?o }", 10):
        assert site.query(text).status_code == 200
    assert len(children() - before) == 1
    assert site.store.pool_state.started == 1


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_query_whose_process_somebody_ends_is_asked_again(
    site: Site, sent: signal.Signals
) -> None:
    answer = site.run(kill_while_asking(site, sent, 1))
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(10 * 3000**2)
    assert site.store.pool_state.started == 2


def test_a_query_whose_process_is_ended_again_gets_no_answer(site: Site) -> None:
    """The system ends processes for want of memory, too: then the query is the reason."""
    answer = site.run(kill_while_asking(site, signal.SIGKILL, 2))
    assert code(answer) == (503, "query-too-large")


def test_a_process_that_ends_between_queries_is_replaced(site: Site) -> None:
    before = children()
    assert_well(site)

    async def end() -> None:
        [process] = children() - before
        os.kill(int(process), signal.SIGKILL)
        await until_ended(site, 1)

    site.run(end())
    assert site.query("ASK {} # again").status_code == 200


def test_a_process_that_holds_much_memory_is_replaced(snapshot: Snapshot, tmp_path: Path) -> None:
    tuning = Tuning(PLENTY, staffing=ONE, memory_bytes=400 * MEGABYTE)
    with open_site(snapshot, tmp_path, tuning) as site:
        assert site.query(MEMORY_HOG).status_code == 200
        site.run(until_ended(site, 1))
        assert site.store.pool_state.ended == {"worn": 1}
        assert_well(site)


def test_what_ends_a_process_is_counted(snapshot: Snapshot, tmp_path: Path) -> None:
    tuning = Tuning(replace(PLENTY, seconds=1, answer_bytes=200_000), staffing=ONE)
    with open_site(snapshot, tmp_path, tuning) as site:
        assert code(site.query(ENDLESS)) == (503, "query-timeout")
        assert code(site.query("SELECT * { ?a ?b ?c . ?d ?e ?f }")) == (503, "query-too-large")
        site.run(until_ended(site, 2))
        assert site.store.pool_state.ended == {"deadline": 1, "answer": 1}


def test_a_process_does_not_outlive_the_service(snapshot: Snapshot, tmp_path: Path) -> None:
    before = children()
    with open_site(snapshot, tmp_path, Tuning(PLENTY)) as site:
        site.run(_ready(site))
        assert len(children() - before) == READY
    assert children() == before


async def _ready(site: Site) -> None:
    site.store.keep_ready()
    await until(lambda: site.store.pool_state.workers == READY)
