"""Jalon over an engine of others, beside that same engine asked directly; and what it costs.

The engine is asked directly for what the mirror has put in the place of the unnamed graph, so that
both are asked of the same triples.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from bench import ours
from bench.client import NoAnswer, once
from bench.data import BASE
from bench.found import Mirrored, disk_mb
from bench.measuring import Measuring
from bench.mixes import QUADS, ntriples, our_target, write_request
from bench.peers import WARMING_SECONDS, Peer
from bench.processes import NotStarted, Running, memory_mb
from bench.questions import MIXED, Endpoint, question
from bench.stage import Stage
from contract.engines import Engine, running
from jalon.store.remote.dialects import dialect_of
from jalon.store.remote.protocol import Address

LINES = ("lookup", "star", "aggregate", MIXED)
"""The lines that engines answer themselves, but for DESCRIBE where they describe otherwise."""

NAMES = {"oxigraph": "oxigraph serve", "fuseki": "Fuseki", "virtuoso": "Virtuoso"}
COMMITS = 10
"""Commits that an engine is watched for, one after the other."""

FILLED_SECONDS = 1800.0
"""The longest that an engine may take until it has everything."""

FOLLOWED_SECONDS = 60.0
"""The longest that an engine may take until it answers what was committed."""

FILLED_POLL, FOLLOWED_POLL = 0.2, 0.005
SETTINGS = {"JALON_VALIDATE_UPDATES": "false"}


@dataclass(frozen=True, slots=True)
class Over:
    """Jalon with an engine under it; what that uses counts, too."""

    jalon: ours.Ours
    engine: Running

    @property
    def endpoint(self) -> Endpoint:
        """Where Jalon is asked."""
        return self.jalon.endpoint

    def pids(self) -> dict[str, list[int]]:
        """The processes of both: http, query, writer, engine."""
        return {**self.jalon.pids(), "engine": self.engine.tree()}


def mirrors(stage: Stage, measuring: Measuring) -> None:
    """Measures every engine that is installed, one after the other, each filled anew."""
    for name in measuring.order.engines:
        with measuring.or_skipped(f"{NAMES[name]} under Jalon at {stage.size}"):
            _mirror(name, stage, measuring)


def _mirror(name: str, stage: Stage, measuring: Measuring) -> None:
    place = stage.folder / "engines"
    try:
        with running(name, place) as engine:
            began = time.monotonic()
            more = {**SETTINGS, "JALON_STORE": engine.url}
            with ours.served(stage.state, more) as jalon:
                _until_filled(jalon, began)
                found = Mirrored(stage.size, NAMES[name], time.monotonic() - began)
                measuring.found.mirrored.append(found)
                measuring.say(
                    f"{stage.size}: {found.engine} filled in {found.filled_seconds:.0f} s"
                )
                _measured(found, (jalon, engine), stage, measuring)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _measured(
    found: Mirrored, both: tuple[ours.Ours, Engine], stage: Stage, measuring: Measuring
) -> None:
    jalon, engine = both
    direct = _direct(engine)
    over, what = Over(jalon, direct.running), f"{found.engine} under Jalon at {stage.size}"
    measuring.warm_up(stage, direct)
    for line in LINES:
        before = _by_whom(jalon)
        with measuring.or_skipped(f"{line}, {what}"):
            measuring.line(line, stage, over, direct)
        by_engine, by_any = (now - then for now, then in zip(_by_whom(jalon), before, strict=True))
        if by_any:
            found.shares[line] = by_engine / by_any
    with measuring.or_skipped(f"commits, {what}"):
        found.followed.extend(_followed(jalon, direct))
    found.memory_mb = memory_mb(direct.running.tree())
    found.disk_mb = disk_mb(engine.folder)
    measuring.say(found.line())


def _direct(engine: Engine) -> Peer:
    """The engine as it is asked directly, in the way in which Jalon asks it."""
    if engine.running is None:
        raise NotStarted(f"{engine.name} is not running")
    address = Address.read(engine.url).url
    met = httpx.get(address, params={"query": "ASK {}"}, timeout=FOLLOWED_SECONDS)
    dialect, parts = dialect_of(met.headers), urlsplit(address)
    graph = {"default-graph-uri": dialect.unnamed} if dialect.unnamed else {}
    endpoint = Endpoint(f"http://{parts.netloc}", parts.path + dialect.query, graph)
    return Peer(
        f"the same {NAMES[engine.name]}, asked directly",
        engine.running,
        endpoint,
        warming_seconds=WARMING_SECONDS if dialect.kind == "fuseki" else 0.0,
        describes=dialect.describes,
    )


def _until_filled(jalon: ours.Ours, began: float) -> None:
    """Waits until the engine holds the release that is served. Raises NotStarted."""
    while True:
        ready = httpx.get(f"{jalon.running.url}/health/ready", timeout=FOLLOWED_SECONDS).json()
        held = ready.get("engine", {})
        if "release" in held and held["release"] == ready.get("release"):
            return
        if time.monotonic() - began > FILLED_SECONDS:
            why = held.get("obstacle", "it is still being filled")
            raise NotStarted(f"not filled after {FILLED_SECONDS:.0f} s: {why}")
        time.sleep(FILLED_POLL)


def _by_whom(jalon: ours.Ours) -> tuple[int, int]:
    """How many answers were the engine's so far, of how many that were not kept."""
    said = jalon.service.said()
    return said.count('"lane": "engine"'), said.count('"lane": ')


def _followed(jalon: ours.Ours, direct: Peer) -> Iterator[tuple[float, float]]:
    """Of each commit the seconds until it was acknowledged, and until the engine answered it.

    Raises NoAnswer.
    """
    host, token = jalon.running.url.removeprefix("http://"), jalon.token()
    for _ in range(COMMITS):
        number, began = time.time_ns(), time.monotonic()
        _said(once(jalon.running.url, write_request(host, our_target(), ntriples(number), token)))
        acknowledged = time.monotonic() - began
        while not _answers(direct.endpoint, f"{BASE}id/written/bench-{number}-{QUADS - 1}"):
            if time.monotonic() - began > FOLLOWED_SECONDS:
                raise NoAnswer(f"a commit is not there after {FOLLOWED_SECONDS:.0f} s")
            time.sleep(FOLLOWED_POLL)
        yield acknowledged, time.monotonic() - began


def _answers(endpoint: Endpoint, thing: str) -> bool:
    """Whether there are triples of a thing. Raises NoAnswer."""
    body = _said(once(endpoint.url, endpoint.request(question("lookup", thing=thing))))
    return bool(json.loads(body)["results"]["bindings"])


def _said(answer: tuple[str, bytes]) -> bytes:
    """The body of an answer. Raises NoAnswer where it is no success."""
    status, body = answer
    if not status.startswith("HTTP/1.1 2"):
        raise NoAnswer(f"{status}: {body[:200]!r}")
    return body
