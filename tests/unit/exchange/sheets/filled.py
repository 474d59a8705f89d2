"""A sheet of a small model, and workbooks made of it for a test."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook

from jalon.exchange.sheets.formats import XLSX
from jalon.exchange.sheets.model import STRING, XSD, Field, Model, Value
from jalon.exchange.sheets.parsing import SheetFile, SheetLimits, SheetReader
from jalon.exchange.sheets.reading import Reading
from jalon.exchange.sheets.template import Row, Template, columns_of
from jalon.exchange.sheets.values import Manner
from jalon.exchange.sheets.writing import workbook
from jalon.store.workshop import Workshop

Cells = Mapping[str, str | float | bool | None]
"""What somebody writes into cells, by their names."""

BASE = "http://e/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SAW = f"{BASE}id/tool/saw"
FIELDS = (
    Field(LABEL, "phrase", {"en": "label", "fr": "nom"}, required=True),
    Field(f"{BASE}code", "text", {"en": "code", "fr": "code"}),
    Field(f"{BASE}number", "integer", {"en": "number", "fr": "nombre"}),
    Field(f"{BASE}price", "decimal", {"en": "price", "fr": "prix"}),
    Field(f"{BASE}sharp", "boolean", {"en": "sharp", "fr": "affûté"}),
    Field(f"{BASE}year", "year", {"en": "year", "fr": "année"}),
    Field(f"{BASE}bought", "date", {"en": "bought", "fr": "achat"}),
    Field(f"{BASE}owner", "reference", {"en": "owner", "fr": "propriétaire"}, classes=("x",)),
)
MODEL = Model("Tool", f"{BASE}Tool", "tool", {"en": "tool", "fr": "outil"}, {}, FIELDS)
PERSON = Model(
    "Person",
    f"{BASE}Person",
    "person",
    {"en": "person", "fr": "personne"},
    {},
    (
        Field(LABEL, "phrase", {"en": "label", "fr": "nom"}, required=True),
        Field(f"{BASE}owns", "reference", {"en": "owns", "fr": "possède"}, classes=("x",)),
        Field(f"{BASE}knows", "reference", {"en": "knows", "fr": "connaît"}, classes=("x",)),
    ),
)
ANA = f"{BASE}id/person/ana"
CHOICES = {f"{BASE}owner": [("Ana", f"{BASE}id/person/ana"), ("Luc", f"{BASE}id/person/luc")]}
ROW = Row(
    SAW,
    {
        f"{LABEL}@en": (Value("saw", "@en"),),
        f"{LABEL}@fr": (Value("scie", "@fr"),),
        f"{BASE}code": (Value("007", STRING), Value("a|b", STRING)),
        f"{BASE}number": (Value("12", f"{XSD}integer"),),
        f"{BASE}price": (Value("1234.5", f"{XSD}decimal"),),
        f"{BASE}sharp": (Value("true", f"{XSD}boolean"),),
        f"{BASE}year": (Value("2027", f"{XSD}gYear"),),
        f"{BASE}bought": (Value("2027-03-31", f"{XSD}date"),),
        f"{BASE}owner": (Value(f"{BASE}id/person/ana"), Value(f"{BASE}id/person/eva")),
    },
    {f"{BASE}code": ("graph/editorial",)},
)

EXPECTED = {
    (SAW, name.partition("@")[0]): {
        value
        for key, values in ROW.values.items()
        for value in values
        if key.partition("@")[0] == name.partition("@")[0]
    }
    for name in ROW.values
}
"""What the sheet of that row says, by the thing and the property."""


def made(language: str = "fr", rows: Sequence[Row] = (ROW,)) -> Template:
    manner = Manner.of(language, BASE, CHOICES)
    columns = columns_of(MODEL, ("en", "fr"))
    return Template(MODEL, manner, "calq", 3, columns, tuple(rows))


def template(language: str = "fr", rows: Sequence[Row] = (ROW,)) -> bytes:
    return workbook([made(language, rows)])


def several(language: str = "fr") -> bytes:
    """A workbook of the sheets of two models."""
    choices = {f"{BASE}owns": [("scie", SAW)], f"{BASE}knows": [("Luc", f"{BASE}id/person/luc")]}
    row = Row(ANA, {f"{LABEL}@fr": (Value("Ana", "@fr"),), f"{BASE}owns": (Value(SAW),)})
    person = Template(
        PERSON,
        Manner.of(language, BASE, choices),
        "calq",
        3,
        columns_of(PERSON, ("en", "fr")),
        (row,),
    )
    return workbook([made(language), person])


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(cells: Cells, language: str = "fr") -> bytes:
    """The sheet after somebody has written something into cells."""
    book = opened(template(language))
    for name, value in cells.items():
        book.worksheets[0][name] = value
    return saved(book)


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return source.read(name)


def with_parts(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """A workbook with parts beside its own, or instead of them."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            if info.filename not in parts:
                target.writestr(info.filename, source.read(info))
        for name, part in parts.items():
            target.writestr(name, part)
    return out.getvalue()


def reading(content: bytes | SheetFile, folder: Path, organisation: str = "calq") -> Reading:
    """What a process of its own reads in a workbook of one sheet, or in another file."""
    [found] = readings(content, folder, organisation)
    return found


def said(read: Reading) -> dict[tuple[str, str], set[Value]]:
    """What a sheet says, by the thing and the property."""
    return {(each.thing, each.property): set(each.values) for each in read.places}


def faults(read: Reading) -> dict[str, str]:
    """The reasons of cells without a value."""
    return {each.cell: each.reason for each in read.faults}


def readings(
    content: bytes | SheetFile,
    folder: Path,
    organisation: str = "calq",
    models: Sequence[Model] = (MODEL,),
) -> list[Reading]:
    """What a process of its own reads in the sheets of a file."""
    file = content if isinstance(content, SheetFile) else SheetFile(content, XLSX)

    async def read() -> list[Reading]:
        workshop = Workshop()
        try:
            reader = SheetReader(workshop, folder, isolated=False, limits=SheetLimits())
            return await reader.read(file, models, BASE, organisation)
        finally:
            await workshop.close()

    return asyncio.run(read())
