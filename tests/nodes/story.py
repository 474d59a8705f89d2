"""What happens to nodes and to what they stand on, in turn, while clients write and read."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Protocol

import httpx

import postgresql
from contract.engines import running
from faults.harness import PATIENCE
from jalon.ledger.ledger import Ledger
from nodes.load import COUNTED, GRAPH, Load, Seen
from nodes.team import Team, team_of

QUIET_SECONDS, DOWN_SECONDS = 1.0, 1.0
"""How long clients are left in peace before each fault, at least, and how long a server is down."""


UNVALIDATED = {"JALON_VALIDATE_UPDATES": "false"}


class Server(Protocol):
    """A server that nodes stand on."""

    def kill(self) -> None:
        """Kills all its processes."""

    def start(self) -> None:
        """Starts it on what it has kept; returns when it answers."""


@dataclass(slots=True)
class Told:
    """What came of a story: for each kind of fault, the seconds until a write was acknowledged.

    Of a node that is killed they count from then on: another takes over. Of a server, from the
    moment that it answers again.
    """

    seen: Seen
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def report(self) -> str:
        """In words."""
        seen = self.seen
        lines = [
            f"{len(seen.kept)} writes and {seen.counts.total()} increments acknowledged, "
            f"{len(seen.unsure)} and {seen.unsure_counts.total()} unsure, {seen.reads} reads",
            f"refused: {dict(seen.refused) or 'none'}; wrong: {len(seen.wrong)}",
        ]
        for kind, all_seconds in self.seconds.items():
            lines.append(
                f"{kind} killed {len(all_seconds)} times: written again after "
                f"{median(all_seconds):.1f} s, at most {max(all_seconds):.1f}"
            )
        return "\n".join(lines)


def told_with(folder: Path, server: postgresql.Server, engine: str, asked: tuple[int, int]) -> Told:
    """The story of three nodes on a PostgreSQL server, and on an engine of this name, if any.

    ``asked`` has how many rounds, and a seed. What should not be is in ``seen.wrong`` then.
    Raises NotInstalled.
    """
    with ExitStack() as stack:
        url = stack.enter_context(server.database())
        servers: dict[str, Server] = {"postgresql": server}
        more = dict(UNVALIDATED)
        if engine:
            servers[engine] = started = stack.enter_context(running(engine, folder))
            more["JALON_STORE"] = started.url
        team = stack.enter_context(team_of(folder, url, more))
        told = asyncio.run(tell(team, servers, team.token(), *asked))
        with closing(Ledger.open(url, lambda: datetime.now(UTC), read_only=True)) as ledger:
            told.seen.wrong = found_wrong(team, ledger, told.seen)
    return told


async def tell(
    team: Team, servers: Mapping[str, Server], token: str, rounds: int, seed: int
) -> Told:
    """Kills a node, and then each server, so many times over; each comes back."""
    load, chance = Load(team, token, seed), random.Random(seed)  # noqa: S311 (no secret)
    told = Told(load.seen)
    working = asyncio.create_task(load.run())
    try:
        for _, kind in itertools.product(range(rounds), ("node", *servers)):
            await asyncio.sleep(QUIET_SECONDS + chance.random())
            if kind == "node":
                told.seconds[kind].append(await _without_a_node(team, load, chance))
            else:
                told.seconds[kind].append(await _without(servers[kind], load))
        await asyncio.sleep(QUIET_SECONDS)
    finally:
        load.stop()
        await working
    return told


async def _without_a_node(team: Team, load: Load, chance: random.Random) -> float:
    node = chance.choice(team.nodes)
    node.kill()
    seconds = await load.acknowledged(time.monotonic(), PATIENCE)
    if chance.random() < 0.5:
        node.forget()
    await asyncio.to_thread(node.start)
    return seconds


async def _without(server: Server, load: Load) -> float:
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(DOWN_SECONDS)
    await asyncio.to_thread(server.start)
    return await load.acknowledged(time.monotonic(), PATIENCE)


def found_wrong(team: Team, ledger: Ledger, seen: Seen) -> list[str]:
    """What should not be, once nobody writes any more: lost, applied twice, or not the same."""
    head = ledger.head().number
    wrong = [*seen.wrong, *_wrong_in(ledger, seen)]
    states = {node.name: _state(str(node.url), head) for node in team.nodes}
    if len(set(map(str, states.values()))) > 1:
        wrong.append(f"the nodes differ: {states}")
    for client, count in seen.counts.items():
        found = next(iter(states.values())).get(client, 0)
        if not count <= found <= count + seen.unsure_counts[client]:
            wrong.append(f"{client} counted {found}, and {count} were acknowledged")
    return wrong


def _wrong_in(ledger: Ledger, seen: Seen) -> list[str]:
    """Each write that was acknowledged is in one commit, of the release that was told."""
    ledger.verify()
    releases: dict[int, list[int]] = defaultdict(list)
    for commit in ledger.commits():
        for line in commit.change.adds.decode().splitlines():
            if "/written>" in line:
                releases[int(line.split('"')[1])].append(commit.number)
    wrong = [f"{number} was added in {found}" for number, found in releases.items() if found[1:]]
    wrong += [
        f"{number} was acknowledged in {release} and stands in {releases.get(number)}"
        for number, release in seen.kept.items()
        if releases.get(number) != [release]
    ]
    unknown = releases.keys() - seen.kept.keys() - seen.unsure
    return wrong + [f"nobody wrote {number}" for number in unknown]


def _state(url: str, release: int) -> Counter[str]:
    """The counters of a node, and how many writes it shows, once it is at a release."""
    counted = f"SELECT ?c ?n {{ GRAPH <{GRAPH}> {{ ?c <{COUNTED}> ?n }} }}"
    written = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"
    state: Counter[str] = Counter()
    for text in (counted, written):
        response = httpx.get(
            f"{url}/sparql",
            params={"query": text},
            headers={"Accept": "application/json", "Jalon-At-Least": str(release)},
            timeout=PATIENCE,
        )
        for row in response.raise_for_status().json()["results"]["bindings"]:
            name = row["c"]["value"].rsplit("/", 1)[1] if "c" in row else "triples"
            state[name] = int(row["n"]["value"])
    return state
