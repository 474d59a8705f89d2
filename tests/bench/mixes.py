"""Answers that are asked for again: the cached line, and the reporting mix with its commits."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from bench.client import Next, Until
from bench.data import BASE
from bench.ours import Ours
from bench.pairs import Contender, Sample, measure
from bench.peers import Peer
from bench.questions import Endpoint, Question

WRITTEN = f"{BASE}graph/submitted/bench"
QUADS = 100
"""How many quads a commit has."""

COMMIT_SECONDS = 3.0
_NOTE = "https://w3id.org/jalon/def#position"
_NUMBERS = itertools.count()


def asked_again(endpoint: Endpoint, questions: list[Question], ranks: list[int]) -> Next:
    """Requests for a few questions over and over, in the order of these ranks."""
    made = [endpoint.request(each) for each in questions]
    return itertools.cycle([made[rank] for rank in ranks]).__next__


def ntriples(number: int, quads: int = QUADS) -> bytes:
    """New triples that no other number gives, of things named as the shapes want it."""
    return b"".join(
        f"<{BASE}id/written/bench-{number}-{line}> <{_NOTE}> "
        f'"{line}"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'.encode()
        for line in range(quads)
    )


def write_request(host: str, target: str, body: bytes, token: str = "") -> bytes:
    """A POST of triples to a graph store."""
    head = f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/n-triples\r\n"
    right = f"Authorization: {token}\r\n" if token else ""
    return f"{head}{right}Content-Length: {len(body)}\r\n\r\n".encode() + body


def our_target() -> str:
    """Where the graph that is written to stands at our graph store."""
    return f"/rdf-graph-store?graph={quote(WRITTEN, safe='')}"


@dataclass(slots=True)
class Commits:
    """Writes now and then, in a thread of its own; what failed is kept."""

    commit: Callable[[int], None]
    every: float = COMMIT_SECONDS
    made: int = 0
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """From half an interval after the beginning until the end."""
        stop = threading.Event()

        def go_on() -> None:
            wait = self.every / 2
            while not stop.wait(wait):
                wait = self.every
                try:
                    self.commit(next(_NUMBERS))
                    self.made += 1
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def commits_to_ours(ours: Ours) -> Commits:
    """Commits over HTTP, with a token."""
    client, headers = httpx.Client(timeout=60), {"Content-Type": "application/n-triples"}
    headers["Authorization"] = ours.token()

    def commit(number: int) -> None:
        url = f"{ours.running.url}{our_target()}"
        client.post(url, content=ntriples(number), headers=headers).raise_for_status()

    return Commits(commit)


def commits_to(engine: Peer, purge: Callable[[], None] | None = None) -> Commits:
    """The same writes to a server of oxigraph's; afterwards what is kept in front goes."""
    client, headers = httpx.Client(timeout=60), {"Content-Type": "application/n-triples"}

    def commit(number: int) -> None:
        url = f"{engine.running.url}/store?default"
        client.post(url, content=ntriples(number), headers=headers).raise_for_status()
        if purge is not None:
            purge()

    return Commits(commit)


def purging(front: Peer, questions: list[Question]) -> Callable[[], None]:
    """Has a proxy forget its answer to each of these questions."""
    client = httpx.Client(timeout=60)

    def purge() -> None:
        for each in questions:
            path = f"{front.endpoint.path}?query={quote(each.text, safe='')}"
            # 404 and 412: it had not been kept.
            client.get(f"{front.running.url}/purge{path}", headers={"Accept": each.accept})

    return purge


@dataclass(slots=True)
class Mixed:
    """The samples of one server under the reporting mix, and how often an answer was kept."""

    name: str
    samples: list[Sample] = field(default_factory=list)
    hits: list[float] = field(default_factory=list)
    commits: int = 0
    failed: list[str] = field(default_factory=list)

    def note(self, said: list[str]) -> None:
        """Keeps what failed, each thing once."""
        self.failed = [*dict.fromkeys([*self.failed, *(each.splitlines()[0] for each in said)])][:5]


@dataclass(frozen=True, slots=True)
class Mix:
    """One server under the mix: who writes meanwhile, and how its hits are counted."""

    contender: Contender
    following: Next
    commits: Commits
    hits: Callable[[], tuple[float, float]] | None = None


def run_mix(mix: Mix, found: Mixed, seconds: float, clients: int) -> None:
    """One load with commits while it runs, noted down."""
    before = mix.hits() if mix.hits else (0.0, 0.0)
    made = mix.commits.made
    with mix.commits.going_on():
        sample = measure(mix.contender, mix.following, clients, Until(seconds))
    found.samples.append(sample)
    found.commits += mix.commits.made - made
    found.note([*sample.failed, *mix.commits.failed])
    if mix.hits is None:
        found.hits.append(sample.marked)
        return
    hits, all_ = (now - then for now, then in zip(mix.hits(), before, strict=True))
    found.hits.append(hits / all_ if all_ else 0.0)


def our_hits(ours: Ours) -> Callable[[], tuple[float, float]]:
    """How many answers were kept, of how many; who waited for one under way counts as kept."""

    def hits() -> tuple[float, float]:
        kept = ours.counted("jalon_cache_hits_total") + ours.counted("jalon_cache_joined_total")
        return kept, kept + ours.counted("jalon_cache_misses_total")

    return hits
