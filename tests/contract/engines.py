"""Engines of others, started where they are installed; killed, emptied, started again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from bench import peers
from bench.peers import NotInstalled
from bench.processes import Running, free_port, started

INI = Path(peers.__file__).parent / "virtuoso.ini"


@dataclass(slots=True)
class Engine:
    """One engine with a folder and a port of its own. ``url`` is what JALON_STORE is set to.

    ``running`` is its process, from when it was started.
    """

    name: str
    url: str
    folder: Path
    port: int
    command: list[str]
    keep: tuple[str, ...] = ()
    running: Running | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Starts it on what stands in its folder; returns when it takes connections."""
        log = self.folder.with_suffix(".log")
        # A lock that says which process had it is of one that is gone.
        for lock in self.folder.glob("*.lck"):
            lock.unlink()
        self.running = self._stack.enter_context(started(self.command, self.port, log))

    def kill(self) -> None:
        """Kills all its processes."""
        self._stack.close()
        self.running = None

    def empty(self) -> None:
        """Has it lose what it kept, while it is not running."""
        for each in self.folder.iterdir():
            if each.name not in self.keep:
                shutil.rmtree(each) if each.is_dir() else each.unlink()


def oxigraph(folder: Path) -> Engine:
    """``oxigraph serve``. Raises NotInstalled."""
    port = free_port()
    where = ["--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    command = [peers.program("oxigraph"), "serve", *where]
    return Engine("oxigraph", f"http://127.0.0.1:{port}", folder, port, command)


def fuseki(folder: Path) -> Engine:
    """Apache Jena Fuseki on TDB2, where BENCH_FUSEKI names its jar. Raises NotInstalled."""
    jar, java = os.environ.get("BENCH_FUSEKI", ""), shutil.which("java")
    if not Path(jar).is_file() or java is None:
        raise NotInstalled("BENCH_FUSEKI does not name a jar of Fuseki, or there is no Java")
    port = free_port()
    base = f"FUSEKI_BASE={folder.with_suffix('.base')}"
    command = ["env", base, java, "-Xmx1g", "-jar", jar, "--port", str(port), "--localhost"]
    arguments = ["--update", "--tdb2", "--loc", str(folder), "/plans"]
    url = f"http://127.0.0.1:{port}/plans"
    return Engine("fuseki", url, folder, port, [*command, *arguments])


def virtuoso(folder: Path) -> Engine:
    """Virtuoso, with its account dba. Raises NotInstalled."""
    server, _, more = peers.virtuoso_programs()
    port, loading = free_port(), free_port()
    text = Template(INI.read_text(encoding="utf-8"))
    said = text.substitute(
        folder=folder, data=folder, port=port, loading=loading, graph="urn:x-jalon:shown"
    )
    ini = folder / "virtuoso.ini"
    ini.write_text(said, encoding="utf-8")
    environment = [f"{name}={value}" for name, value in more.items()]
    command = ["env", *environment, server, "+configfile", str(ini), "+foreground"]
    url = f"http://dba:dba@127.0.0.1:{port}"
    # It opens this port last.
    return Engine("virtuoso", url, folder, loading, command, (ini.name,))


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    each.__name__: each for each in (oxigraph, fuseki, virtuoso)
}


@contextmanager
def running(name: str, folder: Path) -> Iterator[Engine]:
    """An engine that runs; nothing of it is left in the end. Raises NotInstalled."""
    place = folder / name
    place.mkdir(parents=True)
    engine = ENGINES[name](place)
    try:
        engine.start()
        yield engine
    finally:
        engine.kill()
