"""Whether two servers give the same answer: what is fast and wrong is not compared."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from pyoxigraph import Literal, RdfFormat, Triple, parse
from rdflib import XSD

from bench.client import once
from bench.pairs import Contender
from bench.questions import CSV, JSON, Question

LEAST = 2
"""Answers that are compared however long they take."""

ENOUGH_SECONDS = 20.0
"""After so many, no more are compared."""

_STRING = str(XSD.string)
_NUMBERS = frozenset(
    str(XSD[name])
    for name in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is wrong with answers or between them; the seconds of each server's first and last."""

    wrong: tuple[str, ...]
    first: tuple[float, float]
    last: tuple[float, float]


def agreement(questions: Sequence[Question], ours: Contender, theirs: Contender) -> Agreement:
    """Compares the answers of two servers to these questions, up to the first that differ.

    Those who take long are asked fewer, yet LEAST.
    """
    began = time.monotonic()
    first_seconds = seconds = (0.0, 0.0)
    for number, question in enumerate(questions):
        if number >= LEAST and time.monotonic() - began > ENOUGH_SECONDS:
            break
        (status, first, mine), (other, second, its) = (
            _answer(question, each) for each in (ours, theirs)
        )
        seconds = mine, its
        first_seconds = first_seconds if number else seconds
        wrong = [
            f"{endpoint.url}: {said}: {body[:200]!r}"
            for endpoint, said, body in (
                (ours.endpoint, status, first),
                (theirs.endpoint, other, second),
            )
            if " 200" not in said
        ]
        wrong = wrong or differences(question, first, second)
        if wrong:
            return Agreement(tuple(wrong), first_seconds, seconds)
    return Agreement((), first_seconds, seconds)


def differences(question: Question, first: bytes, second: bytes) -> list[str]:
    """What differs between two answers; nothing where they agree.

    Numbers are the same where their values are, however they are written and whatever numeric
    datatype they have. Of a part of the solutions in no order, only how many there are is compared.
    """
    try:
        ours, theirs = (_rows(body, question.accept) for body in (first, second))
    except (SyntaxError, ValueError, KeyError) as error:
        return [f"an answer is not in the format that was asked for: {error}"]
    if len(ours) != len(theirs):
        return [f"{len(ours)} and {len(theirs)} rows: {question.text[-200:]}"]
    part = "LIMIT" in question.text and "ORDER BY" not in question.text
    for mine, its in zip(sorted(ours), sorted(theirs), strict=True):
        if mine != its and not part:
            return [f"other rows: {question.text[-200:]}: {mine} and {its}"]
    return []


def _answer(question: Question, contender: Contender) -> tuple[str, bytes, float]:
    endpoint = contender.endpoint
    began = time.monotonic()
    status, body = once(endpoint.url, endpoint.request(question))
    return status, body, time.monotonic() - began


def _rows(body: bytes, accept: str) -> list[str]:
    if accept == JSON:
        said = json.loads(body)["results"]["bindings"]
        return [str(sorted((name, _cell(term)) for name, term in row.items())) for row in said]
    if accept == CSV:
        rows = csv.reader(io.StringIO(body.decode(), newline=""))
        # A cell does not say what it is: what reads as a number is one.
        return [str([_number(cell) for cell in row]) for row in rows]
    kind = RdfFormat.from_media_type(accept.partition(",")[0])
    if kind is None:
        raise ValueError(accept)
    return [_statement(each.triple) for each in parse(body, kind)]


def _cell(term: Mapping[str, str]) -> tuple[str, ...]:
    """A term of a JSON answer; ``typed-literal`` is what literals were called once."""
    kind, value, datatype = term["type"], term["value"], term.get("datatype", _STRING)
    if "literal" not in kind:
        return kind, value
    return _literal(value, datatype, term.get("xml:lang", ""))


def _statement(triple: Triple) -> str:
    value = triple.object
    if not isinstance(value, Literal):
        return str(triple)
    said = _literal(value.value, value.datatype.value, value.language or "")
    return f"{triple.subject} {triple.predicate} {said}"


def _literal(value: str, datatype: str, language: str) -> tuple[str, ...]:
    if datatype in _NUMBERS:
        return "number", _number(value)
    return "literal", value, language.lower() or datatype


def _number(said: str) -> str:
    """A number as a fraction in lowest terms; anything else as it is."""
    with suppress(ValueError, ZeroDivisionError):
        return str(Fraction(said))
    return said
