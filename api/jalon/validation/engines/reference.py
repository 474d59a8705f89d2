"""The package ``pyshacl``: the reference, and the engine where the other has no build."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

import pyshacl
from pyoxigraph import RdfFormat, Triple, parse
from pyparsing.exceptions import ParseBaseException
from pyshacl.errors import ReportableRuntimeError
from rdflib import Graph, URIRef

from jalon.errors import ShapesRefused
from jalon.validation.engines.results import found_in
from jalon.validation.port import Find, Found, Text, bytes_of
from jalon.validation.shapes import Shapes
from jalon.validation.translation import pyoxigraph_term, rdflib_graph

_FAULTS = (
    *(ReportableRuntimeError, ParseBaseException, re.error, ValueError),
    NotImplementedError,  # $shapesGraph
    TypeError,  # sh:lessThan of a literal that is not of its datatype
)


class ReferenceEngine:
    """Graphs in, a graph out."""

    def ready(self, shapes: Shapes) -> Find:
        """Nothing is made ready: it reads the shapes anew for each data graph."""

        def find(data: bytes | Text, most: int | None = None) -> Iterable[Found]:
            del most  # It cannot stop at so many.
            return self.find(bytes_of(data), shapes)

        return find

    def find(self, data: bytes, shapes: Shapes) -> Iterable[Found]:
        """Every result; see Engine."""
        graph = rdflib_graph(parse(data, RdfFormat.N_TRIPLES))
        # It changes the shapes graph that it is given (its issue 314): each call has a copy.
        copy = Graph(bind_namespaces="none")
        for triple in shapes.graph:
            copy.add(triple)
        try:
            with warnings.catch_warnings():
                # rdflib takes for true that two literals without values cannot be compared.
                warnings.simplefilter("ignore", DeprecationWarning)
                _, report, text = pyshacl.validate(graph, shacl_graph=copy, inplace=True)
        except _FAULTS as error:
            raise ShapesRefused(variant="engine", reason=str(error)[:300]) from error
        if not isinstance(report, Graph):
            raise ShapesRefused(variant="engine", reason=text[:300])
        return list(found_in(_triples(report), lambda term: term))


def _triples(report: Graph) -> Iterable[Triple]:
    for subject, predicate, value in report:
        if isinstance(predicate, URIRef):
            name = pyoxigraph_term(predicate)
            yield Triple(pyoxigraph_term(subject), name, pyoxigraph_term(value))  # type: ignore[arg-type]
