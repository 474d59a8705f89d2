"""What a filled-in sheet says in which places, and what is wrong with which of its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jalon.exchange.sheets.model import Value


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that has no value of its column: why, what it holds, and what it might hold."""

    cell: str
    column: str
    reason: str
    seen: str
    example: str
    thing: str = ""
    property: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What a sheet says of one property of a thing, and the cell for each language it is in."""

    thing: str
    property: str
    values: tuple[Value, ...]
    cells: Mapping[str, str]


@dataclass(slots=True)
class Reading:
    """All that a sheet says.

    ``rows`` has the number of the row of each thing, ``names`` what stands above each column, by
    the key of the column; ``extra`` are columns that are ignored, ``missing`` those that nothing is
    said in, ``formulas`` the cells of which only the values are taken; ``new`` are things that the
    sheet brings, ``keys`` the row keys of things, and ``copies`` the numbers of rows that say what
    another says. ``left_out`` is how many faults are not told.
    """

    sheet: str
    model: str
    language: str
    organisation: str
    release: int
    places: list[Place] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    copies: list[str] = field(default_factory=list)
    left_out: int = 0


def reading_document(reading: Reading) -> Mapping[str, Any]:
    """A reading as JSON has it."""
    return {
        **{name: getattr(reading, name) for name in _PLAIN},
        "places": [
            [each.thing, each.property, [[v.text, v.tag] for v in each.values], dict(each.cells)]
            for each in reading.places
        ],
        "faults": [{name: getattr(each, name) for name in _FAULT} for each in reading.faults],
    }


def read_reading(document: Mapping[str, Any]) -> Reading:
    """The reading of a ``reading_document``."""
    return Reading(
        **{name: document[name] for name in _PLAIN},
        places=[
            Place(thing, name, tuple(Value(*each) for each in values), cells)
            for thing, name, values, cells in document["places"]
        ],
        faults=[Fault(**each) for each in document["faults"]],
    )


_PLAIN = (
    *("sheet", "model", "language", "organisation", "release", "rows", "names", "extra"),
    *("missing", "formulas", "new", "keys", "copies", "left_out"),
)
_FAULT = ("cell", "column", "reason", "seen", "example", "thing", "property")
