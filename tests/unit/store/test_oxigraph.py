"""What the store does before any process is asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jalon.errors import TooManyRequests
from jalon.store.lanes import Staffing
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import QueryRequest
from jalon.store.snapshot import Snapshot
from web.making import snapshot_of

BASE = "http://example.org/"


@dataclass
class Slow:
    """Releases of which an older one takes until it is told."""

    current: Snapshot
    told: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def at(self, number: int) -> Snapshot:
        assert number
        self.asked += 1
        await self.told.wait()
        return self.current


def test_who_waits_for_releases_to_be_rebuilt_has_no_more_than_a_share(tmp_path: Path) -> None:
    line = f'<{BASE}s> <{BASE}p> "o" <{BASE}graph/editorial> .'.encode()
    releases = Slow(snapshot_of(line, BASE, tmp_path))

    async def work() -> None:
        place = Workplace(spool=tmp_path, isolated=False, staffing=Staffing(per_client=2))
        store = OxigraphStore(releases, place)
        older = QueryRequest("ASK {}", release=1, client="one")
        waiting = [asyncio.create_task(store.query(older)) for _ in range(2)]
        await asyncio.sleep(0)
        assert releases.asked == len(waiting)
        with pytest.raises(TooManyRequests):
            await store.query(older)
        with pytest.raises(TooManyRequests):
            await store.version(older)
        another = asyncio.create_task(
            store.version(QueryRequest("ASK {}", release=1, client="two"))
        )
        releases.told.set()
        assert (await another).release == releases.current.stamp.number
        for answer in await asyncio.gather(*waiting):
            with answer:
                assert b"true" in await answer.read()
        await store.close()

    asyncio.run(work())
