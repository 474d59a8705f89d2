"""What tests of pages in a browser share: a service of their own, and how a page is looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jalon
from browser.chromium import Tab, View

INSPECTION = Path(__file__).with_name("inspect.js").read_text(encoding="utf-8")
VIEWS = [View(width, theme) for width in (1280, 390) for theme in ("light", "dark")]


@contextmanager
def served(data: Path, reasoner: str = "none") -> Iterator[str]:
    """The address of a service over a data folder, gone at the end."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JALON_")},
        "PYTHONPATH": str(Path(jalon.__file__).parents[1]),
        "JALON_DATA_DIR": str(data),
        "JALON_REASONER": reasoner,
        "JALON_PORT": "0",
    }
    command = [sys.executable, "-m", "jalon", "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = iter(process.stderr.readline, "")
            yield next(match[1] for line in said if (match := re.search(r"(http://[^/\s]+)", line)))
        finally:
            process.kill()


def inspect(tab: Tab, picture: Path, view: View) -> None:
    """Photographs the page that is open; it is in its theme, and nothing of it is unreadable."""
    tab.photograph(picture)
    assert tab.evaluate(INSPECTION) == []
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 128) == (view.theme == "dark")
