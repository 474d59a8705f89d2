"""The use case "send a filled-in sheet back": what of it is news, and which cells are wrong.

A sheet is held against the release that it was made of: places that stand as they were given out
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
from jalon.exchange.sheets.model import RDF_TYPE, Column, Field, Model, Value
from jalon.exchange.sheets.parsing import SheetFile, SheetReader
from jalon.exchange.sheets.reading import Place, Reading
from jalon.exchange.sheets.tables import plate_of
from jalon.exchange.sheets.template import Template, hidden_sheets
from jalon.exchange.sheets.values import Manner, canonical, shown
from jalon.ledger.submissions import Sent
from jalon.services.pinning import Pinning
from jalon.services.templates import Said, Templates, Wanted, said_of
from jalon.store.snapshot import Stamp
from jalon.validation.documents import Document
from jalon.validation.submitted.drafting import Drafted, Wish

TRIPLES = "application/n-triples"

Spoken = Mapping[tuple[str, str], tuple[Value, ...]]
"""What is to be shown in places, each a thing and a property of it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A sheet that was taken in: what it asks for as a wish, and what leads back to its cells."""

    wish: Wish
    pinning: Pinning

    def accounted(self, drafted: Drafted) -> Drafted:
        """What it comes to, with what is wrong by cells; a cell without a value is a violation."""
        account = json.loads(drafted.account)
        account["sheet"] = self.pinning.account(account["report"]["results"])
        return replace(
            drafted,
            violations=drafted.violations + self.pinning.faults,
            account=json.dumps(account, ensure_ascii=False).encode(),
        )


@dataclass(frozen=True, slots=True)
class Sheets:
    """Takes in sheets that are held against the releases that templates are made of."""

    reader: SheetReader
    templates: Templates

    async def taken(self, wish: Wish) -> Taken:
        """A wish whose one document is a sheet, as a wish of what it says.

        Raises SheetError, a QueryError as the store does, and as SheetReader.read.
        """
        if len(wish.documents) > 1:
            raise SheetRefused(variant="several")
        [document] = wish.documents
        stamp = self.templates.stamp
        models = await self.templates.models(stamp)
        file = await self._file(document.content, document.media_type)
        found = await self.reader.read(file, models.values(), stamp.base, wish.organisation)
        said = await self._said(found, stamp)
        return await asyncio.to_thread(_taken, wish, found, models[found.model], said, stamp.base)

    async def annotated(
        self, sent: Sequence[Sent], account: Mapping[str, Any], language: str | None
    ) -> bytes:
        """A workbook of a sheet that was sent, with what its account says beside its cells.

        Raises NotFound where none was sent, and as SheetReader.annotate.
        """
        sheet, own = account.get("sheet"), next(filter(is_sheet, sent), None)
        if sheet is None or own is None:
            raise NotFound(path="sheet.xlsx")
        words = language or sheet["language"]
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
        remarks = {
            "language": sheet["language"],
            "words": words,
            "sheet": sheet["name"],
            "cells": cells,
        }
        file = await self._file(own.content, own.media_type)
        return await self.reader.annotate(file, remarks)

    async def _file(self, content: bytes, media_type: str) -> SheetFile:
        """A file with what it does not say itself, which a workbook has in hidden sheets."""
        if media_type != CSV:
            return SheetFile(content, media_type)
        plate = plate_of(content)
        wanted = Wanted(plate.name, plate.language, plate.organisation)
        try:
            made = await self._template(wanted, plate.release)
        except NotFound as error:
            raise SheetRefused(variant="unknown", found=plate.text) from error
        hidden = await asyncio.to_thread(hidden_sheets, made)
        return SheetFile(content, media_type, made.title, hidden)

    async def _template(self, wanted: Wanted, release: int | None) -> Template:
        """The sheet of a release, or of the newest where that cannot be asked any more."""
        try:
            return await self.templates.template(wanted, release)
        except (QueryError, NotFound, SheetTooLarge):
            raise
        except JalonError:
            return await self.templates.template(wanted)

    async def _said(self, found: Reading, stamp: Stamp) -> Mapping[str, Said]:
        """What is shown of the things of a sheet, in the release that it was made of."""
        things = [thing for thing in found.rows if thing not in set(found.new)]
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


def _taken(wish: Wish, found: Reading, model: Model, said: Mapping[str, Said], base: str) -> Taken:
    manner = Manner.of(found.language, base, {})
    news = dict(_news(found, model, said, manner))
    lines = [_line(*place, value) for place, values in news.items() for value in values]
    [sent] = wish.documents
    documents = (Document("data", b"".join(lines), TRIPLES, sent.name),) if lines else ()
    asked = Wish(wish.organisation, "rows", documents, tuple(news))
    return Taken(asked, Pinning(found, model, said, manner))


def _news(
    found: Reading, model: Model, said: Mapping[str, Said], manner: Manner
) -> Iterator[tuple[tuple[str, str], tuple[Value, ...]]]:
    """The places in which a sheet says something else than it was given out with."""
    new = set(found.new)
    twins_used = {name for one in said.values() for name in one.values}
    for place in found.places:
        field = model.field(place.property)
        before = said[place.thing].values.get(place.property, ()) if place.thing in said else ()
        if place.thing in new or field is None:
            then: tuple[Value, ...] = place.values
        else:
            kept = tuple(value for value in before if not _is_shown(value, field, place, manner))
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
