"""Documents: a graph written in the syntax that is wanted, and what is left out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import DCTERMS, FOAF, RDF, Graph, Literal, URIRef

from jalon.errors import LANGUAGES, messages
from jalon.exchange.context import Context
from jalon.exchange.jsonld import graph_document, thing_document
from jalon.exchange.syntaxes import ntriples, rdfxml, turtle
from jalon.services.describing import Description

CONTEXT = "context.jsonld"
"""Where the JSON-LD context stands below the root."""

JSON_LD = "jsonld"
"""The one syntax that is written by the context."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """In which syntax, by the name of a graph format, and where links of ours lead.

    They start with ``root``, and end with ``query``, which names a release where one was asked for.
    Only JSON-LD, which refers to its context, and the description of the dataset have such links.
    """

    syntax: str
    root: str
    query: str = ""

    def address(self, path: str) -> str:
        """The address of a path of ours."""
        return f"{self.root}/{path}{self.query}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one syntax: its bytes, what it is about, and what is known of that."""

    body: bytes
    about: str
    types: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What writing takes from the content: the prefixes and the JSON-LD context."""

    prefixes: Mapping[str, str]
    context: Context


async def written(
    triples: Graph, wanted: Wanted, words: Words, root: URIRef, *, nested: bool
) -> bytes:
    """A graph in a syntax, what is said of ``root`` first; ``nested``: JSON-LD as one thing.

    It is written in a thread: a large graph takes seconds.
    """
    return await asyncio.to_thread(_written, triples, wanted, words, root if nested else None, root)


def _written(
    triples: Graph, wanted: Wanted, words: Words, whole: URIRef | None, first: URIRef
) -> bytes:
    match wanted.syntax:
        case "ntriples":
            return ntriples(triples)
        case "rdfxml":
            return rdfxml(triples, words.prefixes)
        case "jsonld":
            address = wanted.address(CONTEXT)
            if whole is None:
                return graph_document(triples, words.context, address)
            return thing_document(triples, whole, words.context, address)
        case _:
            return turtle(triples, words.prefixes, first)


def left_out(description: Description, document: str) -> Graph:
    """What a document that does not hold everything says of that, in its own name."""
    texts = messages("description")
    said = [] if description.complete else [texts["said"]["detail"]]
    total = sum(use.total for use in description.uses)
    listed = sum(len(use.things) for use in description.uses)
    if listed < total:
        detail = texts["uses"]["detail"]
        said.append({each: detail[each].format(shown=listed, total=total) for each in LANGUAGES})
    triples = Graph(bind_namespaces="none")
    for text in said:
        node = URIRef(document)
        triples.add((node, RDF.type, FOAF.Document))
        triples.add((node, FOAF.primaryTopic, description.thing))
        for language in LANGUAGES:
            triples.add((node, DCTERMS.description, Literal(text[language], lang=language)))
    return triples
