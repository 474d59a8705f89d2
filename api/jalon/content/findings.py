"""What a rule finds, and the report of a whole check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from jalon.content.material import Material


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that breaks a rule: what, with which value, in which files and on which line.

    ``subject`` and ``value`` are shortened IRIs, literals, or names of files.
    """

    subject: str
    value: str = ""
    files: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One content rule: its id, its message in each language, and how its hits are found."""

    id: str
    message: Mapping[str, str]
    find: Callable[[Material], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with the rule that it breaks and what to do about it, in each language."""

    rule: str
    hit: Hit
    message: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check; findings are sorted by rule, then file, line and subject."""

    rules: int
    files: int
    triples: int
    findings: tuple[Finding, ...]
