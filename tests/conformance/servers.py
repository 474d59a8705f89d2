"""The servers that the suites are run against: real processes, asked over HTTP."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import httpx

import jalon

ROOT = Path(__file__).parents[2]
PACK = Path(__file__).parent / "pack"
PEER = ROOT / ".venv-peers" / "bin" / "oxigraph"
"""The peer, where ``make conformance`` has installed it."""

PATIENCE = 60.0
"""Seconds after which something that must happen is taken for something that never will."""

POLL = 0.05

Reading = Literal["well-formed", "malformed", "not read"]
"""What a server makes of a text: it may refuse what is in it without reading it to its end."""

PARSED: Mapping[str, Reading] = dict.fromkeys(
    ("function-unknown", "bad-request", "forbidden"), "well-formed"
)
"""Codes of Jalon's for a text that it has read, and cannot do: its graph is not there, say."""

DIRECT = "DirectGraphIdentification"
OFFERED = frozenset({DIRECT, "IndirectGraphIdentification", "POSTGraphCreation"})

_LISTENS = re.compile(r"SPARQL at (\S+)/sparql")
_TOKEN = re.compile(r"jalon_\w+")


class NotServed(Exception):
    """A server ended, or never got ready; with what it said."""


class Server(Protocol):
    """A server under test: the addresses of its protocols, and how it says some things."""

    @property
    def name(self) -> str:
        """What it is called in reports."""

    @property
    def query(self) -> str:
        """Where queries are sent."""

    @property
    def update(self) -> str:
        """Where updates are sent."""

    @property
    def graphs(self) -> str:
        """Where graphs are read and written."""

    @property
    def authorization(self) -> Mapping[str, str]:
        """The headers of who may write."""

    @property
    def offers(self) -> frozenset[str]:
        """What it offers of that which tests of the graph store may require."""

    def reading(self, response: httpx.Response) -> Reading:
        """What a response says of the text of a query or update, whatever else came of it."""


@dataclass(frozen=True, slots=True)
class Jalon:
    """The service, with a token for everything."""

    url: str
    token: str
    name: str = "jalon"

    @property
    def query(self) -> str:
        """Where queries are sent."""
        return f"{self.url}/sparql"

    @property
    def update(self) -> str:
        """Where updates are sent."""
        return f"{self.url}/update"

    @property
    def graphs(self) -> str:
        """Where graphs are read and written."""
        return f"{self.url}/rdf-graph-store"

    @property
    def authorization(self) -> Mapping[str, str]:
        """The headers of who may write."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def offers(self) -> frozenset[str]:
        """Graphs are named by the query string alone, and made by what is posted to it."""
        return OFFERED - {DIRECT}

    def reading(self, response: httpx.Response) -> Reading:
        """Its problem documents carry a code; not every 400 is about syntax."""
        if response.status_code != 400:
            return "well-formed"
        code = response.json()["code"]
        return "malformed" if code == "query-syntax" else PARSED.get(code, "not read")


@dataclass(frozen=True, slots=True)
class Oxigraph:
    """``oxigraph serve``, which asks nobody who they are."""

    url: str
    name: str = "oxigraph"

    @property
    def query(self) -> str:
        """Where queries are sent."""
        return f"{self.url}/query"

    @property
    def update(self) -> str:
        """Where updates are sent."""
        return f"{self.url}/update"

    @property
    def graphs(self) -> str:
        """Where graphs are read and written."""
        return f"{self.url}/store"

    @property
    def authorization(self) -> Mapping[str, str]:
        """Nothing: whoever reaches it may write."""
        return {}

    @property
    def offers(self) -> frozenset[str]:
        """Graphs are named by the path of an address, too."""
        return OFFERED

    def reading(self, response: httpx.Response) -> Reading:
        """It answers 400 to what is malformed, and to nothing else that is sent here."""
        return "malformed" if response.status_code == 400 else "well-formed"


@contextmanager
def served_jalon(folder: Path) -> Iterator[Jalon]:
    """The service on a new data folder, as ``jalon serve`` runs it: the unnamed graph is its own.

    Nothing is validated and nothing entailed, and its pack holds one shape of three triples,
    which is the least that the service starts with. Raises NotServed.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(folder / "data"),
        "JALON_PACK": str(PACK),
        "JALON_PORT": "0",
        "JALON_DEFAULT_GRAPH": "own",
        "JALON_VALIDATE_UPDATES": "false",
        "JALON_REASONER": "none",
    }
    command = [sys.executable, "-m", "jalon"]
    made = subprocess.run(
        [*command, "token", "create", "--scope", "admin"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    token = _TOKEN.search(made.stdout)
    if token is None:
        raise NotServed(made.stdout + made.stderr)
    log = folder / "jalon.log"
    with _process([*command, "serve"], environment, log) as process:
        found = _until_said(process, log, _LISTENS)
        _until_answered(process, log, f"{found[1]}/health/ready")
        yield Jalon(found[1], token[0])


@contextmanager
def served_oxigraph(folder: Path, program: Path = PEER) -> Iterator[Oxigraph]:
    """``oxigraph serve`` on a new data folder, with what it does by default. Raises NotServed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "oxigraph.log"
    url = f"http://127.0.0.1:{port}"
    command = [str(program), "serve", "--location", str(folder / "data"), "--bind", url[7:]]
    with _process(command, os.environ, log) as process:
        _until_answered(process, log, f"{url}/query")
        yield Oxigraph(url)


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended as an operator does, and killed where that is not enough."""
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _until_said(
    process: subprocess.Popen[bytes], log: Path, wanted: re.Pattern[str]
) -> re.Match[str]:
    for _ in _patiently(process):
        found = wanted.search(log.read_text(encoding="utf-8", errors="replace"))
        if found is not None:
            return found
    raise NotServed(log.read_text(encoding="utf-8", errors="replace"))


def _until_answered(process: subprocess.Popen[bytes], log: Path, url: str) -> None:
    for _ in _patiently(process):
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=PATIENCE).is_success:
                return
    raise NotServed(log.read_text(encoding="utf-8", errors="replace"))


def _patiently(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Yields now and then, as long as the process is there and there is patience."""
    began = time.monotonic()
    while process.poll() is None and time.monotonic() - began < PATIENCE:
        yield
        time.sleep(POLL)
