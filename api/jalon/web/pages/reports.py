"""Validation reports as pages show them: by severity, by thing, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text

SEVERITIES = {"Violation": "violation", "Warning": "warning", "Info": "info"}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One thing that is wrong: the message, the property and the value, and the rule."""

    message: str
    path: str
    value: str
    rule: Link


@dataclass(frozen=True, slots=True)
class ThingView:
    """A thing and what was found about it."""

    link: Link
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class SeverityView:
    """The things about which something of one severity was found."""

    severity: str
    title: str
    things: tuple[ThingView, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report: ``conforms``, ``loads`` or ``fails``; how much was found; what it is."""

    verdict: str
    counts: tuple[str, ...]
    groups: tuple[SeverityView, ...]


def report_view(document: Mapping[str, Any], names: Names) -> ReportView:
    """The view of a report as ``validation.writing`` gives it in JSON."""
    results = document["results"]
    verdict = "conforms" if document["conforms"] else "loads"
    found = groupby(results, key=lambda result: result["severity"])
    return ReportView(
        verdict="fails" if document["violations"] else verdict,
        counts=tuple(_counts(document["counts"], names)),
        groups=tuple(_severity(severity, list(of_it), names) for severity, of_it in found),
    )


def _counts(counts: Mapping[str, int], names: Names) -> Iterable[str]:
    for severity, key in SEVERITIES.items():
        if counts.get(severity):
            yield names.words.count(f"count.{key}", counts[severity])


def _severity(severity: str, results: list[Mapping[str, Any]], names: Names) -> SeverityView:
    key = SEVERITIES.get(severity, "")
    title = names.words.say(f"validate.{key}") if key else names.short(severity)
    by_thing = groupby(results, key=lambda result: result["focusNode"])
    things = tuple(_thing(focus, of_it, names) for focus, of_it in by_thing)
    return SeverityView(key, title, things)


def _thing(
    focus: Mapping[str, str], results: Iterable[Mapping[str, Any]], names: Names
) -> ThingView:
    named = Text(names.short(focus["value"]))
    return ThingView(Link(named), tuple(_finding(result, names) for result in results))


def _finding(result: Mapping[str, Any], names: Names) -> FindingView:
    value = result["value"]
    same = value is None or value == result["focusNode"]
    rule = result["rule"] or result["component"]
    href = names.href(result["ruleIri"])
    return FindingView(
        message=result["messages"][names.words.language],
        path=names.short(result["path"].strip("<>")) if result["path"] else "",
        value="" if same else names.short(value["value"]),
        rule=Link(Text(rule), href),
    )
