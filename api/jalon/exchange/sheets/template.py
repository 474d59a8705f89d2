"""A sheet before it is written, and the words that stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from jalon.errors import LANGUAGES, messages
from jalon.exchange.sheets.model import Column, Field, Model, Texts, Value
from jalon.exchange.sheets.values import Manner

LAYOUT = "1"
"""The layout of workbooks; one of another layout is not read."""

KEYS, CHOICES = "_jalon", "_jalon-choices"
"""By which names the hidden sheets go; the first of all is that of the data."""

SECTION_FIELDS = ("layout", "class", "language", "organisation", "release", "base")
"""What the hidden sheet says of each sheet, line by line, before its columns."""

MOST_SHEETS = 8
"""Of so many classes a workbook may be."""

KEY_COLUMN, ROW_KEY_COLUMN, FIRST_COLUMN = 0, 1, 2
HEADER_ROW = 0
REQUIRED = " *"
"""What follows the name of a column that needs a value."""


@dataclass(frozen=True, slots=True)
class Row:
    """A thing, its values by column, and the graphs that each stands in, likewise."""

    thing: str
    values: Mapping[str, tuple[Value, ...]]
    graphs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """All that a sheet says: of a class, for an organisation or for nobody, of a release."""

    model: Model
    manner: Manner
    organisation: str
    release: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What it is of, in its language."""
        return _capital(text_in(self.model.labels, self.manner.language, self.model.name))

    @property
    def headers(self) -> Mapping[str, str]:
        """What stands above each column, by its key."""
        return headers(self.columns, self.manner.language)


@dataclass(frozen=True, slots=True)
class Choosing:
    """A list to choose from: of which sheet of a workbook, of which property, and what it has."""

    sheet: int
    property: str
    head: str
    iris: Mapping[str, str]


def hidden_sheets(templates: Sequence[Template]) -> Mapping[str, list[list[str]]]:
    """The lines of the sheets that nobody fills in, by the names of these sheets.

    One says of each sheet what it is of, then for each column what stands above it and what it is.
    The other has a pair of columns for each list: the labels to choose from, and the IRIs.
    """
    columns = [
        column
        for each in choosing(templates)
        for column in (
            (each.head, *each.iris),
            ("", *each.iris.values()),
        )
    ]
    choices = [[*line] for line in zip_longest(*columns, fillvalue="")]
    return {KEYS: [line for each in templates for line in _section(each)], CHOICES: choices}


def choosing(templates: Sequence[Template]) -> list[Choosing]:
    """The lists of a workbook in the order in which they stand in their hidden sheet."""
    is_alone = len(templates) == 1
    return [
        Choosing(number, said_of, list_head(each.model.name, said_of, is_alone=is_alone), iris)
        for number, each in enumerate(templates)
        for said_of, iris in each.manner.iris.items()
    ]


def key_header(language: str, name: str, *, is_alone: bool) -> str:
    """What stands above the hidden column of a sheet; beside others, with the name of its class."""
    header = word("sheet", "key", language)
    return header if is_alone else f"{header} [{name}]"


def list_head(name: str, said_of: str, *, is_alone: bool) -> str:
    """What stands above the list of a property; beside other sheets, with the name of its class."""
    return said_of if is_alone else f"{name} {said_of}"


def _section(template: Template) -> Iterator[list[str]]:
    said = (
        *(LAYOUT, template.model.iri, template.manner.language, template.organisation),
        *(str(template.release), template.manner.base),
    )
    for name, value in zip(SECTION_FIELDS, said, strict=True):
        yield [name, value]
    above = template.headers
    for column in template.columns:
        yield [above[column.key], column.field.property, column.language]


def columns_of(model: Model, languages: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns of a model: one for each field, for phrases one in each language."""
    return tuple(column for each in model.fields for column in _columns(each, languages))


def _columns(field_: Field, languages: tuple[str, ...]) -> Iterator[Column]:
    if field_.kind != "phrase":
        yield Column(field_)
    else:
        for language in languages:
            yield Column(field_, language)


def headers(columns: tuple[Column, ...], language: str) -> Mapping[str, str]:
    """What stands above each column, by its key, no two alike."""
    found: dict[str, str] = {"": word("sheet", "row-key", language)}
    for column in columns:
        name = _capital(text_in(column.field.names, language, column.field.property))
        if column.language:
            name = f"{name} ({language_name(column.language, language)})"
        if name in found.values():
            name = f"{name} [{column.field.property.rpartition('#')[2].rpartition('/')[2]}]"
        found[column.key] = name
    del found[""]
    return found


def language_name(tag: str, language: str) -> str:
    """What a language is called in another, else its tag."""
    known = messages("sheets")["language"]
    return str(known[tag][language]) if tag in known else tag


def word(group: str, part: str, language: str, /, **values: str | int) -> str:
    """A text of the catalogue of sheets, filled in."""
    return messages("sheets")[group][part][language].format(**values)


def text_in(texts: Texts, language: str, otherwise: str = "") -> str:
    """A text in a language, else in another, else something else."""
    order = (language, *LANGUAGES, *texts)
    return next((texts[each] for each in order if each in texts), otherwise)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
