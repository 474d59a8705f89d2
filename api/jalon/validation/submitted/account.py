"""The account of a submission: what is wrong with it, and what will be shown otherwise, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypedDict

from jalon.validation.examination import Examination
from jalon.validation.port import Term
from jalon.validation.submitted.literals import Rewritten
from jalon.validation.submitted.restating import Shift
from jalon.validation.writing import JSON, ReportDocument, TermDocument, term_document, written

MOST_REWRITTEN = 200
MOST_SHIFTS = 5_000
"""How many are told one by one; the others are counted."""


class RewrittenDocument(TypedDict):
    """A literal that the index keeps in another form; ``retyped``: of another datatype."""

    thing: str
    property: str
    value: TermDocument
    kept: TermDocument
    retyped: bool


class ShiftDocument(TypedDict):
    """What a property of a thing is shown to be before and after, each value a term."""

    thing: str
    property: str
    before: list[TermDocument]
    after: list[TermDocument]


class AccountDocument(TypedDict):
    """The report on a submission, the literals that are kept otherwise, and what is shown then.

    ``leftOut`` is how many of ``shifts`` are not told one by one.
    """

    report: ReportDocument
    rewritten: list[RewrittenDocument]
    shifts: list[ShiftDocument]
    leftOut: int


def accounted(
    examination: Examination, forms: Sequence[Rewritten], shifts: Sequence[Shift]
) -> bytes:
    """The account, in UTF-8; an ``AccountDocument``."""
    account: AccountDocument = {
        "report": json.loads(written(examination, JSON, "en")),
        "rewritten": [_rewritten(each) for each in forms[:MOST_REWRITTEN]],
        "shifts": [_shift(each) for each in shifts[:MOST_SHIFTS]],
        "leftOut": max(0, len(shifts) - MOST_SHIFTS),
    }
    return json.dumps(account, ensure_ascii=False).encode()


def _rewritten(each: Rewritten) -> RewrittenDocument:
    return {
        "thing": _iri(each.quad.subject),
        "property": each.quad.predicate.value,
        "value": term_document(each.quad.object),  # type: ignore[arg-type]
        "kept": term_document(each.kept),
        "retyped": each.is_retyped,
    }


def _shift(shift: Shift) -> ShiftDocument:
    return {
        "thing": shift.thing.value,
        "property": shift.property.value,
        "before": _values(shift.before),
        "after": _values(shift.after),
    }


def _values(terms: Iterable[object]) -> list[TermDocument]:
    return [term_document(term) for term in sorted(terms, key=str)]  # type: ignore[arg-type]


def _iri(term: Term | object) -> str:
    return str(getattr(term, "value", term))
