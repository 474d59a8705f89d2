"""Sheets as a steward lives with them: the lines of the guide, and the commands from a desk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from jalon.content.locate import find_pack
from web.started import command, needs_curl, printed_by, served

GUIDE = find_pack(None) / "docs" / "spreadsheets.md"
FRENCH = {"LANG": "fr_CA.UTF-8"}
OWN = ("--lang", "fr", "--organisation", "calq")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("desk")
    with served(folder / "data", find_pack(None)) as (_, address):
        options = ("--scope", "submit", "--organisation", "calq")
        made = command(folder / "data", "token", "create", *options)
        (folder / "token").write_text(made.stdout, encoding="utf-8")
        yield folder, address


@needs_curl
def test_the_commands_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    printed = printed_by(GUIDE, tmp_path)
    told = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert [(each["state"], each["mode"], each["shifts"]) for each in told] == [
        ("ready", "rows", [])
    ] * 2
    assert "submission 2: ready (/submissions/2)" in printed


def test_a_broken_cell_is_told_on_the_command_line(desk: tuple[Path, str]) -> None:
    folder, address = desk
    file = str(folder / "calq.xlsx")
    made = command(folder / "data", "template", "Organization", *OWN, "--output", file, **FRENCH)
    assert (made.returncode, made.stdout) == (0, f"écrit : {file}\n")
    book = load_workbook(file)
    sheet = book.worksheets[0]
    [head] = [cell for cell in sheet[1] if cell.value == "Nombre de membres"]
    broken = f"{head.column_letter}2"
    sheet[broken] = "douze"
    book.save(file)
    options = ("--to", address, "--token-file", str(folder / "token"))
    done = command(folder / "data", "submit", file, *options, **FRENCH)
    assert done.returncode == 1, done.stderr
    assert f"Organisation!{broken} (Nombre de membres) : « douze » n'est pas" in done.stdout


def test_a_table_is_written_and_submitted_by_the_end_of_its_name(desk: tuple[Path, str]) -> None:
    folder, address = desk
    file = folder / "calq.csv"
    written = command(folder / "data", "template", "Organization", *OWN, "--output", str(file))
    assert written.returncode == 0, written.stderr
    [head, *rows] = csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";")
    rows[0][head.index("Nombre de membres")] = "douze"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, delimiter=";").writerows([head, *rows])
    options = ("--to", address, "--token-file", str(folder / "token"))
    done = command(folder / "data", "submit", str(file), *options, **FRENCH)
    assert done.returncode == 1, done.stderr
    assert "(Nombre de membres) : « douze » n'est pas" in done.stdout


def test_several_classes_are_written_and_submitted_as_one_workbook(desk: tuple[Path, str]) -> None:
    folder, address = desk
    file = str(folder / "both.xlsx")
    classes = ("Organization", "Period")
    made = command(folder / "data", "template", *classes, *OWN, "--output", file, **FRENCH)
    assert made.returncode == 0, made.stderr
    book = load_workbook(file)
    assert book.sheetnames[:2] == ["Organisation", "Période"]
    spots = {}
    for sheet, column in ((book["Organisation"], "Nombre de membres"), (book["Période"], "Repère")):
        [head] = [cell for cell in sheet[1] if cell.value == column]
        spots[sheet.title] = f"{head.column_letter}2"
        sheet[spots[sheet.title]] = "deux mots"
    book.save(file)
    options = ("--to", address, "--token-file", str(folder / "token"))
    done = command(folder / "data", "submit", file, *options, **FRENCH)
    assert done.returncode == 1, done.stderr
    members, key = spots.values()
    assert f"Organisation!{members} (Nombre de membres) : « deux mots » n'est pas" in done.stdout
    assert f"Période!{key} (Repère) : « deux mots » ne peut pas être un repère" in done.stdout


def test_the_classes_are_listed(desk: tuple[Path, str]) -> None:
    listed = command(desk[0] / "data", "template", LANG="fr_CA.UTF-8").stdout.splitlines()
    assert "Measure\tmesure" in listed


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("Nothing",), "templates/Nothing"),
        (("Measure", "Measure"), "templates/Measure+Measure"),
        (("Measure", "Milestone", "--output", "a.csv"), "which has one class"),
        (("Measure", "--organisation", "A B"), "names no organisation"),
        (("Measure", "--output", "/nowhere/a.xlsx"), "cannot be written"),
        (("Measure", "--output", "a.ods"), "must end in one of: .xlsx, .csv"),
    ],
)
def test_what_cannot_be_written_is_told(
    desk: tuple[Path, str], arguments: tuple[str, ...], reason: str
) -> None:
    done = command(desk[0] / "data", "template", *arguments, LANG="en_CA.UTF-8")
    assert done.returncode == 2
    assert reason in " ".join(done.stderr.split())
