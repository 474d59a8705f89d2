"""A report for people: in one language, a line a result, led by its place, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jalon.errors import JalonError, messages
from jalon.validation.catalogue import Catalogue
from jalon.validation.documents import Document
from jalon.validation.examination import Difference, Examination
from jalon.validation.places.finding import Places
from jalon.validation.port import SEVERITIES, Result, ValidationReport
from jalon.validation.report_graph import left_out_texts


def report_lines(examination: Examination, language: str) -> Iterator[str]:
    """For each result a line that editors and terminals lead from, ``file:line:column:`` first.

    The gravest come first, those as grave in the order of the file; what is counted, by severity
    and by rule, and what it comes to, come last. Whatever the data holds, no line has a character
    that a terminal would act upon.
    """
    for line in _lines(examination, language):
        yield "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def refusal_line(error: JalonError, document: Document, language: str) -> str:
    """The line about a document that was not examined, led by the place at fault if it is known."""
    where = [document.file_name]
    where += [str(error.details[name]) for name in ("line", "column") if name in error.details]
    severity = _text("one-violation", language)
    text = f"{':'.join(where)}: {severity} [{error.code}] {error.detail(language)}"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _lines(examination: Examination, language: str) -> Iterator[str]:
    report = examination.report
    catalogue = Catalogue(examination.shapes, examination.prefixes)
    source = examination.source
    name = "" if source is None else source.document.file_name
    places = Places(source, report.results)
    for result in places.ordered(report.results):
        place = places.of(result)
        where = [name] if place is None else [name, str(place.line), str(place.column)]
        lead = f"{':'.join(where)}: " if name else ""
        yield f"{lead}{_result_line(result, language)}"
        yield f"    {_about(result, catalogue, language)}"
    if report.results:
        yield ""
        yield from _counts(report, language)
    if report.left_out:
        yield left_out_texts(report)[language]
    if examination.difference is not None:
        yield from _difference(examination.difference, len(report.results), language)
    yield _text("conforms" if report.conforms else "not_conforms", language)


def _difference(difference: Difference, results: int, language: str) -> Iterator[str]:
    """What is new, what was there before, what is put right; and why everything was validated."""
    new, fixed = len(difference.new.results), len(difference.fixed.results)
    for name, number in (("new", new), ("standing", results - new), ("fixed", fixed)):
        if number:
            yield _count(_text(name, language), number, language)
    if difference.whole is not None:
        why = _text(f"whole-{difference.whole.reason}", language)
        yield why.format(shape=difference.whole.shape)


def _result_line(result: Result, language: str) -> str:
    known = result.severity in SEVERITIES
    severity = _text(f"one-{result.severity.lower()}", language) if known else result.severity
    message = " ".join(result.messages[language].split())
    return f"{severity} [{result.called}] {message}"


def _about(result: Result, catalogue: Catalogue, language: str) -> str:
    """The thing, and the property and the value where there are any."""
    about = [catalogue.term(result.focus, language)]
    if result.path is not None:
        path = catalogue.path_label(result.path, language)
        about.append(_text("property", language).format(path=path))
    if result.value is not None and result.value != result.focus:
        value = catalogue.term(result.value, language)
        about.append(_text("value", language).format(value=value))
    return "; ".join(about)


def _counts(report: ValidationReport, language: str) -> Iterator[str]:
    """How many results there are of each severity, and of each rule of it."""
    counts: dict[str, Counter[str]] = {}
    for result in report.results:
        counts.setdefault(result.severity, Counter())[result.called] += 1
    for left in report.left_out:
        counts.setdefault(left.severity, Counter())[left.rule] += left.number
    for severity, rules in counts.items():
        word = _text(severity.lower(), language) if severity in SEVERITIES else severity
        yield _count(word, rules.total(), language)
        for rule, number in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
            yield f"    {_count(rule, number, language)}"


def _count(what: str, number: int, language: str) -> str:
    return _text("count", language).format(severity=what, number=number)


def _text(name: str, language: str) -> str:
    return messages("shacl")["report"][name][language]
