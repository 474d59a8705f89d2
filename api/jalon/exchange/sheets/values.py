"""Values as people write them in cells, read in the language of a sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Self

from jalon.exchange.sheets.model import STRING, XSD, Column, Kind, Value
from jalon.exchange.sheets.rowkeys import MARK, ROW, row_key

SEPARATOR = " | "
"""What stands between the values of a cell; a stroke of a text itself is written twice."""

LONGEST = 32_000
"""Characters that a cell may have; spreadsheets keep 32,767."""

WORDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (("yes", "true"), ("no", "false")),
    "fr": (("oui", "vrai"), ("non", "faux")),
}
"""What people write for true, and for false; the first is what is shown."""

MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
        *("septembre", "octobre", "novembre", "décembre"),
    ),
}
DIGITS = 15
"""So many digits of a number are kept by spreadsheets."""

_SPLIT = re.compile(r"(?<!\|)\|(?!\|)")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_PLAIN = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_POINTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+")
_YEAR = re.compile(r"[0-9]{4}")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_SLASHED = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:er|st|nd|rd|th)? (\w+),? ([0-9]{4})")
_MONTH_DAY = re.compile(r"(\w+) ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
LOCAL = re.compile(r"[a-z]+(?:-[a-z]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^<>\"{}|^`\\\x00-\x20\x7f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_FORMULA = re.compile(r"^(=|[+@-].*[(|!])", re.DOTALL)


class Unreadable(Exception):
    """A cell has no value of its column, for a reason that words are known for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sheet is written: its language, and the base of the IRIs that it shortens.

    ``iris`` gives the IRI for each label that there is to choose, and ``labels`` the label for each
    IRI, both by the property of their column.
    """

    language: str
    base: str
    iris: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, language: str, base: str, choices: Mapping[str, Iterable[tuple[str, str]]]) -> Self:
        """The manner with these labels and IRIs to choose from, by the property of a column."""
        pairs = {name: tuple(each) for name, each in choices.items()}
        return cls(
            language,
            base,
            {name: dict(each) for name, each in pairs.items()},
            {name: {iri: label for label, iri in each} for name, each in pairs.items()},
        )


def joined(texts: Iterable[str]) -> str:
    """Several texts in one cell."""
    return SEPARATOR.join(text.replace("|", "||") for text in texts)


def parted(text: str) -> list[str]:
    """The texts that stand in a cell, trimmed; those that are empty are left out."""
    parts = (part.strip().replace("||", "|") for part in _SPLIT.split(text))
    return [part for part in parts if part]


def is_formula(text: str) -> bool:
    """Whether a text would be taken for a formula where it is opened as a table."""
    return _FORMULA.match(text) is not None


def canonical(value: Value) -> Value:
    """A value in the form in which it is read from a cell."""
    if value.tag == f"{XSD}decimal":
        try:
            return Value(_decimal(Decimal(value.text)), value.tag)
        except InvalidOperation:
            return value
    if value.tag == f"{XSD}integer" and _INTEGER.fullmatch(value.text):
        return Value(str(int(value.text)), value.tag)
    if value.tag == f"{XSD}boolean":
        return Value({"1": "true", "0": "false"}.get(value.text, value.text), value.tag)
    return value


def read(text: str, column: Column, manner: Manner) -> Value:
    """The value that a text stands for, which is not empty. Raises Unreadable."""
    return _READ[column.field.kind](text, column, manner)


def read_number(number: str, column: Column) -> Value:
    """The value of a cell that holds a number, as the file has it. Raises Unreadable."""
    kind = column.field.kind
    try:
        figure = Decimal(format(float(number), f".{DIGITS}g"))
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(kind) from error
    if kind == "decimal" and figure.is_finite():
        return Value(_decimal(figure), f"{XSD}decimal")
    if not figure.is_finite() or (kind in ("integer", "year") and figure != int(figure)):
        raise Unreadable(kind)
    if kind == "integer":
        return Value(str(int(figure)), f"{XSD}integer")
    if kind == "year":
        return _year(str(int(figure)))
    if kind == "text":
        return Value(_decimal(figure), STRING)
    if kind == "phrase":
        return Value(_decimal(figure), f"@{column.language}")
    raise Unreadable(kind)


def read_day(day: date, column: Column) -> Value:
    """The value of a cell that holds a day. Raises Unreadable."""
    if column.field.kind != "date":
        raise Unreadable("day")
    return Value(day.isoformat(), f"{XSD}date")


def read_truth(truth: bool, column: Column) -> Value:
    """The value of a cell that holds true or false. Raises Unreadable."""
    if column.field.kind != "boolean":
        raise Unreadable("truth")
    return Value("true" if truth else "false", f"{XSD}boolean")


def _text(text: str, _column: Column, _manner: Manner) -> Value:
    return Value(_checked(text), STRING)


def _phrase(text: str, column: Column, _manner: Manner) -> Value:
    return Value(_checked(text), f"@{column.language}")


def _checked(text: str) -> str:
    if is_formula(text):
        raise Unreadable("formula")
    if _CONTROL.search(text):
        raise Unreadable("control")
    return text


def _integer(text: str, _column: Column, _manner: Manner) -> Value:
    digits = _SPACES.sub("", text)
    if not _INTEGER.fullmatch(digits) or len(digits) > LONGEST // 100:
        raise Unreadable("integer")
    return Value(str(int(digits)), f"{XSD}integer")


def _figure(text: str, _column: Column, manner: Manner) -> Value:
    """A decimal: with a comma or a point in French, in English with a point."""
    digits = _SPACES.sub("", text)
    if manner.language == "fr" and _COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    elif manner.language == "fr" and _POINTS.fullmatch(digits):
        # 1.500 is a thousand and a half to some, and one and a half to others.
        raise Unreadable("decimal")
    elif manner.language == "en" and _COMMAS.fullmatch(digits):
        digits = digits.replace(",", "")
    if not _PLAIN.fullmatch(digits) or len(digits) > LONGEST // 100:
        raise Unreadable("decimal")
    return Value(_decimal(Decimal(digits)), f"{XSD}decimal")


def _truth(text: str, _column: Column, manner: Manner) -> Value:
    word = text.casefold()
    languages = (manner.language, *WORDS)
    for place, said in enumerate(("true", "false")):
        if any(word in WORDS[language][place] for language in languages):
            return Value(said, f"{XSD}boolean")
    raise Unreadable("boolean")


def _year_text(text: str, _column: Column, _manner: Manner) -> Value:
    return _year(text)


def _year(text: str) -> Value:
    if not _YEAR.fullmatch(text):
        raise Unreadable("year")
    return Value(text, f"{XSD}gYear")


def _day(text: str, _column: Column, manner: Manner) -> Value:
    """A day: 2027-03-31, 31 mars 2027, March 31, 2027; in French 31/03/2027, too."""
    words = " ".join(text.casefold().split())
    year = month = day = ""
    if found := _ISO.fullmatch(words):
        year, month, day = found.groups()
    elif found := (manner.language == "fr" and _SLASHED.fullmatch(words)) or _DAY_MONTH.fullmatch(
        words
    ):
        day, month, year = found.groups()
    elif found := _MONTH_DAY.fullmatch(words):
        month, day, year = found.groups()
    try:
        return Value(date(int(year), _month(month), int(day)).isoformat(), f"{XSD}date")
    except ValueError as error:
        raise Unreadable("date") from error


def _month(written: str) -> int:
    """The number of a month. Raises ValueError for what is none."""
    for months in MONTHS.values():
        if written in months:
            return months.index(written) + 1
    return int(written)


def _reference(text: str, column: Column, manner: Manner) -> Value:
    known = manner.iris.get(column.field.property, {})
    iri = known.get(text) or known.get(" ".join(text.split()))
    if iri is None and text.startswith(MARK):
        key = row_key(text)
        if not key:
            raise Unreadable("row-key-unknown")
        return Value(key, ROW)
    if iri is None and LOCAL.fullmatch(text):
        iri = f"{manner.base}id/{text}"
    if iri is None:
        iri = text
    # What the lists of a workbook say is what somebody sent, too.
    if not _IRI.fullmatch(iri):
        raise Unreadable("choice" if known else "iri")
    return Value(iri)


def _decimal(figure: Decimal) -> str:
    """A figure as the index keeps it: without exponent, and without zeros that mean nothing."""
    text = format(figure.normalize(), "f")
    return "0" if text == "-0" else text


_READ: Mapping[Kind, Callable[[str, Column, Manner], Value]] = {
    "text": _text,
    "phrase": _phrase,
    "integer": _integer,
    "decimal": _figure,
    "boolean": _truth,
    "year": _year_text,
    "date": _day,
    "reference": _reference,
}
