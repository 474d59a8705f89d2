"""Chromium without a screen, driven over its own protocol (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
SECONDS = 60


def chromium() -> str | None:
    """The browser of this machine, if it has one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at: its width in CSS pixels, and the theme the reader prefers."""

    width: int
    theme: str


@dataclass(slots=True)
class Tab:
    """One page of the browser, which hears what goes wrong on it."""

    connection: ClientConnection
    session: str
    complaints: list[str] = field(default_factory=list)
    _number: int = 0
    _events: list[str] = field(default_factory=list)

    def open(self, url: str, view: View) -> None:
        """Loads a page until it stands."""
        self.complaints.clear()
        metrics = {"width": view.width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        theme = {"name": "prefers-color-scheme", "value": view.theme}
        self.call("Emulation.setEmulatedMedia", features=[theme])
        self._events.clear()
        self.call("Page.navigate", url=url)
        self._await_load()

    def send(self, file: Path) -> None:
        """Chooses a file in the first file field of the page, sends its form, awaits the answer."""
        self.choose("input[type=file]", file)
        self.follow("document.querySelector('input[type=file]').form.requestSubmit()")

    def choose(self, selector: str, file: Path) -> None:
        """Chooses a file in a field of the page."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        found = self.call("DOM.querySelector", nodeId=root, selector=selector)
        self.call("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(file)])

    def follow(self, expression: str) -> None:
        """Evaluates what leads to another page, until that stands."""
        self._events.clear()
        self.evaluate(expression)
        self._await_load()

    def evaluate(self, expression: str) -> Any:
        """The value of an expression on the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def photograph(self, file: Path) -> None:
        """The whole page, however long, as a PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to a command."""
        self._number += 1
        number = self._number
        sent = {"id": number, "method": method, "params": parameters, "sessionId": self.session}
        self.connection.send(json.dumps(sent))
        while (answer := self._hear()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _await_load(self) -> None:
        while "Page.loadEventFired" not in self._events:
            self._hear()

    def _hear(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.connection.recv(timeout=SECONDS))
        method = said.get("method", "")
        self._events.append(method)
        if method == "Log.entryAdded":
            entry = said["params"]["entry"]
            self.complaints.append(f"{entry['level']}: {entry['text']}")
        return said


@contextmanager
def open_tab(program: str, profile: Path) -> Iterator[Tab]:
    """A browser with one page, gone at the end."""
    command = [program, *ARGUMENTS, f"--user-data-dir={profile}", "about:blank"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            with connect(_address(profile, process), max_size=None) as connection:
                yield _tab(connection)
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def _tab(connection: ClientConnection) -> Tab:
    browser = Tab(connection, "")

    def ask(method: str, **parameters: Any) -> dict[str, Any]:
        connection.send(json.dumps({"id": 0, "method": method, "params": parameters}))
        while (answer := browser._hear()).get("id") != 0:
            pass
        result: dict[str, Any] = answer["result"]
        return result

    target = ask("Target.createTarget", url="about:blank")["targetId"]
    session = ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    tab = Tab(connection, session)
    for domain in ("Page", "Runtime", "Log"):
        tab.call(f"{domain}.enable")
    return tab


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens, which it writes down once it does."""
    written = profile / "DevToolsActivePort"
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        lines = written.read_text().split() if written.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    message = f"the browser does not listen (exit status {process.poll()})"
    raise AssertionError(message)
