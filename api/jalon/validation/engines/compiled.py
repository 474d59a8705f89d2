"""The package ``shacl``: compiled, the default."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, TypeVar, cast

import shacl
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse
from rdflib import SH, BNode

from jalon.errors import ShapesRefused
from jalon.validation.engines.results import found_in
from jalon.validation.engines.streaming import NoFolder, streamed
from jalon.validation.port import Find, Found, Term, Text, TooManyResults, bytes_of
from jalon.validation.shapes import Shapes

_DATA_LABEL = "0_b"
_NAMED = re.compile(rf"_:({_DATA_LABEL}\d+)")
_SPARQL = str(SH.SPARQLConstraintComponent)
Made = TypeVar("Made")


class CompiledEngine:
    """Text in, text out: the shapes are compiled and the data read by the engine itself."""

    def ready(self, shapes: Shapes) -> Find:
        """The shapes compiled; see Engine."""
        compiled = _asked(lambda: shacl.Shapes.from_text(shapes.ntriples, format="ntriples"))
        blank_nodes, constraints = _blank_nodes(shapes), _constraints(shapes)

        def find(data: bytes | Text, most: int | None = None) -> Iterable[Found]:
            enough = None if most is None else most + 1
            report = _asked(lambda: _validated(compiled, data, enough))
            if most is not None and len(report) > most:
                raise TooManyResults
            labels = _Labels(data, blank_nodes)
            results = list(report.results)
            if any(_is_unclear(each, constraints) for each in results):
                written = report.serialize("ntriples").encode("utf-8")
                found = found_in(parse(written, RdfFormat.N_TRIPLES), labels.original)
                return [replace(each, texts=labels.all_written(each.texts)) for each in found]
            return [_found(each, labels, constraints) for each in results]

        return find

    def find(self, data: bytes, shapes: Shapes) -> Iterable[Found]:
        """Every result; see Engine."""
        return self.ready(shapes)(data)


def _validated(compiled: shacl.Shapes, data: bytes | Text, most: int | None) -> shacl.Report:
    """The engine's report; it reads a text as it is written, where a folder can be made for it."""
    if not isinstance(data, bytes):
        with suppress(NoFolder):
            return streamed(data, lambda path: compiled.validate_file(path, max_results=most))
    text = bytes_of(data).decode("utf-8")
    return compiled.validate_text(text, format="ntriples", max_results=most)


def _constraints(shapes: Shapes) -> Mapping[str, tuple[str, ...]]:
    """The SPARQL constraints of each shape that has any, by the names of the shapes."""
    found: dict[str, tuple[str, ...]] = {}
    for shape, constraint in shapes.graph.subject_objects(SH.sparql):
        found[str(shape)] = (*found.get(str(shape), ()), str(constraint))
    return found


def _is_unclear(result: shacl.Result, constraints: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether only its RDF says which constraint a result is of."""
    shape = str(result.source_shape)[1:-1]
    return result.component_iri == _SPARQL and len(constraints.get(shape, ())) != 1


def _found(
    result: shacl.Result, labels: _Labels, constraints: Mapping[str, tuple[str, ...]]
) -> Found:
    """A result as the engine has it at hand, which is sooner had than its RDF."""
    path = _term(result.path) if result.path and result.path.startswith("<") else None
    shape = str(result.source_shape)[1:-1]
    constraint = constraints[shape][0] if result.component_iri == _SPARQL else None
    return Found(
        focus=labels.original(_term(result.focus_node)),
        shape=shape,
        component=result.component_iri,
        severity=result.severity_iri,
        path=path.value if isinstance(path, NamedNode) else None,
        value=None if result.value is None else labels.original(_term(result.value)),
        constraint=constraint,
        texts=labels.all_written(result.messages),
    )


def _term(text: str) -> Term:
    """A term as N-Triples write it."""
    if text.startswith("_:"):
        return BlankNode(text[2:])
    if text.startswith("<") and "\\" not in text:
        return NamedNode(text[1:-1])
    line = f"<urn:s> <urn:p> {text} .".encode()
    [quad] = parse(line, RdfFormat.N_TRIPLES)
    term: Term | Triple = quad.object
    if isinstance(term, Triple):
        raise TypeError(text)
    return term


class _Labels:
    """The labels of the data's blank nodes.

    The engine numbers blank nodes in the order in which it meets them, those of the shapes first,
    and calls those of the data ``0_b…`` (measured with 0.3.4; the tests compare with pyshacl).
    """

    def __init__(self, data: bytes | Text, before: int) -> None:
        self._data = data
        self._before = before
        self._met: list[BlankNode] | None = None

    def original(self, term: Term) -> Term:
        if not isinstance(term, BlankNode) or not term.value.startswith(_DATA_LABEL):
            return term
        if self._met is None:
            self._met = _met(self._data)
        number = int(term.value.removeprefix(_DATA_LABEL)) - self._before
        return self._met[number] if 0 <= number < len(self._met) else term

    def all_written(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Messages in order, with the labels that the data has for the nodes that they name."""
        return tuple(sorted(_NAMED.sub(self._label, text) for text in texts))

    def _label(self, found: re.Match[str]) -> str:
        return str(self.original(BlankNode(found[1])))


def _met(data: bytes | Text) -> list[BlankNode]:
    """The blank nodes in the order of the text; other lines are not kept."""
    lines = _WithBlankNodes()
    if isinstance(data, bytes):
        lines.write(data)
    else:
        data(cast(BinaryIO, lines))
    terms = (
        term
        for triple in parse(b"\n".join(lines.kept), RdfFormat.N_TRIPLES)
        for term in (triple.subject, triple.object)
    )
    return list(dict.fromkeys(term for term in terms if isinstance(term, BlankNode)))


class _WithBlankNodes(io.RawIOBase):
    """Takes a text in pieces, and keeps the lines that may be about blank nodes."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self._begun = b""

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        *whole, self._begun = (self._begun + bytes(piece)).split(b"\n")
        self.kept += (line for line in whole if b"_:" in line)
        return len(piece)


def _blank_nodes(shapes: Shapes) -> int:
    return len({term for triple in shapes.graph for term in triple if isinstance(term, BNode)})


def _asked(ask: Callable[[], Made]) -> Made:
    """What the engine gives; it says by ValueError that it cannot work with the shapes."""
    try:
        return ask()
    except ValueError as error:
        raise ShapesRefused(variant="engine", reason=str(error)[:300]) from error
