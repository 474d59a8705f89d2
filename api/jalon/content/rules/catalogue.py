"""All content rules there are, and the check that runs them over a pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from jalon.content.findings import Finding, Hit, Report, Rule
from jalon.content.material import Material, gather
from jalon.content.pack import survey_pack
from jalon.content.rules import files, headers, literals, queries
from jalon.content.rules.graphs import graph_rules
from jalon.errors import messages

Progress = Callable[[str, int, int], None]
"""Told the id of the rule about to run, its number from 1, and how many there are."""

_OF_TEXTS_AND_FILES = {
    "file-readable": files.readable,
    "file-in-one-graph": files.in_one_graph,
    "file-layout": files.layout,
    "file-prefixes": files.prefixes,
    "declared-once": files.declared_once,
    "core-kept": files.core_kept,
    "header-ontology": headers.ontology_headers,
    "header-version": headers.versions,
    "header-data": headers.data_headers,
    "header-scheme": headers.scheme_headers,
    "literal-datatype": literals.datatypes,
    "literal-valid": literals.valid,
    "citation-locator": literals.locators,
    "query-front-matter": queries.front_matter,
    "query-syntax": queries.syntax,
    "query-order-and-limit": queries.order_and_limit,
    "query-forbidden": queries.forbidden,
    "query-columns": queries.columns,
}


def all_rules() -> tuple[Rule, ...]:
    """Every content rule, those about texts and files first."""
    texts = messages("rules")
    coded = (Rule(name, texts[name]["message"], find) for name, find in _OF_TEXTS_AND_FILES.items())
    return (*coded, *graph_rules())


def check_pack(root: Path, progress: Progress | None = None) -> Report:
    """Runs every rule over the pack in a folder, as far as its files can be read.

    Raises ManifestInvalid or FileUnreadable where a manifest cannot be used.
    """
    survey = survey_pack(root)
    material = gather(survey.pack, survey.faults)
    rules = all_rules()
    findings: list[Finding] = []
    for number, rule in enumerate(rules, start=1):
        if progress is not None:
            progress(rule.id, number, len(rules))
        findings += findings_of(rule, material)
    return Report(
        rules=len(rules),
        files=len(survey.pack.files) + len(survey.pack.queries),
        triples=sum(len(file.triples) for file in survey.pack.files),
        findings=tuple(sorted(findings, key=_order)),
    )


def findings_of(rule: Rule, material: Material) -> Iterator[Finding]:
    """What one rule finds, each hit once, with its message filled in."""
    for hit in dict.fromkeys(rule.find(material)):
        message = {
            language: text.format(subject=hit.subject, value=hit.value)
            for language, text in rule.message.items()
        }
        yield Finding(rule.id, hit, message)


def _order(finding: Finding) -> tuple[str, tuple[str, ...], int, str, str]:
    hit: Hit = finding.hit
    return (finding.rule, hit.files, hit.line or 0, hit.subject, hit.value)
