"""Locators and digests of passages, on made-up text and on the two source documents."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jalon.content.passages import digest, passage, plain, read_locator

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
OVERVIEW = SEEDS / "000_92cf6bd3b0e50512.txt"
MEASURE_120 = SEEDS / "002_d41d8436de82ad91.txt"

TABLE = "title\n<p>one</p> <ul> <li>a</li> <li class='x'>b</li> </ul>\t<p>two</p>\tthree\nend"


@pytest.mark.parametrize(
    ("locator", "found"),
    [
        ("L1", "title"),
        ("L3", "end"),
        ("L2/cell:1/para:1", "one"),
        ("L2/cell:1/item:2", "b"),
        ("L2/cell:2", "<p>two</p>"),
        ("L2/cell:3", "three"),
        ("L4", None),
        ("L2/cell:4", None),
        ("L2/cell:1/item:3", None),
        ("L2/cell:3/para:1", None),
        ("L1-3/cell:2", None),
    ],
)
def test_a_locator_finds_its_passage(locator: str, found: str | None) -> None:
    assert passage(TABLE, locator) == found


def test_a_range_takes_its_last_line_too() -> None:
    assert passage("a\nb\nc\n", "L2-3") == "b\nc"
    assert passage("a\n", "L1-2") == "a\n"


@pytest.mark.parametrize(
    "text",
    ["", "L0", "L01", "1", "L3-2", "L1/item:1", "L1/cell:0", "L1/cell:1/row:1", "L1 ", "l1", "L1-"],
)
def test_what_is_no_locator_finds_nothing(text: str) -> None:
    assert read_locator(text) is None
    assert passage("a\nb\nc", text) is None


def test_lines_end_at_line_feeds_alone() -> None:
    assert passage("a\r\nb\x0bc\u2028d\x85e\nf", "L2") == "b\x0bc\u2028d\x85e"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("### 1 SUPPORT THE DEVELOPMENT (191 M\\$)", "1 SUPPORT THE DEVELOPMENT (191 M$)"),
        ("**VISION:** The integration", "VISION: The integration"),
        ("1) Forty-seven DCDOs", "Forty-seven DCDOs"),
        ("12. Twelve", "Twelve"),
        ("* can take precedence;", "can take precedence;"),
        ("- a\n+ b\n####### c", "a b ####### c"),
        ("EDUC\u00a0 \nHE", "EDUC HE"),
        ("<b>RE\u0301CIT</b>\tservices", "R\u00c9CIT services"),
        ("2019-2020", "2019-2020"),
        ("a < b, 5 > 4 \\a", "a < b, 5 > 4 \\a"),
        ("  spaced  out  ", "spaced out"),
    ],
)
def test_marks_go_and_words_stay(written: str, words: str) -> None:
    assert plain(written) == words
    assert digest(written) == hashlib.sha256(words.encode()).hexdigest()


needs_seeds = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="the source documents (../shared/seeds) are not on this machine"
)


@needs_seeds
@pytest.mark.parametrize(
    ("document", "locator", "words"),
    [
        (OVERVIEW, "L5", "DIGITAL ACTION PLAN"),
        (OVERVIEW, "L19/cell:2", "INNOVATIVE PRACTICES"),
        (OVERVIEW, "L20/cell:1/item:2", "Increase the use of coding in education"),
        (OVERVIEW, "L20/cell:2/para:1", "Develop new digital teaching and learning practices"),
        (MEASURE_120, "L40", "Cultural Domain(s)"),
    ],
)
def test_locators_find_the_words_of_the_sources(document: Path, locator: str, words: str) -> None:
    found = passage(document.read_bytes().decode("utf-8"), locator)
    assert found is not None
    assert plain(found) == words
