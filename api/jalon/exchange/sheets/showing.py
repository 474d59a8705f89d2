"""Values as cells show them, in the language of a sheet.

Whatever is shown is read as the same value; what cannot be is not shown (``shown`` gives None).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jalon.exchange.sheets.model import STRING, XSD, Column, Kind, Value
from jalon.exchange.sheets.values import (
    LOCAL,
    LONGEST,
    WORDS,
    Manner,
    Unreadable,
    canonical,
    read,
)


def shortened(iri: str, base: str) -> str:
    """An IRI as a cell shows it: below its base without the base."""
    local = iri.removeprefix(f"{base}id/")
    return local if local != iri and LOCAL.fullmatch(local) else iri


def shown(value: Value, column: Column, manner: Manner) -> str | None:
    """The text of a value in a cell, by which it is found again; None where there is none."""
    text = _SHOWN[column.field.kind](value, column, manner)
    if text is None or len(text) > LONGEST or "|" in text[:1] + text[-1:]:
        return None
    try:
        return text if read(text.strip(), column, manner) == canonical(value) else None
    except Unreadable:
        return None


def _shown_text(value: Value, column: Column, _manner: Manner) -> str | None:
    tag = f"@{column.language}" if column.field.kind == "phrase" else STRING
    return value.text if value.tag == tag else None


def _shown_figure(value: Value, column: Column, _manner: Manner) -> str | None:
    names = {"integer": "integer", "decimal": "decimal", "year": "gYear", "date": "date"}
    return canonical(value).text if value.tag == XSD + names[column.field.kind] else None


def _shown_decimal(value: Value, column: Column, manner: Manner) -> str | None:
    text = _shown_figure(value, column, manner)
    return text.replace(".", ",") if text and manner.language == "fr" else text


def _shown_truth(value: Value, _column: Column, manner: Manner) -> str | None:
    said = {"true": 0, "false": 1}.get(canonical(value).text)
    is_truth = value.tag == f"{XSD}boolean" and said is not None
    return WORDS[manner.language][said][0] if is_truth and said is not None else None


def _shown_reference(value: Value, column: Column, manner: Manner) -> str | None:
    if value.tag:
        return None
    known = manner.labels.get(column.field.property, {})
    return known.get(value.text) or shortened(value.text, manner.base)


_SHOWN: Mapping[Kind, Callable[[Value, Column, Manner], str | None]] = {
    "text": _shown_text,
    "phrase": _shown_text,
    "integer": _shown_figure,
    "decimal": _shown_decimal,
    "boolean": _shown_truth,
    "year": _shown_figure,
    "date": _shown_figure,
    "reference": _shown_reference,
}
