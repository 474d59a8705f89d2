"""Several nodes on one ledger, as real processes: asked, written to, killed, and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.harness import PATIENCE, Plan, Service, served


@dataclass(slots=True)
class Node:
    """One node: its data folder is its own, the ledger everybody's. ``service``: while it runs."""

    name: str
    plan: Plan
    service: Service | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str | None:
        """Where it is asked; None while it is down."""
        return self.service.url if self.service else None

    def start(self) -> float:
        """Starts it, and returns when it is ready: after so many seconds."""
        began = time.monotonic()
        self.service = self._running.enter_context(served(self.plan))
        return time.monotonic() - began

    def kill(self) -> None:
        """Kills all its processes."""
        self.service = None
        self._running.close()

    def forget(self) -> None:
        """Loses its data folder, as where a machine is lost; the ledger is everybody's."""
        shutil.rmtree(self.plan.folder)


class Team:
    """Nodes that share a ledger. ``url`` is that of the ledger."""

    def __init__(self, folder: Path, url: str, more: Mapping[str, str], size: int = 3) -> None:
        environment = {"JALON_LEDGER": url, **more}
        names = [f"node-{number}" for number in range(1, size + 1)]
        self.nodes = [Node(name, Plan(folder / name, environment)) for name in names]

    @property
    def urls(self) -> list[str]:
        """Where those that run are asked."""
        return [node.url for node in self.nodes if node.url is not None]

    def token(self) -> str:
        """A token to write with, made by the command on one of the nodes."""
        done = subprocess.run(
            [sys.executable, "-m", "jalon", "token", "create", "--scope", "admin"],
            env={**self.nodes[0].plan.environment, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        return done.stdout.split()[0]


@contextmanager
def team_of(
    folder: Path, url: str, more: Mapping[str, str] | None = None, size: int = 3
) -> Iterator[Team]:
    """Nodes that are all ready; nothing of them is left in the end."""
    team = Team(folder, url, more or {}, size)
    try:
        for node in team.nodes:
            node.start()
        yield team
    finally:
        for node in team.nodes:
            node.kill()
