"""What is refused before validating: shapes that pass in silence, never end, or reach outside."""

from __future__ import annotations

from rdflib import Graph

from jalon.validation.guard.forms import check_forms
from jalon.validation.guard.nesting import check_nesting
from jalon.validation.guard.parameters import check_parameters
from jalon.validation.guard.patterns import check_patterns
from jalon.validation.guard.queries import check_queries
from jalon.validation.guard.substance import check_substance
from jalon.validation.guard.vocabulary import check_vocabulary


def check_shapes(graph: Graph) -> None:
    """Raises ShapesRefused, with the shape named, for the first fault of a shapes graph.

    It takes time linear in the graph, whatever stands in it; nothing is evaluated but queries
    over an empty store, to see that they can be read.
    """
    for check in (
        check_vocabulary,
        check_nesting,
        check_parameters,
        check_forms,
        check_substance,
        check_patterns,
        check_queries,
    ):
        check(graph)
