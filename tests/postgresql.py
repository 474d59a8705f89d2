"""A PostgreSQL server for tests, where its programs are installed: started, and killed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

USER = "jalon"
PATIENCE_SECONDS = 60
_UNPRIVILEGED = ("postgres", "nobody")
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "fsync": "on",
}


def programs() -> Path | None:
    """The folder of the newest server that is installed here; None where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "postgres").exists()), None)


class Server:
    """A server on a folder of its own, on loopback and a socket; started by ``start``."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin = bin_folder
        self._folder = folder
        account = _account()
        self._user = account.pw_uid if account else None
        self._group = account.pw_gid if account else None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self.port = _free_port()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        command = ["initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8"]
        self._run(*command, "--locale=C", "--no-sync")

    def url(self, database: str = "postgres", password: str = "") -> str:
        """The address of a database of this server."""
        return f"postgresql://{USER}{password and ':' + password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts it on what stands in its folder; ready when this returns."""
        options = {**_OPTIONS, "port": str(self.port), "unix_socket_directories": str(self._folder)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *settings],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                group=self._group,
            )
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, self.log()
                assert time.monotonic() < until, self.log()
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kills every process of it at once, as a power cut would."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)  # so that it starts none meanwhile
        children = _children(self._process.pid)
        for each in (self._process.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait()
        for each in children:
            _wait_until_gone(each)
        self._process = None

    def stop(self) -> None:
        """Stops it, and ends who is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """What a statement gives, run by somebody else than those who are tested."""
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, which is gone afterwards."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def data(self) -> Path:
        """The folder of its files."""
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        subprocess.run(
            command,
            cwd=self._folder,
            capture_output=True,
            check=True,
            user=self._user,
            group=self._group,
        )


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """A server that is started, and gone in the end with all that it kept."""
    # Not in pytest's folders: another user than root could not enter them.
    folder = Path(tempfile.mkdtemp(prefix="jalon-postgresql-"))
    try:
        made = Server(bin_folder, folder)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as where we are root, whom it refuses."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in _UNPRIVILEGED if name in known)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _children(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],  # noqa: S607 (wherever it stands)
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = [map(int, line.split()) for line in listed.stdout.splitlines()]
    return [pid for pid, above in pairs if above == parent]


def _wait_until_gone(pid: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.02)
