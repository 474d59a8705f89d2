"""The commands of the guides that use curl, run as they stand there beside the service."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from clients.pages import ROOT, SHELL, Block, blocks_of
from clients.running import run_commands, served_pack
from faults.harness import NOT_LISTED, can_watch

README = ROOT / "README.md"
GUIDES = tuple(
    ROOT / "docs" / f"{name}.md" for name in ("asking", "linked-data", "questions", "releases")
)
DOCUMENTS = Path(__file__).with_name("documents")
"""The files that validating.md speaks of."""

PROBLEM = "https://w3id.org/jalon/problem/"

pytestmark = [
    pytest.mark.skipif(not can_watch(), reason=NOT_LISTED),
    pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl"),
]


def commands_of(guide: Path) -> list[Block]:
    """What is typed with the service running: blocks of commands, and lines set off by spaces."""
    text = guide.read_text(encoding="utf-8")
    lines = re.findall(r"^    ((?:curl|\.venv/bin/jalon) .+\n)", text, re.MULTILINE)
    found = [block.code for block in blocks_of(guide) if block.language == SHELL]
    wanted = sorted([*lines, *found], key=text.index)
    return [Block(guide, number, SHELL, code, "") for number, code in enumerate(wanted, start=1)]


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What the one command of the README that holds some words prints."""
    blocks = commands_of(README)

    @cache
    def printed() -> list[str]:
        folder = tmp_path_factory.mktemp("readme")
        (folder / "queries").symlink_to(ROOT / "queries")
        with served_pack(folder) as (address, around):
            told = run_commands(blocks, folder, address, around)
        return [told.by(block) for block in blocks]

    def of(words: str) -> str:
        [number] = [at for at, block in enumerate(blocks) if words in block.code]
        return printed()[number]

    return of


def test_first_query_of_the_readme_lists_the_measures(readme: Callable[[str], str]) -> None:
    lines = readme("--data-urlencode").splitlines()
    assert lines[0] == "number,title"
    assert len(lines) == 34


def test_same_query_from_the_command_line_lists_them_too(readme: Callable[[str], str]) -> None:
    assert readme("jalon query").count("\n") > 33


def test_saved_questions_of_the_readme_are_answered(readme: Callable[[str], str]) -> None:
    assert "Soutenir des systèmes de gouvernance durables de la culture" in readme("jalon ask")
    assert readme("budgets.csv").startswith("status,subject,title,")


def test_file_of_the_readme_is_checked_in_french(readme: Callable[[str], str]) -> None:
    said = readme("/validate")
    assert "startYear" in said
    assert PROBLEM not in said


def test_what_the_readme_writes_is_the_second_release(readme: Callable[[str], str]) -> None:
    said = readme("graph/external")
    assert re.search(r"^HTTP/1.1 204", said, re.MULTILINE)
    assert re.search(r"^jalon-release: 2\r?$", said, re.MULTILINE)
    added = json.loads(said[said.rindex("\n{") :])
    assert "Entendu à une réunion." in json.dumps(added, ensure_ascii=False)


def test_what_the_readme_submits_is_published_and_taken_back(readme: Callable[[str], str]) -> None:
    told = [json.loads(line) for line in readme("/submissions").splitlines()]
    assert [each["state"] for each in told] == ["ready", "approved", "reverted"]
    assert [step["release"] for step in told[-1]["steps"]] == [2, 3, 4]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_commands_of_a_guide_run_and_none_is_refused(guide: Path, tmp_path: Path) -> None:
    with served_pack(tmp_path) as (address, around):
        written = [block for block in commands_of(README) if "token create" in block.code]
        blocks = [*written, *commands_of(guide)]
        told = run_commands(blocks, tmp_path, address, around)
    for block in blocks:
        assert PROBLEM not in told.by(block), block.code


def test_files_are_checked_as_the_guide_says(tmp_path: Path) -> None:
    folder = shutil.copytree(DOCUMENTS, tmp_path / "documents")
    blocks = commands_of(ROOT / "docs" / "validating.md")
    with served_pack(tmp_path) as (address, around):
        told = run_commands(blocks, folder, address, around)
    for block in blocks:
        assert PROBLEM not in told.by(block), block.code
