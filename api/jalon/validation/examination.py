"""The whole of a validation: documents and a pack in, a report out. Runs in the worker process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import NamedNode, RdfFormat, parse

from jalon.store.shown import Term
from jalon.terms import SHAPES_GRAPH
from jalon.validation.bench import Context
from jalon.validation.catalogue import Catalogue, declared_prefixes
from jalon.validation.documents import Document, Parsed, Said, Source, read_document
from jalon.validation.engines.choice import engine
from jalon.validation.guard import check_shapes
from jalon.validation.incremental.checking import Effect, NotLocal, WhyWhole, effect_of
from jalon.validation.port import (
    EngineName,
    Identity,
    Result,
    ValidationReport,
    identity,
    report_of,
)
from jalon.validation.shapes import Shapes, prepared
from jalon.validation.translation import rdflib_graph
from jalon.validation.view import placed, validation_view


@dataclass(frozen=True)
class Difference:
    """What a change does to the results of a release: those that are new with it, those that go.

    ``whole`` says why everything was validated for it; None where it was not needed.
    """

    new: ValidationReport
    fixed: ValidationReport
    whole: WhyWhole | None = None

    def has_as_new(self, result: Result) -> bool:
        """Whether a result of the whole report is new."""
        return identity(result) in self._new

    @cached_property
    def _new(self) -> frozenset[Identity]:
        return frozenset(map(identity, self.new.results))


@dataclass(frozen=True, slots=True)
class Examination:
    """A report with what is needed to write it: the shapes, and prefixes to shorten IRIs by.

    ``source`` is the one document that was examined, where it was one; ``difference`` is there
    where it was examined in the context of a release.
    """

    report: ValidationReport
    shapes: Shapes
    prefixes: Mapping[str, str]
    source: Source | None = None
    difference: Difference | None = None


def examine_in_context(document: Document, graph: str, context: Context) -> Examination:
    """A document for a graph, checked together with a release by the release's shapes.

    The report has every result about the things that the document speaks of, its subjects, and
    what is new with it about any other.
    """
    parsed = read_document(document, graph)
    said = Said.of(placed(parsed.quads, graph), parsed.prefixes)
    things = frozenset(quad.subject for quad in said.quads)
    examination = examine_said(said, context, things, fixed=True)
    return replace(examination, source=Source(document, graph, parsed.quads))


def examine_release(context: Context) -> Examination:
    """All that a release shows, checked by its shapes."""
    rules = context.rules()
    catalogue = Catalogue(rules.shapes, context.prefixes())
    report = context.gathered().report(catalogue)
    return Examination(report, rules.shapes, context.prefixes())


def examine_said(
    said: Said, context: Context, things: Collection[Term] = (), *, fixed: bool = False
) -> Examination:
    """Quads for graphs, and others that go, checked together with a release by its shapes.

    The report has what is new with them about anything, and every result about some things. Unless
    ``fixed``, what is put right may be left out.
    """
    rules = context.rules()
    try:
        effect = _effect(said, context, things, fixed=fixed)
        whole = None
    except NotLocal as error:
        effect = _effect_on_all(said, context)
        whole = error.why
    prefixes = {**said.prefixes, **context.prefixes(), **declared_prefixes(said.quads)}
    catalogue = Catalogue(rules.shapes, prefixes)
    new, gone, standing = (
        tuple(map(catalogue.result, found)) for found in (effect.new, effect.fixed, effect.standing)
    )
    about = tuple(result for result in standing if result.focus in things)
    return Examination(
        report_of((*new, *about)),
        rules.shapes,
        prefixes,
        difference=Difference(report_of(new), report_of(gone), whole),
    )


def _effect(said: Said, context: Context, things: Collection[Term], *, fixed: bool) -> Effect:
    """Raises NotLocal."""
    if context.own:
        raise NotLocal("unnamed")
    return context.checker().check(said.quads, said.gone, things, fixed=fixed)


def _effect_on_all(said: Said, context: Context) -> Effect:
    """The effect by validating everything, as it was and as it will be."""
    parts = context.rules().all_in(context.view(said.quads, said.gone))
    after = [found for part in parts for found in part]
    return effect_of(frozenset(), context.results(), after, 0)


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


def _examined(
    data: bytes,
    shapes: Shapes,
    prefixes: Mapping[str, str],
    name: EngineName,
) -> Examination:
    catalogue = Catalogue(shapes, prefixes)
    report = report_of(catalogue.result(found) for found in engine(name).find(data, shapes))
    return Examination(report, shapes, prefixes)


def _ntriples(parsed: Parsed) -> bytes:
    return "".join(sorted({f"{quad.triple} .\n" for quad in parsed.quads})).encode("utf-8")
