"""The page of the vocabulary: every class and property with its definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jalon.services.glossary import Term
from jalon.web.pages.links import Link, Names
from jalon.web.pages.thing import FORMATS
from jalon.web.pages.words import Text, sort_key


@dataclass(frozen=True, slots=True)
class TermView:
    """A term in short."""

    link: Link
    anchor: str
    short: str
    definition: Text


@dataclass(frozen=True, slots=True)
class TermsPage:
    """Everything that the page of the vocabulary shows."""

    classes: tuple[TermView, ...]
    properties: tuple[TermView, ...]
    formats: tuple[tuple[str, str, str], ...]


def terms_page(terms: Sequence[Term], names: Names) -> TermsPage:
    """The page of these terms, in the order of their names in its language."""
    views = [(term.is_class, _view(term, names)) for term in terms]
    views.sort(key=lambda each: sort_key(each[1].link.text.text))
    return TermsPage(
        classes=tuple(view for is_class, view in views if is_class),
        properties=tuple(view for is_class, view in views if not is_class),
        formats=tuple(
            (name, names.pinned(f"/def.{ending}"), kind) for name, ending, kind in FORMATS
        ),
    )


def _view(term: Term, names: Names) -> TermView:
    definition = names.words.choose(term.definitions) or Text("")
    anchor = term.iri.rpartition("#")[2].rpartition("/")[2]
    return TermView(names.link(term.iri, term.labels), anchor, names.short(term.iri), definition)
