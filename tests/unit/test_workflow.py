"""The workflow of docs/validating-in-a-repository.md: what it runs is run here, as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement

import jalon
from jalon.content.locate import find_pack

ROOT = find_pack(None)
PAGE = ROOT / "docs" / "validating-in-a-repository.md"
PERIOD = """PREFIX ap: <https://w3id.org/jalon/def#>
PREFIX period: <https://w3id.org/jalon/id/period/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

period:loans
    a ap:Period ;
    ap:startYear "2027"^^xsd:gYear ;
.
"""


@pytest.fixture(scope="module")
def workflow() -> Any:
    [block] = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return yaml.safe_load(block)


def steps(workflow: Any) -> list[Any]:
    [job] = workflow["jobs"].values()
    return list(job["steps"])


def line_with(workflow: Any, words: str) -> str:
    [line] = [step["run"] for step in steps(workflow) if words in step.get("run", "")]
    return str(line)


def test_everything_that_the_workflow_uses_is_pinned_by_version(workflow: Any) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+@v\d+", each) for each in used)
    *_, written = shlex.split(line_with(workflow, "pip install"))
    requirement = Requirement(written)
    assert requirement.name == "jalon"
    assert str(requirement.url).endswith(f"@v{jalon.__version__}")


def test_the_workflow_may_upload_what_the_command_writes(workflow: Any) -> None:
    [upload] = [step for step in steps(workflow) if "upload-sarif" in step.get("uses", "")]
    options = shlex.split(line_with(workflow, "jalon validate"))
    assert options[options.index("--output") + 1] == upload["with"]["sarif_file"]
    assert options[options.index("--format") + 1] == "sarif"
    assert "!cancelled()" in upload["if"]
    assert workflow["permissions"]["security-events"] == "write"


def test_the_command_of_the_workflow_stops_a_wrong_change_and_leads_to_its_line(
    workflow: Any, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "right.ttl").write_text(PERIOD, encoding="utf-8")
    file = tmp_path / "data" / "loans.ttl"
    file.write_text(PERIOD.replace('"2027"^^xsd:gYear', '"soon"'), encoding="utf-8")
    line = line_with(workflow, "jalon validate")
    assert run(line, tmp_path) == 1
    [log] = json.loads((tmp_path / "jalon.sarif").read_text("utf-8"))["runs"]
    places = {
        (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in log["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    }
    assert places == {("data/loans.ttl", 7)}
    file.write_text(PERIOD, encoding="utf-8")
    assert run(line, tmp_path) == 0


def run(line: str, folder: Path) -> int:
    """How a line ends in a shell in which ``jalon`` is the command of this checkout."""
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    command = commands / "jalon"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m jalon "$@"\n', "utf-8")
    command.chmod(0o755)
    environment = {
        "PATH": os.pathsep.join([str(commands), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT / "api"),
        "PYTHONUTF8": "1",
        "JALON_DATA_DIR": str(folder / "state"),
    }
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", line], cwd=folder, env=environment, check=False, timeout=300
    )
    return done.returncode
