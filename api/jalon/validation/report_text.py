"""A report for people: in one language, grouped by severity and by the thing at fault."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from jalon.errors import messages
from jalon.validation.catalogue import Catalogue
from jalon.validation.examination import Examination
from jalon.validation.port import SEVERITIES, Result

WIDTH = 96


def report_lines(examination: Examination, language: str) -> Iterator[str]:
    """First what it comes to; then for each thing what is wrong, where, and what to do.

    Whatever the data holds, no line has a character that a terminal would act upon.
    """
    for line in _lines(examination, language):
        yield "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def _lines(examination: Examination, language: str) -> Iterator[str]:
    report = examination.report
    catalogue = Catalogue(examination.shapes, examination.prefixes)
    counts = report.counts()
    yield _text("conforms" if report.conforms else "not_conforms", language)
    for severity in dict.fromkeys((*SEVERITIES, *counts)):
        if counts[severity]:
            yield _text("count", language).format(
                severity=_severity(severity, language), number=counts[severity]
            )
    for severity, results in groupby(report.results, key=lambda result: result.severity):
        yield ""
        yield _severity(severity, language)
        for focus, found in groupby(results, key=lambda result: result.focus):
            yield f"  {catalogue.term(focus, language)}"
            for result in found:
                yield from _result_lines(result, catalogue, language)


def _result_lines(result: Result, catalogue: Catalogue, language: str) -> Iterator[str]:
    yield from _wrapped(result.messages[language], "    - ", "      ")
    where = []
    if result.path is not None:
        where.append(
            _text("property", language).format(path=catalogue.path_label(result.path, language))
        )
    if result.value is not None and result.value != result.focus:
        where.append(_text("value", language).format(value=catalogue.term(result.value, language)))
    where.append(_text("rule", language).format(rule=result.rule_id or result.component))
    yield from _wrapped("; ".join(where), "      ", "      ")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _severity(severity: str, language: str) -> str:
    known = severity in SEVERITIES
    return _text(severity.lower(), language) if known else severity


def _text(name: str, language: str) -> str:
    return messages("shacl")["report"][name][language]
