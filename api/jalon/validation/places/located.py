"""What is written where in a document, held against what the parser read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode

from jalon.validation.documents import Source
from jalon.validation.places.jsonld import jsonld_triples
from jalon.validation.places.lines import Excerpt, excerpt
from jalon.validation.places.matching import Said, matched
from jalon.validation.places.spots import Placed, Reader, Spot, UnreadError
from jalon.validation.places.turtle import line_triples, turtle_triples
from jalon.validation.port import Term

READERS: Mapping[str, Reader] = {
    "text/turtle": turtle_triples,
    "application/trig": turtle_triples,
    "application/n-triples": line_triples,
    "application/n-quads": line_triples,
    "application/ld+json": jsonld_triples,
}
"""The media types of documents in which places are found."""

BY_LINES = frozenset({"application/n-triples", "application/n-quads"})
"""Those with one triple a line, of which the lines can be read that are wanted."""

MOST_TRIPLES = 300_000
"""Of a document that is read as a whole and has more triples, nothing is told.

Reading it again takes longer than reading it first.
"""

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The triples that are wanted: those with these terms as subject or object, or all.

    ``has_blanks``: places of blank nodes are wanted, and so all triples that tell these apart.
    """

    terms: frozenset[Term] = frozenset()
    is_all: bool = True
    has_blanks: bool = True
    most_triples: int = MOST_TRIPLES

    def has(self, subject: Term, value: Term) -> bool:
        """Whether a triple is wanted."""
        if self.is_all or subject in self.terms or value in self.terms:
            return True
        return self.has_blanks and (isinstance(subject, BlankNode) or isinstance(value, BlankNode))


def located(source: Source, wanted: Wanted) -> Iterator[Placed | Spot]:
    """What is written in a document that the parser has read too, under the parser's names.

    In the order of the reader; nothing of a document in a syntax without a reader, or of one that
    is larger than wanted.
    """
    found = list(_read(source, wanted))
    said: list[Said] = [
        (quad.subject, quad.predicate, quad.object)  # type: ignore[misc]
        for quad in (source.quads if found else ())
        if wanted.has(quad.subject, quad.object)  # type: ignore[arg-type]
    ]
    names = matched((_terms(each) for each in found if isinstance(each, Placed)), said)
    known, subjects = set(said), {subject for subject, _, _ in said}
    for each in found:
        if isinstance(each, Spot):
            spot = _called(each, names)
            if spot is not None and spot.term in subjects:
                yield spot
            continue
        subject, value = _called(each.subject, names), _called(each.object, names)
        if subject is None or value is None:
            continue
        if (subject.term, each.predicate.term, value.term) in known:
            yield Placed(subject, each.predicate, value)


def text_of(source: Source) -> str:
    """The text in which places are: without the byte order mark, which is no character of it."""
    return source.document.content.removeprefix(_MARK).decode("utf-8")


def _terms(placed: Placed) -> Said:
    return placed.subject.term, placed.predicate.term, placed.object.term


def _called(spot: Spot, names: Mapping[BlankNode, BlankNode]) -> Spot | None:
    if not isinstance(spot.term, BlankNode):
        return spot
    name = names.get(spot.term)
    return None if name is None else Spot(name, spot.start, spot.end)


def _read(source: Source, wanted: Wanted) -> Iterator[Placed | Spot]:
    """What the reader of a document finds, as far as it understands the document."""
    reader = READERS.get(source.document.media_type)
    part = _part(source, wanted)
    if reader is None or part is None:
        return
    try:
        for found in reader(part.text, source.graph):
            if isinstance(found, Spot):
                yield part.back(found)
            elif wanted.has(found.subject.term, found.object.term):
                yield Placed(*map(part.back, found))
    except (UnreadError, RecursionError):
        return


def _part(source: Source, wanted: Wanted) -> Excerpt | None:
    """As much of the text as has to be read; None where that is too much."""
    if source.document.media_type in BY_LINES and not wanted.is_all and not wanted.has_blanks:
        things = [term for term in wanted.terms if isinstance(term, NamedNode)]
        if len(things) == len(wanted.terms):
            return excerpt(text_of(source), things)
    if len(source.quads) > wanted.most_triples:
        return None
    return Excerpt(text_of(source), (), ())
