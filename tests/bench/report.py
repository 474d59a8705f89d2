"""What was found, as Markdown with tables, and drawings beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bench.found import Found, Mixes
from bench.pairs import Comparison, Sample, middle
from bench.plots import Bar, Curve, bars, curves
from bench.targets import CHANGE_MS, MIXES, OXIGRAPH, goals, mix_ratio, rate_of, ratio_of

REPORT = "report.md"

SHORT = "**short**"
"""Stands beside a target that was not reached."""

Figure = Callable[[Sample], float]


def write(found: Found, folder: Path) -> Path:
    """Writes the report and its drawings into a folder; where the report is."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = _drawings(found)
    for name, drawing in drawings.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    parts = [_head(found), _goals(found), _loaded(found), _served(found)]
    parts += [_compared(found, peer) for peer in _peers(found)]
    parts += [_mix(each) for each in found.mixes]
    parts += [
        _commits(found),
        _mirrored(found),
        _uploads(found),
        _checked(found),
        _said("Shortened", found.shortened),
        _said("Skipped", found.skipped),
        _said("Broke off", found.broken),
        _said("Not compared: the answers differ", found.wrong),
    ]
    parts += ["\n".join(f"![{name}]({name})" for name in drawings)]
    place = folder / REPORT
    place.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    return place


def _head(found: Found) -> str:
    machine = found.machine
    rows = [
        ["when", f"{machine.when:%Y-%m-%d %H:%M} UTC, {found.seconds:.0f} s in all"],
        ["machine", f"{machine.processor}, {machine.processors} processors"],
        ["memory", f"{machine.memory_gb:.0f} GB"],
        ["system", machine.system],
        ["load before", f"{machine.load:.1f}"],
    ]
    for each in found.ceilings:
        said = f"{each.rate:.0f}/s, {each.client_us:.0f} µs a request"
        rows.append([f"client alone, {each.clients} at once", said])
    return "# Benchmark\n\n" + _table(["what", "value"], rows)


def _goals(found: Found) -> str:
    """What is to be reached, those that fell short first."""
    rows = [
        [each.what, each.size, each.wanted, each.found, "yes" if each.reached else SHORT]
        for each in sorted(goals(found), key=lambda each: each.reached)
    ]
    heads = ["what", "size", "to reach", "found", "reached"]
    return "## To reach\n\n" + _table(heads, rows) if rows else ""


def _loaded(found: Found) -> str:
    heads = ["size", "triples", "measures", "ledger filled s", "first start s", "start s"]
    heads += ["oxigraph load s", "disk MB", "oxigraph disk MB", "memory MB", "oxigraph memory MB"]
    rows = []
    for each in found.loaded:
        memory = " + ".join(f"{kind} {size:.0f}" for kind, size in each.memory_mb.items())
        figures = [each.filled_seconds, each.first_start_seconds, each.start_seconds]
        figures += [each.their_load_seconds, each.disk_mb, each.their_disk_mb]
        first = [each.size, str(each.triples), str(each.measures)]
        rows.append([*first, *map(_figure, figures), memory, _figure(each.their_memory_mb)])
    return "## Loaded\n\n" + _table(heads, rows)


def _served(found: Found) -> str:
    rows = [
        [each.size, each.name, _figure(each.load_seconds), _figure(each.memory_mb)]
        for each in found.served
    ]
    return _table(["size", "server", "load s", "memory MB"], rows) if rows else ""


def _peers(found: Found) -> list[str]:
    return list(dict.fromkeys(each.peer for each in found.comparisons))


def _compared(found: Found, peer: str) -> str:
    heads = ["line", "size", "at once", "ratio", "of pairs", "to reach", "Jalon/s", "peer/s"]
    heads += ["p50 ms", "peer p50", "p99 ms", "peer p99", "first ms", "peer first"]
    heads += ["Jalon µs of processor", "peer µs", "client µs", "bytes"]
    rows = [_row(each) for each in found.comparisons if each.peer == peer]
    failures = [
        f"{each.line} at {each.size}, {each.clients} at once: {', '.join(each.failures)}"
        for each in found.comparisons
        if each.peer == peer and each.failures
    ]
    table = f"## Beside {peer}\n\n" + _table(heads, rows)
    return table + (f"\n\n{_said('Failed', failures)}" if failures else "")


def _row(each: Comparison) -> list[str]:
    low, high = each.spread
    row = [each.line, each.size, str(each.clients), f"{each.ratio:.2f}", f"{low:.2f} to {high:.2f}"]
    row.append(_wanted(each.ratio, ratio_of(each)))
    figures: tuple[Figure, ...] = (
        lambda s: s.rate,
        lambda s: s.p50 * 1000,
        lambda s: s.p99 * 1000,
    )
    for of in figures:
        row += [_figure(middle(each.ours, of)), _figure(middle(each.theirs, of))]
    row += ["" if first is None else _figure(first * 1000) for first in each.first or (None, None)]
    used = _used(each.ours), _used(each.theirs)
    client = middle(each.ours, lambda s: s.client_us)
    return [*row, *used, _figure(client), _figure(middle(each.ours, lambda s: s.bytes))]


def _wanted(ratio: float, target: float | None) -> str:
    """The ratio to reach, marked where it was not."""
    if target is None:
        return ""
    return f"{target:g}" if ratio >= target else f"{target:g} {SHORT}"


