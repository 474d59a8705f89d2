"""What a sheet of a class has: its fields, and the columns that they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
STRING = f"{XSD}string"

Kind = Literal["text", "phrase", "integer", "decimal", "boolean", "year", "date", "reference"]
"""What the values of a field are: texts, texts in a language, figures, days, other things."""

Texts = Mapping[str, str]
"""A text by language."""

_ENDS = re.compile(r"[#/]")


@dataclass(frozen=True, slots=True)
class Value:
    """A term. Its tag is ``@`` with a language, the IRI of a datatype, or empty for an IRI.

    While a workbook is read, it may be that of the key of a row, ``rowkeys.ROW``.
    """

    text: str
    tag: str = ""

    @property
    def language(self) -> str:
        """The language of a text; empty for any other term."""
        return self.tag[1:] if self.tag.startswith("@") else ""


@dataclass(frozen=True, slots=True)
class Field:
    """A property as a sheet has it.

    For a reference, ``classes`` are those whose things may stand there, ``schemes`` the lists of
    concepts that they must stand in, and ``listed`` the only things that may, where there is a
    list. ``twins`` are properties that repeat what it says.
    """

    property: str
    kind: Kind
    names: Texts = field(default_factory=dict)
    help: Texts = field(default_factory=dict)
    required: bool = False
    classes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A class with its fields, in the order of their columns.

    ``name`` is the end of the IRI of the class, by which its sheet goes; ``kind`` is how the IRIs
    of its things name their kind. ``others`` are fields that its things have now and then.
    """

    name: str
    iri: str
    kind: str
    labels: Texts
    help: Texts
    fields: tuple[Field, ...]
    others: tuple[Field, ...] = ()

    def with_others(self, used: Iterable[str]) -> Model:
        """The model with those of its other fields whose properties are used."""
        wanted = set(used)
        more = tuple(each for each in self.others if each.property in wanted)
        return Model(self.name, self.iri, self.kind, self.labels, self.help, (*self.fields, *more))

    def field(self, name: str) -> Field | None:
        """The field of a property, of whichever sort."""
        found = (each for each in (*self.fields, *self.others) if each.property == name)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Column:
    """A field, or a field in one language."""

    field: Field
    language: str = ""

    @property
    def key(self) -> str:
        """What tells it from other columns."""
        return f"{self.field.property}@{self.language}" if self.language else self.field.property

    def takes(self, value: Value) -> bool:
        """Whether a value of the field stands in this column."""
        return self.field.kind != "phrase" or value.language == self.language


def local_name(iri: str) -> str:
    """The end of an IRI."""
    return _ENDS.split(iri.rstrip("#/"))[-1]


def model_document(model: Model) -> Mapping[str, Any]:
    """A model as JSON has it."""
    return asdict(model)


def read_model(document: Mapping[str, Any]) -> Model:
    """The model of a ``model_document``."""
    fields, others = (
        tuple(_read_field(each) for each in document[name]) for name in ("fields", "others")
    )
    return Model(**{**document, "fields": fields, "others": others})


def _read_field(document: Mapping[str, Any]) -> Field:
    listed = {name: tuple(value) for name, value in document.items() if isinstance(value, list)}
    return Field(**{**document, **listed})
