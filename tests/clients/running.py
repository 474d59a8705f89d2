"""The service as it is served with its own pack, and programs that are its clients."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients.pages import ROOT, SERVICE, SHELL, Block
from faults.harness import PATIENCE, Plan, served

OF_PYTHON = ROOT / ".venv-clients"
OF_NODE = ROOT / ".node-clients"
"""Where ``make test-all`` installs the clients; each has a file ``ready`` once it is complete."""

_MARK = "-- end of block"


@dataclass(frozen=True, slots=True)
class Language:
    """How the joined blocks of a language are kept and run, and what prints the mark between."""

    suffix: str
    command: tuple[str, ...]
    marks: str


LANGUAGES: Mapping[str, Language] = {
    "python": Language(
        ".py", (str(OF_PYTHON / "bin" / "python"), "-W", "error"), f'print("{_MARK}")'
    ),
    "js": Language(".mjs", ("node",), f'console.log("{_MARK}")'),
    SHELL: Language(".sh", ("sh", "-eu"), f'echo "{_MARK}"'),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What each block printed, as far as its program came, and what the program complained of."""

    printed: Mapping[Block, str]
    errors: str

    def by(self, block: Block) -> str:
        """What a block printed. Fails where the program ended before the end of it."""
        assert block in self.printed, self.errors
        return self.printed[block]


@contextmanager
def served_pack(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A service on a new data folder: its address, and the environment of who sits beside it.

    There, ``jalon`` is this checkout's command for that service.
    """
    plan = Plan(folder / "data", {"JALON_PACK": str(ROOT), "JALON_REASONER": "rules"})
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    command = commands / "jalon"
    source = shlex.quote(plan.environment["PYTHONPATH"])
    run = f'PYTHONPATH={source} exec {shlex.quote(sys.executable)} -m jalon "$@"'
    command.write_text(f"#!/bin/sh\n{run}\n", encoding="utf-8")
    command.chmod(0o755)
    around = {name: value for name, value in plan.environment.items() if name != "PYTHONPATH"}
    around["PATH"] = os.pathsep.join([str(commands), around["PATH"]])
    around |= {"PYTHONUTF8": "1", "COLUMNS": "300"}
    with served(plan) as service:
        yield service.url, around


def run_page(blocks: Sequence[Block], folder: Path) -> Told:
    """Runs the blocks of a page against a service of its own: the commands first, then the rest.

    Raises ValueError where a page mixes languages.
    """
    commands = [block for block in blocks if block.language == SHELL]
    rest = [block for block in blocks if block.language != SHELL]
    if len({block.language for block in rest}) > 1:
        raise ValueError("a page has commands, and one language")
    (folder / "node_modules").symlink_to(OF_NODE / "node_modules")
    with served_pack(folder) as (address, around):
        program = _program(commands, address)
        if rest:
            language = LANGUAGES[rest[0].language]
            file = folder / f"page{language.suffix}"
            file.write_text(_program(rest, address), encoding="utf-8")
            program += f"exec {shlex.join([*language.command, str(file)])}\n"
        done = _run(program, folder, around)
    return _told([*commands, *rest], done, address)


def run_commands(
    blocks: Sequence[Block], folder: Path, address: str, around: Mapping[str, str]
) -> Told:
    """Runs commands in a folder, one after the other, until one fails."""
    return _told(blocks, _run(_program(blocks, address), folder, around), address)


def _told(blocks: Sequence[Block], done: subprocess.CompletedProcess[str], address: str) -> Told:
    *printed, _ = done.stdout.replace(address, SERVICE).split(f"{_MARK}\n")
    return Told(dict(zip(blocks, printed, strict=False)), done.stderr)


def _program(blocks: Sequence[Block], address: str) -> str:
    return "".join(f"{block.code}{LANGUAGES[block.language].marks}\n" for block in blocks).replace(
        SERVICE, address
    )


def _run(program: str, folder: Path, around: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LANGUAGES[SHELL].command, "-c", program],
        cwd=folder,
        env=around,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=5 * PATIENCE,
    )
