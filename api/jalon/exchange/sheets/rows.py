"""Reads a filled-in sheet row by row, in the process that may be killed for it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from jalon.errors import LANGUAGES, SheetRefused
from jalon.exchange.sheets.cells import Cell, Sheet, letters
from jalon.exchange.sheets.model import RDF_TYPE, Column, Model, Value
from jalon.exchange.sheets.reading import Fault, Place, Reading
from jalon.exchange.sheets.template import CHOICES, KEYS, LAYOUT, REQUIRED, word
from jalon.exchange.sheets.values import (
    WORDS,
    Manner,
    Unreadable,
    parted,
    read,
    read_day,
    read_number,
    read_truth,
)

MOST_FAULTS = 1_000
"""So many cells are told; who has more mistakes has made one, many times."""

MOST_COMPARED = 50
"""For so many cells the nearest choice is looked for."""

SHOWN_CHARACTERS = 200
DIGITS, SLUG = 8, 40
KEY_FIELDS = ("layout", "class", "language", "organisation", "release", "base")

_LOCAL = re.compile(r"[a-z]+(?:-[a-z]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]{1,8})*)?")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def reading_of(
    sheets: Sequence[Sheet], models: Mapping[str, Model], base: str, organisation: str
) -> Reading:
    """What the sheet of a workbook says, for an organisation of the pack with this base.

    Raises SheetRefused for a workbook that is none of ours, of a class that there is no sheet of,
    or that has lost a column.
    """
    by_name = {sheet.name: sheet for sheet in sheets}
    if KEYS not in by_name:
        raise SheetRefused(variant="foreign", sheet=KEYS)
    keys = _Keys.of(by_name[KEYS])
    if keys.base != base:
        raise SheetRefused(variant="foreign", sheet=KEYS)
    if keys.organisation not in ("", organisation):
        raise SheetRefused(
            variant="organisation", found=keys.organisation[:100], organisation=organisation
        )
    model = next((each for each in models.values() if each.iri == keys.model), None)
    if model is None:
        raise SheetRefused(variant="unknown", found=keys.model[:SHOWN_CHARACTERS])
    choices = _choices(by_name.get(CHOICES))
    manner = Manner.of(keys.language, keys.base, choices)
    return _Reader(_data(sheets, keys.language), keys, model, manner, organisation).read()


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the hidden sheet says: of what the workbook is, and which columns it was given."""

    model: str
    language: str
    organisation: str
    release: int
    base: str
    columns: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, sheet: Sheet) -> _Keys:
        lines = [
            tuple(row[place].text if place in row else "" for place in (1, 2, 3))
            for _, row in sorted(sheet.rows().items())
        ]
        said = {line[0]: line[1] for line in lines[: len(KEY_FIELDS)]}
        is_ours = tuple(said) == KEY_FIELDS and said["layout"] == LAYOUT
        if not (is_ours and said["language"] in LANGUAGES and said["release"].isdecimal()):
            raise SheetRefused(variant="foreign", sheet=KEYS)
        return cls(
            said["class"],
            said["language"],
            said["organisation"],
            int(said["release"][:15]),
            said["base"],
            tuple((name, said_of, tag) for name, said_of, tag in lines[len(KEY_FIELDS) :]),
        )


def _choices(sheet: Sheet | None) -> Mapping[str, list[tuple[str, str]]]:
    """The labels and IRIs of the lists, by the property of their column."""
    if sheet is None:
        raise SheetRefused(variant="foreign", sheet=CHOICES)
    rows = sheet.rows()
    names = {place: cell.text for place, cell in rows.get(1, {}).items()}
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in names.values()}
    for number, row in rows.items():
        for place, name in names.items():
            if number > 1 and place in row and place + 1 in row:
                found[name].append((row[place].text, row[place + 1].text))
    return found


def _data(sheets: Sequence[Sheet], language: str) -> Sheet:
    """The sheet with the rows: the first that has the column of keys."""
    key = _plain(word("sheet", "key", language))
    for sheet in sheets:
        for cell in sheet.cells:
            if cell.row == 1 and _plain(cell.text) == key:
                return sheet
    raise SheetRefused(variant="foreign", sheet=word("sheet", "key", language))


