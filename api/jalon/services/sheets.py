"""The use case "send filled-in sheets back": what of them is news, and which cells are wrong.

Each sheet is held against the release that it was made of: places that stand as they were given out
are not spoken for, so that nobody takes back what others have changed meanwhile. What a cell cannot
show stays as it is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jalon.errors import JalonError, NotFound, QueryError, SheetRefused, SheetTooLarge
from jalon.exchange.sheets.formats import CSV, SHEETS
from jalon.exchange.sheets.model import RDF_TYPE, Column, Field, Value
from jalon.exchange.sheets.parsing import SheetFile, SheetReader
from jalon.exchange.sheets.reading import Fault, Place, Reading
from jalon.exchange.sheets.showing import shown
from jalon.exchange.sheets.tables import plate_of
from jalon.exchange.sheets.template import Template, hidden_sheets
from jalon.exchange.sheets.values import Manner, canonical, joined
from jalon.ledger.submissions import Sent
from jalon.services.pinning import Pinning, SheetDocument, accounts, sheets_of
from jalon.services.templates import Said, Templates, Wanted, said_of
from jalon.store.snapshot import Stamp
from jalon.validation.documents import Document
from jalon.validation.submitted.drafting import Drafted, Wish

TRIPLES = "application/n-triples"

Spoken = Mapping[tuple[str, str], tuple[Value, ...]]
"""What is to be shown in places, each a thing and a property of it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken in: what it asks for as a wish, and what leads back to its cells."""

    wish: Wish
    pinnings: tuple[Pinning, ...]

    def accounted(self, drafted: Drafted) -> Drafted:
        """What it comes to, with what is wrong by cells; a cell without a value is a violation."""
        account = json.loads(drafted.account)
        account["sheets"] = accounts(self.pinnings, account["report"]["results"])
        return replace(
            drafted,
            violations=drafted.violations + sum(each.faults for each in self.pinnings),
            account=json.dumps(account, ensure_ascii=False).encode(),
        )


@dataclass(frozen=True, slots=True)
class Sheets:
    """Takes in sheets that are held against the releases that templates are made of."""

    reader: SheetReader
    templates: Templates

    async def taken(self, wish: Wish) -> Taken:
        """A wish whose one document is of sheets, as a wish of what they say.

        Raises SheetError, a QueryError as the store does, and as SheetReader.read.
        """
        if len(wish.documents) > 1:
            raise SheetRefused(variant="several")
        [document] = wish.documents
        stamp = self.templates.stamp
        models = await self.templates.models(stamp)
        file = await self._file(document.content, document.media_type)
        found = await self.reader.read(file, models.values(), stamp.base, wish.organisation)
        keys = {thing: key for each in found for thing, key in each.keys.items()}
        pinnings = [
            Pinning(
                reading,
                models[reading.model],
                await self._said(reading, stamp),
                Manner.of(reading.language, stamp.base, {}),
                keys,
            )
            for reading in found
        ]
        return await asyncio.to_thread(_taken, wish, pinnings)

    async def annotated(
        self, sent: Sequence[Sent], account: Mapping[str, Any], language: str | None
    ) -> bytes:
        """A workbook of the sheets that were sent, with what the account says beside their cells.

        Raises NotFound where none was sent, and as SheetReader.annotate.
        """
        sheets, own = sheets_of(account), next(filter(is_sheet, sent), None)
        if not sheets or own is None:
            raise NotFound(path="sheet.xlsx")
        words = language or sheets[0]["language"]
        remarks = {"words": words, "sheets": [_remarks(each, words) for each in sheets]}
        file = await self._file(own.content, own.media_type)
        return await self.reader.annotate(file, remarks)

    async def _file(self, content: bytes, media_type: str) -> SheetFile:
        """A file with what it does not say itself, which a workbook has in hidden sheets."""
        if media_type != CSV:
            return SheetFile(content, media_type)
        plate = plate_of(content)
        wanted = Wanted((plate.name,), plate.language, plate.organisation)
        try:
            [made] = await self._templates(wanted, plate.release)
        except NotFound as error:
            raise SheetRefused(variant="unknown", found=plate.text) from error
        hidden = await asyncio.to_thread(hidden_sheets, [made])
        return SheetFile(content, media_type, made.title, hidden)

    async def _templates(self, wanted: Wanted, release: int | None) -> Sequence[Template]:
        """The sheet of a release, or of the newest where that cannot be asked any more."""
        try:
            return await self.templates.filled(wanted, release)
        except (QueryError, NotFound, SheetTooLarge):
            raise
        except JalonError:
            return await self.templates.filled(wanted)

    async def _said(self, found: Reading, stamp: Stamp) -> Mapping[str, Said]:
        """What is shown of the things of a sheet, in the release that it was made of."""
        new = set(found.new)
        things = [thing for thing in found.rows if thing not in new]
        asking = self.templates.asking
        try:
            return await said_of(asking.of(min(found.release, stamp.number)), things)
        except (QueryError, NotFound):
            raise
        except JalonError:
            # The release cannot be asked any more: it is held against the newest.
            return await said_of(asking.of(stamp.number), things)


def is_sheet(document: Document | Sent) -> bool:
    """Whether a document is a sheet."""
    return document.media_type in SHEETS.values()


def _remarks(sheet: SheetDocument, words: str) -> Mapping[str, Any]:
    """What is written beside the cells of a sheet, in a language."""
    cells = [
        {
            "cell": each["cell"],
            "column": each["column"],
            "seen": each["value"],
            "text": each["messages"].get(words) or next(iter(each["messages"].values()), ""),
        }
        for each in sheet["cells"]
        if each["cell"]
    ]
    return {"name": sheet["name"], "cells": cells}


def _taken(wish: Wish, pinnings: Sequence[Pinning]) -> Taken:
    news: dict[tuple[str, str], tuple[Value, ...]] = {}
    for pinning in pinnings:
        for place, values in dict(_news(pinning)).items():
            before = news.get(place, values)
            if place[1] == RDF_TYPE:
                # Each sheet says of its rows that they are of its class.
                news[place] = tuple(dict.fromkeys((*before, *values)))
            elif set(before) == set(values):
                news[place] = values
            else:
                pinning.reading.faults += _differing(pinning, *place)
    lines = [_line(*place, value) for place, values in news.items() for value in values]
    [sent] = wish.documents
    documents = (Document("data", b"".join(lines), TRIPLES, sent.name),) if lines else ()
    asked = Wish(wish.organisation, "rows", documents, tuple(news))
    return Taken(asked, tuple(pinnings))


def _differing(pinning: Pinning, thing: str, said_of: str) -> Iterator[Fault]:
    """That a sheet says something else in a place than one before it.

    Nothing of a place without a cell: it follows from another, whose values differ, too.
    """
    field = pinning.model.field(said_of)
    for place in pinning.reading.places:
        if field is not None and (place.thing, place.property) == (thing, said_of):
            language, cell = next(iter(place.cells.items()))
            column = Column(field, language)
            here = (value for value in place.values if column.takes(value))
            texts = (shown(value, column, pinning.manner) for value in here)
            seen = joined(text for text in texts if text)
            above = pinning.reading.names[column.key]
            yield Fault(cell, above, "differs", seen, "", thing, said_of)


def _news(pinning: Pinning) -> Iterator[tuple[tuple[str, str], tuple[Value, ...]]]:
    """The places in which a sheet says something else than it was given out with."""
    found, model, said = pinning.reading, pinning.model, pinning.said
    new = set(found.new)
    twins_used = {name for one in said.values() for name in one.values}
    for place in found.places:
        field = model.field(place.property)
        before = said[place.thing].values.get(place.property, ()) if place.thing in said else ()
        if place.thing in new or field is None:
            then: tuple[Value, ...] = place.values
        else:
            kept = tuple(
                value for value in before if not _is_shown(value, field, place, pinning.manner)
            )
            if {canonical(each) for each in before if each not in kept} == set(place.values):
                continue
            then = tuple(dict.fromkeys((*place.values, *kept)))
        yield (place.thing, place.property), then
        for twin in _twins(field, said.get(place.thing), twins_used):
            yield (place.thing, twin), then
        if place.thing in said and not said[place.thing].values:
            # Somebody has given what is new an IRI of their own.
            yield (place.thing, RDF_TYPE), (Value(model.iri),)


def _twins(field: Field | None, said: Said | None, used: Collection[str]) -> Iterator[str]:
    """The properties that repeat one, where the thing has them, or for a new one others do."""
    for twin in () if field is None else field.twins:
        if twin in (used if said is None else said.values):
            yield twin


def _is_shown(value: Value, field: Field, place: Place, manner: Manner) -> bool:
    """Whether a cell of the place shows a value."""
    language = value.language if field.kind == "phrase" else ""
    return language in place.cells and shown(value, Column(field, language), manner) is not None


def _line(thing: str, said_of: str, value: Value) -> bytes:
    """A line of N-Triples."""
    if not value.tag:
        term = f"<{value.text}>"
    else:
        text = value.text.translate(_ESCAPES)
        tag = value.tag if value.language else f"^^<{value.tag}>"
        term = f'"{text}"{tag}'
    return f"<{thing}> <{said_of}> {term} .\n".encode()


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
