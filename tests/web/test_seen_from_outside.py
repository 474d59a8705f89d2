"""A served process as an operator sees it: what it says on stderr, and to whom it listens."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import jalon
from web.watched import TINY

TOKEN = "jalon_0123456789abcdef_" + "ab12" * 16
WAIT_SECONDS = 60
ON_A_SMALL_DEVICE = 'mount -t tmpfs -o size=24m tmpfs "$1" && shift && exec "$@"'


class NotServing(Exception):
    """The process ended before it listened; with what it said."""


@dataclass(frozen=True, slots=True)
class Process:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=WAIT_SECONDS, **options)

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said().splitlines()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_SECONDS)


@contextmanager
def serving(
    folder: Path,
    more: Mapping[str, str] | None = None,
    within: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
) -> Iterator[Process]:
    """A serving process, from the moment that it says that it listens. Raises NotServing."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(folder / "state" / "jalon"),
        "JALON_PACK": str(TINY),
        "JALON_PORT": "0",
        "JALON_REASONER": "none",
        **(more or {}),
    }
    log = folder / "log"
    command = [*within, sys.executable, "-m", "jalon", "serve", *options]
    with log.open("wb") as said, subprocess.Popen(command, env=environment, stderr=said) as process:
        try:
            yield Process(_address(process, log), process, log)
        finally:
            process.kill()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    over = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < over and process.poll() is None:
        found = re.search(r"SPARQL at (\S+)/sparql", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.02)
    raise NotServing(log.read_text("utf-8"))


def test_where_nobody_looks_every_line_is_json_from_the_start_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with serving(tmp_path) as served:
        asked = {"Authorization": f"Bearer {TOKEN}", "X-Request-Id": "first"}
        served.get("/sparql", params={"query": "ASK {}", "token": TOKEN}, headers=asked)
        assert served.get("/metrics").status_code == 200
        assert served.stop() == 0
    events = served.events()
    told = [each["event"] for each in events]
    assert all(each["time"].endswith("Z") and each["level"] for each in events)
    assert told[0] == f"jalon {jalon.__version__}, state in {tmp_path}/state/jalon"
    assert any(text.startswith("every query process has: ") for text in told)
    assert any("pack example:village-libraries 1.0.0, release 1, " in text for text in told)
    assert any(f"pages at {served.url}/" in text for text in told)
    assert told[-1] == "stopped"
    (first,) = (each for each in events if each.get("request") == "first")
    assert (first["route"], first["status"]) == ("/sparql", 200)
    assert "ab12ab12" not in served.said()


def test_the_form_of_the_log_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with serving(tmp_path, {"JALON_LOG": "text"}) as served:
        served.get("/health/ready")
        assert served.stop() == 0
    lines = served.said().splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}Z info    jalon .*", lines[0])
    (told,) = (line for line in lines if "route=/health/ready" in line)
    assert " info    request  method=GET route=/health/ready status=200 ms=" in told


@pytest.mark.parametrize(
    ("trusted", "scheme"), [("127.0.0.1", "https"), ("10.0.0.0/8, 127.0.0.0/8", "https"),
                            ("10.0.0.0/8", "http"), ("", "http")],
)  # fmt: skip
def test_only_proxies_that_are_named_are_believed(
    tmp_path: Path, trusted: str, scheme: str
) -> None:
    (tmp_path / "state").mkdir()
    with serving(tmp_path, {"JALON_TRUSTED_PROXIES": trusted}) as served:
        said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        led = served.get("/id/measure/lend-tools", headers={**said, "Accept": "text/turtle"})
        assert led.headers.get("location", "").startswith(f"{scheme}://"), led.text


def test_a_full_device_is_degraded_and_heals(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    _need_small_devices(state)
    within = ("unshare", "-Urm", "sh", "-c", ON_A_SMALL_DEVICE, "sh", str(state))
    with serving(tmp_path, within=within) as served:
        # As the process sees it: nobody else sees what it has mounted.
        inside = Path(f"/proc/{served.process.pid}/root{state}")
        ready = served.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        ballast = inside / "ballast"
        _fill(ballast)
        ready = served.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        writes = ready.json()["writes"]
        assert (writes["possible"], writes["reason"]) == (False, "storage-full")
        assert "room" in writes["detail"]
        assert "jalon_writes_possible 0.0" in served.get("/metrics").text
        assert served.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).status_code == 200
        ballast.unlink()
        assert served.get("/health/ready").json()["writes"] == {"possible": True}


NO_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'


def test_where_namespaces_are_forbidden_others_are_served_only_by_decision(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    within = ("unshare", "-Ur", "sh", "-c", NO_NAMESPACES, "sh")
    _need(*within, reason="this machine lets nobody forbid namespaces")
    outside = {"JALON_HOST": "0.0.0.0"}  # noqa: S104 (what is tried)
    with pytest.raises(NotServing) as refused, serving(tmp_path, outside, within):
        pass
    assert "missing on this machine: no network" in str(refused.value)
    *_, last, told = str(refused.value).splitlines()
    assert "--allow-unsandboxed" in told
    assert json.loads(last)["level"] == "error"
    assert "--allow-unsandboxed" in json.loads(last)["event"]
    with serving(tmp_path, outside, within, ("--allow-unsandboxed",)) as served:
        ready = httpx.get(f"http://127.0.0.1:{httpx.URL(served.url).port}/health/ready")
        assert (ready.status_code, ready.json()["protections"]["network"]) == (200, False)
        assert "query processes can reach the network" in served.said()


def _need_small_devices(folder: Path) -> None:
    within = ("unshare", "-Urm", "sh", "-c", ON_A_SMALL_DEVICE, "sh", str(folder))
    _need(*within, reason="this machine allows no mounts in namespaces")


def _need(*within: str, reason: str) -> None:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("this needs namespaces and unshare(1)")
    if subprocess.run([*within, "true"], capture_output=True, check=False).returncode:
        pytest.skip(reason)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 65536)
