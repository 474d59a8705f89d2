"""What is told of the cells of a workbook that say nothing: so many of them, with examples."""

from __future__ import annotations

from difflib import get_close_matches

from jalon.exchange.sheets.model import Column
from jalon.exchange.sheets.reading import Fault, Reading
from jalon.exchange.sheets.template import word
from jalon.exchange.sheets.values import WORDS, Manner

MOST_FAULTS = 1_000
"""So many cells are told; who has more mistakes has made one, many times."""

MOST_COMPARED = 50
"""For so many cells the nearest choice is looked for."""

SHOWN_CHARACTERS = 200
ALIKE = 0.4
ROW_KEYS = frozenset({"row-key", "row-key-twice", "row-key-unknown"})
"""The faults that are about row keys."""


class Faults:
    """Tells the faults of all sheets of a workbook, and counts those that are too many."""

    def __init__(self) -> None:
        self._told = 0

    def tell(self, reading: Reading, fault: Fault) -> None:
        """One more fault of a sheet."""
        if self._told >= MOST_FAULTS:
            reading.left_out += 1
            return
        self._told += 1
        reading.faults.append(fault)

    def example(self, seen: str, column: Column, reason: str, manner: Manner) -> str:
        """What might stand in a cell of a column."""
        kind, language = column.field.kind, manner.language
        if reason in ROW_KEYS:
            return word("example", "row-key", language)
        if kind == "boolean":
            return WORDS[language][0][0]
        if kind == "reference":
            labels = list(manner.iris.get(column.field.property, {}))
            near = self.nearest(seen, labels) if reason == "choice" else []
            return next(iter((*near, *labels)), "measure/qdcp-120")
        if kind in ("text", "phrase"):
            return seen.lstrip("=+-@ ")[:SHOWN_CHARACTERS] if reason == "formula" else ""
        return word("example", kind, language)

    def nearest(self, seen: str, known: list[str]) -> list[str]:
        """The one of some texts that is most like another, as long as not many were asked for."""
        return get_close_matches(seen, known, 1, ALIKE) if self._told < MOST_COMPARED else []
