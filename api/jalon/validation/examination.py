"""The whole of a validation: documents and a pack in, a report out. Runs in the worker process."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import SH

from jalon.terms import SHAPES_GRAPH
from jalon.validation.bench import Context
from jalon.validation.catalogue import Catalogue
from jalon.validation.documents import Document, Parsed, Said, Source, read_document
from jalon.validation.engines.choice import engine
from jalon.validation.guard import check_shapes
from jalon.validation.port import EngineName, ValidationReport, report_of
from jalon.validation.shapes import Shapes, prepared
from jalon.validation.translation import rdflib_graph
from jalon.validation.view import placed, validation_view


@dataclass(frozen=True, slots=True)
class Examination:
    """A report with what is needed to write it: the shapes, and prefixes to shorten IRIs by.

    ``source`` is the one document that was examined, where it was one.
    """

    report: ValidationReport
    shapes: Shapes
    prefixes: Mapping[str, str]
    source: Source | None = None


def examine_in_context(
    document: Document, graph: str, context: Context, name: EngineName
) -> Examination:
    """A document for a graph, checked together with a release by the release's shapes.

    Only results about the things that the document speaks of, its subjects, are in the report.
    """
    parsed = read_document(document, graph)
    said = Said.of(placed(parsed.quads, graph), parsed.prefixes)
    examination = examine_said(said, context, name)
    return replace(examination, source=Source(document, graph, parsed.quads))


def examine_said(said: Said, context: Context, name: EngineName) -> Examination:
    """Quads for graphs, checked together with a release by the release's shapes.

    Only results about the things that they are about are in the report.
    """
    quads = [*(quad for quad in context.asserted() if quad not in said.gone), *said.quads]
    prefixes = {**said.prefixes, **declared_prefixes(quads)}
    view = validation_view(quads, context.base)
    return _examined(view, context.shapes(), prefixes, name, said.things)


def examine_alone(
    document: Document, shapes: Iterable[Document], graph: str, name: EngineName
) -> Examination:
    """A document checked by the caller's shapes, and by nothing else.

    Several documents of shapes are one shapes graph. Raises ShapesRefused.
    """
    parsed = read_document(document, graph)
    read = [read_document(each, graph) for each in shapes]
    rules = rdflib_graph(quad for each in read for quad in each.quads)
    check_shapes(rules)
    prefixes = {
        name: iri for each in (*read, parsed) for name, iri in each.prefixes.items() if name
    }
    examination = _examined(_ntriples(parsed), prepared(rules), prefixes, name)
    return replace(examination, source=Source(document, graph, parsed.quads))


def examine_pack(nquads: bytes, base: str, name: EngineName) -> Examination:
    """All quads of a pack with this base, checked by its own shapes. Raises ShapesRefused."""
    quads = list(parse(nquads, RdfFormat.N_QUADS))
    inside = NamedNode(base + SHAPES_GRAPH)
    shapes = rdflib_graph(quad for quad in quads if quad.graph_name == inside)
    check_shapes(shapes)
    return _examined(validation_view(quads, base), prepared(shapes), declared_prefixes(quads), name)


def declared_prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    """Prefix → namespace, of the sh:PrefixDeclarations among the quads."""
    names: dict[object, str] = {}
    namespaces: dict[object, str] = {}
    for quad in quads:
        for term, found in ((SH.prefix, names), (SH.namespace, namespaces)):
            if quad.predicate.value == str(term):
                found[quad.subject] = getattr(quad.object, "value", "")
    return {name: namespaces[node] for node, name in names.items() if namespaces.get(node)}


def _examined(
    data: bytes,
    shapes: Shapes,
    prefixes: Mapping[str, str],
    name: EngineName,
    subjects: Container[object] | None = None,
) -> Examination:
    catalogue = Catalogue(shapes, prefixes)
    report = report_of(
        catalogue.result(found)
        for found in engine(name).find(data, shapes)
        if subjects is None or found.focus in subjects
    )
    return Examination(report, shapes, prefixes)


def _ntriples(parsed: Parsed) -> bytes:
    return "".join(sorted({f"{quad.triple} .\n" for quad in parsed.quads})).encode("utf-8")
