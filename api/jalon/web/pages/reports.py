"""Validation reports as pages show them: by severity, by thing, with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text

Numbered = tuple[int, Mapping[str, Any]]
"""A result and its number in the report, from 1."""

_IRI = re.compile(r"<([^<>]*)>")

SEVERITIES = {"Violation": "violation", "Warning": "warning", "Info": "info"}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One thing that is wrong: message, property, value and rule, and where it is in the file.

    ``id`` names it on the page.
    """

    id: str
    message: str
    path: str
    value: str
    rule: Link
    place: str


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
class BreachView:
    """Where a rule is broken: the thing, as a link to what was found, and the place in the file."""

    link: Link
    place: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule, how often it is broken, and where."""

    severity: str
    link: Link
    number: str
    breaches: tuple[BreachView, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report: ``conforms``, ``loads`` or ``fails``; what was found, by rule and by thing."""

    file: str
    verdict: str
    counts: tuple[str, ...]
    rules: tuple[RuleView, ...]
    groups: tuple[SeverityView, ...]


def report_view(document: Mapping[str, Any], names: Names) -> ReportView:
    """The view of a report as ``validation.writing`` gives it in JSON."""
    results = list(enumerate(document["results"], start=1))
    verdict = "conforms" if document["conforms"] else "loads"
    found = groupby(results, key=lambda numbered: numbered[1]["severity"])
    return ReportView(
        file=document["file"] or "",
        verdict="fails" if document["violations"] else verdict,
        counts=tuple(_counts(document["counts"], names)),
        rules=tuple(_rules(results, names)),
        groups=tuple(_severity(severity, list(of_it), names) for severity, of_it in found),
    )


def _counts(counts: Mapping[str, int], names: Names) -> Iterable[str]:
    for severity, key in SEVERITIES.items():
        if counts.get(severity):
            yield names.words.count(f"count.{key}", counts[severity])


def _rules(results: list[Numbered], names: Names) -> Iterable[RuleView]:
    """The rules that are broken, in the order of the report: the gravest first."""
    found: dict[tuple[str, str, str], list[Numbered]] = {}
    for numbered in results:
        result = numbered[1]
        rule = (result["severity"], result["ruleIri"], result["rule"] or result["component"])
        found.setdefault(rule, []).append(numbered)
    for (severity, iri, name), broken in found.items():
        yield RuleView(
            severity=SEVERITIES.get(severity, ""),
            link=Link(Text(name), names.href(iri)),
            number=names.words.number(len(broken)),
            breaches=tuple(_breach(numbered, names) for numbered in broken),
        )


def _breach(numbered: Numbered, names: Names) -> BreachView:
    number, result = numbered
    thing = Text(names.short(result["focusNode"]["value"]))
    return BreachView(Link(thing, f"#{_id(number)}"), _place(result, names))


def _severity(severity: str, results: list[Numbered], names: Names) -> SeverityView:
    key = SEVERITIES.get(severity, "")
    title = names.words.say(f"validate.{key}") if key else names.short(severity)
    by_thing = groupby(results, key=lambda numbered: numbered[1]["focusNode"])
    things = tuple(_thing(focus, of_it, names) for focus, of_it in by_thing)
    return SeverityView(key, title, things)


def _thing(focus: Mapping[str, str], results: Iterable[Numbered], names: Names) -> ThingView:
    named = Text(names.short(focus["value"]))
    return ThingView(Link(named), tuple(_finding(numbered, names) for numbered in results))


def _finding(numbered: Numbered, names: Names) -> FindingView:
    number, result = numbered
    value = result["value"]
    same = value is None or value == result["focusNode"]
    rule = result["rule"] or result["component"]
    href = names.href(result["ruleIri"])
    return FindingView(
        id=_id(number),
        message=result["messages"][names.words.language],
        path=_IRI.sub(lambda match: names.short(match[1]), result["path"] or ""),
        value="" if same else names.short(value["value"]),
        rule=Link(Text(rule), href),
        place=_place(result, names),
    )


def _place(result: Mapping[str, Any], names: Names) -> str:
    if result["line"] is None:
        return ""
    return names.words.say("validate.place", line=result["line"], column=result["column"])


def _id(number: int) -> str:
    return f"result-{number}"
