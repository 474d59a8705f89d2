"""The whole service as an operator runs it: a process, a port, a signal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

import jalon
from jalon.build import ask, check_isolation
from jalon.errors import NotAcceptable, Unsandboxed
from jalon.settings import Settings, read_settings
from jalon.store.port import Protections
from jalon.web.server import Address

PACK = Path(__file__).parents[1] / "packs" / "tiny"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def _settings(folder: Path) -> Settings:
    return read_settings(data_dir=folder, pack=PACK, query_seconds=20)


@contextmanager
def _server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A serving process and the URL of its /sparql, as it says it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(folder),
        "JALON_PACK": str(PACK),
        "JALON_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "jalon", "serve"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            found = next(match for line in said if (match := re.search(r"SPARQL at (\S+)", line)))
            yield process, found[1]
        finally:
            process.kill()


def _under_way(url: str) -> float:
    """How many queries run or wait, by what the service says of itself."""
    said = httpx.get(url.replace("/sparql", "/metrics"), timeout=60).text
    found = re.findall(r"^jalon_queries_(?:running|waiting) (\S+)$", said, re.MULTILINE)
    return sum(float(each) for each in found)


def _get(url: str, parameters: str) -> int:
    """The status of a GET whose URL is longer than httpx will send."""
    parts = httpx.URL(url)
    connection = HTTPConnection(parts.host, parts.port, timeout=60)
    try:
        connection.request("GET", parts.path + parameters)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_served_pack_answers_until_it_is_told_to_stop(
    tmp_path: Path, stop: signal.Signals
) -> None:
    with _server(tmp_path) as (process, url):
        ready = httpx.get(url.replace("/sparql", "/health/ready"), timeout=60)
        assert ready.json()["pack"]["id"] == "example:village-libraries"
        answer = httpx.get(url, params={"query": COUNT}, timeout=60)
        count = answer.json()["results"]["bindings"][0]["n"]["value"]
        assert int(count) == ready.json()["triples"] > 0
        crash = "SELECT * " + "{" * 5000
        assert httpx.get(url, params={"query": crash}, timeout=60).status_code == 400
        long = "SELECT * { ?s ?p '" + "a" * 2_000_000 + "' }"
        assert httpx.post(url, data={"query": long}, timeout=60).status_code == 400
        assert _get(url, "?query=" + "a" * 2_000_000) == 400
        assert httpx.head(url, params={"query": "ASK {}"}, timeout=60).content == b""
        process.send_signal(stop)
        assert process.wait(60) == 0


def test_queries_that_run_when_the_service_stops_are_told_so(tmp_path: Path) -> None:
    patterns = " . ".join(f"?s{each} ?p{each} ?o{each}" for each in range(9))
    texts = [f"SELECT (COUNT(*) AS ?n) {{ {patterns} }} # {each}" for each in range(4)]
    with _server(tmp_path) as (process, url), ThreadPoolExecutor() as clients:
        asked = [clients.submit(httpx.get, url, params={"query": t}, timeout=60) for t in texts]
        while _under_way(url) < len(texts):
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        answers = [each.result() for each in asked]
        assert [answer.status_code for answer in answers] == [503] * len(texts)
        assert {answer.json()["code"] for answer in answers} == {"not-ready"}
        assert process.wait(60) == 0


def test_a_question_from_the_command_line_goes_the_same_way(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert ask(settings, "ASK { ?s ?p ?o }", "text/csv").strip() == b"true"
    with pytest.raises(NotAcceptable):
        ask(settings, "ASK {}", "text/turtle")
    with pytest.raises(NotAcceptable):
        ask(settings, "ASK {}", "image/png")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.ca", False)],  # noqa: S104
)
def test_which_hosts_are_loopback(host: str, loopback: bool) -> None:
    assert Address(host, 8000).is_loopback() is loopback


def test_others_are_not_served_from_processes_with_a_network_unless_allowed() -> None:
    held = Protections(network=False, memory=True, cpu=True, files=True)
    with pytest.raises(Unsandboxed):
        check_isolation(Address("192.0.2.1", 80), held, allow_unsandboxed=False)
    check_isolation(Address("192.0.2.1", 80), held, allow_unsandboxed=True)
    check_isolation(Address("127.0.0.1", 80), held, allow_unsandboxed=False)
    check_isolation(Address("192.0.2.1", 80), replace(held, network=True), allow_unsandboxed=False)
