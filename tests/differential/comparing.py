"""Both engines on one graph: what each finds, where they differ, and whose fault that is."""

from __future__ import annotations

import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jalon.errors import ShapesRefused
from jalon.validation.engines.choice import engine
from jalon.validation.port import EngineName, Found
from jalon.validation.shapes import Shapes

ENGINES: tuple[EngineName, ...] = ("shacl", "pyshacl")
REFUSED = "refused"
KNOWN = Path(__file__).with_name("differences.toml")


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One result as both engines can say it, in N-Triples and SPARQL's paths."""

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A result that one engine alone gives, on the shapes of a name."""

    engine: EngineName
    shapes: str
    said: Said


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of difference: results that ``engine`` alone gives, by patterns of what they say.

    Where ``instead`` says so, the other engine gives the same result but for that; where ``data``
    does, the graph has a line like it, in which FOCUS is the focus node. ``fault`` is
    the engine that is wrong, ``section`` of SHACL says why, ``reason`` how. It occurs on
    ``example``, which is Turtle.
    """

    name: str
    engine: EngineName
    fault: EngineName
    section: str
    reason: str
    patterns: Mapping[str, re.Pattern[str]]
    instead: Mapping[str, str]
    data: str
    example: str

    def covers(self, difference: Difference, other: frozenset[Said], data: str) -> bool:
        """Whether a difference is of this kind, by what the other engine says, and the graph."""
        focus = re.escape(difference.said.focus)
        if not re.search(self.data.replace("FOCUS", focus), data):
            return False
        if self.instead and replace(difference.said, **self.instead) not in other:
            return False
        said = {
            "shapes": difference.shapes,
            **{name: getattr(difference.said, name) for name in Said.__slots__},
        }
        return difference.engine == self.engine and all(
            pattern.fullmatch(said[name]) for name, pattern in self.patterns.items()
        )


def read_known(path: Path = KNOWN) -> list[Known]:
    """The kinds of differences that are known."""
    listed = tomllib.loads(path.read_text(encoding="utf-8")).get("differences", [])
    return [
        Known(
            each["name"],
            each["engine"],
            each["fault"],
            each["section"],
            each["reason"],
            {name: re.compile(text, re.DOTALL) for name, text in each["where"].items()},
            each.get("instead", {}),
            each.get("data", ""),
            each["example"],
        )
        for each in listed
    ]


@dataclass(slots=True)
class Tally:
    """What a run comes to. ``unknown`` are the first differences of no known kind."""

    graphs: int = 0
    violated: int = 0
    differing: int = 0
    results: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unknown: list[tuple[str, Difference]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ENGINES, 0.0))

    def lines(self) -> Iterable[str]:
        """The figures, for people."""
        share = 100 * self.violated / max(1, self.graphs)
        yield f"graphs {self.graphs}, with violations {self.violated} ({share:.0f} %)"
        yield f"graphs on which the engines differ {self.differing}"
        yield from (f"  known: {name} {number}" for name, number in sorted(self.kinds.items()))
        yield from (f"  unknown: {case} {difference}" for case, difference in self.unknown)
        yield "seconds " + ", ".join(f"{name} {self.seconds[name]:.1f}" for name in ENGINES)
        yield "results that both give, by component:"
        yield from (f"  {name} {number}" for name, number in sorted(self.results.items()))


def said_by(name: EngineName, data: bytes, shapes: Shapes) -> frozenset[Said]:
    """What an engine says; its refusal, if it refuses, as the one thing that it says."""
    try:
        return frozenset(_said(found, shapes) for found in engine(name).find(data, shapes))
    except ShapesRefused as error:
        return frozenset({Said("", "", "", "", REFUSED, str(error.details))})


@dataclass(frozen=True, slots=True)
class Case:
    """A graph to validate: a name that finds it again, and what it is validated by."""

    name: str
    shapes_name: str
    data: bytes
    shapes: Shapes


def compare(tally: Tally, case: Case, known: list[Known]) -> None:
    """Asks both engines of a graph, and counts."""
    said: dict[EngineName, frozenset[Said]] = {}
    for each in ENGINES:
        began = time.process_time()
        said[each] = said_by(each, case.data, case.shapes)
        tally.seconds[each] += time.process_time() - began
    tally.graphs += 1
    tally.differing += said["shacl"] != said["pyshacl"]
    differences = [
        (Difference(each, case.shapes_name, one), said[other])
        for each, other in (ENGINES, ENGINES[::-1])
        for one in sorted(said[each] - said[other])
    ]
    text = case.data.decode("utf-8")
    kinds = {one: _kind(one, other, text, known) for one, other in differences}
    refusals = [one for one in kinds if one.said.component == REFUSED]
    if refusals and all(kinds[one] for one in refusals):
        # One engine says nothing of this graph, for a known reason: there is nothing to compare.
        tally.kinds.update(kinds[one] or "" for one in refusals)
        return
    tally.violated += bool(said["shacl"] or said["pyshacl"])
    tally.results.update(_local(one.component) for one in said["shacl"] & said["pyshacl"])
    for one, kind in kinds.items():
        if kind is not None:
            tally.kinds[kind] += 1
        else:
            tally.unknown.append((case.name, one))


def _kind(
    difference: Difference, other: frozenset[Said], data: str, known: list[Known]
) -> str | None:
    return next((kind.name for kind in known if kind.covers(difference, other, data)), None)


def _said(found: Found, shapes: Shapes) -> Said:
    path = f"<{found.path}>" if found.path is not None else shapes.path(found.shape)
    return Said(
        str(found.focus),
        path or "",
        "" if found.value is None else str(found.value),
        found.shape,
        found.component,
        found.severity,
    )


def _local(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2].removesuffix("ConstraintComponent")
