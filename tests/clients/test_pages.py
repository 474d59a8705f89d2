"""Every page of docs/clients, run as a reader runs it: real clients, at the service as served.

``make test-all`` installs the clients and runs this.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from clients.pages import PAGES, SHELL, Block, blocks_of
from clients.running import OF_NODE, OF_PYTHON, Told, run_page
from faults.harness import NOT_LISTED, can_watch

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)


def missing(language: str) -> str | None:
    """Why the blocks of a language cannot be run on this machine."""
    if language == "python" and not (OF_PYTHON / "ready").exists():
        return "the clients of Python are not installed; make .venv-clients/ready says why"
    if language == "js":
        for program in ("node", "npm"):
            if shutil.which(program) is None:
                return f"this machine has no {program}, which Comunica needs"
        if not (OF_NODE / "ready").exists():
            return "Comunica is not installed; make .node-clients/ready says why"
    return None


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Told]:
    """What the blocks of a page print; it is run once, as a whole."""

    @cache
    def run(page: Path) -> Told:
        blocks = blocks_of(page)
        for language in {block.language for block in blocks}:
            if reason := missing(language):
                pytest.skip(reason)
        return run_page(blocks, tmp_path_factory.mktemp(page.stem))

    return run


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_what_stands_on_a_page_prints_what_the_page_says(
    told: Callable[[Path], Told], block: Block
) -> None:
    assert told(block.page).by(block) == block.printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_is_of_a_language_that_is_run(page: Path) -> None:
    languages = {block.language for block in blocks_of(page)} - {SHELL}
    assert languages in ({"python"}, {"js"})


def test_there_is_a_page_for_each_client() -> None:
    assert [page.stem for page in PAGES] == ["comunica", "pandas", "rdflib", "sparqlwrapper"]
