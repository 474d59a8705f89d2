"""The servers that Jalon is measured beside, each from where its package puts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bench.processes import Running, free_port, started
from bench.questions import Endpoint

ROOT = Path(__file__).parents[2]
MODULE = "usr/lib/nginx/modules/ngx_http_cache_purge_module.so"
NO_PEERS = "not installed: make .venv-peers/ready brings the servers to measure beside"
NO_NGINX = (
    "no nginx with the module of Debian's package libnginx-mod-http-cache-purge on this machine"
)


class NotInstalled(Exception):
    """A server is not there to be measured; with what would bring it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that answers queries, and the name it has in the report."""

    name: str
    running: Running
    endpoint: Endpoint

    def pids(self) -> dict[str, list[int]]:
        """Its processes."""
        return {"server": self.running.tree()}


def program(name: str) -> str:
    """A program of the peers' own environment. Raises NotInstalled."""
    home = Path(os.environ.get("BENCH_PEERS", ROOT / ".venv-peers")) / "bin"
    if not (home / name).is_file():
        raise NotInstalled(f"{name} is {NO_PEERS}")
    return str(home / name)


def load_oxigraph(folder: Path, ntriples: list[Path]) -> float:
    """Loads files into a new folder of oxigraph's; the seconds that it took."""
    began = time.monotonic()
    files = [part for each in ntriples for part in ("--file", str(each))]
    command = [program("oxigraph"), "load", "--location", str(folder), *files]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


@contextmanager
def oxigraph(folder: Path, *, writable: bool = False) -> Iterator[Peer]:
    """``oxigraph serve-read-only`` on a folder; ``writable``: ``oxigraph serve``."""
    port = free_port()
    verb = "serve" if writable else "serve-read-only"
    command = [program("oxigraph"), verb, "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with started(command, port, folder.parent / "oxigraph.log") as running:
        yield Peer(f"oxigraph {verb}", running, Endpoint(running.url, "/query"))


@contextmanager
def rdflib_endpoint(folder: Path, ntriples: list[Path]) -> Iterator[Peer]:
    """rdflib-endpoint, with the files in its memory."""
    port = free_port()
    one = folder / "rdflib.nt"
    with one.open("wb") as out:
        for each in ntriples:
            out.write(each.read_bytes())
    command = [program("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with started([*command, str(one)], port, folder / "rdflib.log") as running:
        yield Peer("rdflib-endpoint", running, Endpoint(running.url, "/"))


@contextmanager
def fuseki(folder: Path, ntriples: list[Path]) -> Iterator[Peer]:
    """Apache Jena Fuseki on TDB2, where BENCH_FUSEKI names its jar; Java is needed."""
    jar, java = os.environ.get("BENCH_FUSEKI", ""), shutil.which("java")
    if not Path(jar).is_file() or java is None:
        raise NotInstalled("BENCH_FUSEKI does not name a jar of Fuseki, or there is no Java")
    place = folder / "tdb2"
    loader = [java, "-cp", jar, "tdb2.tdbloader", "--loc", str(place), *map(str, ntriples)]
    subprocess.run(loader, check=True, capture_output=True)
    port = free_port()
    # It writes its configuration where it is started, unless it is told another place.
    base = f"FUSEKI_BASE={folder / 'fuseki'}"
    command = ["env", base, java, "-Xmx2g", "-jar", jar, "--port", str(port), "--localhost"]
    arguments = ["--tdb2", "--loc", str(place), "/bench"]
    with started([*command, *arguments], port, folder / "fuseki.log") as running:
        yield Peer("Fuseki", running, Endpoint(running.url, "/bench/query"))


@contextmanager
def nginx(folder: Path, engine: Peer) -> Iterator[Peer]:
    """nginx in front of a server, with a cache of its answers. Raises NotInstalled.

    BENCH_NGINX names the root of another installation than the machine's own.
    """
    root = Path(os.environ.get("BENCH_NGINX", "/"))
    server, module = root / "usr/sbin/nginx", root / MODULE
    if not (server.is_file() and module.is_file()):
        raise NotInstalled(NO_NGINX)
    port = free_port()
    folder.mkdir(parents=True)
    text = Template((Path(__file__).parent / "nginx.conf").read_text(encoding="utf-8"))
    said = text.substitute(
        user="user root;" if os.geteuid() == 0 else "",
        modules=f"load_module {module};",
        folder=folder,
        engine=engine.running.url.removeprefix("http://"),
        port=port,
    )
    (folder / "nginx.conf").write_text(said, encoding="utf-8")
    command = [str(server), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with started(command, port, folder / "out.log") as running:
        yield Peer("nginx and oxigraph", running, Endpoint(running.url, engine.endpoint.path))
