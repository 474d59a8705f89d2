"""Queries that want too much, and too many of them: each ends clearly, and the next works."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import httpx

from faults.asking import (
    CARTESIAN,
    ENDLESS,
    GREEDY,
    PLENTY,
    SHORT,
    another_child,
    assert_well,
    call_and_leave,
    children,
    code,
    post,
    several,
    until,
    until_ended,
)
from jalon.store.lanes import Staffing
from jalon.store.port import Limits
from jalon.store.snapshot import Snapshot
from web.service import Site, Tuning, open_site


def test_a_cartesian_product_ends_at_a_limit(snapshot: Snapshot, tmp_path: Path) -> None:
    limits = Limits(seconds=60, answer_bytes=200_000)
    with open_site(snapshot, tmp_path, Tuning(limits)) as site:
        assert code(site.query(CARTESIAN)) == (503, "query-too-large")
        assert_well(site)


def test_an_endless_query_is_stopped_at_its_deadline(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(SHORT)) as site:
        response = site.query(ENDLESS)
        assert code(response) == (503, "query-timeout")
        assert "1.5" in response.json()["detail"]
        assert_well(site)


def test_a_query_that_wants_all_memory_is_stopped(snapshot: Snapshot, tmp_path: Path) -> None:
    limits = Limits(seconds=60, memory_bytes=400 * 1024 * 1024)
    with open_site(snapshot, tmp_path, Tuning(limits)) as site:
        assert code(site.query(GREEDY)) == (503, "query-too-large")
        assert_well(site)


def test_two_megabytes_of_query_are_refused(guarded: Site) -> None:
    text = "SELECT * { ?s ?p '" + "a" * 2_000_000 + "' }"
    too_complex = (400, "query-too-complex")
    assert code(post(guarded, text)) == too_complex
    assert code(guarded.ask("POST", "/sparql", data={"query": text})) == too_complex
    assert code(post(guarded, text * 3)) == (413, "request-too-large")


def test_twenty_queries_at_once_are_all_answered(guarded: Site) -> None:
    async def all_at_once() -> list[httpx.Response]:
        asked = [
            guarded.request("GET", "/sparql", params={"query": f"SELECT ({number} AS ?n) {{}}"})
            for number in range(20)
        ]
        return await asyncio.gather(*asked)

    answers = guarded.run(all_at_once())
    values = [answer.json()["results"]["bindings"][0]["n"]["value"] for answer in answers]
    assert values == [str(number) for number in range(20)]


def test_a_full_queue_says_busy_at_once(snapshot: Snapshot, tmp_path: Path) -> None:
    staffing = Staffing(long=1, quick=0, waiting=2)
    with open_site(snapshot, tmp_path, Tuning(SHORT, staffing=staffing)) as site:

        async def all_at_once() -> list[httpx.Response]:
            texts = several(ENDLESS, 6)
            asked = [site.request("GET", "/sparql", params={"query": text}) for text in texts]
            return await asyncio.gather(*asked)

        answers = site.run(all_at_once())
        codes = sorted(code(answer) for answer in answers)
        assert codes == [(503, "query-timeout")] * 3 + [(503, "service-busy")] * 3
        busy = [answer for answer in answers if answer.json()["code"] == "service-busy"]
        assert all(int(answer.headers["retry-after"]) > 0 for answer in busy)
        assert_well(site)


def test_waiting_too_long_for_a_turn_says_busy(snapshot: Snapshot, tmp_path: Path) -> None:
    staffing = Staffing(long=1, quick=0, waiting=2, seconds=0.1)
    with open_site(snapshot, tmp_path, Tuning(SHORT, staffing=staffing)) as site:

        async def both() -> list[httpx.Response]:
            texts = several(ENDLESS, 2)
            asked = [site.request("GET", "/sparql", params={"query": text}) for text in texts]
            return await asyncio.gather(*asked)

        codes = sorted(code(answer) for answer in site.run(both()))
        assert codes == [(503, "query-timeout"), (503, "service-busy")]
        assert_well(site)


def test_a_client_that_leaves_stops_its_query(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(PLENTY, staffing=Staffing(long=1))) as site:
        before = children()

        async def leave() -> None:
            left = asyncio.Event()
            running = asyncio.create_task(call_and_leave(site, ENDLESS, left))
            at_work = await another_child(before)
            # A process that is not ready yet would only be kept for the next query.
            await until(lambda: site.store.pool_state.workers == 1)
            left.set()
            await running
            await until_ended(site, 1)
            assert not children() & at_work

        site.run(leave())
        assert site.store.pool_state.ended == {"left": 1}
        assert_well(site)


def test_stopping_the_service_stops_its_queries(snapshot: Snapshot, tmp_path: Path) -> None:
    with open_site(snapshot, tmp_path, Tuning(PLENTY)) as site:
        before = children()

        async def stop() -> httpx.Response:
            asked = asyncio.create_task(site.request("GET", "/sparql", params={"query": ENDLESS}))
            await another_child(before)
            await site.store.close()
            return await asked

        assert code(site.run(stop())) == (503, "not-ready")
        assert children() == before


def test_an_answer_that_cannot_be_kept_is_no_answer(snapshot: Snapshot, tmp_path: Path) -> None:
    """No room, or no folder: the query fails before anything of it is sent."""
    folder = tmp_path / "answers"
    folder.mkdir()
    large = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
    with open_site(snapshot, folder, Tuning(PLENTY, shared_bytes=0)) as site:
        shutil.rmtree(folder)
        assert code(site.query(large)) == (500, "query-failed")
        assert_well(site)
        folder.mkdir()
        assert site.query(large).status_code == 200


def test_no_file_is_left_of_large_answers(snapshot: Snapshot, tmp_path: Path) -> None:
    rows = " ".join(f'"{number:0100d}"' for number in range(120))
    text = f"SELECT ?a ?b {{ VALUES ?a {{ {rows} }} VALUES ?b {{ {rows} }} }}"
    tuning = Tuning(PLENTY, shared_bytes=0)
    with open_site(snapshot, tmp_path / "answers", tuning) as site:
        before = sorted((tmp_path / "answers").iterdir())
        assert post(site, text).status_code == 200
        assert sorted((tmp_path / "answers").iterdir()) == before
