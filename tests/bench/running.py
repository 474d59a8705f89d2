"""One run: for each size the data is made and loaded, and the lines are measured one by one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bench import checking, commits, data, mixes, ours, peers
from bench.agreement import differences
from bench.data import SIZES
from bench.found import Found, Loaded, Mixes, disk_mb
from bench.mixes import Mix, Mixed, asked_again, run_mix
from bench.pairs import Comparison, Contender, Effort, in_pairs
from bench.processes import memory_mb
from bench.questions import QUESTIONS, Endpoint, Stream, pool, report_questions, zipf

CACHED, REPORTING, COMMITS, CHANGES = "cached", "reporting", "commits", "changes"
LINES = (*QUESTIONS, CACHED, REPORTING, COMMITS, CHANGES)

WHOLE_UPTO = 100_000
"""Beyond so many triples everything is no longer validated beside a change: it takes minutes."""

ONCE_FROM = 5_000_000
"""From so many triples on there is one pair, and no mix."""

RDFLIB_UPTO = 10_000
FUSEKI_UPTO = 1_000_000
UNVALIDATED = {"JALON_VALIDATE_UPDATES": "false"}
MANY = 64
"""Commits at once: what is waiting goes out as one release."""

_BESIDE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH <%s> { ?s ?p ?o } } }"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be measured: sizes and lines by name, how long, and where it may happen.

    Without ``others`` oxigraph is the only peer.
    """

    sizes: tuple[str, ...]
    lines: tuple[str, ...]
    effort: Effort
    folder: Path
    mix_seconds: float = 9.0
    commits: int = 400
    changes: int = checking.TIMES
    others: bool = True
    seed: int = data.SEED


