"""Writing as an operator lives with it: a served pack, a token from the command, a kill."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse

import jalon
from jalon.content.locate import find_pack

TINY = Path(__file__).parents[1] / "packs" / "tiny"
GUIDE = find_pack(None) / "docs" / "writing.md"
OTHER = {"graph": "http://example.org/elsewhere"}
TURTLE = {"Content-Type": "text/turtle"}
TRIPLES = {"Accept": "application/n-triples"}
SECONDS = 60


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


def thing(number: int) -> bytes:
    return f'<http://example.org/{number}> <http://example.org/p> "{number}" .'.encode()


def things(address: str) -> set[int]:
    response = httpx.get(f"{address}/rdf-graph-store", params=OTHER, headers=TRIPLES, timeout=60)
    assert response.status_code == 200, response.text
    quads = parse(response.content, RdfFormat.N_TRIPLES)
    return {int(quad.object.value) for quad in quads}


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    """Eight write at once when the service is killed; what it said it has, it has."""
    kept: set[int] = set()
    with served(tmp_path, TINY) as (process, address):
        headers = {**TURTLE, "Authorization": f"Bearer {token_of(tmp_path, TINY)}"}
        store = f"{address}/rdf-graph-store"

        def write(number: int) -> None:
            try:
                response = httpx.post(
                    store, params=OTHER, content=thing(number), headers=headers, timeout=SECONDS
                )
            except httpx.TransportError:
                return
            if response.is_success:
                kept.add(number)
            if len(kept) == 8:
                process.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(40)))
        assert process.wait(SECONDS) == -signal.SIGKILL
    assert 8 <= len(kept) < 40
    with served(tmp_path, TINY) as (_, address):
        assert kept <= things(address)
        again = httpx.put(
            f"{address}/rdf-graph-store",
            params=OTHER,
            content=thing(1000),
            headers=headers,
            timeout=SECONDS,
        )
        assert again.status_code == 204
        assert things(address) == {1000}


def test_a_violation_is_told_by_a_served_pack(tmp_path: Path) -> None:
    with served(tmp_path, TINY) as (_, address):
        headers = {**TURTLE, "Authorization": f"Bearer {token_of(tmp_path, TINY)}"}
        refused = httpx.post(
            f"{address}/rdf-graph-store",
            params={"graph": "graph/submitted/mcc"},
            content=thing(1),
            headers=headers,
            timeout=SECONDS,
        )
        assert refused.status_code == 422
        (result,) = refused.json()["report"]["results"]
        assert result["rule"] == "Submitted-submittedIn-ownName"


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
def test_the_commands_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "jalon"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jalon "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    pack, data = find_pack(None), tmp_path / "data"
    with served(data, pack) as (_, address):
        script = "\n".join(blocks).replace("http://127.0.0.1:8000", address)
        known = environment(data, pack)
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", script],
            env={**known, "PATH": f"{commands}{os.pathsep}{known['PATH']}"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    statuses = re.findall(r"^HTTP/1.1 (\d+)", done.stdout, re.MULTILINE)
    assert statuses == ["201", "204", "204", "204", "204"]
    releases = re.findall(r"^jalon-release: (\d+)", done.stdout, re.MULTILINE)
    # What is put back as it was read changes nothing.
    assert releases == ["2", "3", "4", "5", "5"]
    assert '"2027"^^<http://www.w3.org/2001/XMLSchema#gYear>' in done.stdout
