"""A small disk of one's own, in a namespace, and what comes of it when it gets full."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Literal, get_args

import jalon
from faults.filling import Fillings

SIZE, FILES = "32m", 1000
ON_A_SMALL_DISK = (
    f'mount -t tmpfs -o size={SIZE},nr_inodes={FILES} tmpfs "$1" && shift && exec "$@"'
)
What = Literal["bytes", "files"]
WHATS: tuple[What, ...] = get_args(What)
"""Of what a disk gets full."""


def fillings(folder: Path, rounds: int, seed: int, what: What) -> Fillings:
    """Fills the disk of a service so often, with bytes or with files."""
    disk = folder / what / "state"
    disk.mkdir(parents=True)
    command = ["unshare", "-Urm", "sh", "-c", ON_A_SMALL_DISK, "sh", str(disk)]
    command += [sys.executable, "-m", "faults.filling", str(disk), str(seed), str(rounds), what]
    homes = (Path(jalon.__file__).parents[1], Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, homes))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout)
    counts = {name: Counter(each) for name, each in told.items() if isinstance(each, dict)}
    return Fillings(**{**told, **counts})


def can_mount() -> bool:
    """Whether this machine lets us have a small disk of our own."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
