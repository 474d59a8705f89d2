"""The processes that read what came from outside: kept from job to job, and given up at once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from faults.asking import another_child, children, until
from faults.harness import NOT_LISTED, Plan, can_watch, served
from jalon.errors import (
    JalonError,
    NotReady,
    RdfSyntax,
    ValidationTimeout,
    ValidationTooComplex,
    ValidationTooLarge,
)
from jalon.store.port import MEGABYTE, Limits
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from jalon.store.workshop import Crew, Workshop
from jalon.validation.documents import Document
from jalon.validation.editor import Editor, Worked
from jalon.validation.edits import SPARQL_UPDATE, Edit
from jalon.validation.inspector import Inspection, Inspector
from web.making import snapshot_of
from web.service import BASE, RULES

UPLOADS = Path(__file__).with_name("uploads")
TURTLE = "text/turtle"
GRAPH = f"{BASE}graph/editorial"
SUBMITTED = f"{BASE}graph/submitted/anonymous"
ROOM = Limits(seconds=60)
JOBS = 100
PLAIN = (UPLOADS / "plain.ttl").read_bytes()
WRONG = b"<http://e/s> a <http://example.org/def#Measure> ."
TERM = "<http://example.org/def#Measure>"

Job = Inspection | Edit
Said = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    """Where jobs are done over one release, by as many processes as there are places."""

    inspector: Inspector
    editor: Editor

    def over(self, release: Snapshot) -> Shop:
        """The same processes over another release."""
        inspector = replace(self.inspector, releases=OnlyRelease(release))
        return Shop(inspector, replace(self.editor, inspector=inspector))

    async def do(self, job: Job) -> Said:
        """What comes of a job, byte by byte; also where it is refused."""
        try:
            if isinstance(job, Inspection):
                report = await self.inspector.inspect(job)
                return report.content, report.violations, report.counts
            return _said(await self.editor.work_out(job, examined=True))
        except JalonError as error:
            return error.code, tuple(sorted(error.details.items()))

    async def close(self) -> None:
        await self.inspector.workshop.close()


def _said(worked: Worked) -> Said:
    change = worked.change
    return change.adds, change.removes, worked.report, worked.existed, worked.graphs


def shop(release: Snapshot, folder: Path, limits: Limits = ROOM, running: int = 1) -> Shop:
    workshop = Workshop(Crew(running=running))
    inspector = Inspector(
        OnlyRelease(release), "shacl", workshop, folder, isolated=False, limits=limits
    )
    return Shop(inspector, Editor(inspector, folder / "index"))


@asynccontextmanager
async def working(
    release: Snapshot, folder: Path, limits: Limits = ROOM, running: int = 1
) -> AsyncIterator[Shop]:
    """A shop that is closed in the end."""
    at_work = shop(release, folder, limits, running)
    try:
        yield at_work
    finally:
        await at_work.close()


def inspection(content: bytes, media_type: str = "application/json", shapes: str = "") -> Job:
    own = (_sent("shapes", (UPLOADS / f"{shapes}.ttl").read_bytes()),) if shapes else ()
    return Inspection(_sent("data", content), SUBMITTED, media_type, "fr", own)


def _sent(part: Any, content: bytes, media_type: str = TURTLE) -> Document:
    return Document(part, content, media_type)


def update(text: str) -> Job:
    return Edit("update", None, (_sent("data", text.encode(), SPARQL_UPDATE),))


def jobs() -> Sequence[Job]:
    """One of each kind, some of them wrong."""
    in_graph = f"GRAPH <{GRAPH}>"
    return (
        inspection(PLAIN),
        inspection(WRONG),
        inspection(WRONG, "text/plain"),
        inspection(b"<a> <b> "),
        inspection(PLAIN, shapes="cyclic-list"),
        Edit("add", GRAPH, (_sent("data", b"<x> <y> 1, [ <z> ( 1 2 ) ] ."),)),
        Edit("replace", GRAPH, (_sent("data", b"<x> <y> 1 ."),)),
        Edit("add", GRAPH, (_sent("data", WRONG),)),
        update(f"INSERT DATA {{ {in_graph} {{ <http://e/s> a {TERM} }} }}"),
        update(f"DELETE WHERE {{ {in_graph} {{ ?s ?p 1 }} }}"),
    )


def measures(count: int) -> bytes:
    """A document that takes a while to be examined: 40,000 some ten seconds."""
    lines = (b"<http://e/%d> a <http://example.org/def#Measure> .\n" % n for n in range(count))
    return b"".join(lines)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """Two releases, the second without the rules of the first."""
    one = f"<{BASE}a> <{BASE}p> 1".replace(" 1", ' "1"^^<http://www.w3.org/2001/XMLSchema#integer>')
    standing = f"{one} <{GRAPH}> .\n".encode()
    made = (
        snapshot_of(quads, BASE, tmp_path_factory.mktemp("release"))
        for quads in (RULES.read_bytes() + standing, standing)
    )
    return next(made), next(made)


@pytest.fixture
def release(releases: tuple[Snapshot, Snapshot]) -> Iterator[Snapshot]:
    """What a test begins with; at its end there are no more processes than before."""
    before = children()
    yield releases[0]
    assert children() == before


def test_a_hundred_jobs_in_one_process_come_to_what_fresh_processes_make_of_them(
    release: Snapshot, releases: tuple[Snapshot, Snapshot], tmp_path: Path
) -> None:
    kinds = [(each, number) for number in range(2) for each in jobs()]

    async def ask() -> None:
        fresh: list[Said] = []
        for job, number in kinds:
            alone = shop(releases[number], tmp_path)
            try:
                fresh.append(await alone.do(job))
            finally:
                await alone.close()
        # The rules of the first release are not those of the second.
        assert fresh[1] != fresh[len(kinds) // 2 + 1]
        order = [number % len(kinds) for number in range(JOBS)]
        random.Random(7).shuffle(order)  # noqa: S311 (no secret)
        kept = shop(release, tmp_path)
        before = children()
        try:
            for which in order:
                job, number = kinds[which]
                assert await kept.over(releases[number]).do(job) == fresh[which]
            assert len(children() - before) == 1
        finally:
            await kept.close()

    run(ask())


def test_a_job_that_dies_does_not_harm_the_next(release: Snapshot, tmp_path: Path) -> None:
    async def ask() -> None:
        before = children()
        async with working(release, tmp_path) as at_work:
            expected = await at_work.do(inspection(PLAIN))
            first = children() - before
            for _ in range(2):
                await _die(at_work, before)
                assert not children() - before
                assert await at_work.do(inspection(PLAIN)) == expected
            assert not (children() - before) & first

    run(ask())


async def _die(at_work: Shop, before: set[str]) -> None:
    """A job whose process breaks down, as one does by a fault of a parser."""
    waiting = asyncio.create_task(_inspected(at_work, measures(40_000)))
    [process] = await another_child(before)
    await _until_at_work(process)
    os.kill(int(process), signal.SIGSEGV)
    with pytest.raises(ValidationTooComplex):
        await waiting


async def _inspected(at_work: Shop, content: bytes) -> None:
    await at_work.inspector.inspect(Inspection(_sent("data", content), SUBMITTED, TURTLE))


def test_a_process_that_is_ended_between_jobs_is_replaced(
    release: Snapshot, tmp_path: Path
) -> None:
    async def ask() -> None:
        before = children()
        async with working(release, tmp_path) as at_work:
            expected = await at_work.do(inspection(PLAIN))
            [process] = children() - before
            os.kill(int(process), signal.SIGKILL)
            await until(lambda: not children() - before)
            assert await at_work.do(inspection(PLAIN)) == expected

    run(ask())


def test_a_process_that_has_grown_is_replaced(release: Snapshot, tmp_path: Path) -> None:
    async def ask() -> None:
        before = children()
        async with working(
            release, tmp_path, replace(ROOM, memory_bytes=600 * MEGABYTE)
        ) as at_work:
            first = await at_work.do(inspection(PLAIN))
            young = children() - before
            assert await at_work.do(inspection(PLAIN)) == first
            assert children() - before == young
            await _inspected(at_work, measures(50_000))
            assert await at_work.do(inspection(PLAIN)) == first
            assert not (children() - before) & young

    run(ask())


def test_a_client_that_leaves_ends_the_process_and_the_next_is_served(
    release: Snapshot, tmp_path: Path
) -> None:
    async def ask() -> None:
        before = children()
        async with working(release, tmp_path) as at_work:
            expected = await at_work.do(inspection(PLAIN))
            [process] = children() - before
            waiting = asyncio.create_task(_inspected(at_work, measures(40_000)))
            await _until_at_work(process)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert not children() - before
            assert await at_work.do(inspection(PLAIN)) == expected

    run(ask())


async def _until_at_work(process: str) -> None:
    """Waits until a process uses the processor."""
    began = _ticks(process)
    await until(lambda: _ticks(process) >= began + 20)


def _ticks(process: str) -> int:
    return int(Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[13])


def test_a_workshop_that_closes_stops_the_job_in_flight(release: Snapshot, tmp_path: Path) -> None:
    async def ask() -> None:
        before = children()
        at_work = shop(release, tmp_path)
        await at_work.do(inspection(PLAIN))
        [process] = children() - before
        waiting = asyncio.create_task(_inspected(at_work, measures(40_000)))
        await _until_at_work(process)
        await at_work.close()
        assert not children() - before
        with pytest.raises(NotReady):
            await waiting
        with pytest.raises(NotReady):
            await at_work.editor.work_out(Edit("remove", GRAPH), examined=False)

    run(ask())


def test_a_workshop_that_closes_does_not_wait_for_a_process_that_starts(
    release: Snapshot, tmp_path: Path
) -> None:
    async def ask() -> None:
        before = children()
        at_work = shop(release, tmp_path)
        at_work.inspector.keep_ready()
        await another_child(before)
        await at_work.close()
        assert not children() - before

    run(ask())


def test_one_is_ready_ahead_and_again_after_a_job_that_died(
    release: Snapshot, tmp_path: Path
) -> None:
    async def ask() -> None:
        before = children()
        at_work = shop(release, tmp_path)
        at_work.inspector.keep_ready()
        try:
            first = await another_child(before)
            assert await at_work.do(inspection(PLAIN))
            await _die(at_work, before)
            assert await another_child(before) - first
        finally:
            await at_work.close()

    run(ask())


def test_no_more_processes_than_places(release: Snapshot, tmp_path: Path) -> None:
    async def ask() -> None:
        before = children()
        async with working(release, tmp_path, running=2) as at_work:
            said = await asyncio.gather(*(at_work.do(inspection(PLAIN)) for _ in range(6)))
            assert len(children() - before) == 2
            assert all(each == said[0] for each in said)

    run(ask())


def test_a_process_writes_files_only_while_an_update_is_worked_out(
    release: Snapshot, tmp_path: Path
) -> None:
    async def ask() -> None:
        before = children()
        async with working(release, tmp_path) as at_work:
            for job in (inspection(PLAIN), jobs()[-1], jobs()[5]):
                await at_work.do(job)
                [process] = children() - before
                assert _largest_file(process) == "0"

    run(ask())
    assert list((tmp_path / "index").iterdir()) == []


def _largest_file(process: str) -> str:
    limits = Path(f"/proc/{process}/limits").read_text(encoding="ascii").splitlines()
    return next(line.split()[3] for line in limits if line.startswith("Max file size"))


def test_each_limit_is_that_of_one_job(release: Snapshot, tmp_path: Path) -> None:
    """Its deadline, its memory, what it gives back; and the process of the next is another."""

    async def ask() -> None:
        for limits, count, error in (
            (replace(ROOM, seconds=2), 40_000, ValidationTimeout),
            (replace(ROOM, memory_bytes=200 * MEGABYTE), 40_000, ValidationTooLarge),
            (replace(ROOM, answer_bytes=1000), 10, ValidationTooLarge),
        ):
            async with working(release, tmp_path, limits) as at_work:
                with pytest.raises(error):
                    await _inspected(at_work, measures(count))
                with pytest.raises(RdfSyntax):
                    await _inspected(at_work, b"<a> <b> ")

    run(ask())


@pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)
def test_no_process_outlives_a_service_that_is_killed_or_told_to_stop(tmp_path: Path) -> None:
    plan = Plan(tmp_path / "state")
    plan.folder.mkdir()
    for sent in (signal.SIGKILL, signal.SIGTERM):
        with served(plan) as service:
            _validate(service.url)
            assert service.processes()["upload"]
            service.send(sent)
            service.wait()
            assert service.left_over() == []


def _validate(url: str) -> None:
    headers = {"Content-Type": TURTLE}
    began = time.monotonic()
    sent = httpx.post(f"{url}/validate", content=PLAIN, headers=headers, timeout=60)
    assert sent.status_code == 200, (sent.text, time.monotonic() - began)
