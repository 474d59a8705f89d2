"""Contradictions by thing: owlrl reports them as sentences, which name what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rdflib import Graph, Literal, URIRef

from jalon.reasoning.conclusions import Contradiction
from jalon.reasoning.subset import schema_terms

_BETWEEN = re.compile(r"[\s,]+")
_AROUND = "()'"
_LITERAL = re.compile(
    r"literal '(?P<lexical>.*)' does not match|(?:individual|on element|on value) (?P<value>.*)$",
    re.DOTALL,
)


def contradictions(messages: Iterable[str], closure: Graph) -> tuple[Contradiction, ...]:
    """Each message with each thing of the data that it is about, sorted.

    A message about a literal is about the things that have it. One that names nothing in the data
    stands once, with no thing.
    """
    sentences = sorted(set(messages))
    if not sentences:
        return ()
    schema = schema_terms(closure)
    things = {term for term in closure.subjects() if isinstance(term, URIRef)} - schema
    found = (
        (str(thing), sentence)
        for sentence in sentences
        for thing in (_things(sentence, things, closure) or {URIRef("")})
    )
    return tuple(Contradiction(thing, sentence) for thing, sentence in sorted(found))


def _things(message: str, things: set[URIRef], closure: Graph) -> set[URIRef]:
    words = _BETWEEN.split(message)
    named = {URIRef(form) for word in words for form in (word, word.strip(_AROUND))}
    return (named & things) or set(_having_literal(message, things, closure))


def _having_literal(message: str, things: set[URIRef], closure: Graph) -> Iterator[URIRef]:
    match = _LITERAL.search(message)
    if match is None:
        return
    text = match["lexical"] if match["lexical"] is not None else match["value"]
    for thing, _, value in closure:
        if isinstance(value, Literal) and str(value) == text and thing in things:
            yield URIRef(str(thing))
