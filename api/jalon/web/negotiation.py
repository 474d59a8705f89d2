"""Content negotiation (RFC 9110 §12): which format and which language a client prefers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jalon.errors import LANGUAGES
from jalon.store.port import ResultFormat

ALIASES = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"),
    "application/n-triples": ("text/plain",),
}
"""Looser names that clients use for these formats."""

MAX_RANGES = 50


@dataclass(frozen=True, slots=True)
class Preference:
    """One member of an Accept header: a range in lower case and its weight, 0 to 1."""

    range: str
    quality: float


def preferences(header: str) -> list[Preference]:
    """The members of an Accept or Accept-Language header that have a sound weight.

    Parameters other than q are ignored. A header of more than 50 members is read that far.
    """
    found = []
    for member in header.lower().split(",")[:MAX_RANGES]:
        name, *parameters = (part.strip() for part in member.split(";"))
        quality = _quality(parameters)
        if name and quality is not None:
            found.append(Preference(name, quality))
    return found


def choose_format(header: str, formats: Sequence[ResultFormat]) -> ResultFormat | None:
    """The format a client prefers; the first of ``formats`` among equals; None when it takes none.

    The most specific range decides on a format. Without a readable header everything is taken.
    """
    wanted = _without_pages(preferences(header))
    if not wanted:
        return formats[0]
    weighed = [(_weight(known.media_type, wanted), known) for known in formats]
    best = max(weight for weight, _ in weighed)
    return next(known for weight, known in weighed if weight == best) if best > 0 else None


def choose_language(header: str) -> str:
    """The language of ours that a client prefers: ``fr-CA`` is served by ``fr``; else English."""
    best, chosen = 0.0, LANGUAGES[0]
    for preference in preferences(header):
        language = preference.range.partition("-")[0]
        if language in LANGUAGES and preference.quality > best:
            best, chosen = preference.quality, language
    return chosen


def _quality(parameters: Sequence[str]) -> float | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
            return quality if 0 <= quality <= 1 else None
    return 1.0


def _without_pages(wanted: list[Preference]) -> list[Preference]:
    """A browser names XML for the sake of pages: that is no wish for XML results."""
    if all(preference.range != "text/html" for preference in wanted):
        return wanted
    return [
        preference
        for preference in wanted
        if preference.range not in {"application/xml", "text/xml"}
    ]


def _weight(media_type: str, wanted: list[Preference]) -> float:
    """The weight of the most specific range that matches: exact, then an alias, then wildcards."""
    main = media_type.partition("/")[0]
    for names in ((media_type,), ALIASES.get(media_type, ()), (f"{main}/*",), ("*/*", "*")):
        weights = [preference.quality for preference in wanted if preference.range in names]
        if weights:
            return max(weights)
    return 0.0
