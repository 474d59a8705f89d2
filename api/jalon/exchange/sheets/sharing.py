"""What the sheets of a workbook share: their names, their texts, and how days are written."""

from __future__ import annotations

import re

from jalon.errors import SheetTooLarge
from jalon.exchange.sheets.package import MAIN, Attributes, Handlers, Package

MOST_TEXTS = 100_000
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
BUILT_IN_DAYS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats that every spreadsheet has, and that show a day or a time."""

_ESCAPED = re.compile(r"_x((?![dD][89a-fA-F])[0-9A-Fa-f]{4})_")
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DAY = re.compile(r"[dmyhs]", re.IGNORECASE)


def names_of(package: Package) -> tuple[list[tuple[str, str]], bool]:
    """The name of each sheet with what it is referred to by, and whether days count from 1904."""
    found: list[tuple[str, str]] = []
    from_1904 = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal from_1904
        if name == "sheet":
            reference = next((attributes[key] for key in attributes if key.endswith(":id")), "")
            found.append((attributes.get("name", "")[:100], reference))
        elif name == "workbookPr":
            from_1904 = attributes.get("date1904", "0") in ("1", "true")

    package.read(MAIN, Handlers(start))
    return found, from_1904


def texts_of(package: Package) -> list[str]:
    """The texts that cells share."""
    reader = _Texts()
    if package.has(STRINGS):
        package.read(STRINGS, Handlers(reader.start, reader.end, reader.text))
    return reader.found


class _Texts:
    """Takes the elements of the shared texts; how a text sounds is not what it says."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_text = self._is_sound = False

    def start(self, name: str, _: Attributes) -> None:
        if name == "rPh":
            self._is_sound = True
        self._is_text = name == "t" and not self._is_sound

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_sound = False
        elif name == "si":
            self.found.append(unescaped("".join(self._pieces)))
            self._pieces.clear()
            if len(self.found) > MOST_TEXTS:
                raise SheetTooLarge(variant="cells", limit=MOST_TEXTS)

    def text(self, piece: str) -> None:
        if self._is_text:
            self._pieces.append(piece)


def day_styles(package: Package) -> frozenset[int]:
    """The numbers of the cell styles that show a day."""
    custom: dict[str, bool] = {}
    found: list[bool] = []
    is_cell = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_cell
        if name == "numFmt":
            code = _NOT_FORMAT.sub("", attributes.get("formatCode", "")[:500])
            custom[attributes.get("numFmtId", "")] = _DAY.search(code) is not None
        elif name == "cellXfs":
            is_cell = True
        elif name == "xf" and is_cell:
            number = attributes.get("numFmtId", "0")
            built_in = number.isdecimal() and len(number) < 5 and int(number) in BUILT_IN_DAYS  # noqa: PLR2004
            found.append(custom.get(number, built_in))

    def end(name: str) -> None:
        nonlocal is_cell
        if name == "cellXfs":
            is_cell = False

    if package.has(STYLES):
        package.read(STYLES, Handlers(start, end))
    return frozenset(number for number, is_day in enumerate(found) if is_day)


def unescaped(text: str) -> str:
    """A text as it was before characters that XML cannot hold were written as _xHHHH_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
