"""What is written for operators names what there is."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from jalon.content.locate import find_pack
from jalon.settings import Settings, effective

ROOT = find_pack(None)
COMPUTED = "(computed)"
UNSET = "(unset)"
PAGE = ROOT / "docs" / "settings.md"
HEADING = "| --- | --- | --- |\n"
WRITTEN = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/*", "Containerfile")
    for path in ROOT.glob(pattern)
    if path.is_file()
)


def test_the_page_of_settings_has_each_with_its_default_and_meaning(
    request: pytest.FixtureRequest,
) -> None:
    """``--accept`` writes the table anew; what stands around it is written by hand."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(HEADING)
    after = rest[rest.index("\n\n") :]
    expected = f"{before}{HEADING}{_table()}{after}"
    if request.config.getoption("--accept"):
        PAGE.write_text(expected, "utf-8")
    assert PAGE.read_text("utf-8") == expected, "write the table anew: pytest --accept"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {each.name for each in effective(Settings.model_validate({}))}
    named = set(re.findall(r"JALON_[A-Z_]+[A-Z]", path.read_text("utf-8")))
    assert named <= known


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_linked_to_exists(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_docker_and_podman_are_sent_the_same_files() -> None:
    assert (ROOT / ".dockerignore").read_bytes() == (ROOT / ".containerignore").read_bytes()


def test_what_the_image_is_made_of_is_there_and_sent() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", _containerfile(), re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert len(copied) > 8
    for name in copied:
        assert (ROOT / name).exists(), name
        assert _is_sent(name), name
    for name in (".git/config", ".jalon/ledger/ledger.sqlite", "tests/conftest.py", ".venv/ready"):
        assert not _is_sent(name), name


def test_the_image_runs_as_nobody_in_particular() -> None:
    *_, last = re.findall(r"^USER (.+)$", _containerfile(), re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last)


def test_the_part_of_the_lock_for_the_service_has_all_it_needs_and_nothing_for_development() -> (
    None
):
    part = _part_of_lock()
    names = {_normal(line.split("==")[0]) for line in part.splitlines() if "==" in line}
    assert _needed("jalon") - {"jalon"} <= names
    assert not names & {"pytest", "mypy", "ruff", "hatchling", "import-linter"}
    entries = re.split(r"\n(?=[A-Za-z0-9])", part.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "hatchling==" in _part_of_lock("hatchling")


def _table() -> str:
    fields = Settings.model_fields.values()
    settings = effective(Settings.model_validate({}))
    return "\n".join(
        f"| `{each.name}` | {_default(each.default, computed=bool(field.default_factory))} "
        f"| {each.meaning} |"
        for each, field in zip(settings, fields, strict=True)
    )


def _default(value: str | None, *, computed: bool) -> str:
    if computed:
        return COMPUTED
    return UNSET if value is None else f"`{value}`"


def _containerfile() -> str:
    return (ROOT / "Containerfile").read_text("utf-8")


def _is_sent(name: str) -> bool:
    """Whether a path is sent to who builds: the last rule that fits it, or a folder of it, wins."""
    sent = True
    places = [name, *(parent.as_posix() for parent in Path(name).parents)][:-1] or [name]
    for rule in (ROOT / ".containerignore").read_text("utf-8").splitlines():
        pattern = rule.removeprefix("!").strip()
        if pattern and not rule.startswith("#") and any(fnmatch(each, pattern) for each in places):
            sent = rule.startswith("!")
    return sent


def _part_of_lock(*wanted: str) -> str:
    command = [sys.executable, str(ROOT / "tools" / "part_of_lock.py"), *wanted]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _needed(package: str) -> set[str]:
    """A package and all that it needs here, as it is installed; without extras of ours."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        found.add(name)
        for requirement in importlib.metadata.requires(name) or ():
            if ";" not in requirement:
                waiting.append(re.split(r"[ \[<>=!~(]", requirement)[0])
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
