"""What a whole run comes to: counts for each suite, and what was not expected."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.manifests import Entry
from conformance.running import Verdict

EXCEPTIONS = Path(__file__).with_name("exceptions.toml")


@dataclass(frozen=True, slots=True)
class Result:
    """A test, and what each server made of it, by the server's name."""

    entry: Entry
    verdicts: Mapping[str, Verdict]


def read_exceptions(path: Path = EXCEPTIONS) -> dict[str, str]:
    """The tests that Jalon is known not to pass, by their IRIs, and why."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["exceptions"]
    return {each["base"] + name: each["reason"] for each in listed for name in each["tests"]}


def surprise(entry: Entry, verdict: Verdict, exceptions: Mapping[str, str]) -> str:
    """What is not as it is known to be: a failure that is not listed, or a pass that is."""
    if verdict.passed:
        return "it is listed as an exception, and passes" if entry.iri in exceptions else ""
    if not verdict.run:
        return ""
    return "" if entry.iri in exceptions else verdict.why


def table(results: Iterable[Result], servers: Iterable[str]) -> list[str]:
    """A line for each suite: how many tests it has, and how many each server passed.

    In brackets, how many of these it passed only because a value may be written in several ways.
    """
    suites: dict[str, list[Result]] = {}
    for result in results:
        suites.setdefault(result.entry.suite, []).append(result)
    rows = [["suite", "tests", *servers]]
    for suite, members in suites.items():
        rows.append([suite, str(len(members)), *(_count(members, name) for name in servers)])
    everything = [result for members in suites.values() for result in members]
    rows.append(["all", str(len(everything)), *(_count(everything, name) for name in servers)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def behind(results: Iterable[Result], name: str, peer: str) -> list[str]:
    """The suites of which a server passed fewer than its peer, of the tests run on it."""
    results = list(results)
    found = []
    for suite in dict.fromkeys(result.entry.suite for result in results):
        members = [
            result.verdicts
            for result in results
            if result.entry.suite == suite and result.verdicts[name].run
        ]
        counts = [sum(verdicts[each].passed for verdicts in members) for each in (name, peer)]
        if counts[0] < counts[1]:
            found.append(f"{suite}: {counts[0]} < {counts[1]}")
    return found


def apart(results: Iterable[Result], name: str, peer: str) -> list[str]:
    """The tests that one server passed and its peer did not, by their IRIs."""
    return [
        f"{result.entry.iri}: {result.verdicts[peer].why}"
        for result in results
        if result.verdicts[name].passed and not result.verdicts[peer].passed
    ]


def _count(members: list[Result], name: str) -> str:
    verdicts = [member.verdicts[name] for member in members if member.verdicts[name].run]
    if not verdicts:
        return "not offered"
    passed = sum(verdict.passed for verdict in verdicts)
    by_value = sum(verdict.by_value for verdict in verdicts)
    return f"{passed} ({by_value})" if by_value else f"{passed}"
