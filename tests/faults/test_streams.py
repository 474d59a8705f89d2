"""Answers that are sent while they come: who reads slowly, who leaves, and what breaks off."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from faults.asking import CARTESIAN, PLENTY, several
from jalon.store.lanes import Staffing
from jalon.store.port import MEGABYTE
from jalon.store.releases import OnlyRelease
from jalon.store.snapshot import Snapshot
from web.service import Tuning
from web.serving import Served, serving

SILENT = 30
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 15000"
CUT = replace(PLENTY, answer_bytes=3 * MEGABYTE)


@pytest.fixture
def served(snapshot: Snapshot, tmp_path: Path) -> Iterator[Served]:
    """All clients have one address here: it may have as many queries as it likes."""
    tuning = Tuning(PLENTY, cache_bytes=0, staffing=Staffing(per_client=1000))
    with serving(OnlyRelease(snapshot), tmp_path, tuning) as server:
        yield server


@pytest.fixture
def cutting(snapshot: Snapshot, tmp_path: Path) -> Iterator[Served]:
    """Every answer over 3 MB comes to nothing, when its start has long been sent."""
    with serving(OnlyRelease(snapshot), tmp_path, Tuning(CUT)) as server:
        yield server


def connected(server: Served, query: str, version: str = "1.1") -> socket.socket:
    """A connection on which a query has been asked."""
    connection = socket.create_connection((server.host, server.port), timeout=60)
    target = f"/sparql?{urlencode({'query': query})}"
    connection.sendall(f"GET {target} HTTP/{version}\r\nHost: test\r\n\r\n".encode())
    return connection


def received(connection: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    with connection:
        found = bytearray()
        while piece := connection.recv(65536):
            found += piece
    return bytes(found)


def assert_well(server: Served) -> None:
    assert httpx.get(server.sparql, params={"query": "ASK {?s ?p ?o}"}, timeout=60).is_success


def test_a_large_answer_comes_whole_and_before_it_is_complete(served: Served) -> None:
    with httpx.stream("GET", served.sparql, params={"query": LARGE}, timeout=60) as response:
        assert response.status_code == 200
        assert "content-length" not in response.headers
        assert (
            len(httpx.Response(200, content=response.read()).json()["results"]["bindings"]) == 15000
        )


def test_thirty_clients_that_never_read_hold_up_nobody(served: Served) -> None:
    with ExitStack() as silent:
        for query in several(LARGE, SILENT):
            connection = silent.enter_context(connected(served, query))
            # As little as possible is taken over by the system itself.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for number in range(50):
            query = f"SELECT ({number} AS ?n) {{}}"
            response = httpx.get(served.sparql, params={"query": query}, timeout=60)
            assert response.status_code == 200
        while served.store.pool_state.running or served.store.pool_state.waiting:
            time.sleep(0.01)
    assert_well(served)


def test_an_answer_that_breaks_off_is_an_error_to_httpx(cutting: Served) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(cutting.sparql, params={"query": CARTESIAN}, timeout=60)
    assert_well(cutting)


def test_an_answer_that_breaks_off_is_an_error_to_curl(cutting: Served, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    body = tmp_path / "body"
    asked = [curl, "-s", "-S", "-G", cutting.sparql, "--data-urlencode", f"query={CARTESIAN}"]
    done = subprocess.run([*asked, "-o", body], capture_output=True, text=True, check=False)
    assert done.returncode == 18, done.stderr
    assert body.stat().st_size > MEGABYTE


def test_an_answer_that_breaks_off_has_no_last_chunk(cutting: Served) -> None:
    said = received(connected(cutting, CARTESIAN))
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding: chunked" in said
    assert not said.endswith(b"0\r\n\r\n")


def test_http_1_0_gets_a_length_or_an_error_and_never_half_an_answer(
    cutting: Served, served: Served
) -> None:
    """It knows no chunks: what ends with the connection would look whole."""
    broken = received(connected(cutting, CARTESIAN, "1.0"))
    assert broken.startswith(b"HTTP/1.1 503 ")
    head, _, body = received(connected(served, LARGE, "1.0")).partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()


def test_a_client_that_leaves_in_the_middle_stops_its_query(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    tuning = Tuning(PLENTY, staffing=Staffing(long=1, quick=0))
    with serving(OnlyRelease(snapshot), tmp_path, tuning) as server:
        with connected(server, CARTESIAN) as connection:
            assert connection.recv(4096)
        while not server.store.pool_state.ended:
            time.sleep(0.01)
        assert server.store.pool_state.ended == {"left": 1}
        assert_well(server)


def test_no_file_is_left_by_who_leaves(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    with serving(OnlyRelease(snapshot), folder, Tuning(CUT)) as server:
        before = sorted(folder.iterdir())
        connected(server, LARGE).close()
        received(connected(server, CARTESIAN))
        while server.store.pool_state.running:
            time.sleep(0.01)
        assert sorted(folder.iterdir()) == before
