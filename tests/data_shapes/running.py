"""One test of the suite through the validation port, and what came of it."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import Graph

from data_shapes.suite import Entry, Results, read_graph, report_in, results_in
from jalon.errors import ShapesRefused
from jalon.validation.catalogue import Catalogue
from jalon.validation.engines.choice import engine
from jalon.validation.guard import check_shapes
from jalon.validation.port import EngineName, report_of
from jalon.validation.report_graph import report_triples
from jalon.validation.shapes import prepared
from jalon.validation.translation import rdflib_graph

MISSES = Path(__file__).with_name("misses.toml")


def through_port(entry: Entry, name: EngineName) -> Graph | None:
    """The standard report of an engine; None where the shapes are refused."""
    quads = parse(entry.data.read_bytes(), RdfFormat.TURTLE, base_iri=entry.base)
    data = "".join(sorted({f"{quad.triple} .\n" for quad in quads})).encode("utf-8")
    graph = read_graph(entry.shapes.read_bytes(), entry.base)
    try:
        check_shapes(graph)
        shapes = prepared(graph)
        catalogue = Catalogue(shapes, {})
        report = report_of(map(catalogue.result, engine(name).find(data, shapes)))
    except ShapesRefused:
        return None
    return rdflib_graph(report_triples(report, shapes))


def fault(entry: Entry, report: Graph | None) -> str:
    """What is wrong with a report; empty where it is the one that is expected."""
    if report is None:
        return "" if entry.results is None else "refused"
    if entry.results is None:
        return "taken"
    found = results_in(report, report_in(report))
    if entry.conforms is bool(found):
        return f"conforms: {not found}"
    said = {text for result in entry.results for text in result.messages}
    kept: Results = Counter()
    for result, times in found.items():
        kept[replace(result, messages=result.messages & said)] += times
    missing, surplus = entry.results - kept, kept - entry.results
    return "" if not missing and not surplus else f"missing {missing}, too many {surplus}"


def read_misses(name: EngineName) -> dict[str, str]:
    """The tests that an engine is known not to pass, by their IRIs, each with the reason."""
    listed = tomllib.loads(MISSES.read_text(encoding="utf-8"))["misses"]
    return {each["test"]: each["reason"] for each in listed if name in each["engines"]}
