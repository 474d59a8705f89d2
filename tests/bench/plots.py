"""Drawings of a report, as SVG: ratios as bars, and how seconds grow with the data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
ROW = 26
LEFT, RIGHT = 190, 70
BLUE, GREY, RED = "#1f5f99", "#8a8f94", "#b3261e"
COLOURS = (
    *("#1f5f99", "#b3261e", "#2e7d32", "#8e5aa8", "#b26a00"),
    *("#00838f", "#5d4037", "#455a64", "#c2185b", "#7cb342"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One ratio, and the one to reach, where there is one."""

    name: str
    value: float
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Seconds by the number of triples."""

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A bar for each ratio on a logarithmic scale around 1; a red mark where the target is."""
    height = 60 + ROW * len(rows)
    known = [each.value for each in rows] + [each.target for each in rows if each.target]
    low = min([0.1, *(value for value in known if value > 0)])
    high = max([10.0, *known])
    scale = _Scale(low, high, LEFT, WIDTH - RIGHT)
    parts = [_text(10, 24, title, size=15)]
    for tick in scale.ticks():
        x = scale(tick)
        parts.append(_line((x, 36), (x, height - 8), "#000" if tick == 1 else "#ddd"))
        parts.append(_text(x, height + 6, f"{tick:g}", size=10, anchor="middle"))
    for index, each in enumerate(rows):
        y = 42 + ROW * index
        start, end = sorted((scale(1), scale(max(each.value, low))))
        reached = each.target is None or each.value >= each.target
        colour = BLUE if reached else GREY
        parts.append(_text(LEFT - 8, y + 13, each.name, anchor="end"))
        size = f'width="{max(end - start, 1):.1f}" height="{ROW - 9}"'
        parts.append(f'<rect x="{start:.1f}" y="{y}" {size} fill="{colour}"/>')
        parts.append(_text(max(end, scale(1)) + 5, y + 13, f"{each.value:.2f}"))
        if each.target:
            x = scale(each.target)
            parts.append(_line((x, y - 3), (x, y + ROW - 6), RED, width=2.5))
    return _svg(height + 14, title, parts)


def curves(title: str, drawn: Sequence[Curve]) -> str:
    """Seconds over triples, both logarithmic; what is dashed is the peer's."""
    points = [point for each in drawn for point in each.points if point[1] > 0]
    if not points:
        return _svg(40, title, [_text(10, 24, title, size=15)])
    height, bottom = 420, 380
    xs, ys = zip(*points, strict=True)
    across = _Scale(min(xs) / 1.3, max(xs) * 1.3, 70, WIDTH - 170)
    up = _Scale(min(ys) / 1.5, max(ys) * 1.5, bottom, 40)
    parts = [_text(10, 24, title, size=15)]
    for tick in across.ticks():
        parts.append(_line((across(tick), 40), (across(tick), bottom), "#ddd"))
        parts.append(_text(across(tick), bottom + 16, _count(tick), size=10, anchor="middle"))
    for tick in up.ticks():
        parts.append(_line((70, up(tick)), (WIDTH - 170, up(tick)), "#ddd"))
        parts.append(_text(64, up(tick) + 4, _seconds(tick), size=10, anchor="end"))
    names = list(dict.fromkeys(each.name for each in drawn))
    for each in drawn:
        colour = COLOURS[names.index(each.name) % len(COLOURS)]
        placed = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in each.points if y > 0)
        dash = ' stroke-dasharray="5 4"' if each.dashed else ""
        stroke = f'fill="none" stroke="{colour}" stroke-width="2"{dash}'
        parts.append(f'<polyline points="{placed}" {stroke}/>')
    for index, name in enumerate(names):
        y = 56 + 18 * index
        colour = COLOURS[index % len(COLOURS)]
        parts.append(_line((WIDTH - 160, y - 4), (WIDTH - 140, y - 4), colour, width=3))
        parts.append(_text(WIDTH - 134, y, name))
    return _svg(height, title, parts)


class _Scale:
    """From a value to a place, by logarithms."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._high = math.log10(low), math.log10(high)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Powers of ten within."""
        powers = range(math.ceil(self._low), math.floor(self._high) + 1)
        return [10.0**power for power in powers]


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    size = f'width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}"'
    font = 'font-family="sans-serif" role="img"'
    ground = f'<rect width="{WIDTH}" height="{height:g}" fill="#fff"/>'
    body = "\n".join([f"<title>{escape(title)}</title>", ground, *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>\n{body}\n</svg>\n'


def _text(x: float, y: float, said: str, size: int = 12, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(said)}</text>"


def _line(
    start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 1
) -> str:
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


_UNITS: Mapping[float, str] = {1e6: "M", 1e3: "k"}


def _count(value: float) -> str:
    for unit, name in _UNITS.items():
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"
