"""``jalon migrate --to`` and ``jalon verify-store``: an engine is filled, and looked into."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bench.peers import NotInstalled
from contract.engines import ENGINES, running
from faults.harness import PATIENCE
from jalon.ledger.commits import ChangeSet, Draft
from jalon.ledger.ledger import PLACE
from jalon.store.remote import protocol
from unit.ledger.drafts import ledger_at

BASE = "https://example.org/plan/"
PACK = Path(__file__).parents[1] / "packs" / "tiny"
GRAPH = f"{BASE}graph/submitted/filled"
XSD = "http://www.w3.org/2001/XMLSchema#"
MANY = 150_000
"""Quads that take an engine a while, in several parts."""


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Filling:
    """A data folder, and an engine that runs beside it."""

    folder: Path
    engine: str

    @property
    def environment(self) -> dict[str, str]:
        """Of the command."""
        return {
            "PATH": os.environ["PATH"],
            "JALON_DATA_DIR": str(self.folder),
            "JALON_PACK": str(PACK),
            "JALON_REASONER": "none",
            "LANG": "en_CA.UTF-8",
            "COLUMNS": "200",
        }

    def begun(self, *arguments: str, store: str | None = None) -> subprocess.Popen[str]:
        """The command, begun; ``store`` is JALON_STORE."""
        more = {"JALON_STORE": store} if store else {}
        return subprocess.Popen(
            [sys.executable, "-m", "jalon", *arguments],
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ran(self, *arguments: str, store: str | None = None) -> tuple[int | None, str]:
        """The exit code of the command, and all that it said."""
        with self.begun(*arguments, store=store) as process:
            said, complained = process.communicate(timeout=PATIENCE)
        return process.returncode, said + complained

    def filled(self) -> tuple[int | None, str]:
        """As ``ran``, of what fills the engine."""
        return self.ran("migrate", "--to", self.engine)

    def looked_into(self) -> tuple[int | None, str]:
        """As ``ran``, of what compares it."""
        return self.ran("verify-store", store=self.engine)

    def update(self, text: str) -> None:
        """Does something behind our back."""

        async def done(engine: protocol.Engine) -> None:
            await engine.update(text)

        self._asked(done)

    def count(self, pattern: str) -> int:
        """How many solutions a pattern has in the engine."""

        async def counted(engine: protocol.Engine) -> int:
            [row] = await engine.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
            return int(row["n"])

        return self._asked(counted)

    def _asked(self, ask: Callable[[protocol.Engine], Awaitable[Answer]]) -> Answer:
        async def asked() -> Answer:
            engine = protocol.Engine(protocol.Address.read(self.engine))
            try:
                return await ask(engine)
            finally:
                await engine.close()

        return asyncio.run(asked())


def keep(folder: Path, lines: list[bytes]) -> None:
    """Has the ledger of a folder begin with these quads."""
    with ledger_at(folder / PLACE) as ledger:
        ledger.append(Draft(ChangeSet.of(lines), "0f" * 12, "", "test", "", "", ""))


@pytest.fixture(params=ENGINES)
def filling(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Filling]:
    """Some quads with blank nodes, numbers and dates in them, and an engine of each kind."""
    values = {"decimal": "7000000", "boolean": "1", "double": "0.1", "integer": "007"}
    lines = [f'<a:s> <a:{name}> "{value}"^^<{XSD}{name}>' for name, value in values.items()]
    lines += ['_:b <a:p> "é\\n"@fr', "<a:s> <a:p> _:b", f'<a:s> <a:p> "2020-01-01"^^<{XSD}date>']
    keep(tmp_path / "state", [f"{each} <{GRAPH}> .".encode() for each in lines])
    try:
        with running(request.param, tmp_path) as engine:
            yield Filling(tmp_path / "state", engine.url)
    except NotInstalled as error:
        pytest.skip(str(error))


def reached(filling: Filling) -> None:
    """Returns once the engine answers: some take connections before they do."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            filling.count("?s ?p ?o")
        except protocol.EngineLost:
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            return


def test_what_is_filled_holds_the_release_until_somebody_changes_it(filling: Filling) -> None:
    reached(filling)
    status, said = filling.filled()
    assert (status, "compared" in said) == (0, True), said
    assert filling.looked_into()[0] == 0
    filling.update(f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ <a:s> <a:boolean> ?o }} }}")
    filling.update("INSERT DATA { GRAPH <urn:x:behind> { <a:s> <a:p> 1 } }")
    status, said = filling.looked_into()
    assert status == 1, said
    assert f"{GRAPH}: 7 triples in release 2, 6 in " in said
    assert "urn:x:behind: 0 triples in release 2, 1 in " in said
    filling.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <a:s> <a:boolean> 1 }} }}")
    status, said = filling.filled()
    assert (status, f"{GRAPH}: 7 triples in release 2 and in " in said) == (1, True), said
    assert filling.looked_into()[0] == 2
    assert filling.filled()[0] == 0
    assert filling.looked_into()[0] == 0
    assert filling.count("GRAPH <urn:x:behind> { ?s ?p ?o }") == 0


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Filling]:
    """Many quads, and oxigraph serve."""
    lines = [f'<a:{number}> <a:p> "{number}" <{GRAPH}> .'.encode() for number in range(MANY)]
    keep(tmp_path / "state", lines)
    try:
        with running("oxigraph", tmp_path) as engine:
            yield Filling(tmp_path / "state", engine.url)
    except NotInstalled as error:
        pytest.skip(str(error))


def test_what_is_killed_in_between_is_whole_when_it_is_run_again(large: Filling) -> None:
    reached(large)
    with large.begun("migrate", "--to", large.engine) as process:
        until = time.monotonic() + PATIENCE
        while not large.count("{ GRAPH ?g { ?s ?p ?o } } UNION { ?s ?p ?o }"):
            assert process.poll() is None
            assert time.monotonic() < until
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    status, said = large.looked_into()
    assert (status, "does not hold release 2" in said) == (2, True), said
    status, said = large.filled()
    assert status == 0, said
    assert large.count(f"GRAPH <{GRAPH}> {{ ?s ?p ?o }}") == MANY
    assert large.looked_into()[0] == 0


def test_the_index_comes_back_from_the_ledger(tmp_path: Path) -> None:
    keep(tmp_path / "state", [f'<a:s> <a:p> "1" <{GRAPH}> .'.encode()])
    filling = Filling(tmp_path / "state", "")
    status, said = filling.ran("migrate", "--to", "oxigraph", store="http://127.0.0.1:9")
    assert (status, "made from the ledger" in said) == (0, True), said


def test_what_cannot_be_filled_says_so(tmp_path: Path) -> None:
    filling = Filling(tmp_path / "state", "http://127.0.0.1:9")
    for arguments, status, reason in (
        (("migrate",), 2, "--to"),
        (("migrate", "--to", "ftp://host"), 2, "name one ledger"),
        (("migrate", "--to", "oxigraph", "--to", "http://host"), 2, "name one ledger"),
        (("migrate", "--to", "http:host"), 2, "JALON_STORE has the value"),
        (("migrate", "--to", filling.engine), 2, "Run the command again when it answers"),
        (("verify-store",), 2, "this is no engine of others"),
    ):
        found = filling.ran(*arguments)
        assert (found[0], reason in found[1]) == (status, True), found
