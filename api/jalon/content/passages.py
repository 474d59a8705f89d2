"""Passages of a source document: how a locator finds one, and the digest that identifies it.

The grammar and the normalisation are those of the design contract, "Citations"::

    L a[-b][/cell:n[/(para|item):n]]        L20/cell:1/item:2    L5-7
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

_LOCATOR = re.compile(
    r"L(?P<first>[1-9]\d*)(-(?P<last>[1-9]\d*))?"
    r"(/cell:(?P<cell>[1-9]\d*)(/(?P<part>para|item):(?P<number>[1-9]\d*))?)?"
)
_PARTS = {
    "para": re.compile(r"<p(?:\s[^>]*)?>(.*?)</p>", re.DOTALL),
    "item": re.compile(r"<li(?:\s[^>]*)?>(.*?)</li>", re.DOTALL),
}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_LINE_MARK = re.compile(r"^(?:#{1,6}|[*+-]|\d+[.)])[^\S\n]+", re.MULTILINE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a document: 1-based lines, last included; then a cell, then a part of it."""

    first: int
    last: int
    cell: int | None
    part: str | None
    number: int | None


def read_locator(text: str) -> Locator | None:
    """The place that ``text`` names, or None where it is not a locator or its range runs back."""
    match = _LOCATOR.fullmatch(text)
    if match is None:
        return None
    first = int(match["first"])
    last = int(match["last"] or first)
    if last < first:
        return None
    cell = int(match["cell"]) if match["cell"] else None
    number = int(match["number"]) if match["number"] else None
    return Locator(first, last, cell, match["part"], number)


def passage(text: str, locator: str) -> str | None:
    """The passage as it stands in the document, marks included; None where there is no such place.

    A cell of several lines is that cell of each line.
    """
    place = read_locator(locator)
    lines = text.split("\n")
    if place is None or place.last > len(lines):
        return None
    chosen = lines[place.first - 1 : place.last]
    if place.cell is not None:
        rows = [line.split("\t") for line in chosen]
        if any(place.cell > len(row) for row in rows):
            return None
        chosen = [row[place.cell - 1] for row in rows]
    found = "\n".join(chosen)
    if place.part is None or place.number is None:
        return found
    parts: list[str] = _PARTS[place.part].findall(found)
    return parts[place.number - 1] if place.number <= len(parts) else None


def plain(passage: str) -> str:
    """The words of a passage without its marks: what the digest is taken of."""
    text = _TAG.sub("", passage)
    text = _LINE_MARK.sub("", text).replace("**", "")
    text = _ESCAPE.sub(r"\1", text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(passage: str) -> str:
    """SHA-256 of the plain words in UTF-8, as lower-case hexadecimal."""
    return hashlib.sha256(plain(passage).encode("utf-8")).hexdigest()
