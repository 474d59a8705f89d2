"""What the long runs may be asked of the command line: ``make soak NUMBER=… SEED=…``."""

from __future__ import annotations

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--number", type=int, help="how many cases a run tries; each has its own")
    parser.addoption("--seed", type=int, help="repeats the run that printed it")


@pytest.fixture
def number(request: pytest.FixtureRequest) -> int | None:
    """How many cases were asked for; None where each run is to take its own number."""
    asked: int | None = request.config.getoption("--number")
    return asked


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed asked for, or a new one; whoever uses it prints it."""
    asked: int | None = request.config.getoption("--seed")
    return random.SystemRandom().randrange(2**32) if asked is None else asked
