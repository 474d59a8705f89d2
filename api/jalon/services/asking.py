"""Our own queries: each a file of this package, with terms bound to it and never text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
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
    """Asks a store. Unless a dataset is named: what is asserted, shown and by graph.

    Without ``release`` each query is asked of the release that is the newest by then.
    """

    store: GraphStore
    limits: Limits = field(default_factory=Limits)
    release: int | None = None

    def of(self, release: int) -> Asking:
        """The same, asking one release and no other."""
        return replace(self, release=release)

    async def rows(self, name: str, dataset: Dataset = ASSERTED, **terms: str) -> list[Row]:
        """The solutions of the query ``queries/{name}.rq``, with these IRIs bound.

        Raises a QueryError, or NotFound for a text that is no IRI.
        """
        return await self._solutions(bound(query_text(name), terms), dataset)

    async def rows_for(self, name: str, variable: str, iris: Iterable[str]) -> list[Row]:
        """The solutions of a query for each of these IRIs, bound to one variable; errors as rows.

        What is no IRI is passed over.
        """
        return await self._solutions(bound_each(query_text(name), variable, iris), ASSERTED)

    async def _solutions(self, text: str, dataset: Dataset) -> list[Row]:
        request = QueryRequest(
            text=text,
            dataset=dataset,
            solutions=SOLUTION_FORMATS[0],
            limits=self.limits,
            release=self.release,
        )
        with await self.store.query(request) as answer:
            return list(_solutions(await answer.read()))


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


def bound_each(text: str, variable: str, iris: Iterable[str]) -> str:
    """A query with each of its places for parameters filled by a row for each IRI."""
    terms = []
    for iri in iris:
        with suppress(ValueError):
            terms.append(str(NamedNode(iri)))
    return text.replace(PARAMETERS, f"VALUES ?{variable} {{ {' '.join(terms)} }}")


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
