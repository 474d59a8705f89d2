"""Words, numbers and places in the language of a page; every text stands in ``messages/``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from rdflib import Literal

from jalon.errors import LANGUAGES, messages

THIN, POINT = {"en": ",", "fr": "\u00a0"}, {"en": ".", "fr": ","}
"""What stands between groups of three digits, and before decimals."""

CAPITALS = 12
"""How many letters make a heading in capitals; fewer are an acronym or a code."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_LOCATOR = re.compile(r"L(\d+)(?:-(\d+))?(?:/cell:(\d+))?(?:/(para|item):(\d+))?")


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its language, which is empty where it is the page's own, or none at all."""

    text: str
    language: str = ""

    @property
    def capitals(self) -> bool:
        """Whether it is printed in capitals, as headings of a source are."""
        letters = sum(each.isalpha() for each in self.text)
        return letters >= CAPITALS and self.text.upper() == self.text


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a page in one language."""

    language: str

    def say(self, key: str, /, **values: object) -> str:
        """The text ``section.part``, with these values in it."""
        section, _, part = key.partition(".")
        text = messages("pages")[section][part][self.language]
        return _unparted(text).format_map(values)

    def count(self, key: str, number: int) -> str:
        """A number with its noun, the text ``section.part-one`` or ``section.part-many``."""
        one = number <= 1 if self.language == "fr" else number == 1
        return self.say(f"{key}-{'one' if one else 'many'}", number=self.number(number))

    def knows(self, key: str) -> bool:
        """Whether there is such a text."""
        section, _, part = key.partition(".")
        return part in messages("pages").get(section, {})

    def number(self, value: str | int) -> str:
        """A number as people write it here: 1,185,000 and 16.12, or 1 185 000 and 16,12."""
        if not _NUMBER.fullmatch(str(value)):
            return str(value)
        plain = f"{Decimal(value):,f}"
        whole, point, decimals = plain.partition(".")
        grouped = whole.replace(",", THIN[self.language])
        return grouped + (POINT[self.language] + decimals if point else "")

    def date(self, time: datetime) -> str:
        """The day of a time in UTC: 21 November 2026, 1er décembre 2026."""
        utc = time.astimezone(UTC)
        month = self.say(f"date.month-{utc.month}")
        part = "date.first" if utc.day == 1 else "date.day"
        return self.say(part, day=utc.day, month=month, year=utc.year)

    def moment(self, time: datetime) -> str:
        """A time in UTC to the minute: 21 November 2026 at 14:05 UTC."""
        utc = time.astimezone(UTC)
        return self.say("date.moment", date=self.date(time), hour=utc.hour, minute=utc.minute)

    def span(self, first: str, last: str) -> str:
        """Two years as a span, or the one that there is."""
        if first and last:
            return self.say("value.span", first=first, last=last)
        return first or last

    def choose(self, texts: Mapping[str, str]) -> Text | None:
        """The text in the language of the page; else in another, which is then marked."""
        order = (self.language, "", *LANGUAGES, *sorted(texts))
        language = next((each for each in order if each in texts), None)
        if language is None:
            return None
        return Text(texts[language], "" if language == self.language else language)

    def literal(self, value: Literal) -> Text:
        """A value in words: years and texts as they are, numbers grouped, yes or no."""
        text = str(value)
        if value.language:
            return Text(text, "" if value.language == self.language else value.language)
        match str(value.datatype or "").rpartition("#")[2]:
            case "integer" | "decimal":
                return Text(self.number(text))
            case "boolean":
                return Text(self.say("value.yes" if text in {"true", "1"} else "value.no"))
            case _:
                return Text(text)

    def place(self, locator: str) -> str:
        """A locator in words: ``L20/cell:1/item:3`` is line 20, column 1, item 3."""
        found = _LOCATOR.fullmatch(locator)
        if found is None:
            return locator
        first, last, cell, kind, rank = found.groups()
        words = [self.say("place.lines", first=first, last=last) if last else ""]
        words += ["" if last else self.say("place.line", line=first)]
        words += [self.say("place.column", column=cell) if cell else ""]
        words += [self.say(f"place.{kind}", rank=rank) if kind else ""]
        return ", ".join(word for word in words if word)


def sort_key(text: str) -> str:
    """By what texts are sorted for readers of both languages: accents and case set aside."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))


def _unparted(text: str) -> str:
    """A text in which no line begins with a colon or a closing guillemet, nor ends with an opening
    one: the spaces that French puts there do not break."""
    return text.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»")