Say = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """A run on its way."""

    order: Order
    found: Found
    say: Say

    def all(self) -> Found:
        """Every size in turn."""
        began = time.monotonic()
        for size in self.order.sizes:
            self._size(size)
        self.found.seconds = time.monotonic() - began
        return self.found

    def _size(self, size: str) -> None:
        folder = self.order.folder / size
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stage = self._load(size, folder)
        with stage.served() as jalon:
            with self._or_skipped(f"oxigraph at {size}"), peers.oxigraph(stage.peer) as engine:
                self._lines(stage, jalon, engine)
            if self.order.others:
                self._others(stage, jalon)
        if SIZES[size] < ONCE_FROM:
            self._mix(stage)
        if COMMITS in self.order.lines:
            self._commits(stage)
        if CHANGES in self.order.lines:
            self._changes(size, folder)
        shutil.rmtree(folder)

    def _load(self, size: str, folder: Path) -> Stage:
        """The data, in a data folder and in a folder of oxigraph's."""
        began = time.monotonic()
        triples = folder / "data.nt"
        made = data.write(triples, SIZES[size], self.order.seed)
        loaded = Loaded(size, made.triples, made.measures, time.monotonic() - began)
        self.found.loaded.append(loaded)
        self.say(f"{size}: {made.triples} triples, {made.measures} measures")
        stage = Stage(size, folder, made, loaded, [triples, folder / "beside.nt"])
        loaded.filled_seconds = ours.fill(stage.state, triples)
        with stage.served() as jalon:
            loaded.first_start_seconds = jalon.running.seconds
            stage.files[1].write_bytes(_beside(jalon.endpoint))
        with self._or_skipped(f"oxigraph at {size}"):
            loaded.their_load_seconds = peers.load_oxigraph(stage.peer, stage.files)
            loaded.their_disk_mb = disk_mb(stage.peer)
        loaded.disk_mb = disk_mb(stage.state)
        return stage

    def _lines(self, stage: Stage, jalon: ours.Ours, engine: peers.Peer) -> None:
        loaded = stage.loaded
        loaded.start_seconds = jalon.running.seconds
        for line in self.order.lines:
            if line in QUESTIONS:
                self._line(line, stage, jalon, engine)
            elif line == CACHED:
                self._cached(stage, jalon, engine)
        loaded.memory_mb = {kind: memory_mb(each) for kind, each in jalon.pids().items()}
        loaded.their_memory_mb = memory_mb(engine.running.tree())

    def _line(self, line: str, stage: Stage, jalon: Contender, peer: peers.Peer) -> None:
        questions = pool(line, stage.made, self.order.seed)
        wrong = [each for one in questions[:3] for each in differences(one, jalon, peer)]
        if wrong:
            said = f"{line} at {stage.size} beside {peer.name}: {wrong[0]}"
            self.say(f"not compared: {said}")
            self.found.wrong.append(said)
            return
        streams = (Stream(jalon.endpoint, questions), Stream(peer.endpoint, questions))
        for clients in self.order.effort.clients:
            comparison = Comparison(line, stage.size, clients, peer=peer.name)
            self._pairs(stage, comparison, (jalon, peer), streams)

    def _cached(self, stage: Stage, jalon: Contender, peer: peers.Peer) -> None:
        questions = report_questions(stage.made, self.order.seed)
        ranks = zipf(len(questions), self.order.seed)
        streams = (
            asked_again(jalon.endpoint, questions, ranks),
            asked_again(peer.endpoint, questions, ranks),
        )
        for clients in self.order.effort.clients:
            comparison = Comparison(CACHED, stage.size, clients, peer=peer.name)
            self._pairs(stage, comparison, (jalon, peer), streams)

    def _pairs(
        self,
        stage: Stage,
        comparison: Comparison,
        contenders: tuple[Contender, Contender],
        streams: tuple[Callable[[], bytes], Callable[[], bytes]],
    ) -> None:
        effort = self.order.effort
        if SIZES[stage.size] >= ONCE_FROM:
            effort = replace(effort, pairs=1)
        in_pairs(comparison, contenders, streams, effort)
        self.found.comparisons.append(comparison)
        low, high = comparison.spread
        self.say(
            f"{stage.size} {comparison.line}, {comparison.clients} at once, beside "
            f"{comparison.peer}: {comparison.ratio:.2f} ({low:.2f} to {high:.2f})"
        )

    def _others(self, stage: Stage, jalon: ours.Ours) -> None:
        """The peers that are measured on what was measured, at the sizes that they bear."""
        triples = SIZES[stage.size]
        for name, start, most in (
            ("rdflib-endpoint", peers.rdflib_endpoint, RDFLIB_UPTO),
            ("Fuseki", peers.fuseki, FUSEKI_UPTO),
        ):
            if triples > most:
                continue
            with (
                self._or_skipped(f"{name} at {stage.size}"),
                start(stage.folder, stage.files) as peer,
            ):
                for line in self.order.lines:
                    if line in QUESTIONS:
                        self._line(line, stage, jalon, peer)

    def _mix(self, stage: Stage) -> None:
        if REPORTING not in self.order.lines:
            return
        questions = report_questions(stage.made, self.order.seed)
        ranks = zipf(len(questions), self.order.seed)
        clients = max(self.order.effort.clients)
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
            for _ in range(self.order.effort.pairs):
                for mixed, mix in each:
                    run_mix(mix, mixed, self.order.mix_seconds, clients)
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

    @contextmanager
    def _or_skipped(self, what: str) -> Iterator[None]:
        try:
            yield
        except peers.NotInstalled as why:
            self.found.skipped.append(f"{what}: {why}")
            self.say(f"skipped: {what}: {why}")


@dataclass(frozen=True, slots=True)
class Stage:
    """One size: its folder, what was made, and where both servers have it."""

    size: str
    folder: Path
    made: data.Made
    loaded: Loaded
    files: list[Path]

    @property
    def state(self) -> Path:
        """Our data folder."""
        return self.folder / "jalon"

    @property
    def peer(self) -> Path:
        """The folder of oxigraph's."""
        return self.folder / "oxigraph"

    def served(self) -> AbstractContextManager[ours.Ours]:
        """The service on our data folder."""
        return ours.served(self.state)


def _beside(endpoint: Endpoint) -> bytes:
    """What our default graph holds beside the data, which the peers are given, too."""
    text = _BESIDE % data.GRAPH
    url = f"{endpoint.url}{endpoint.path}"
    headers = {"Accept": "application/n-triples"}
    answer = httpx.get(url, params={"query": text}, headers=headers, timeout=300)
    return answer.raise_for_status().content