class _Reader:
    """Reads one sheet, row by row."""

    def __init__(
        self, sheet: Sheet, keys: _Keys, model: Model, manner: Manner, organisation: str
    ) -> None:
        self._model = model
        self._manner = manner
        self._organisation = organisation
        self._rows = sheet.rows()
        self._reading = Reading(
            sheet.name, model.name, keys.language, keys.organisation, keys.release
        )
        self._key, self._columns = self._placed(keys)

    def read(self) -> Reading:
        for number in sorted(self._rows):
            if number > 1:
                self._read_row(number, self._rows[number])
        return self._reading

    def _placed(self, keys: _Keys) -> tuple[int, Mapping[int, Column]]:
        """Where the column of keys stands, and which column stands where."""
        reading, header = self._reading, self._rows.get(1, {})
        given = tuple(self._column_of(said_of, tag) for _, said_of, tag in keys.columns)
        known = {_plain(name): column for (name, _, _), column in zip(keys.columns, given)}  # noqa: B905
        reading.names = {
            column.key: name
            for (name, _, _), column in zip(keys.columns, given)  # noqa: B905
        }
        graphs = {
            _plain(word("sheet", "graph", keys.language, name=name)) for name, _, _ in keys.columns
        }
        key, key_name = 0, _plain(word("sheet", "key", keys.language))
        found: dict[int, Column] = {}
        for place, cell in sorted(header.items()):
            name = _plain(cell.text)
            column = known.get(name)
            if name == key_name and not key:
                key = place
            elif column is not None and column in found.values():
                shown = cell.text[:SHOWN_CHARACTERS]
                raise SheetRefused(
                    variant="repeated", sheet=reading.sheet, cell=cell.name, column=shown
                )
            elif column is not None:
                found[place] = column
                reading.letters[column.key] = letters(place)
            elif name not in graphs:
                reading.extra.append(cell.text[:SHOWN_CHARACTERS])
        missing = [column for column in given if column not in found.values()]
        reading.missing = [reading.names[column.key] for column in missing]
        if missing and reading.extra:
            raise SheetRefused(
                variant="renamed",
                sheet=reading.sheet,
                column=reading.missing[0],
                found=reading.extra[0],
            )
        # Of a property of which a language is missing nothing is said: its texts belong together.
        gone = {column.field.property for column in missing}
        return key, {
            place: column for place, column in found.items() if column.field.property not in gone
        }

    def _column_of(self, said_of: str, language: str) -> Column:
        found = self._model.field(said_of)
        if found is None or not _LANGUAGE.fullmatch(language):
            raise SheetRefused(variant="unknown", found=said_of[:SHOWN_CHARACTERS])
        return Column(found, language if found.kind == "phrase" else "")

    def _read_row(self, number: int, row: Mapping[int, Cell]) -> None:
        filled = any(place in row and row[place].text.strip() for place in self._columns)
        key = row[self._key].text.strip() if self._key in row else ""
        if not filled and not key:
            return
        places, is_whole = self._places(number, row)
        thing = self._thing(key, places, row)
        if not thing:
            return
        self._reading.rows[thing] = number
        if not key:
            # What is new is described by what there is of it.
            self._reading.new.append(thing)
            where = f"{letters(self._key)}{number}"
            kind = Place(thing, RDF_TYPE, (Value(self._model.iri),), {"": where})
            self._reading.places.append(kind)
            places = {name: each for name, each in places.items() if each[0]}
        for name, (values, cells) in places.items():
            if is_whole[name]:
                self._reading.places.append(Place(thing, name, values, cells))

    def _places(
        self, number: int, row: Mapping[int, Cell]
    ) -> tuple[dict[str, tuple[tuple[Value, ...], dict[str, str]]], dict[str, bool]]:
        """The values and cells of each property, and whether all its cells could be read."""
        found: dict[str, tuple[tuple[Value, ...], dict[str, str]]] = {}
        is_whole: dict[str, bool] = {}
        for place, column in self._columns.items():
            name = column.field.property
            values, cells = found.get(name, ((), {}))
            cells[column.language] = f"{letters(place)}{number}"
            read_values = self._values(row[place], column, row) if place in row else ()
            is_whole[name] = is_whole.get(name, True) and read_values is not None
            found[name] = (tuple(dict.fromkeys((*values, *(read_values or ())))), cells)
        return found, is_whole

    def _values(
        self, cell: Cell, column: Column, row: Mapping[int, Cell]
    ) -> tuple[Value, ...] | None:
        """The values of a cell; None where there is a fault."""
        if cell.is_formula:
            self._reading.formulas.append(cell.name)
        try:
            return tuple(self._each(cell, column))
        except Unreadable as error:
            thing = row[self._key].text.strip() if self._key in row else ""
            self._tell(cell, column, error.reason, thing)
            return None

    def _each(self, cell: Cell, column: Column) -> Iterator[Value]:
        if cell.kind == "error":
            raise Unreadable("error")
        if cell.kind == "number":
            yield read_number(cell.text, column)
        elif cell.day is not None:
            yield read_day(cell.day, column)
        elif cell.kind == "truth":
            yield read_truth(cell.text in ("1", "true"), column)
        else:
            # What is pasted has ends of lines of other systems.
            lines = cell.text.replace("\r\n", "\n").replace("\r", "\n")
            for text in parted(lines):
                yield read(text, column, self._manner)

    def _thing(
        self,
        key: str,
        places: Mapping[str, tuple[tuple[Value, ...], dict[str, str]]],
        row: Mapping[int, Cell],
    ) -> str:
        """The IRI of the thing of a row; empty where it has none that is right."""
        if not key:
            return self._new_iri({name: values for name, (values, _) in places.items()})
        start = f"{self._manner.base}id/"
        cell = row[self._key]
        if not (key.startswith(start) and _LOCAL.fullmatch(key[len(start) :])):
            self._tell(cell, None, "key", "")
            return ""
        if key in self._reading.rows:
            self._tell(cell, None, "twice", key)
            return ""
        return key

    def _new_iri(self, said: Mapping[str, tuple[Value, ...]]) -> str:
        """An IRI for what has none yet: the same for who sends the same row again."""
        lines = sorted(
            f"{name} {value.text} {value.tag}" for name, values in said.items() for value in values
        )
        digest = hashlib.sha256("\n".join((self._model.iri, *lines)).encode()).hexdigest()
        labels = {value.language: value.text for value in said.get(LABEL, ())}
        label = labels.get(self._manner.language) or next(iter(labels.values()), "")
        slug = _slug(label)
        name = f"{slug}-{digest[:DIGITS]}" if slug else digest[: 2 * DIGITS]
        return f"{self._manner.base}id/{self._model.kind}/{self._organisation}-{name}"

    def _tell(self, cell: Cell, column: Column | None, reason: str, thing: str) -> None:
        reading = self._reading
        if len(reading.faults) >= MOST_FAULTS:
            reading.left_out += 1
            return
        reading.faults.append(
            Fault(
                cell=cell.name,
                column="" if column is None else reading.names[column.key],
                reason=reason,
                seen=cell.text[:SHOWN_CHARACTERS],
                example="" if column is None else self._example(cell, column, reason),
                thing=thing[:SHOWN_CHARACTERS],
                property="" if column is None else column.field.property,
            )
        )

    def _example(self, cell: Cell, column: Column, reason: str) -> str:
        """What might stand in a cell."""
        kind, language = column.field.kind, self._manner.language
        if kind == "boolean":
            return WORDS[language][0][0]
        if kind == "reference":
            labels = list(self._manner.iris.get(column.field.property, {}))
            is_compared = reason == "choice" and len(self._reading.faults) < MOST_COMPARED
            near = get_close_matches(cell.text, labels, 1, 0.4) if is_compared else []
            return next(iter((*near, *labels)), "measure/qdcp-120")
        if kind in ("text", "phrase"):
            return cell.text.lstrip("=+-@ ")[:SHOWN_CHARACTERS] if reason == "formula" else ""
        return word("example", kind, language)


def _plain(name: str) -> str:
    """The name of a column as it is compared: without its mark, and however it is spaced."""
    text = unicodedata.normalize("NFC", " ".join(name.split()))
    return text.removesuffix(REQUIRED.strip()).strip().casefold()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each for each in plain if not unicodedata.combining(each))
    return _NOT_SLUG.sub("-", kept)[:SLUG].strip("-")
