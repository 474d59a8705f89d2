"""Sheets as CSV, which has neither hidden sheets nor hidden columns.

What a table is of stands above its first column, between brackets: the class and the language, then
the organisation and the release where it was made for one and of one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from jalon.errors import SheetRefused, SheetTooLarge
from jalon.exchange.sheets.cells import MOST_CELLS, MOST_CHARACTERS, MOST_COLUMNS, Sheet
from jalon.exchange.sheets.showing import shown
from jalon.exchange.sheets.template import REQUIRED, Template, word
from jalon.exchange.sheets.values import Manner, is_formula, joined

SEPARATORS = {"en": ",", "fr": ";"}
"""What spreadsheets set between the columns of a table, by their language."""

NOBODY = "-"
PLATE_CHARACTERS = 500
"""So far from its beginning it is looked for what a table is of."""

_PLATE = re.compile(
    r"\[(?P<name>\w{1,100}) (?P<language>en|fr)"
    r"(?: (?P<organisation>-|[a-z0-9]+(?:-[a-z0-9]+)*)(?: (?P<release>[0-9]{1,15}))?)?\]"
    r" *\"?(?P<separator>[,;\t]?)",
    re.ASCII,
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Plate:
    """What a table says that it is of; without a release, it is of the newest."""

    name: str
    language: str
    organisation: str = ""
    release: int | None = None
    separator: str = ","

    @property
    def text(self) -> str:
        """As it stands in the table."""
        parts = (self.name, self.language, self.organisation or NOBODY, self.release)
        return f"[{' '.join(str(each) for each in parts if each is not None)}]"


def table(template: Template) -> bytes:
    """The table of a sheet, as spreadsheets of its language read it."""
    language = template.manner.language
    plate = Plate(template.model.name, language, template.organisation, template.release)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=SEPARATORS[language], lineterminator="\r\n")
    names = (
        template.headers[each.key] + (REQUIRED if each.field.required else "")
        for each in template.columns
    )
    key, row_key = (word("sheet", each, language) for each in ("key", "row-key"))
    writer.writerow([f"{key} {plate.text}", row_key, *names])
    manner = _without_formulas(template.manner)
    for row in template.rows:
        cells = (
            _cell(shown(value, column, manner) for value in row.values.get(column.key, ()))
            for column in template.columns
        )
        writer.writerow([row.thing, "", *cells])
    return codecs.BOM_UTF8 + out.getvalue().encode()


def plate_of(content: bytes) -> Plate:
    """What a table is of. Raises SheetRefused where it does not say so."""
    first = _decoded(content[:PLATE_CHARACTERS], is_whole=False).split("\n", 1)[0]
    found = _PLATE.search(first)
    if found is None:
        raise SheetRefused(variant="plate")
    release, organisation = found["release"], found["organisation"] or NOBODY
    return Plate(
        name=found["name"],
        language=found["language"],
        organisation="" if organisation == NOBODY else organisation,
        release=None if release is None else int(release),
        separator=found["separator"] or max(SEPARATORS.values(), key=first.count),
    )


def read_table(content: bytes, name: str) -> Sheet:
    """The cells of a table, as a sheet of this name. Raises SheetRefused and SheetTooLarge."""
    plate = plate_of(content)
    csv.field_size_limit(MOST_CHARACTERS)
    text = io.StringIO(_decoded(content), newline="")
    reader = csv.reader(text, delimiter=plate.separator, strict=True)
    lines: list[list[str]] = []
    left = MOST_CELLS
    try:
        for line in reader:
            left -= 1 + sum(map(bool, line))
            if left < 0:
                raise SheetTooLarge(variant="cells", limit=MOST_CELLS)
            if len(line) > MOST_COLUMNS:
                raise SheetTooLarge(variant="columns", sheet=name, limit=MOST_COLUMNS)
            lines.append(line)
    except csv.Error as error:
        reason = str(error)[:200]
        raise SheetRefused(variant="table", line=reader.line_num, reason=reason) from error
    key = word("sheet", "key", plate.language)
    lines[0] = [key if _PLATE.search(each) else each for each in lines[0]]
    return Sheet.of(name, lines)


def _decoded(content: bytes, *, is_whole: bool = True) -> str:
    """The text of a table, or of its beginning. Raises SheetRefused."""
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final=is_whole)
    except UnicodeDecodeError as error:
        raise SheetRefused(variant="encoding") from error


def _cell(texts: Iterable[str | None]) -> str:
    return joined(sorted((each for each in texts if each is not None), key=str.casefold))


def _without_formulas(manner: Manner) -> Manner:
    """The same without labels that would be formulas where the table is opened."""
    labels = {
        name: {iri: label for iri, label in each.items() if not is_formula(label)}
        for name, each in manner.labels.items()
    }
    return replace(manner, labels=labels)
