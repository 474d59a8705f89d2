"""How a line is measured: two servers that give the same answers, warm, and asked in turn."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx

from bench.agreement import agreement
from bench.client import NoAnswer, Until
from bench.data import SIZES
from bench.found import Found
from bench.mixes import asked_again
from bench.order import CACHED, Order
from bench.pairs import Comparison, Contender, Effort, in_pairs, measure
from bench.peers import NotInstalled, Peer
from bench.processes import NotStarted
from bench.questions import MIXED, Stream, pool, report_questions, zipf
from bench.stage import Stage
from faults.harness import NotServed

ONCE_FROM = 5_000_000
"""From so many triples on there is one pair."""

WARM_SECONDS = 5.0
"""A peer that takes longer for an answer, even when it has given some, is not warmed up further."""

COMPARED = 3
"""Questions of a line whose answers are compared."""

BROKEN = (
    *(NotStarted, NotServed, NoAnswer),
    *(subprocess.CalledProcessError, httpx.HTTPError, OSError),
)
"""What ends one part of a run; the others go on."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Measuring:
    """Measures what an order names, and notes down what comes of it."""

    order: Order
    found: Found
    say: Say

    def line(self, line: str, stage: Stage, jalon: Contender, peer: Peer) -> float:
        """Measures a line; the seconds of the slowest answers."""
        asked = pool(line, stage.made, self.order.seed)
        questions = [peer.asked(each) for each in asked if peer.takes(each)]
        agreed = agreement(questions[:COMPARED], jalon, peer)
        if agreed.wrong:
            said = f"{line} at {stage.size} beside {peer.name}: {agreed.wrong[0]}"
            self.say(f"not compared: {said}")
            self.found.wrong.append(said)
            return 0.0
        streams = (Stream(jalon.endpoint, questions), Stream(peer.endpoint, questions))
        slowest = 0.0
        # The last answer may have been kept from the first.
        self._warm(jalon, streams[0], max(agreed.first[0], agreed.last[0]))
        if agreed.last[1] <= WARM_SECONDS:
            self._warm(peer, streams[1])
        for clients in self.order.effort.clients:
            at_once = self.at_once(f"{line} at {stage.size} beside {peer.name}", clients, slowest)
            comparison = Comparison(line, stage.size, at_once, peer=peer.name, first=agreed.first)
            self._pairs(comparison, (jalon, peer), streams)
            slowest = max(slowest, comparison.slowest)
        return slowest

    def cached(self, stage: Stage, jalon: Contender, peer: Peer, slowest: float) -> float:
        """Measures what is asked again, where other lines took so many seconds."""
        questions = report_questions(stage.made, self.order.seed)
        ranks = zipf(len(questions), self.order.seed)
        streams = (
            asked_again(jalon.endpoint, questions, ranks),
            asked_again(peer.endpoint, questions, ranks),
        )
        self._warm(jalon, streams[0])
        if slowest <= WARM_SECONDS:
            self._warm(peer, streams[1])
        for clients in self.order.effort.clients:
            at_once = self.at_once(f"{CACHED} at {stage.size}", clients, slowest)
            comparison = Comparison(CACHED, stage.size, at_once, peer=peer.name)
            self._pairs(comparison, (jalon, peer), streams)
            slowest = max(slowest, comparison.slowest)
        return slowest

    def at_once(self, what: str, clients: int, slowest: float) -> int:
        """How many are to ask at once, where an answer takes so many seconds."""
        fewer = self._bearable(clients, slowest)
        if fewer == clients:
            return clients
        self.found.shortened.append(
            f"{what}: {fewer} at once in place of {clients}, since an answer took {slowest:.0f} s"
        )
        return fewer

    def _bearable(self, clients: int, slowest: float) -> int:
        if slowest <= self.order.long_seconds:
            return clients
        return min(clients, max(2, self.order.processors))

    def _warm(
        self, contender: Contender, following: Callable[[], bytes], slowest: float = 0.0
    ) -> None:
        """A short load, by as many as there are at most, so that every process has answered."""
        effort = self.order.effort
        at_once = self._bearable(max(effort.clients), slowest)
        measure(contender, following, at_once, Until(effort.seconds / 4))

    def effort(self, size: str) -> Effort:
        """How much is measured at a size."""
        effort = self.order.effort
        return replace(effort, pairs=1) if SIZES[size] >= ONCE_FROM else effort

    def _pairs(
        self,
        comparison: Comparison,
        contenders: tuple[Contender, Contender],
        streams: tuple[Callable[[], bytes], Callable[[], bytes]],
    ) -> None:
        in_pairs(comparison, contenders, streams, self.effort(comparison.size))
        self.found.comparisons.append(comparison)
        low, high = comparison.spread
        self.say(
            f"{comparison.size} {comparison.line}, {comparison.clients} at once, beside "
            f"{comparison.peer}: {comparison.ratio:.2f} ({low:.2f} to {high:.2f})"
        )

    def warm_up(self, stage: Stage, peer: Peer) -> None:
        """Asks a peer for as long as it takes until it is fast."""
        if peer.warming_seconds:
            questions = [peer.asked(each) for each in pool(MIXED, stage.made, self.order.seed)]
            stream, clients = Stream(peer.endpoint, questions), max(self.order.effort.clients)
            measure(peer, stream, clients, Until(peer.warming_seconds))

    @contextmanager
    def or_skipped(self, what: str) -> Iterator[None]:
        """A part of a run: where it cannot be measured or breaks off, that is noted down."""
        try:
            yield
        except NotInstalled as why:
            self.found.skipped.append(f"{what}: {why}")
            self.say(f"skipped: {what}: {why}")
        except BROKEN as error:
            said = f"{what}: {type(error).__name__}: {_last_words(error)}"
            self.found.broken.append(said)
            self.say(f"broken: {said}")


def _last_words(error: Exception) -> str:
    """The end of what a program said that failed, or of the error itself, on one line."""
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else None
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join((text or str(error)).split())[-300:]
