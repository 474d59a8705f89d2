"""The service as an operator has it: a served pack, tokens from the command, the guides' lines."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import jalon
from jalon.content.locate import find_pack

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")


def environment(folder: Path, pack: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(folder),
        "JALON_PACK": str(pack),
        "JALON_PORT": "0",
        "JALON_REASONER": "none",
    }


@contextmanager
def served(folder: Path, pack: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A serving process, and its address."""
    command = [sys.executable, "-m", "jalon", "serve"]
    with subprocess.Popen(
        command, env=environment(folder, pack), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            found = next(match for line in said if (match := re.search(r"at (\S+)/sparql", line)))
            yield process, found[1]
        finally:
            process.kill()


def token_of(folder: Path, pack: Path) -> str:
    command = [sys.executable, "-m", "jalon", "token", "create", "--scope", "admin"]
    made = subprocess.run(
        command, env=environment(folder, pack), capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def command(folder: Path, *arguments: str, **said: str) -> subprocess.CompletedProcess[str]:
    """``jalon`` with these arguments, on the data folder of a served pack."""
    return subprocess.run(
        [sys.executable, "-m", "jalon", *arguments],
        env={**environment(folder, find_pack(None)), **said},
        capture_output=True,
        text=True,
        check=False,
    )


def printed_by(guide: Path, folder: Path) -> str:
    """What the commands of a guide print, in order, against a served pack; all of them succeed."""
    blocks = re.findall(r"```sh\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    commands = folder / "bin"
    commands.mkdir()
    jalon_command = commands / "jalon"
    jalon_command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m jalon "$@"\n', encoding="utf-8"
    )
    jalon_command.chmod(0o755)
    pack, data = find_pack(None), folder / "data"
    with served(data, pack) as (_, address):
        script = "\n".join(blocks).replace("http://127.0.0.1:8000", address)
        known = environment(data, pack)
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", script],
            env={**known, "PATH": f"{commands}{os.pathsep}{known['PATH']}"},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout
