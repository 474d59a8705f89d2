"""The validation port: what a SHACL engine is asked, and what a report says, whichever it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import BinaryIO, Literal, Protocol

import pyoxigraph

from jalon.validation.shapes import Shapes

Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal
EngineName = Literal["shacl", "pyshacl"]

VIOLATION = "Violation"
SEVERITIES = (VIOLATION, "Warning", "Info")
"""The severities that SHACL names, the gravest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A result as an engine gives it, in terms that all engines share.

    ``shape`` and ``constraint`` are nodes of the shapes graph that the engine was given,
    ``constraint`` only for SPARQL; ``path`` is a property or None where the path is a longer one;
    ``texts`` are the messages that the engine has filled in, without their languages.
    """

    focus: Term
    shape: str
    component: str
    severity: str
    path: str | None = None
    value: Term | None = None
    constraint: str | None = None
    texts: tuple[str, ...] = ()


Pair = tuple[str, Term | pyoxigraph.Triple]
"""A shape, and a node that it may say something of."""


Text = Callable[[BinaryIO], None]
"""Writes N-Triples out, the same whenever it is called, that need not stand in memory."""


class TooManyResults(Exception):
    """There are more results than were asked for."""


class Find(Protocol):
    """Shapes that are ready for data."""

    def __call__(self, data: bytes | Text, most: int | None = None) -> Iterable[Found]:
        """Every result for a data graph given as N-Triples, in no order.

        Blank nodes of the results bear the labels of the data. Raises ShapesRefused when the engine
        cannot work with the shapes, TooManyResults where there are more than ``most`` and it can
        stop at them.
        """


def bytes_of(data: bytes | Text) -> bytes:
    """The whole of a data graph."""
    if isinstance(data, bytes):
        return data
    whole = BytesIO()
    data(whole)
    return whole.getvalue()


class Engine(Protocol):
    """A SHACL engine: core constraints and SHACL-SPARQL, without inference."""

    def ready(self, shapes: Shapes) -> Find:
        """Makes shapes ready, for many data graphs. Raises ShapesRefused."""

    def find(self, data: bytes, shapes: Shapes) -> Iterable[Found]:
        """Every result for one data graph; see Find."""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that is wrong.

    ``shape`` is the node of ``Shapes`` that says so, and ``rule`` its IRI; where it has none, that
    of the nearest shape around it; empty where none has one. ``path`` is in the syntax of SPARQL
    property paths, ``component`` and ``severity`` are local names of SHACL's where they are
    SHACL's, else IRIs. ``constraint`` is the node of the SPARQL constraint that was not met.
    ``messages`` has a text for each language of ours at least; ``plain`` is the message of the rule
    that names no language. ``times``: how often the engine gave it, as where two ways lead to one
    shape; the standard report repeats it, people read it once, and it makes no other result of it.
    """

    focus: Term
    path: str | None
    value: Term | None
    shape: str
    rule: str
    component: str
    severity: str
    messages: Mapping[str, str]
    constraint: str | None = None
    plain: str | None = None
    times: int = field(default=1, compare=False)

    @property
    def rule_id(self) -> str:
        """The local name of the rule, by which people call it."""
        return self.rule.rpartition("#")[2].rpartition("/")[2]

    @property
    def called(self) -> str:
        """What the rule is called by where it may have no IRI: then by the kind of constraint."""
        return self.rule_id or self.rule or self.component


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many results of a rule are not told one by one; ``rule`` is what people call it by."""

    severity: str
    rule: str
    number: int


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Results, each once with its ``times``.

    The gravest stand first, then they go by focus node, path, rule and value: the order is the same
    for every engine and every run. Where there are very many, some are only counted: ``left_out``.
    """

    results: tuple[Result, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def conforms(self) -> bool:
        """SHACL's word (§3.4.1): there is no result, of whatever severity."""
        return not self.results

    @property
    def violations(self) -> int:
        """How many results forbid loading the data."""
        return self.counts()[VIOLATION]

    def counts(self) -> Counter[str]:
        """How many results there are of each severity, told one by one or not."""
        counts = Counter(result.severity for result in self.results)
        for each in self.left_out:
            counts[each.severity] += each.number
        return counts


def report_of(results: Iterable[Result]) -> ValidationReport:
    """The report of these results; those that say the same in the same words are one."""
    seen: dict[Identity, Result] = {}
    for result in results:
        key = identity(result)
        before = seen.get(key)
        more = 0 if before is None else before.times
        seen[key] = replace(result, times=result.times + more) if more else result
    return ValidationReport(tuple(seen[key] for key in sorted(seen)))


Identity = tuple[int, str, str, str, str, str, str, str, str]


def identity(result: Result) -> Identity:
    """What tells a result from others, and its place among them."""
    known = result.severity in SEVERITIES
    return (
        SEVERITIES.index(result.severity) if known else len(SEVERITIES),
        str(result.focus),
        result.path or "",
        result.rule,
        result.shape,
        result.component,
        str(result.value or ""),
        result.constraint or "",
        "\n".join(text for _, text in sorted(result.messages.items())),
    )
