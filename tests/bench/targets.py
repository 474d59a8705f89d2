"""What is to be reached, and whether it was: ratios, commits a second, milliseconds of a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bench.commits import Committed
from bench.data import SIZES
from bench.found import Found
from bench.mixes import Mixed
from bench.pairs import Comparison

OXIGRAPH = "oxigraph serve-read-only"
RDFLIB = "rdflib-endpoint"

RATIOS = {
    ("lookup", 8): 0.6,
    ("star", 8): 0.7,
    ("aggregate", 8): 0.9,
    ("export", 8): 0.9,
    ("distinct", 8): 0.6,
    ("cached", 8): 1.7,
}
"""The ratios to reach beside oxigraph, by line and clients."""

PAGE_FROM, PAGE = "5M", 20.0
"""The ratio of a sorted page, from 100,000 measures on."""

EVERY_LINE = 5.0
"""The ratio of every line beside rdflib-endpoint."""

MIXES = {"oxigraph serve": 3.0, "nginx and oxigraph": 1.5}
"""The ratios of the reporting mix."""

COMMITS, COMMITS_AT = 200.0, "1M"
"""Durable commits a second, several of them at once."""

CHANGE_MS = 10.0
UPLOAD_SECONDS = 3.0
"""Until the report on a sheet of a thousand rows is there."""

GROWTH, GROWTH_SIZES = 2.0, ("10k", "1M")
"""A change, in milliseconds; and what it may take at the second size, in times of the first."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure to reach, what was found, and whether that is enough."""

    what: str
    size: str
    wanted: str
    found: str
    reached: bool


def ratio_of(each: Comparison) -> float | None:
    """The ratio that a comparison is to reach, where one is set."""
    if each.peer == RDFLIB:
        return EVERY_LINE
    if each.peer != OXIGRAPH:
        return None
    if each.line == "page" and SIZES[each.size] >= SIZES[PAGE_FROM]:
        return PAGE
    return RATIOS.get((each.line, each.clients))


def rate_of(size: str, each: Committed) -> float | None:
    """The commits a second to reach, where they are durable, and several at once."""
    return COMMITS if size == COMMITS_AT and each.at_once > 1 and each.releases else None


def mix_ratio(first: Mixed, each: Mixed) -> float:
    """The median over the pairs of the first server's rate to another's."""
    pairs = zip(first.samples, each.samples, strict=True)
    ratios = [ours.rate / theirs.rate for ours, theirs in pairs if theirs.rate]
    return median(ratios) if ratios else 0.0


def goals(found: Found) -> Iterator[Goal]:
    """Every figure to reach that was measured, in the order of the report."""
    for each in found.comparisons:
        wanted = ratio_of(each)
        if wanted is not None:
            what = f"{each.line}, {each.clients} at once, beside {each.peer}"
            yield _at_least(what, each.size, wanted, each.ratio)
    for mixes in found.mixes:
        for mixed in mixes.each:
            if mixed.name in MIXES:
                what = f"reporting mix, {mixes.clients} at once, beside {mixed.name}"
                ratio = mix_ratio(mixes.each[0], mixed)
                yield _at_least(what, mixes.size, MIXES[mixed.name], ratio)
    yield from _commits(found)
    yield from _changes(found)
    for sent in found.uploads:
        what = f"a sheet of {sent.rows} rows, {sent.cells} cells wrong, s"
        yield _at_most(what, "", UPLOAD_SECONDS, sent.middle)


def _commits(found: Found) -> Iterator[Goal]:
    for size, each in found.commits:
        wanted = rate_of(size, each)
        if wanted is not None:
            what = f"commits a second, {each.what}, {each.at_once} at once"
            yield _at_least(what, size, wanted, each.rate)


def _changes(found: Found) -> Iterator[Goal]:
    for each in found.checked:
        yield _at_most(f"a change ({each.kind}), ms", each.size, CHANGE_MS, each.median_ms)
    took = {(each.kind, each.size): each.median_ms for each in found.checked}
    small, large = GROWTH_SIZES
    for kind in dict.fromkeys(each.kind for each in found.checked):
        if (kind, small) in took and (kind, large) in took:
            times = took[kind, large] / took[kind, small]
            yield _at_most(f"a change ({kind}), times that at {small}", large, GROWTH, times)


def _at_least(what: str, size: str, wanted: float, found: float) -> Goal:
    return Goal(what, size, f"at least {wanted:g}", _figure(found), found >= wanted)


def _at_most(what: str, size: str, wanted: float, found: float) -> Goal:
    return Goal(what, size, f"at most {wanted:g}", _figure(found), found <= wanted)


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
