"""Durable commits a second: at the publisher itself, and over HTTP with a token."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import ours
from bench.client import Until, load
from bench.mixes import QUADS, WRITTEN, ntriples, our_target, write_request
from bench.peers import Peer
from faults.harness import TINY
from jalon.build.content import pack_of, publishing
from jalon.ledger.commits import ChangeSet
from jalon.settings import Settings, read_settings
from jalon.store.intake import Proposal
from jalon.store.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Committed:
    """How many commits were acknowledged in how many seconds, and as how many releases."""

    what: str
    at_once: int
    commits: int
    seconds: float
    releases: int
    failed: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Commits a second."""
        return self.commits / self.seconds if self.seconds else 0.0


def at_publisher(folder: Path, at_once: int, commits: int) -> Committed:
    """Commits by the publisher of a data folder that nobody serves, so many at once."""
    settings = read_settings(data_dir=folder, pack=TINY, reasoner="none")
    return asyncio.run(_at_publisher(settings, at_once, commits))


async def _at_publisher(settings: Settings, at_once: int, commits: int) -> Committed:
    numbers = itertools.count(time.time_ns())
    async with publishing(settings, pack_of(settings)) as publisher:
        before = publisher.record.published
        left = iter(range(commits))
        began = time.monotonic()
        workers = (_commit_all(publisher, numbers, left) for _ in range(at_once))
        await asyncio.gather(*workers)
        seconds = time.monotonic() - began
        releases = publisher.record.published - before
    return Committed("the publisher", at_once, commits, seconds, releases)


async def _commit_all(publisher: Publisher, numbers: Iterator[int], left: Iterator[int]) -> None:
    for _ in left:
        lines = ntriples(next(numbers)).splitlines()
        change = ChangeSet.of([line[:-1] + f"<{WRITTEN}> .".encode() for line in lines])
        await publisher.commit(Proposal(change, "operator", "bench", "bench"))


def over_http(folder: Path, at_once: int, seconds: float, more: Mapping[str, str]) -> Committed:
    """Commits by POST to the graph store of a service, by so many clients."""
    with ours.served(folder, more) as served:
        host, token = served.running.url.removeprefix("http://"), served.token()
        numbers = itertools.count(time.time_ns())

        def following() -> bytes:
            return write_request(host, our_target(), ntriples(next(numbers)), token)

        before = served.counted("jalon_publication_seconds_count")
        found = load(served.running.url, at_once, following, Until(seconds))
        releases = served.counted("jalon_publication_seconds_count") - before
    what = "HTTP, not validated" if more.get("JALON_VALIDATE_UPDATES") == "false" else "HTTP"
    made = found.answers - len(found.failed)
    failed = tuple(sorted(set(found.failed)))
    return Committed(what, at_once, made, found.seconds, int(releases), failed)


def to_peer(engine: Peer, at_once: int, seconds: float) -> Committed:
    """The same writes to a server of oxigraph's, which does not sync them to the device."""
    host, numbers = engine.running.url.removeprefix("http://"), itertools.count(time.time_ns())

    def following() -> bytes:
        return write_request(host, "/store?default", ntriples(next(numbers), QUADS))

    found = load(engine.running.url, at_once, following, Until(seconds))
    made = found.answers - len(found.failed)
    failed = tuple(sorted(set(found.failed)))
    return Committed(f"{engine.name} (not durable)", at_once, made, found.seconds, 0, failed)
