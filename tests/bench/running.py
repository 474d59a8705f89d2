"""One run: for each size the data is made and loaded, and the lines are measured one by one."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import checking, commits, mixes, ours, peers, sheets
from bench.data import SIZES
from bench.found import Found, Mixes, Served
from bench.measuring import Measuring, Say
from bench.mirrors import mirrors
from bench.mixes import Mix, Mixed, asked_again, run_mix
from bench.order import CACHED, CHANGES, COMMITS, ENGINES, REPORTING, SHEETS, Order
from bench.processes import memory_mb
from bench.questions import QUESTIONS, report_questions, zipf
from bench.stage import Stage, load_peer, staged

WHOLE_UPTO = 100_000
"""Beyond so many triples everything is no longer validated beside a change: it takes minutes."""

RDFLIB_UPTO = 10_000
FUSEKI_UPTO = VIRTUOSO_UPTO = 1_000_000
UNVALIDATED = {"JALON_VALIDATE_UPDATES": "false"}
MANY = 64
"""Commits at once: what is waiting goes out as one release."""


@dataclass(slots=True)
class Run:
    """A run on its way."""

    order: Order
    found: Found
    say: Say
    _slowest: dict[str, float] = field(default_factory=dict)
    _measuring: Measuring = field(init=False)

    def __post_init__(self) -> None:
        self._measuring = Measuring(self.order, self.found, self.say)

    def all(self) -> Found:
        """Every size in turn."""
        began = time.monotonic()
        for size in self.order.sizes:
            with self._measuring.or_skipped(f"all of {size}"):
                self._size(size)
        if SHEETS in self.order.lines:
            with self._measuring.or_skipped(SHEETS):
                self._sheets()
        self.found.seconds = time.monotonic() - began
        return self.found

    def _size(self, size: str) -> None:
        folder = self.order.folder / size
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stage = self._staged(size, folder)
        with stage.served() as jalon:
            with (
                self._measuring.or_skipped(f"oxigraph at {size}"),
                peers.oxigraph(stage.peer) as engine,
            ):
                self._lines(stage, jalon, engine)
            if self.order.others:
                self._others(stage, jalon)
        for line, measured in (
            (REPORTING, self._mix),
            (COMMITS, self._commits),
            (ENGINES, self._engines),
        ):
            if line in self.order.lines:
                with self._measuring.or_skipped(f"{line} at {size}"):
                    measured(stage)
        if CHANGES in self.order.lines:
            self._changes(size, folder)
        shutil.rmtree(folder)

    def _staged(self, size: str, folder: Path) -> Stage:
        stage = staged(size, folder, self.order.seed)
        self.found.loaded.append(stage.loaded)
        self.say(f"{size}: {stage.made.triples} triples, {stage.made.measures} measures")
        with self._measuring.or_skipped(f"oxigraph at {size}"):
            load_peer(stage)
        return stage

    def _lines(self, stage: Stage, jalon: ours.Ours, engine: peers.Peer) -> None:
        loaded = stage.loaded
        loaded.start_seconds = jalon.running.seconds
        slowest = 0.0
        for line in self.order.lines:
            with self._measuring.or_skipped(f"{line} at {stage.size}"):
                if line in QUESTIONS:
                    slowest = max(slowest, self._measuring.line(line, stage, jalon, engine))
                elif line == CACHED:
                    slowest = max(slowest, self._measuring.cached(stage, jalon, engine, slowest))
        self._slowest[stage.size] = slowest
        loaded.memory_mb = {kind: memory_mb(each) for kind, each in jalon.pids().items()}
        loaded.their_memory_mb = memory_mb(engine.running.tree())

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
                self._measuring.or_skipped(f"{name} at {stage.size}"),
                start(stage.folder, stage.files) as peer,
            ):
                self._measuring.warm_up(stage, peer)
                for line in lines:
                    with self._measuring.or_skipped(f"{line} at {stage.size} beside {name}"):
                        self._measuring.line(line, stage, jalon, peer)
                memory = memory_mb(peer.running.tree())
                self.found.served.append(Served(stage.size, name, peer.load_seconds, memory))

    def _mix(self, stage: Stage) -> None:
        questions = report_questions(stage.made, self.order.seed)
        ranks = zipf(len(questions), self.order.seed)
        most, slowest = max(self.order.effort.clients), self._slowest.get(stage.size, 0.0)
        clients = self._measuring.at_once(f"{REPORTING} at {stage.size}", most, slowest)
        found = Mixes(stage.size, clients)
        with ExitStack() as stack:
            jalon = stack.enter_context(ours.served(stage.state, UNVALIDATED))
            to_ours = mixes.commits_to_ours(jalon)
            again = asked_again(jalon.endpoint, questions, ranks)
            each = [(Mixed("Jalon"), Mix(jalon, again, to_ours, mixes.our_hits(jalon)))]
            with self._measuring.or_skipped(f"the mix on oxigraph at {stage.size}"):
                engine = stack.enter_context(peers.oxigraph(stage.peer, writable=True))
                again = asked_again(engine.endpoint, questions, ranks)
                each.append((Mixed(engine.name), Mix(engine, again, mixes.commits_to(engine))))
                with self._measuring.or_skipped(f"the mix on nginx at {stage.size}"):
                    front = stack.enter_context(peers.nginx(stage.folder / "nginx", engine))
                    purge = mixes.purging(front, questions)
                    again = asked_again(front.endpoint, questions, ranks)
                    both = mixes.commits_to(engine, purge)
                    each.append((Mixed(front.name), Mix(front, again, both)))
            pairs = self._measuring.effort(stage.size).pairs
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
            self._measuring.or_skipped(f"commits on oxigraph at {stage.size}"),
            peers.oxigraph(stage.peer, writable=True) as engine,
        ):
            done.append(commits.to_peer(engine, 16, seconds))
        for each in done:
            self.found.commits.append((stage.size, each))
            self.say(
                f"{stage.size} commits, {each.what}, {each.at_once} at once: {each.rate:.0f}/s"
            )

    def _engines(self, stage: Stage) -> None:
        if SIZES[stage.size] < self.order.engines_from:
            said = f"{ENGINES} at {stage.size}: from {self.order.engines_from} triples on"
            self.found.skipped.append(said)
            self.say(f"skipped: {said}")
            return
        mirrors(stage, self._measuring)

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
