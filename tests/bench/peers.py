"""The servers that Jalon is measured beside, each from where its package puts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template

from bench.data import BASE
from bench.processes import NotStarted, Running, free_port, started
from bench.questions import RDF_XML, TURTLE, Endpoint, Question

ROOT = Path(__file__).parents[2]
MODULE = "usr/lib/nginx/modules/ngx_http_cache_purge_module.so"
NO_PEERS = "not installed: make .venv-peers/ready brings the servers to measure beside"
NO_NGINX = (
    "no nginx with the module of Debian's package libnginx-mod-http-cache-purge on this machine"
)
NO_VIRTUOSO = (
    "no virtuoso-t and isql-vt of Debian's package virtuoso-opensource on this machine; "
    "BENCH_VIRTUOSO names the root of another installation"
)
WARMING_SECONDS = 45.0
GRAPH = f"{BASE}graph/peer"
"""The graph that Virtuoso is given the triples in, and is asked for as the default graph."""


class NotInstalled(Exception):
    """A server is not there to be measured; with what would bring it."""


_OUTGOING = (
    "insert into DB.DBA.SYS_SPARQL_HOST (SH_HOST, SH_DEFINES) "
    "values ('%', 'define sql:describe-mode \"CBD\"');"
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that answers queries, and the name it has in the report.

    ``load_seconds`` is what it took until it had the triples. ``formats`` says which formats it
    lacks for some questions, and what it is asked for in their place. ``warming_seconds`` is for
    how long it is asked before its first line: a machine that compiles as it runs is slow at first.
    Unless it ``describes``, it is not asked for descriptions.
    """

    name: str
    running: Running
    endpoint: Endpoint
    load_seconds: float = 0.0
    formats: Mapping[str, str] = field(default_factory=dict)
    warming_seconds: float = 0.0
    describes: bool = True

    def takes(self, question: Question) -> bool:
        """Whether it is asked this."""
        return self.describes or not question.text.startswith("DESCRIBE")

    def asked(self, question: Question) -> Question:
        """The question in a format that it has."""
        return replace(question, accept=self.formats.get(question.accept, question.accept))

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
    """rdflib-endpoint, with the files in its memory.

    Whatever is asked for, it gives DESCRIBE as RDF/XML, unless that is asked for as plain XML.
    """
    port = free_port()
    one = folder / "rdflib.nt"
    with one.open("wb") as out:
        for each in ntriples:
            out.write(each.read_bytes())
    command = [program("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with started([*command, str(one)], port, folder / "rdflib.log") as running:
        endpoint = Endpoint(running.url, "/")
        yield Peer("rdflib-endpoint", running, endpoint, running.seconds, {TURTLE: RDF_XML})


@contextmanager
def fuseki(folder: Path, ntriples: list[Path]) -> Iterator[Peer]:
    """Apache Jena Fuseki on TDB2, where BENCH_FUSEKI names its jar; Java is needed."""
    jar, java = os.environ.get("BENCH_FUSEKI", ""), shutil.which("java")
    if not Path(jar).is_file() or java is None:
        raise NotInstalled("BENCH_FUSEKI does not name a jar of Fuseki, or there is no Java")
    place = folder / "tdb2"
    loader = [java, "-cp", jar, "tdb2.tdbloader", "--loc", str(place), *map(str, ntriples)]
    began = time.monotonic()
    subprocess.run(loader, check=True, capture_output=True)
    seconds = time.monotonic() - began
    port = free_port()
    # It writes its configuration where it is started, unless it is told another place.
    base = f"FUSEKI_BASE={folder / 'fuseki'}"
    command = ["env", base, java, "-Xmx2g", "-jar", jar, "--port", str(port), "--localhost"]
    arguments = ["--tdb2", "--loc", str(place), "/bench"]
    with started([*command, *arguments], port, folder / "fuseki.log") as running:
        endpoint = Endpoint(running.url, "/bench/query")
        yield Peer("Fuseki", running, endpoint, seconds, warming_seconds=WARMING_SECONDS)


@contextmanager
def virtuoso(folder: Path, ntriples: list[Path]) -> Iterator[Peer]:
    """Virtuoso, loaded by its bulk loader. Raises NotInstalled."""
    server, client, more = virtuoso_programs()
    place = folder / "virtuoso"
    place.mkdir()
    port, loading = free_port(), free_port()
    text = Template((Path(__file__).parent / "virtuoso.ini").read_text(encoding="utf-8"))
    said = text.substitute(folder=place, data=folder, port=port, loading=loading, graph=GRAPH)
    (place / "virtuoso.ini").write_text(said, encoding="utf-8")
    command = [server, "+configfile", str(place / "virtuoso.ini"), "+foreground"]
    # It opens this port last.
    with started(command, loading, place / "out.log", more) as running:
        began = time.monotonic()
        _load_virtuoso([client, f"127.0.0.1:{loading}"], ntriples, more)
        seconds = time.monotonic() - began
        served = replace(running, url=f"http://127.0.0.1:{port}")
        endpoint = Endpoint(served.url, "/sparql", {"default-graph-uri": GRAPH})
        yield Peer("Virtuoso", served, endpoint, seconds)


def virtuoso_programs() -> tuple[str, str, dict[str, str]]:
    """Virtuoso's server and client, and what their environment has to say. Raises NotInstalled.

    BENCH_VIRTUOSO names the root of another installation than the machine's own.
    """
    root = os.environ.get("BENCH_VIRTUOSO")
    there = str(Path(root) / "usr/bin") if root else None
    server, client = (shutil.which(name, path=there) for name in ("virtuoso-t", "isql-vt"))
    if server is None or client is None:
        raise NotInstalled(NO_VIRTUOSO)
    return server, client, _libraries(Path(root)) if root else {}


def _libraries(root: Path) -> dict[str, str]:
    """The setting by which a program finds the libraries below this root first."""
    found = [*root.glob("lib/*-linux-gnu"), *root.glob("usr/lib/*-linux-gnu")]
    return {"LD_LIBRARY_PATH": ":".join(map(str, found))}


def _load_virtuoso(client: list[str], ntriples: list[Path], more: Mapping[str, str]) -> None:
    """Loads files into GRAPH by isql, and has them written down. Raises NotStarted.

    DESCRIBE is set to what the other servers give: what is said of the thing, not what leads to it.
    """
    lines = [f"ld_dir('{each.parent}', '{each.name}', '{GRAPH}');" for each in ntriples]
    lines += ["rdf_loader_run();", _OUTGOING, "checkpoint;"]
    lines += [
        "select concat('failed: ', ll_error) from DB.DBA.load_list where ll_error is not null;"
    ]
    command = [*client, "dba", "dba", "BANNER=OFF", "VERBOSE=OFF", f"exec={' '.join(lines)}"]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **more}
    )
    if "failed: " in done.stdout or "Error" in done.stderr:
        raise NotStarted(f"Virtuoso did not load: {done.stdout}{done.stderr}")


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
