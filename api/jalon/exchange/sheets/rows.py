"""Reads filled-in sheets, in the process that may be killed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jalon.errors import SheetRefused
from jalon.exchange.sheets.cells import Sheet
from jalon.exchange.sheets.faults import SHOWN_CHARACTERS, Faults
from jalon.exchange.sheets.hidden import Section, given_sheets, sections_of
from jalon.exchange.sheets.lines import Line, Lines
from jalon.exchange.sheets.linking import Linking
from jalon.exchange.sheets.model import RDF_TYPE, Model, Value
from jalon.exchange.sheets.reading import Place, Reading
from jalon.exchange.sheets.rowkeys import MARK
from jalon.exchange.sheets.template import KEYS


def readings_of(
    sheets: Sequence[Sheet], models: Mapping[str, Model], base: str, organisation: str
) -> list[Reading]:
    """What each sheet of a workbook says, for an organisation of the pack with this base.

    Raises SheetRefused for a workbook that is none of ours, of a class that there is no sheet of,
    or that has lost a column.
    """
    found = given_sheets(sheets, sections_of(sheets))
    by_iri = {model.iri: model for model in models.values()}
    for _, section in found:
        _check(section, base, organisation, by_iri)
    faults = Faults()
    read = [
        Lines(sheet, section, by_iri[section.model], organisation, faults)
        for sheet, section in found
    ]
    lines = [line for each in read for line in each.read()]
    linking = Linking(lines, faults)
    made: dict[str, Line] = {}
    for line in lines:
        _enter(line, made, linking)
    return [each.reading for each in read]


def _check(section: Section, base: str, organisation: str, models: Mapping[str, Model]) -> None:
    if section.base != base:
        raise SheetRefused(variant="foreign", sheet=KEYS)
    if section.organisation not in ("", organisation):
        raise SheetRefused(
            variant="organisation", found=section.organisation[:100], organisation=organisation
        )
    if section.model not in models:
        raise SheetRefused(variant="unknown", found=section.model[:SHOWN_CHARACTERS])


def _enter(line: Line, made: dict[str, Line], linking: Linking) -> None:
    """What a line says, as its sheet says it; ``made`` are the lines of what is new so far."""
    reading, thing = line.source.reading, line.thing
    if not thing:
        return
    if line.is_new:
        other = made.setdefault(thing, line)
        if other is not line:
            _meet(line, other, linking)
            return
        # What is new is described by what there is of it.
        reading.new.append(thing)
        kind = (Value(line.source.model.iri),)
        reading.places.append(Place(thing, RDF_TYPE, kind, {"": line.spots[0]}))
    reading.rows[thing] = line.number
    if line.key:
        reading.keys[thing] = MARK + line.key
    for name, (values, cells) in line.places.items():
        if name not in line.broken and (values or not line.is_new):
            reading.places.append(Place(thing, name, values, cells))


def _meet(line: Line, other: Line, linking: Linking) -> None:
    """Two new rows that come to one thing: a copy is told, and who names both means two.

    Of those with a cell that cannot be read that is told: it may be what tells them apart.
    """
    if line.broken or other.broken:
        return
    said, theirs = (
        {name: values for name, (values, _) in each.places.items()} for each in (line, other)
    )
    if line.key or other.key or said != theirs:
        linking.tell_same(line)
    else:
        line.source.reading.copies.append(str(line.number))
