"""JSON-LD documents that read like plain JSON; their context is referred to by its address."""

from __future__ import annotations

import json

from rdflib import Graph, URIRef

from jalon.content.layout import canonical
from jalon.exchange.compacting import Compaction
from jalon.exchange.context import Context
from jalon.exchange.nesting import listed, rooted


def context_document(context: Context) -> bytes:
    """What stands at the address of the context."""
    return _written({"@context": {"@version": 1.1, **context.definitions}})


def thing_document(triples: Graph, root: URIRef, context: Context, address: str) -> bytes:
    """A graph as one thing with everything else inside it."""
    thing = Compaction(context).thing(rooted(canonical(triples), root))
    return _written({"@context": address, **thing})


def graph_document(triples: Graph, context: Context, address: str) -> bytes:
    """A graph as the list of its things."""
    compaction = Compaction(context)
    things = [compaction.thing(thing) for thing in listed(canonical(triples))]
    return _written({"@context": address, "graph": things})


def _written(document: dict[str, object]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
