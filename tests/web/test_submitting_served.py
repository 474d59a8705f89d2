"""Submitting as a steward lives with it: the lines of the guide, and the command from a desk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from jalon.content.locate import find_pack
from web.started import command, needs_curl, printed_by, served

GUIDE = find_pack(None) / "docs" / "submitting.md"
PREFIXES = """PREFIX ap: <https://w3id.org/jalon/def#>
PREFIX organisation: <https://w3id.org/jalon/id/organisation/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
RIGHT = 'organisation:calq ap:acronym "Le CALQ" .'
ANOTHERS = 'organisation:sodec ap:acronym "X" .'
WRONG = """<https://w3id.org/jalon/id/period/calq-loans> a ap:Period ;
    ap:startYear "bientôt" .
"""
READY, INVALID, USAGE, SERVICE = range(4)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody submits from: files, a token, the address of a service."""

    folder: Path
    data: Path
    address: str

    def submit(self, text: str, *options: str, **said: str) -> CompletedProcess[str]:
        file = self.folder / "said.ttl"
        file.write_text(PREFIXES + text, encoding="utf-8")
        token = str(self.folder / "token")
        options = ("--to", self.address, "--token-file", token, *options)
        return command(self.data, "submit", str(file), *options, **said)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    data = folder / "data"
    with served(data, find_pack(None)) as (_, address):
        made = command(data, "token", "create", "--scope", "submit", "--organisation", "calq")
        (folder / "token").write_text(made.stdout, encoding="utf-8")
        yield Desk(folder, data, address)


@needs_curl
def test_the_commands_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    printed = printed_by(GUIDE, tmp_path)
    assert re.findall(r"^HTTP/1.1 (\d+)", printed, re.MULTILINE) == ["201"]
    told = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert [each["state"] for each in told] == ["ready", "approved", "reverted"]
    assert [each["published"] for each in told] == [None, 2, 2]
    assert "submission 2: ready (/submissions/2)" in printed


def test_who_submits_reads_what_it_comes_to(desk: Desk) -> None:
    done = desk.submit(RIGHT, "--message", "Comme nous l'écrivons", LANG="fr_CA.UTF-8")
    assert done.returncode == READY, done.stderr
    assert "prête" in done.stdout
    assert "« CALQ », et est maintenant « Le CALQ »." in done.stdout


def test_who_submits_is_led_to_what_is_wrong(desk: Desk) -> None:
    done = desk.submit(WRONG, LANG="fr_CA.UTF-8")
    assert done.returncode == INVALID
    assert "5:18 https://w3id.org/jalon/id/period/calq-loans :" in done.stdout
    assert "non valide" in done.stdout


def test_what_is_refused_says_why(desk: Desk) -> None:
    done = desk.submit(ANOTHERS)
    assert done.returncode == INVALID
    assert "organisation/sodec belongs to another organisation" in " ".join(done.stdout.split())


def test_a_change_is_what_is_added_and_what_is_taken_away(desk: Desk) -> None:
    gone = desk.folder / "gone.ttl"
    gone.write_text(PREFIXES + 'organisation:calq ap:acronym "CALQ" .', encoding="utf-8")
    done = desk.submit(RIGHT, "--removes", str(gone))
    assert done.returncode == READY, done.stdout
    refused = desk.submit(RIGHT, "--removes", str(gone), "--mode", "add")
    assert refused.returncode == USAGE


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--to", "ftp://example.org"), USAGE),
        (("--token-file", "/nowhere"), USAGE),
        (("--organisation", "sodec"), INVALID),
        (("--supersedes", "999"), INVALID),
        (("--to", "http://127.0.0.1:1"), SERVICE),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(
    desk: Desk, options: tuple[str, ...], status: int
) -> None:
    assert desk.submit(RIGHT, *options).returncode == status


def test_a_token_that_is_none_is_the_fault_of_who_asks(desk: Desk) -> None:
    other = desk.folder / "other"
    other.write_text("jalon_x_y", encoding="utf-8")
    assert desk.submit(RIGHT, "--token-file", str(other)).returncode == USAGE
