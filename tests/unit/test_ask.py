"""``jalon ask``: the rows of the service, on the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jalon.cli import app

ROOT = Path(__file__).parents[2]
EXPECTED = ROOT / "tests" / "cases" / "queries"
QUESTION_IDS = sorted(path.stem for path in (ROOT / "queries").rglob("*.rq"))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def ask(state: Path, *arguments: str, language: str = "en") -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    own = {
        "PYTHONPATH": str(ROOT / "api"),
        "PYTHONUTF8": "1",
        "LANG": f"{language}_CA.UTF-8",
        "COLUMNS": "200",
        "JALON_PACK": str(ROOT),
        "JALON_DATA_DIR": str(state),
    }
    return subprocess.run(
        [sys.executable, "-m", "jalon", "ask", *arguments],
        env={**kept, **own},
        cwd=state,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def expected(case: str) -> list[list[str]]:
    with (EXPECTED / case / "expected.csv").open(encoding="utf-8", newline="") as written:
        return list(csv.reader(written))


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("sectors/pack", ["sectors"]),
        ("budgets/cultural-plan", ["budgets", "--param", "plan=plan:qdcp"]),
        ("partners/french", ["partners", "--lang", "fr"]),
        ("deprecated-terms/pack", ["deprecated-terms"]),
    ],
)
def test_rows_are_those_of_the_service_as_csv_and_as_json(
    state: Path, case: str, arguments: list[str]
) -> None:
    as_csv = ask(state, *arguments, "--format", "csv")
    assert as_csv.returncode == 0, as_csv.stderr
    assert list(csv.reader(io.StringIO(as_csv.stdout, newline=""))) == expected(case)
    document = json.loads(ask(state, *arguments, "--format", "json").stdout)
    head = document["head"]["vars"]
    rows = [
        [row.get(name, {"value": ""})["value"] for name in head]
        for row in document["results"]["bindings"]
    ]
    assert [head, *rows] == expected(case)


@pytest.mark.parametrize("question_id", QUESTION_IDS)
def test_every_question_has_the_rows_of_the_service(
    state: Path, question_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that ``/queries/{id}`` gives as JSON and as CSV (tests/web/test_queries.py)."""
    monkeypatch.setenv("JALON_PACK", str(ROOT))
    monkeypatch.setenv("JALON_DATA_DIR", str(state))
    monkeypatch.setenv("LANG", "en_CA.UTF-8")
    done = CliRunner().invoke(app, ["ask", question_id, "--format", "csv"])
    assert done.exit_code == 0, done.stderr
    assert list(csv.reader(io.StringIO(done.stdout, newline=""))) == expected(f"{question_id}/pack")


def test_labels_are_in_the_language_of_the_locale(state: Path) -> None:
    done = ask(state, "partners", "--format", "csv", language="fr")
    assert list(csv.reader(io.StringIO(done.stdout, newline=""))) == expected("partners/french")


def test_a_table_is_for_reading(state: Path) -> None:
    done = ask(state, "sectors")
    assert done.returncode == 0, done.stderr
    assert "firstSector" in done.stdout
    assert "3 rows" in done.stdout


def test_without_a_question_all_are_listed_in_the_language_of_the_locale(state: Path) -> None:
    english, french = ask(state), ask(state, language="fr")
    assert "convention-goals" in english.stdout
    assert "Which plans are described" in english.stdout
    assert "Quels plans sont décrits" in french.stdout
    assert "[plan], [lang]" in english.stdout


def test_an_unknown_question_is_an_error_that_names_the_nearest(state: Path) -> None:
    done = ask(state, "budget", language="fr")
    assert done.returncode == 2
    assert "« budgets »" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sectors", "--param", "colour=red"], "no parameter “colour”"),
        (["sectors", "--param", "plan=a b"], "plan has the value “a b”"),
        (["sectors", "--param", "plan"], "write name=value"),
        (["sectors", "--lang", "fr"], "no parameter “lang”"),
        (["plans", "--lang", "de"], "one of: en, fr, es"),
        (["search", "--param", "words=a", "--param", "words=b"], "given 2 times"),
        (["search", "--param", "words=\udc80"], "not valid UTF-8"),
    ],
)
def test_a_wrong_parameter_is_one_line_and_exit_code_2(
    state: Path, arguments: list[str], said: str
) -> None:
    done = ask(state, *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
