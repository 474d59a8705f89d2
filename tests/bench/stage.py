"""The data of one size, in a data folder of ours and in a folder of oxigraph's."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import data, ours, peers
from bench.data import SIZES
from bench.found import Loaded, disk_mb
from bench.questions import NTRIPLES, Endpoint

_BESIDE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH <%s> { ?s ?p ?o } } }"


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


def staged(size: str, folder: Path, seed: int) -> Stage:
    """Makes the data in a folder, fills our data folder, and has the service make its index."""
    began = time.monotonic()
    triples = folder / "data.nt"
    made = data.write(triples, SIZES[size], seed)
    loaded = Loaded(size, made.triples, made.measures, time.monotonic() - began)
    stage = Stage(size, folder, made, loaded, [triples, folder / "beside.nt"])
    loaded.filled_seconds = ours.fill(stage.state, triples)
    with stage.served() as jalon:
        loaded.first_start_seconds = jalon.running.seconds
        stage.files[1].write_bytes(_beside(jalon.endpoint))
    loaded.disk_mb = disk_mb(stage.state)
    return stage


def load_peer(stage: Stage) -> None:
    """Loads the same into the folder of oxigraph's. Raises NotInstalled."""
    stage.loaded.their_load_seconds = peers.load_oxigraph(stage.peer, stage.files)
    stage.loaded.their_disk_mb = disk_mb(stage.peer)


def _beside(endpoint: Endpoint) -> bytes:
    """What our default graph holds beside the data, which the peers are given, too."""
    text = _BESIDE % data.GRAPH
    url = f"{endpoint.url}{endpoint.path}"
    headers = {"Accept": NTRIPLES}
    answer = httpx.get(url, params={"query": text}, headers=headers, timeout=300)
    return answer.raise_for_status().content
