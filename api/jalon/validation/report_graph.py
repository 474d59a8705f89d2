"""A report as the graph that SHACL defines (§3.6), with both languages and the rule ids."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import DCTERMS, RDF, RDFS, SH, XSD, BNode, URIRef
from rdflib.term import Node

from jalon.errors import LANGUAGES, messages
from jalon.validation.port import Result, Term, ValidationReport
from jalon.validation.shapes import Shapes
from jalon.validation.translation import pyoxigraph_term

_TYPE = NamedNode(str(RDF.type))
_COMMENT = NamedNode(str(RDFS.comment))
_BOOLEAN = NamedNode(str(XSD.boolean))


def report_triples(report: ValidationReport, shapes: Shapes) -> Iterator[Triple]:
    """The triples of the report, each once; a result that an engine gave twice is two nodes.

    Beside SHACL's own properties each result has dcterms:identifier: the id of its rule. Where
    results are left out, an rdfs:comment of the report says so.
    """
    writer = _Writer(shapes)
    node = BlankNode()
    conforms = Literal("true" if report.conforms else "false", datatype=_BOOLEAN)
    yield Triple(node, _TYPE, _sh("ValidationReport"))
    yield Triple(node, _sh("conforms"), conforms)
    for text in left_out_texts(report).items():
        yield Triple(node, _COMMENT, Literal(text[1], language=text[0]))
    results = [result for result in report.results for _ in range(result.times)]
    nodes = [BlankNode() for _ in results]
    for inner in nodes:
        yield Triple(node, _sh("result"), inner)
    for inner, result in zip(nodes, results, strict=True):
        yield from writer.result(inner, result)


def left_out_texts(report: ValidationReport) -> dict[str, str]:
    """That results are left out, and how many, in each language; nothing where all are told."""
    if not report.left_out:
        return {}
    numbers = {"told": len(report.results), "all": report.counts().total()}
    texts = messages("shacl")["report"]["left_out"]
    return {language: texts[language].format(**numbers) for language in LANGUAGES}


class _Writer:
    """Writes results; a shape without an IRI is the same blank node in all of them."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._nameless: dict[str, BlankNode] = {}

    def result(self, node: BlankNode, result: Result) -> Iterator[Triple]:
        yield Triple(node, _TYPE, _sh("ValidationResult"))
        yield Triple(node, _sh("focusNode"), result.focus)
        yield Triple(node, _sh("resultSeverity"), _named(result.severity))
        yield Triple(node, _sh("sourceConstraintComponent"), _named(result.component))
        yield Triple(node, _sh("sourceShape"), self._shape(result.shape))
        if result.rule:
            identifier = Literal(result.rule_id)
            yield Triple(node, NamedNode(str(DCTERMS.identifier)), identifier)
        if result.value is not None:
            yield Triple(node, _sh("value"), result.value)
        if result.constraint is not None:
            yield Triple(node, _sh("sourceConstraint"), self._shape(result.constraint))
        # The words of a shape stand as they are (SHACL §2.1.5), those of ours beside them.
        if result.plain is not None:
            yield Triple(node, _sh("resultMessage"), Literal(result.plain))
        for language, text in sorted(result.messages.items()):
            yield Triple(node, _sh("resultMessage"), Literal(text, language=language))
        yield from self._path(node, result)

    def _shape(self, shape: str) -> Term:
        if not self._shapes.is_nameless(shape):
            return NamedNode(shape)
        return self._nameless.setdefault(shape, BlankNode())

    def _path(self, node: BlankNode, result: Result) -> Iterator[Triple]:
        """The path of the result; one that is not a property is copied from its shape."""
        if result.path is None:
            return
        if result.path.startswith("<"):
            yield Triple(node, _sh("resultPath"), NamedNode(result.path[1:-1]))
            return
        head = self._shapes.graph.value(URIRef(result.shape), SH.path)
        copies: dict[Node, BlankNode] = {}
        left = [] if head is None else [head]
        for original in left:
            copies[original] = BlankNode()
            left += (
                value
                for value in self._shapes.graph.objects(original)
                if isinstance(value, BNode) and value not in left
            )
        if head is not None:
            yield Triple(node, _sh("resultPath"), copies[head])
        for original, copy in copies.items():
            for predicate, value in self._shapes.graph.predicate_objects(original):
                target = copies.get(value) or pyoxigraph_term(value)
                yield Triple(copy, NamedNode(str(predicate)), target)


def _sh(name: str) -> NamedNode:
    return NamedNode(str(SH) + name)


def _named(name: str) -> NamedNode:
    """A local name of SHACL's, or an IRI."""
    return NamedNode(name) if ":" in name else _sh(name)
