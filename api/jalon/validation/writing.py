"""A report written out: as RDF and as JSON in all its languages, as text and SARIF in one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypedDict

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, serialize
from rdflib import DCTERMS, SH, XSD

from jalon.validation.examination import Examination
from jalon.validation.incremental.checking import WhyWhole
from jalon.validation.places.finding import Places
from jalon.validation.port import SEVERITIES, Result, Term
from jalon.validation.report_graph import report_triples
from jalon.validation.report_sarif import SARIF, sarif_log
from jalon.validation.report_text import report_lines

JSON = "application/json"
TEXT = "text/plain"
RDF_FORMATS: Mapping[str, RdfFormat] = {
    "text/turtle": RdfFormat.TURTLE,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/n-triples": RdfFormat.N_TRIPLES,
}
_PREFIXES = {"dcterms": str(DCTERMS), "sh": str(SH), "xsd": str(XSD)}


def written(examination: Examination, media_type: str, language: str) -> bytes:
    """The report in a media type; the language is that of text and SARIF.

    The others carry them all.
    """
    if media_type == JSON:
        text = json.dumps(_document(examination), ensure_ascii=False, indent=2)
        return f"{text}\n".encode()
    if media_type == SARIF:
        return sarif_log(examination, language)
    if media_type == TEXT:
        return "".join(f"{line}\n" for line in report_lines(examination, language)).encode()
    prefixes = _PREFIXES if media_type == "text/turtle" else None
    triples = report_triples(examination.report, examination.shapes)
    return serialize(triples, format=RDF_FORMATS[media_type], prefixes=prefixes) or b""


TermDocument = TypedDict(
    "TermDocument", {"type": str, "value": str, "xml:lang": str, "datatype": str}, total=False
)
"""A term as in SPARQL 1.1 Query Results JSON."""


class ResultDocument(TypedDict):
    """One result: what is wrong with which value of which thing, by which rule, and where.

    Line and column are from 1, columns in characters; None where there is no place to show. ``new``
    tells what came with the change from what was there before; None where no release was the
    context.
    """

    rule: str
    ruleIri: str
    severity: str
    focusNode: TermDocument
    path: str | None
    value: TermDocument | None
    component: str
    messages: Mapping[str, str]
    line: int | None
    column: int | None
    new: bool | None


class WholeDocument(TypedDict):
    """Why everything was validated: a reason, and the shape that it is about, if any."""

    reason: str
    shape: str | None


class LeftOutDocument(TypedDict):
    """How many results of a rule are not among those told."""

    rule: str
    severity: str
    number: int


class ReportDocument(TypedDict):
    """A report: ``conforms`` is SHACL's word, ``violations`` are what forbids loading.

    Results that are only counted are in ``counts``, ``violations`` and ``leftOut``.

    ``file`` is what the file was called; None where it was no file that was examined. ``fixed`` are
    results that were there before and are no more. ``whole`` is None where it was enough to look
    at what a change can affect; where no release was the context, both are.
    """

    file: str | None
    conforms: bool
    violations: int
    counts: Mapping[str, int]
    results: list[ResultDocument]
    leftOut: list[LeftOutDocument]
    fixed: list[ResultDocument] | None
    whole: WholeDocument | None


def _document(examination: Examination) -> ReportDocument:
    report = examination.report
    counts = report.counts()
    source = examination.source
    places = Places(source, report.results)
    since = examination.difference
    return {
        "file": None if source is None else source.document.file_name,
        "conforms": report.conforms,
        "violations": report.violations,
        "counts": {name: counts[name] for name in dict.fromkeys((*SEVERITIES, *counts))},
        "results": [
            _result(result, places, new=None if since is None else since.has_as_new(result))
            for result in report.results
        ],
        "leftOut": [
            {"rule": each.rule, "severity": each.severity, "number": each.number}
            for each in report.left_out
        ],
        "fixed": None
        if since is None
        else [_result(result, places, new=False) for result in since.fixed.results],
        "whole": None if since is None or since.whole is None else _whole(since.whole),
    }


def _whole(why: WhyWhole) -> WholeDocument:
    return {"reason": why.reason, "shape": why.shape or None}


def _result(result: Result, places: Places, *, new: bool | None) -> ResultDocument:
    place = places.of(result)
    return {
        "rule": result.rule_id,
        "ruleIri": result.rule,
        "severity": result.severity,
        "focusNode": term_document(result.focus),
        "path": result.path,
        "value": None if result.value is None else term_document(result.value),
        "component": result.component,
        "messages": dict(sorted(result.messages.items())),
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
        "new": new,
    }


def term_document(term: Term) -> TermDocument:
    """A term as SPARQL 1.1 results in JSON have it."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    return _literal(term)


def _literal(term: Literal) -> TermDocument:
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == str(XSD.string):
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
