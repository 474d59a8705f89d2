"""Nodes that share a ledger, with an engine: each is killed fifty times, and PostgreSQL too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import postgresql
from bench.peers import NotInstalled
from faults.harness import NOT_LISTED, can_watch
from nodes.story import told_with

NUMBER = 50


@pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)
def test_nothing_is_lost_or_done_twice_whatever_is_killed(
    tmp_path: Path, number: int | None, seed: int
) -> None:
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("this machine has no PostgreSQL server")
    with postgresql.server(programs) as server:
        try:
            told = told_with(tmp_path, server, "virtuoso", (number or NUMBER, seed))
        except NotInstalled as error:
            pytest.skip(str(error))
    sys.stdout.write(f"\nseed {seed}\n{told.report()}\n")
    assert told.seen.wrong == [], f"seed {seed}"
