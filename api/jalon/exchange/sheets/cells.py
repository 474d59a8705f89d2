"""The cells of a workbook, as they stand in its file: no formula is worked out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, Self

from jalon.errors import SheetRefused, SheetTooLarge
from jalon.exchange.sheets.package import MAIN, Attributes, Handlers, Package
from jalon.exchange.sheets.sharing import STRINGS, day_styles, names_of, texts_of, unescaped

MOST_CELLS = 100_000
MOST_COLUMNS = 1_000
MOST_CHARACTERS = 32_767
"""Characters of a cell, as spreadsheets have it."""

CellKind = Literal["number", "day", "text", "truth", "error", "unsolved"]
"""What a cell holds; where it is unsolved, a formula that the file has no value of."""

_PLACE = re.compile(r"([A-Z]{1,7})([0-9]{1,7})")
_REACHING = re.compile(
    r"\||\[\d+\]|\[[^\]]*\.xl|://|\b(WEBSERVICE|FILTERXML|HYPERLINK|RTD|DDE|CALL|REGISTER(\.ID)?"
    r"|EXEC|IMPORT\w+|IMAGE|STOCKHISTORY|CUBE\w+|SQL\.REQUEST)\s*\(",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds something: its row and column from 1, and its text as the file has it."""

    row: int
    column: int
    kind: CellKind
    text: str
    is_formula: bool = False

    @property
    def name(self) -> str:
        """As people call it: C4."""
        return f"{letters(self.column)}{self.row}"

    @property
    def day(self) -> date | None:
        """The day that it holds, without a time; None for any other cell."""
        return date.fromisoformat(self.text) if self.kind == "day" else None


@dataclass(slots=True)
class Sheet:
    """A sheet: its name, and its cells in the order of the file."""

    name: str
    cells: list[Cell] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, lines: Iterable[Sequence[str]]) -> Self:
        """A sheet of texts, line by line; those that are empty are no cells."""
        return cls(
            name,
            [
                Cell(row, column, "text", text)
                for row, line in enumerate(lines, 1)
                for column, text in enumerate(line, 1)
                if text
            ],
        )

    def rows(self) -> Mapping[int, dict[int, Cell]]:
        """The cells by row and column; of two in one place the later."""
        found: dict[int, dict[int, Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.row, {})[cell.column] = cell
        return found


def read_sheets(content: bytes) -> list[Sheet]:
    """The sheets of a workbook, in their order. Raises SheetRefused and SheetTooLarge."""
    package = Package(content)
    names, from_1904 = names_of(package)
    if not names:
        raise SheetRefused
    targets = package.related(MAIN)
    shared = texts_of(package)
    days = day_styles(package)
    sheets: list[Sheet] = []
    left = MOST_CELLS
    for name, reference in names:
        target = targets.get(reference, "")
        if package.has(target) and target.startswith("xl/worksheets/"):
            reader = _Reader(name, shared, days, from_1904, left)
            package.read(target, Handlers(reader.start, reader.end, reader.text))
            left -= len(reader.sheet.cells)
            sheets.append(reader.sheet)
    return sheets


def letters(column: int) -> str:
    """The letters of a column, which are counted from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


class _Reader:
    """Takes the elements of one sheet."""

    def __init__(
        self, name: str, shared: list[str], days: frozenset[int], from_1904: bool, room: int
    ) -> None:
        self.sheet = Sheet(name)
        self._shared = shared
        self._days = days
        self._zero = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        self._room = room
        self._row = self._column = 0
        self._type = "n"
        self._is_day = self._is_formula = self._is_sound = False
        self._pieces: list[str] = []
        self._part = ""
        self._value: str | None = None
        self._formula = ""
        self._size = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = 0
        elif name in ("v", "f", "t") and not self._is_sound:
            self._part = name
            self._is_formula = self._is_formula or name == "f"
        elif name == "rPh":
            self._is_sound = True

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name == self._part and name in ("v", "f"):
            text = "".join(self._pieces)
            self._pieces.clear()
            if name == "f":
                self._formula = text
                self._check_formula(text)
            else:
                self._value = text
        if name in ("v", "f", "t"):
            self._part = ""
        elif name == "rPh":
            self._is_sound = False

    def text(self, piece: str) -> None:
        if self._part in ("v", "f", "t"):
            self._size += len(piece)
            if self._size <= MOST_CHARACTERS:
                self._pieces.append(piece)

    def _start_cell(self, attributes: Attributes) -> None:
        found = _PLACE.fullmatch(attributes.get("r", ""))
        if found:
            self._column, self._row = _column(found[1]), int(found[2])
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._is_day = _number(attributes.get("s"), 0) in self._days
        self._is_formula = self._is_sound = False
        self._value, self._formula, self._size, self._part = None, "", 0, ""
        self._pieces.clear()

    def _end_cell(self) -> None:
        value = self._value
        if self._type == "inlineStr":
            value = "".join(self._pieces)
        if not value and (self._type == "str" or not self._is_formula):
            return
        if self._column > MOST_COLUMNS:
            raise SheetTooLarge(variant="columns", sheet=self.sheet.name, limit=MOST_COLUMNS)
        if len(self.sheet.cells) >= self._room:
            raise SheetTooLarge(variant="cells", limit=MOST_CELLS)
        kind: CellKind = "unsolved"
        text = f"={self._formula}"
        if value:
            kind, text = self._read(value)
        if text:
            self.sheet.cells.append(Cell(self._row, self._column, kind, text, self._is_formula))

    def _read(self, value: str) -> tuple[CellKind, str]:
        if self._type == "s":
            number = _number(value, -1)
            if not 0 <= number < len(self._shared):
                raise SheetRefused(variant="broken", found=STRINGS, reason=value[:50])
            return "text", self._shared[number]
        if self._type in ("str", "inlineStr"):
            return "text", unescaped(value)
        if self._type == "b":
            return "truth", value
        if self._type == "e":
            return "error", value
        if self._type == "d":
            return self._iso(value)
        return self._day(value) if self._is_day else ("number", value)

    def _day(self, value: str) -> tuple[CellKind, str]:
        """A day counted from the first; a time of the day is none."""
        try:
            days, rest = divmod(float(value), 1)
            if rest or not math.isfinite(days):
                return "number", value
            return "day", (self._zero + timedelta(days=days)).isoformat()
        except (ValueError, OverflowError):
            return "number", value

    def _iso(self, value: str) -> tuple[CellKind, str]:
        try:
            return "day", date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            return "text", value

    def _check_formula(self, text: str) -> None:
        if _REACHING.search(text):
            cell = f"{letters(self._column)}{self._row}"
            raise SheetRefused(variant="formula", sheet=self.sheet.name, cell=cell)


def _number(text: str | None, otherwise: int) -> int:
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004
    return int(text) if is_number and text is not None else otherwise


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