def _used(samples: Sequence[Sample]) -> str:
    kinds = dict.fromkeys(kind for each in samples for kind in each.server_us)
    return " + ".join(f"{kind} {_figure(middle([*samples], _use(kind)))}" for kind in kinds)


def _use(kind: str) -> Figure:
    return lambda sample: sample.server_us.get(kind, 0.0)


def _mix(mixes: Mixes) -> str:
    if not mixes.each:
        return ""
    heads = ["server", "answers/s", "p50 ms", "p99 ms", "kept", "commits", "Jalon to it"]
    heads += ["to reach", "failed"]
    rows = []
    for each in mixes.each:
        ratio = mix_ratio(mixes.each[0], each)
        rate = middle(each.samples, lambda s: s.rate)
        times = [middle(each.samples, lambda s: s.p50), middle(each.samples, lambda s: s.p99)]
        kept = sum(each.hits) / len(each.hits) if each.hits else 0.0
        row = [each.name, _figure(rate), *(_figure(time * 1000) for time in times)]
        row += [f"{kept:.1%}", str(each.commits), f"{ratio:.2f}"]
        row += [_wanted(ratio, MIXES.get(each.name)), ", ".join(each.failed)]
        rows.append(row)
    title = f"## Reporting mix at {mixes.size}, {mixes.clients} at once"
    return f"{title}\n\n{_table(heads, rows)}"


def _commits(found: Found) -> str:
    if not found.commits:
        return ""
    heads = ["size", "by", "at once", "commits", "commits/s", "to reach", "releases", "failed"]
    rows = [
        [
            *(size, each.what, str(each.at_once), str(each.commits), _figure(each.rate)),
            *(_wanted(each.rate, rate_of(size, each)), str(each.releases), ", ".join(each.failed)),
        ]
        for size, each in found.commits
    ]
    return "## Commits of 100 quads\n\n" + _table(heads, rows)


def _mirrored(found: Found) -> str:
    if not found.mirrored:
        return ""
    heads = ["size", "engine", "filled s", "commit acknowledged ms", "answered by the engine ms"]
    heads += ["slowest", "memory MB", "disk MB", "answers from the engine"]
    rows = []
    for each in found.mirrored:
        followed = (each.acknowledged, each.answered, each.slowest)
        figures = [each.filled_seconds, *(seconds * 1000 for seconds in followed)]
        figures += [each.memory_mb, each.disk_mb]
        shares = ", ".join(f"{line} {share:.1%}" for line, share in each.shares.items())
        rows.append([each.size, each.engine, *map(_figure, figures), shares])
    return "## Engines of others under Jalon\n\n" + _table(heads, rows)


def _uploads(found: Found) -> str:
    if not found.uploads:
        return ""
    heads = ["rows", "kB", "cells wrong", "state", "s", "fastest", "slowest", "s of processor"]
    rows = [
        [
            *(str(each.rows), f"{each.kilobytes:.0f}", str(each.cells), each.state),
            *map(_figure, (each.middle, min(each.seconds), max(each.seconds), each.processor)),
        ]
        for each in found.uploads
    ]
    return "## A sheet to its report\n\n" + _table(heads, rows)


def _checked(found: Found) -> str:
    if not found.checked:
        return ""
    heads = ["size", "change", "triples of it", "ms of processor", "at most", "slowest"]
    heads += ["shapes and nodes", "triples read", "results", "s for everything", "times"]
    rows = []
    for each in found.checked:
        seconds = each.whole_seconds
        row = [each.size, each.kind, str(each.change), _figure(each.median_ms)]
        row.append(f"{CHANGE_MS:g}" if each.median_ms <= CHANGE_MS else f"{CHANGE_MS:g} {SHORT}")
        row += [_figure(each.slowest_ms), str(each.pairs), str(each.read), str(each.results)]
        row.append("" if seconds is None else _figure(seconds))
        row.append("" if seconds is None else f"{seconds * 1000 / each.median_ms:.0f}")
        rows.append(row)
    return "## Validating a change\n\n" + _table(heads, rows)


def _drawings(found: Found) -> dict[str, str]:
    drawn = {}
    for size in dict.fromkeys(each.size for each in found.comparisons):
        rows = [
            Bar(f"{each.line}, {each.clients} at once", each.ratio, ratio_of(each))
            for each in found.comparisons
            if each.size == size and each.peer == OXIGRAPH
        ]
        if rows:
            drawn[f"ratios-{size}.svg"] = bars(f"Jalon's rate to {OXIGRAPH}'s, {size}", rows)
    if len(found.loaded) > 1:
        title = f"Seconds an answer, one client; dashed: {OXIGRAPH}"
        drawn["costs.svg"] = curves(title, list(_costs(found)))
    return drawn


def _costs(found: Found) -> Iterator[Curve]:
    triples = {each.size: float(each.triples) for each in found.loaded}
    alone = [each for each in found.comparisons if each.clients == 1 and each.peer == OXIGRAPH]
    for line in dict.fromkeys(each.line for each in alone):
        same = [each for each in alone if each.line == line]
        ours = ((triples[each.size], middle(each.ours, lambda s: s.p50)) for each in same)
        theirs = ((triples[each.size], middle(each.theirs, lambda s: s.p50)) for each in same)
        yield Curve(line, tuple(ours))
        yield Curve(line, tuple(theirs), dashed=True)


def _said(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
