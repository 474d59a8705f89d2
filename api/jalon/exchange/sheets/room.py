"""What a workbook has room for: what is given out can be filled in and sent back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from jalon.errors import SheetTooLarge
from jalon.exchange.sheets.cells import MOST_CELLS
from jalon.exchange.sheets.template import Template, choosing

ROOM = MOST_CELLS * 3 // 4
"""So many cells are given out; the rest is for what is filled in."""

PER_SHEET, PER_COLUMN = 60, 8
"""Cells of the words about a sheet and about each of its columns, in sight and hidden."""


def fitted(templates: Sequence[Template]) -> tuple[Template, ...]:
    """The sheets of a workbook, without the longest lists where there is no room for all.

    The things of a list that is left out are written as kind/name. Raises SheetTooLarge.
    """
    left = ROOM - sum(map(cells_of, templates))
    if left < 0:
        raise SheetTooLarge(variant="given", limit=ROOM)
    kept: list[set[str]] = [set() for _ in templates]
    for each in sorted(choosing(templates), key=lambda each: len(each.iris)):
        left -= 2 * len(each.iris) + 1
        if left >= 0:
            kept[each.sheet].add(each.property)
    return tuple(map(_with_lists, templates, kept))


def cells_of(template: Template) -> int:
    """How many cells a sheet fills, at most, without its lists."""
    filled = (1 + len(row.values) + len(row.graphs) for row in template.rows)
    return PER_SHEET + PER_COLUMN * len(template.columns) + sum(filled)


def _with_lists(template: Template, names: Collection[str]) -> Template:
    """The same with the lists of some properties alone."""
    manner = template.manner
    iris = {name: each for name, each in manner.iris.items() if name in names}
    labels = {name: each for name, each in manner.labels.items() if name in names}
    return replace(template, manner=replace(manner, iris=iris, labels=labels))
