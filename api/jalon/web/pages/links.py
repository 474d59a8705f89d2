"""Where the page of a thing is, what a thing is called, and how the two stand in a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rdflib.term import Node

from jalon.content.turtle import shortened
from jalon.web.pages.words import Text, Words

THINGS, TERMS, PLANS = "id/", "def#", "id/plan/"
"""What follows the base in the IRIs of things, terms and plans."""

_WEB = re.compile(r"https?://", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Link:
    """A name that leads somewhere; ``href`` is empty where it leads nowhere."""

    text: Text
    href: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Calls things by their labels and finds their pages, in one language.

    ``query`` is what addresses of ours end with: it names a release, where one was asked for.
    """

    words: Words
    bases: Sequence[str]
    prefixes: Mapping[str, str]
    query: str = ""

    def href(self, iri: str) -> str:
        """The path of the page about an IRI; its own address where we have none.

        Empty where a browser should not be led: what is no address on the Web.
        """
        for base in self.bases:
            if iri.startswith(base):
                rest = iri.removeprefix(base)
                return self.page(rest) or self.pinned(f"/{quote(rest, safe='/#')}")
        return iri if _WEB.match(iri) else ""

    def page(self, path: str) -> str:
        """The page about what has this path below a base; empty where it has no page."""
        language = self.words.language
        for start, room in ((THINGS, "thing"), (TERMS, "term")):
            if path.startswith(start) and path != start:
                name = quote(path.removeprefix(start), safe="/")
                return self.pinned(f"/{language}/{room}/{name}")
        return ""

    def plan(self, iri: str) -> str:
        """The page of a plan."""
        slug = iri.rpartition("/")[2]
        return self.pinned(f"/{self.words.language}/plan/{quote(slug, safe='')}")

    def pinned(self, address: str) -> str:
        """An address of ours as of the release that was asked for, if any was."""
        path, mark, fragment = address.partition("#")
        joined = self.query.replace("?", "&") if "?" in path else self.query
        return f"{path}{joined}{mark}{fragment}"

    def link(self, iri: str, labels: Mapping[str, str] | None = None) -> Link:
        """A link to what an IRI names, under its label, else under a name made from its IRI."""
        href = self.href(iri)
        return Link(self.name(iri, labels or {}), href, bool(_WEB.match(href)))

    def name(self, iri: str, labels: Mapping[str, str]) -> Text:
        """What to call an IRI: by its label, a text of ours, or the end of the IRI."""
        known = self.words.choose(labels)
        if known is not None:
            return known
        short = shortened(iri, self.prefixes)
        if self.words.knows(f"foreign.{short}"):
            return Text(self.words.say(f"foreign.{short}"))
        if not iri.startswith(tuple(self.bases)):
            return Text(iri if short == iri else _HUMP.sub(" ", _local(iri)))
        return Text(_local(iri).replace("-", " "))

    def short(self, iri: str) -> str:
        """An IRI with its prefix, where it has one that is known."""
        return shortened(iri, self.prefixes)


def local_path(iri: Node | str, bases: Sequence[str]) -> str | None:
    """The path of an IRI below one of the bases."""
    return next((str(iri).removeprefix(base) for base in bases if str(iri).startswith(base)), None)


def _local(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri
