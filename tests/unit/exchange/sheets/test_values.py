"""What people write in cells, and the values that it stands for."""

from __future__ import annotations

import pytest

from jalon.exchange.sheets.model import STRING, XSD, Column, Field, Kind, Value
from jalon.exchange.sheets.showing import shown
from jalon.exchange.sheets.values import (
    Manner,
    Unreadable,
    joined,
    parted,
    read,
    read_number,
)

BASE = "http://e/"
PROPERTY = "http://e/p"
CHOICES = {PROPERTY: [("Musée | Museum", "http://e/id/place/museum"), ("Arts", "http://e/#Arts")]}
MANNERS = {language: Manner.of(language, BASE, CHOICES) for language in ("en", "fr")}


def column(kind: Kind, language: str = "") -> Column:
    return Column(Field(PROPERTY, kind), language)


READ: list[tuple[Kind, str, str, str]] = [
    ("integer", "fr", "1 234", "1234"),
    ("integer", "en", "007", "7"),
    ("decimal", "fr", "1 234,50", "1234.5"),
    ("decimal", "fr", "1234.5", "1234.5"),
    ("decimal", "en", "1,234.50", "1234.5"),
    ("decimal", "en", "0.10", "0.1"),
    ("boolean", "fr", "Oui", "true"),
    ("boolean", "fr", "faux", "false"),
    ("boolean", "en", "no", "false"),
    ("year", "fr", "2027", "2027"),
    ("date", "fr", "31/03/2027", "2027-03-31"),
    ("date", "fr", "1er mars 2027", "2027-03-01"),
    ("date", "fr", "31 Mars 2027", "2027-03-31"),
    ("date", "en", "March 31, 2027", "2027-03-31"),
    ("date", "en", "2027-3-1", "2027-03-01"),
    ("text", "fr", "007", "007"),
    ("reference", "fr", "Musée | Museum", "http://e/id/place/museum"),
    ("reference", "fr", "measure/a-b", "http://e/id/measure/a-b"),
    ("reference", "fr", "http://e/other", "http://e/other"),
]


@pytest.mark.parametrize(("kind", "language", "text", "expected"), READ)
def test_what_people_write_is_read(kind: Kind, language: str, text: str, expected: str) -> None:
    assert read(text, column(kind), MANNERS[language]).text == expected


REFUSED: list[tuple[Kind, str, str, str]] = [
    ("integer", "fr", "12,5", "integer"),
    ("integer", "fr", "douze", "integer"),
    ("decimal", "fr", "1.500", "decimal"),
    ("decimal", "en", "1,5", "decimal"),
    ("decimal", "en", "5 $", "decimal"),
    ("boolean", "fr", "peut-être", "boolean"),
    ("year", "fr", "27", "year"),
    ("date", "en", "03/04/2027", "date"),
    ("date", "fr", "31/02/2027", "date"),
    ("text", "fr", "=1+1", "formula"),
    ("text", "fr", "@SUM(1+1)*cmd|' /C calc'!A0", "formula"),
    ("text", "fr", "a\x01b", "control"),
    ("reference", "fr", "Muséum", "choice"),
]


@pytest.mark.parametrize(("kind", "language", "text", "reason"), REFUSED)
def test_what_is_no_value_is_told(kind: Kind, language: str, text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text, column(kind), MANNERS[language])
    assert refused.value.reason == reason


def test_numbers_of_cells_are_what_people_see() -> None:
    assert read_number("0.10000000000000001", column("decimal")).text == "0.1"
    assert read_number("1.91E8", column("decimal")).text == "191000000"
    assert read_number("7.0", column("integer")) == Value("7", f"{XSD}integer")
    assert read_number("120", column("text")) == Value("120", STRING)
    with pytest.raises(Unreadable):
        read_number("7.5", column("integer"))
    with pytest.raises(Unreadable):
        read_number("1e400", column("decimal"))


VALUES: list[tuple[Kind, Value]] = [
    ("text", Value("a | b || c|d", STRING)),
    ("phrase", Value("= un titre ? non", "@fr")),
    ("phrase", Value("deux\nlignes", "@fr")),
    ("phrase", Value("stone", "@en")),
    ("text", Value(" blanc ", STRING)),
    ("text", Value("7", f"{XSD}int")),
    ("decimal", Value("191000000", f"{XSD}decimal")),
    ("decimal", Value("1.5", f"{XSD}decimal")),
    ("boolean", Value("true", f"{XSD}boolean")),
    ("year", Value("2027", f"{XSD}gYear")),
    ("year", Value("2027Z", f"{XSD}gYear")),
    ("date", Value("2027-03-31", f"{XSD}date")),
    ("reference", Value("http://e/id/place/museum")),
    ("reference", Value("http://e/id/UPPER/a")),
    ("reference", Value("b0", "_")),
]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_what_is_shown_is_read_as_the_same_value(kind: Kind, value: Value, language: str) -> None:
    manner, where = MANNERS[language], column(kind, "fr" if kind == "phrase" else "")
    text = shown(value, where, manner)
    is_lost = value.text[0] in " =" or value.tag in ("_", "@en") or value.tag.endswith("int")
    assert (text is None) == (is_lost or value.text == "2027Z")
    if text is not None:
        assert [read(each, where, manner) for each in parted(joined([text]))] == [value]


def test_values_in_one_cell_are_told_apart() -> None:
    assert parted(joined(["a", "b|c", "d || e"])) == ["a", "b|c", "d || e"]
    assert parted(" a |  | b ") == ["a", "b"]
