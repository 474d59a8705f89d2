"""Content is swappable: another ministry's pack is served, and the wheel carries ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from jalon import build
from jalon.settings import read_settings

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "packs" / "tiny"
SHIPPED = ("api", "ontology", "shapes", "data", "queries")
SHIPPED_FILES = ("pyproject.toml", "core.toml", "pack.toml", "LICENSE", "LICENSE-CONTENT")

COUNT = """
PREFIX ap: <https://w3id.org/jalon/def#>
SELECT (COUNT(*) AS ?measures) WHERE { ?measure a ap:Measure }
"""


def test_the_tiny_pack_holds_no_python() -> None:
    assert not list(TINY.rglob("*.py"))


def test_the_tiny_pack_is_served(tmp_path: Path) -> None:
    settings = read_settings(pack=TINY, data_dir=tmp_path)
    answer = json.loads(build.ask(settings, COUNT, "application/sparql-results+json"))
    assert answer["results"]["bindings"][0]["measures"]["value"] == "1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel of this tree is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    tree, site = folder / "tree", folder / "site"
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    for name in SHIPPED_FILES:
        shutil.copy(ROOT / name, tree / name)
    (tree / "README.md").write_text("Jalon\n", encoding="utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


def run(site: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jalon", *arguments],
        input=text,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(site),
            "PYTHONUTF8": "1",
            "JALON_DATA_DIR": str(site.parent / "state"),
        },
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_wheel_checks_its_own_pack_and_another(site: Path) -> None:
    for arguments in (("check",), ("check", str(TINY))):
        done = run(site, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_answers_from_its_own_pack(site: Path) -> None:
    where = "import jalon, pathlib; print(pathlib.Path(jalon.__file__).parent)"
    done = subprocess.run(
        [sys.executable, "-c", where],
        env={"PYTHONPATH": str(site)},
        cwd=site,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == site / "jalon"
    done = run(site, "query", "-", "--format", "json", text=COUNT)
    assert done.returncode == 0, done.stderr
    count = json.loads(done.stdout)["results"]["bindings"][0]["measures"]["value"]
    assert int(count) > 0
