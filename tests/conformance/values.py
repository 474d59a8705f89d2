"""Literals by their value: two that write one number differently are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from pyoxigraph import Dataset, Literal, Quad

from conformance.results import Answer, Solutions, Term

XSD = "http://www.w3.org/2001/XMLSchema#"


def _boolean(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text, text)


def _decimal(text: str) -> str:
    number = Decimal(text)
    return f"{number.normalize():f}" if number else "0"


def _double(text: str) -> str:
    return repr(float(text))


def _timed(text: str) -> str:
    return f"{text[:-6]}Z" if text.endswith(("+00:00", "-00:00")) else text


CANONICAL: Mapping[str, Callable[[str], str]] = {
    f"{XSD}boolean": _boolean,
    f"{XSD}integer": _decimal,
    f"{XSD}decimal": _decimal,
    f"{XSD}double": _double,
    f"{XSD}float": _double,
    f"{XSD}date": _timed,
    f"{XSD}dateTime": _timed,
    f"{XSD}time": _timed,
}
"""How values are written that the suites write in several ways; others are taken as they are."""


def by_value(answer: Answer) -> Answer:
    """An answer with every literal written in one way for its value. The datatype stays."""
    if isinstance(answer, Solutions):
        rows = (
            tuple(None if term is None else valued(term) for term in row) for row in answer.rows
        )
        return Solutions(answer.variables, tuple(rows), answer.ordered)
    if isinstance(answer, Dataset):
        return Dataset(
            Quad(quad.subject, quad.predicate, valued(quad.object), quad.graph_name)
            for quad in answer
        )
    return answer


def valued(term: Term) -> Term:
    """A term; of a literal, the one that stands for its value."""
    if not isinstance(term, Literal):
        return term
    canonical = CANONICAL.get(term.datatype.value)
    if canonical is None:
        return term
    try:
        return Literal(canonical(term.value), datatype=term.datatype)
    except (InvalidOperation, ValueError):
        # Ill-typed: it has no value.
        return term
