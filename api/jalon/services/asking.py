"""Our own queries: each a file of this package, with terms bound to it and never text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from pyoxigraph import NamedNode
from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from jalon.errors import NotFound
from jalon.store.port import SOLUTION_FORMATS, Dataset, GraphStore, Limits, QueryRequest

PARAMETERS = "#@ params"
"""Where in a query the row of bound terms stands."""

ASSERTED = Dataset(entailed=False)
"""Every graph but that of the entailed triples."""

Row = Mapping[str, Node]
"""One solution: the bound variables by name."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks a store. Unless a dataset is named: what is asserted, shown and by graph."""

    store: GraphStore
    limits: Limits = field(default_factory=Limits)

    async def rows(self, name: str, dataset: Dataset = ASSERTED, **terms: str) -> list[Row]:
        """The solutions of the query ``queries/{name}.rq``, with these IRIs bound.

        Raises a QueryError, or NotFound for a text that is no IRI.
        """
        request = QueryRequest(
            text=bound(query_text(name), terms),
            dataset=dataset,
            solutions=SOLUTION_FORMATS[0],
            limits=self.limits,
        )
        with await self.store.query(request) as answer:
            return list(_solutions(answer.read()))


@cache
def query_text(name: str) -> str:
    """The text of a query file of this package."""
    return files("jalon.services").joinpath("queries", f"{name}.rq").read_text(encoding="utf-8")


def bound(text: str, iris: Mapping[str, str]) -> str:
    """A query with each of its places for parameters filled by one row of IRIs."""
    try:
        values = " ".join(str(NamedNode(iri)) for iri in iris.values())
    except ValueError as error:
        raise NotFound(path=next(iter(iris.values()))[:200]) from error
    names = " ".join(f"?{name}" for name in iris)
    return text.replace(PARAMETERS, f"VALUES ({names}) {{ ({values}) }}")


def _solutions(body: bytes) -> Iterator[Row]:
    for binding in json.loads(body)["results"]["bindings"]:
        yield {name: _term(value) for name, value in binding.items()}


def _term(value: Mapping[str, str]) -> Node:
    if value["type"] == "uri":
        return URIRef(value["value"])
    if value["type"] == "bnode":
        return BNode(value["value"])
    datatype = value.get("datatype")
    return Literal(
        value["value"],
        lang=value.get("xml:lang"),
        datatype=URIRef(datatype) if datatype else None,
        normalize=False,
    )
