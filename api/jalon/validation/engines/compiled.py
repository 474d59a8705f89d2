"""The package ``shacl``: compiled, the default."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import shacl
from pyoxigraph import BlankNode, RdfFormat, parse
from rdflib import BNode

from jalon.errors import ShapesRefused
from jalon.validation.engines.results import found_in
from jalon.validation.port import Find, Found, Term
from jalon.validation.shapes import Shapes

_DATA_LABEL = "0_b"
Made = TypeVar("Made")


class CompiledEngine:
    """Text in, text out: the shapes are compiled and the data read by the engine itself."""

    def ready(self, shapes: Shapes) -> Find:
        """The shapes compiled; see Engine."""
        compiled = _asked(lambda: shacl.Shapes.from_text(shapes.ntriples, format="ntriples"))
        blank_nodes = _blank_nodes(shapes)

        def find(data: bytes) -> Iterable[Found]:
            text = data.decode("utf-8")
            report = _asked(lambda: compiled.validate_text(text, format="ntriples"))
            if not len(report):
                return []
            labels = _Labels(data, blank_nodes)
            written = report.serialize("ntriples").encode("utf-8")
            return list(found_in(parse(written, RdfFormat.N_TRIPLES), labels.original))

        return find

    def find(self, data: bytes, shapes: Shapes) -> Iterable[Found]:
        """Every result; see Engine."""
        return self.ready(shapes)(data)


class _Labels:
    """The labels of the data's blank nodes.

    The engine numbers blank nodes in the order in which it meets them, those of the shapes first,
    and calls those of the data ``0_b…`` (measured with 0.3.4; the tests compare with pyshacl).
    """

    def __init__(self, data: bytes, before: int) -> None:
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


def _met(data: bytes) -> list[BlankNode]:
    """The blank nodes in the order of the text."""
    terms = (
        term
        for triple in parse(data, RdfFormat.N_TRIPLES)
        for term in (triple.subject, triple.object)
    )
    return list(dict.fromkeys(term for term in terms if isinstance(term, BlankNode)))


def _blank_nodes(shapes: Shapes) -> int:
    return len({term for triple in shapes.graph for term in triple if isinstance(term, BNode)})


def _asked(ask: Callable[[], Made]) -> Made:
    """What the engine gives; it says by ValueError that it cannot work with the shapes."""
    try:
        return ask()
    except ValueError as error:
        raise ShapesRefused(variant="engine", reason=str(error)[:300]) from error
