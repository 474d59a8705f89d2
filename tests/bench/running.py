"""One run: for each size the data is made and loaded, and the lines are measured one by one."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bench import checking, commits, mixes, ours, peers, sheets
from bench.agreement import agreement
from bench.client import NoAnswer, Until
from bench.data import SIZES
from bench.found import Found, Mixes, Served
from bench.mixes import Mix, Mixed, asked_again, run_mix
from bench.order import CACHED, CHANGES, COMMITS, REPORTING, SHEETS, Order
from bench.pairs import Comparison, Contender, Effort, in_pairs, measure
from bench.processes import NotStarted, memory_mb
from bench.questions import MIXED, QUESTIONS, Stream, pool, report_questions, zipf
from bench.stage import Stage, load_peer, staged
from faults.harness import NotServed

WHOLE_UPTO = 100_000
"""Beyond so many triples everything is no longer validated beside a change: it takes minutes."""

ONCE_FROM = 5_000_000
"""From so many triples on there is one pair."""

WARM_SECONDS = 5.0
"""A peer that takes longer for an answer, even when it has given some, is not warmed up further."""

COMPARED = 3
"""Questions of a line whose answers are compared."""

RDFLIB_UPTO = 10_000
FUSEKI_UPTO = VIRTUOSO_UPTO = 1_000_000
UNVALIDATED = {"JALON_VALIDATE_UPDATES": "false"}
MANY = 64
"""Commits at once: what is waiting goes out as one release."""

BROKEN = (
    *(NotStarted, NotServed, NoAnswer),
    *(subprocess.CalledProcessError, httpx.HTTPError, OSError),
)
"""What ends one part of a run; the others go on."""


Say = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """A run on its way."""

    order: Order
    found: Found
    say: Say
    _slowest: dict[str, float] = field(default_factory=dict)

    def all(self) -> Found:
        """Every size in turn."""
        began = time.monotonic()
        for size in self.order.sizes:
            with self._or_skipped(f"all of {size}"):
                self._size(size)
        if SHEETS in self.order.lines:
            with self._or_skipped(SHEETS):
                self._sheets()
        self.found.seconds = time.monotonic() - began
        return self.found

    def _size(self, size: str) -> None:
        folder = self.order.folder / size
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stage = self._staged(size, folder)
        with stage.served() as jalon:
            with self._or_skipped(f"oxigraph at {size}"), peers.oxigraph(stage.peer) as engine:
                self._lines(stage, jalon, engine)
            if self.order.others:
                self._others(stage, jalon)
        for line, measured in ((REPORTING, self._mix), (COMMITS, self._commits)):
            if line in self.order.lines:
                with self._or_skipped(f"{line} at {size}"):
                    measured(stage)
        if CHANGES in self.order.lines:
            self._changes(size, folder)
        shutil.rmtree(folder)

    def _staged(self, size: str, folder: Path) -> Stage:
        stage = staged(size, folder, self.order.seed)
        self.found.loaded.append(stage.loaded)
        self.say(f"{size}: {stage.made.triples} triples, {stage.made.measures} measures")
        with self._or_skipped(f"oxigraph at {size}"):
            load_peer(stage)
        return stage

    def _lines(self, stage: Stage, jalon: ours.Ours, engine: peers.Peer) -> None:
        loaded = stage.loaded
        loaded.start_seconds = jalon.running.seconds
        slowest = 0.0
        for line in self.order.lines:
            with self._or_skipped(f"{line} at {stage.size}"):
                if line in QUESTIONS:
                    slowest = max(slowest, self._line(line, stage, jalon, engine))
                elif line == CACHED:
                    slowest = max(slowest, self._cached(stage, jalon, engine, slowest))
        self._slowest[stage.size] = slowest
        loaded.memory_mb = {kind: memory_mb(each) for kind, each in jalon.pids().items()}
        loaded.their_memory_mb = memory_mb(engine.running.tree())

    def _line(self, line: str, stage: Stage, jalon: Contender, peer: peers.Peer) -> float:
        """Measures a line; the seconds of the slowest answers."""
        questions = [peer.asked(each) for each in pool(line, stage.made, self.order.seed)]
        agreed = agreement(questions[:COMPARED], jalon, peer)
        if agreed.wrong:
            said = f"{line} at {stage.size} beside {peer.name}: {agreed.wrong[0]}"
            self.say(f"not compared: {said}")
            self.found.wrong.append(said)
            return 0.0
        streams = (Stream(jalon.endpoint, questions), Stream(peer.endpoint, questions))
        slowest = 0.0
        self._warm(jalon, streams[0])
        if agreed.last[1] <= WARM_SECONDS:
            self._warm(peer, streams[1])
        for clients in self.order.effort.clients:
            at_once = self._at_once(f"{line} at {stage.size} beside {peer.name}", clients, slowest)
            comparison = Comparison(line, stage.size, at_once, peer=peer.name, first=agreed.first)
            self._pairs(comparison, (jalon, peer), streams)
            slowest = max(slowest, comparison.slowest)
        return slowest

    def _cached(self, stage: Stage, jalon: Contender, peer: peers.Peer, slowest: float) -> float:
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
            at_once = self._at_once(f"{CACHED} at {stage.size}", clients, slowest)
            comparison = Comparison(CACHED, stage.size, at_once, peer=peer.name)
            self._pairs(comparison, (jalon, peer), streams)
            slowest = max(slowest, comparison.slowest)
        return slowest

    def _at_once(self, what: str, clients: int, slowest: float) -> int:
        """How many are to ask at once, where an answer takes so many seconds."""
        fewer = min(clients, max(2, self.order.processors))
        if fewer == clients or slowest <= self.order.long_seconds:
            return clients
        self.found.shortened.append(
            f"{what}: {fewer} at once in place of {clients}, since an answer took {slowest:.0f} s"
        )
        return fewer

    def _warm(self, contender: Contender, following: Callable[[], bytes]) -> None:
        """A short load, by as many as there are at most, so that every process has answered."""
        effort = self.order.effort
        measure(contender, following, max(effort.clients), Until(effort.seconds / 4))

    def _effort(self, size: str) -> Effort:
        effort = self.order.effort
        return replace(effort, pairs=1) if SIZES[size] >= ONCE_FROM else effort

    def _pairs(
        self,
        comparison: Comparison,
        contenders: tuple[Contender, Contender],
        streams: tuple[Callable[[], bytes], Callable[[], bytes]],
    ) -> None:
        in_pairs(comparison, contenders, streams, self._effort(comparison.size))
        self.found.comparisons.append(comparison)
        low, high = comparison.spread
        self.say(
            f"{comparison.size} {comparison.line}, {comparison.clients} at once, beside "
            f"{comparison.peer}: {comparison.ratio:.2f} ({low:.2f} to {high:.2f})"
        )

    def _others(self, stage: Stage, jalon: ours.Ours) -> None:
        """The peers that are measured on what was measured, at the sizes that they bear."""
        lines = [each for each in self.order.lines if each in QUESTIONS]
        for name, start, most in (
            ("rdflib-endpoint", peers.rdflib_endpoint, RDFLIB_UPTO),
            ("Fuseki", peers.fuseki, FUSEKI_UPTO),
            ("Virtuoso", peers.virtuoso, VIRTUOSO_UPTO),
        ):
            if SIZES[stage.size] > most or not lines:
                continue
            with (
                self._or_skipped(f"{name} at {stage.size}"),
                start(stage.folder, stage.files) as peer,
            ):
                self._warm_up(stage, peer)
                for line in lines:
                    with self._or_skipped(f"{line} at {stage.size} beside {name}"):
                        self._line(line, stage, jalon, peer)
                memory = memory_mb(peer.running.tree())
                self.found.served.append(Served(stage.size, name, peer.load_seconds, memory))

    def _warm_up(self, stage: Stage, peer: peers.Peer) -> None:
        if peer.warming_seconds:
            questions = [peer.asked(each) for each in pool(MIXED, stage.made, self.order.seed)]
            stream, clients = Stream(peer.endpoint, questions), max(self.order.effort.clients)
            measure(peer, stream, clients, Until(peer.warming_seconds))

    def _mix(self, stage: Stage) -> None:
        questions = report_questions(stage.made, self.order.seed)
        ranks = zipf(len(questions), self.order.seed)
        most, slowest = max(self.order.effort.clients), self._slowest.get(stage.size, 0.0)
        clients = self._at_once(f"{REPORTING} at {stage.size}", most, slowest)
        found = Mixes(stage.size, clients)
        with ExitStack() as stack:
            jalon = stack.enter_context(ours.served(stage.state, UNVALIDATED))
            to_ours = mixes.commits_to_ours(jalon)
            again = asked_again(jalon.endpoint, questions, ranks)
            each = [(Mixed("Jalon"), Mix(jalon, again, to_ours, mixes.our_hits(jalon)))]
            with self._or_skipped(f"the mix on oxigraph at {stage.size}"):
                engine = stack.enter_context(peers.oxigraph(stage.peer, writable=True))
                again = asked_again(engine.endpoint, questions, ranks)
                each.append((Mixed(engine.name), Mix(engine, again, mixes.commits_to(engine))))
                with self._or_skipped(f"the mix on nginx at {stage.size}"):
                    front = stack.enter_context(peers.nginx(stage.folder / "nginx", engine))
                    purge = mixes.purging(front, questions)
                    again = asked_again(front.endpoint, questions, ranks)
                    both = mixes.commits_to(engine, purge)
                    each.append((Mixed(front.name), Mix(front, again, both)))
            pairs = self._effort(stage.size).pairs
            for _ in range(pairs):
                for mixed, mix in each:
                    run_mix(mix, mixed, self.order.of_the_mix(pairs, slowest), clients)
            found.each = [mixed for mixed, _ in each]
        self.found.mixes.append(found)
        rates = ", ".join(f"{each.name} {each.samples[0].rate:.0f}/s" for each in found.each)
        self.say(f"{stage.size} reporting mix: {rates}")

    def _commits(self, stage: Stage) -> None:
        order, seconds = self.order, self.order.effort.seconds * 3
        done = [
            commits.at_publisher(stage.state, 1, max(order.commits // 10, 2)),
            commits.at_publisher(stage.state, MANY, order.commits),
            commits.over_http(stage.state, 16, seconds, UNVALIDATED),
            commits.over_http(stage.state, 16, seconds, {}),
        ]
        with (
            self._or_skipped(f"commits on oxigraph at {stage.size}"),
            peers.oxigraph(stage.peer, writable=True) as engine,
        ):
            done.append(commits.to_peer(engine, 16, seconds))
        for each in done:
            self.found.commits.append((stage.size, each))
            self.say(
                f"{stage.size} commits, {each.what}, {each.at_once} at once: {each.rate:.0f}/s"
            )

    def _changes(self, size: str, folder: Path) -> None:
        place = folder / "changes"
        place.mkdir()
        whole = SIZES[size] <= WHOLE_UPTO
        for done in checking.checked(size, place, self.order.changes, whole=whole):
            self.found.checked.append(done)
            self.say(f"checked: {done.line()}")

    def _sheets(self) -> None:
        folder = self.order.folder / SHEETS
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for each in sheets.uploads(folder):
            self.found.uploads.append(each)
            self.say(each.line())
        shutil.rmtree(folder)

    @contextmanager
    def _or_skipped(self, what: str) -> Iterator[None]:
        try:
            yield
        except peers.NotInstalled as why:
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
