"""What the summary of a run says of the shapes."""

from __future__ import annotations

import pytest
from _pytest.terminal import TerminalReporter

from content.shape_engines import AGREEMENT


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    line = config.stash.get(AGREEMENT, "")
    if line:
        terminalreporter.write_sep("=", "shapes")
        terminalreporter.write_line(line)
