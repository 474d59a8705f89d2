"""Reads one Turtle file, or says in which line it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph
from rdflib import BNode, Graph, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.plugins.parsers.notation3 import BadSyntax

from jalon.errors import FileUnreadable

_RELATIVE = "relative://file/"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")


def read_turtle(path: Path, name: str) -> Graph:
    """The triples of a file, with the prefixes it declares; FileUnreadable gives ``name`` and line.

    Relative IRIs are refused: a file means the same wherever it lies.
    """
    return parse_turtle(read_text(path, name), name)


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file; FileUnreadable gives ``name`` where it is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise FileUnreadable(file=name, line=1, reason=str(exc)) from exc


def shortened(iri: str, prefixes: Mapping[str, str]) -> str:
    """An IRI by the prefix that fits it best, else as it is."""
    fitting = [item for item in prefixes.items() if iri.startswith(item[1])]
    if not fitting:
        return iri
    prefix, namespace = max(fitting, key=lambda item: len(item[1]))
    return f"{prefix}:{iri[len(namespace) :]}"


def parse_turtle(text: str, name: str) -> Graph:
    """The triples of a Turtle text; errors as for a file called ``name``."""
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=text, format="turtle", publicID=_RELATIVE)
    except BadSyntax as exc:
        raise FileUnreadable(file=name, line=exc.lines + 1, reason=str(exc._why)) from exc
    except RecursionError as exc:
        raise FileUnreadable(file=name, line=_deepest_line(text), reason="[[[ … ]]]") from exc
    except (ValueError, AssertionError, LookupError, ArithmeticError) as exc:
        raise FileUnreadable(file=name, line=_syntax_line(text), reason=str(exc)) from exc
    for term in sorted({term for triple in graph for term in triple if isinstance(term, URIRef)}):
        if term.startswith(_RELATIVE) or not _ABSOLUTE.fullmatch(term):
            written = term.removeprefix(_RELATIVE)
            raise FileUnreadable(file=name, line=_line_of(text, written), reason=f"<{written}>")
    return graph


def named_blank_nodes(graph: Graph, stem: str) -> Graph:
    """The same graph with blank nodes called after ``stem``, alike on every read."""
    if not any(isinstance(term, BNode) for triple in graph for term in triple):
        return graph
    canonical = to_canonical_graph(graph)
    blanks = sorted({term for triple in canonical for term in triple if isinstance(term, BNode)})
    names = {blank: BNode(f"{stem}x{place}") for place, blank in enumerate(blanks)}
    named = Graph(bind_namespaces="none")
    for prefix, namespace in graph.namespaces():
        named.bind(prefix, namespace)
    for triple in canonical:
        subject, predicate, value = (
            names[term] if isinstance(term, BNode) else term for term in triple
        )
        named.add((subject, predicate, value))
    return named


def lines_of(graph: Graph) -> list[str]:
    """The triples as N-Triples lines without their final point, in no order."""
    text = graph.serialize(format="nt")
    return [line.removesuffix(" .") for line in text.split("\n") if line]


def _syntax_line(text: str) -> int:
    """The line of an error that rdflib does not place: where another parser stops."""
    try:
        for _ in pyoxigraph.parse(text, pyoxigraph.RdfFormat.TURTLE, base_iri=_RELATIVE):
            pass
    except SyntaxError as exc:
        return exc.lineno or 1
    return 1


def _deepest_line(text: str) -> int:
    depth = deepest = 0
    found = 1
    for number, line in enumerate(text.split("\n"), start=1):
        depth += sum(line.count(mark) for mark in "[(") - sum(line.count(mark) for mark in "])")
        peak = depth + sum(line.count(mark) for mark in "])")
        if peak > deepest:
            deepest, found = peak, number
    return found


def _line_of(text: str, written: str) -> int:
    place = text.find(f"<{written}>")
    return text.count("\n", 0, place) + 1 if place >= 0 else 1
