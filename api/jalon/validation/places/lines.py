"""The lines of a large N-Triples or N-Quads text that speak of some things."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from jalon.validation.places.spots import Spot

_IRI = r"<[^<>\n]*+>"
_LINE = re.compile(
    rf"^[ \t]*+(?P<subject>{_IRI}|_:[^ \t<\n]*+)[ \t]*+{_IRI}[ \t]*+(?P<object>{_IRI})?[^\n]*+$",
    re.MULTILINE,
)
_LONE_RETURN = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a text, joined; where each starts, and where it started before.

    Without lines it is the whole text.
    """

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def back(self, spot: Spot) -> Spot:
        """A spot of the excerpt as one of the text that it is of."""
        if not self.starts:
            return spot
        line = bisect_right(self.starts, spot.start) - 1
        moved = self.origins[line] - self.starts[line]
        return Spot(spot.term, spot.start + moved, spot.end + moved)


def excerpt(text: str, things: Iterable[NamedNode]) -> Excerpt:
    """The lines with a triple whose subject or object may be one of these things.

    All lines of a text in which a lone carriage return may end one.
    """
    if _LONE_RETURN.search(text):
        return Excerpt(text, (), ())
    written = frozenset(f"<{thing.value}>" for thing in things)
    lines: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for match in _LINE.finditer(text):
        if _may_be(match["subject"], written) or _may_be(match["object"], written):
            lines.append(match.group())
            starts.append(length)
            origins.append(match.start())
            length += len(lines[-1]) + 1
    return Excerpt("\n".join(lines), tuple(starts), tuple(origins))


def _may_be(term: str | None, written: frozenset[str]) -> bool:
    """Whether a term is one of these as it is written; one with escapes may be any."""
    return term is not None and (term in written or "\\" in term)
