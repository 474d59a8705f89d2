"""What the hidden sheets of a workbook say: of what its sheets are, and what there is to choose."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jalon.errors import LANGUAGES, SheetRefused
from jalon.exchange.sheets.cells import Sheet
from jalon.exchange.sheets.model import local_name
from jalon.exchange.sheets.template import (
    CHOICES,
    KEYS,
    LAYOUT,
    MOST_SHEETS,
    REQUIRED,
    SECTION_FIELDS,
    key_header,
    list_head,
)

Choices = Mapping[str, Sequence[tuple[str, str]]]
"""Labels and IRIs to choose from, by the property of their column."""


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of one sheet: of which class it is, and which columns it was given.

    ``model`` is the IRI of the class; each of the ``columns`` is what stands above it, a property
    and a language. ``is_alone``: no other sheet was given out with it.
    """

    model: str
    language: str
    organisation: str
    release: int
    base: str
    columns: tuple[tuple[str, str, str], ...]
    choices: Choices
    is_alone: bool

    @property
    def name(self) -> str:
        """The name of the class, by which its sheet is known."""
        return local_name(self.model)

    @property
    def header(self) -> str:
        """What stands above the hidden column of its sheet, as names of columns are compared."""
        return plain(key_header(self.language, self.name, is_alone=self.is_alone))

    def head_of(self, said_of: str) -> str:
        """What stands above the list of a property."""
        return list_head(self.name, said_of, is_alone=self.is_alone)


def sections_of(sheets: Sequence[Sheet]) -> list[Section]:
    """What a workbook says of each sheet that it was given out with. Raises SheetRefused."""
    by_name = {sheet.name: sheet for sheet in sheets}
    for name in (KEYS, CHOICES):
        if name not in by_name:
            raise SheetRefused(variant="foreign", sheet=name)
    parts: list[list[tuple[str, str, str]]] = []
    for _, row in sorted(by_name[KEYS].rows().items()):
        name, value, tag = (row[place].text if place in row else "" for place in (1, 2, 3))
        if name == SECTION_FIELDS[0] and value == LAYOUT:
            parts.append([])
        if not parts or len(parts) > MOST_SHEETS:
            raise SheetRefused(variant="foreign", sheet=KEYS)
        parts[-1].append((name, value, tag))
    lists = _lists(by_name[CHOICES])
    found = [_section(part, lists, is_alone=len(parts) == 1) for part in parts]
    if not found or len({each.header for each in found}) < len(found):
        raise SheetRefused(variant="foreign", sheet=KEYS)
    return found


def given_sheets(
    sheets: Sequence[Sheet], sections: Sequence[Section]
) -> list[tuple[Sheet, Section]]:
    """The sheets that people fill in, in their order, each with what is said of it.

    They are known by what stands above their hidden columns, whatever they are called: of a copy
    of a sheet nothing is read. Raises SheetRefused where there is none.
    """
    left = {section.header: section for section in sections}
    found: list[tuple[Sheet, Section]] = []
    for sheet in sheets:
        heads = [plain(cell.text) for cell in sheet.cells if cell.row == 1]
        header = next((each for each in heads if each in left), None)
        if header is not None:
            found.append((sheet, left.pop(header)))
    if not found:
        [first, *_] = sections
        header = key_header(first.language, first.name, is_alone=first.is_alone)
        raise SheetRefused(variant="header", column=header)
    return found


def plain(name: str) -> str:
    """The name of a column as it is compared: without its mark, and however it is spaced."""
    text = unicodedata.normalize("NFC", " ".join(name.split()))
    return text.removesuffix(REQUIRED.strip()).strip().casefold()


def _section(lines: list[tuple[str, str, str]], lists: Choices, *, is_alone: bool) -> Section:
    count = len(SECTION_FIELDS)
    said = {name: value for name, value, _ in lines[:count]}
    is_ours = tuple(said) == SECTION_FIELDS and said["language"] in LANGUAGES
    if not (is_ours and said["release"].isdecimal()):
        raise SheetRefused(variant="foreign", sheet=KEYS)
    columns = tuple(lines[count:])
    model = said["class"]
    heads = {
        said_of: list_head(local_name(model), said_of, is_alone=is_alone)
        for _, said_of, _ in columns
    }
    return Section(
        model,
        said["language"],
        said["organisation"],
        int(said["release"][:15]),
        said["base"],
        columns,
        {said_of: lists[head] for said_of, head in heads.items() if head in lists},
        is_alone,
    )


def _lists(sheet: Sheet) -> Choices:
    """The labels and IRIs of the lists, by what stands above each."""
    rows = sheet.rows()
    names = {place: cell.text for place, cell in rows.get(1, {}).items()}
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in names.values()}
    for number, row in rows.items():
        for place, name in names.items():
            if number > 1 and place in row and place + 1 in row:
                found[name].append((row[place].text, row[place + 1].text))
    return found
