"""The layout of Turtle files: that of rdflib's longturtle, made deterministic (``jalon fmt``).

Prefixes come from the pack's table and only those used are declared. Subjects are sorted, ``a``
stands first, then predicates and objects in order, one object a line. Typed literals are in
canonical form. Comments are not kept: what matters is said in triples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from jalon.content.turtle import parse_turtle
from jalon.errors import FileUnreadable

_INDENT = "    "
_CELL = frozenset((RDF.first, RDF.rest))
_LOCAL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_SHORTHAND = {XSD.integer: re.compile(r"0|-?[1-9]\d*"), XSD.boolean: re.compile(r"true|false")}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def formatted(text: str, prefixes: Mapping[str, str], name: str) -> str:
    """A Turtle text in the layout; the graph is proved the same by reading it back.

    Raises FileUnreadable where the text does not parse, or where blank nodes are shared or form
    a cycle, which the layout has no way to write.
    """
    graph = canonical(parse_turtle(text, name))
    try:
        laid_out = lay_out(graph, prefixes)
    except BlankNodeShared as exc:
        raise FileUnreadable(file=name, line=1, reason="_:…") from exc
    if not isomorphic(graph, parse_turtle(laid_out, name)):
        raise FileUnreadable(file=name, line=1, reason="fmt")
    return laid_out


def lay_out(graph: Graph, prefixes: Mapping[str, str], first: URIRef | None = None) -> str:
    """A graph in the layout, with the block of one subject before the others.

    Raises BlankNodeShared where the layout has no way to write a blank node.
    """
    return _Writer(graph, prefixes).document(first)


def canonical(graph: Graph) -> Graph:
    """The same graph with each typed literal in the canonical form of its datatype."""
    result = Graph(bind_namespaces="none")
    for subject, predicate, value in graph:
        kept = canonical_literal(value) if isinstance(value, Literal) else value
        result.add((subject, predicate, kept))
    return result


def canonical_literal(literal: Literal) -> Literal:
    """The literal as the index keeps it: 1.50 as 1.5, a zero offset as Z."""
    text = str(literal)
    if literal.datatype == XSD.decimal and _DECIMAL.fullmatch(text):
        fixed = format(Decimal(text), "f")
        if "." in fixed:
            fixed = fixed.rstrip("0").rstrip(".")
        return Literal("0" if fixed == "-0" else fixed, datatype=XSD.decimal, normalize=False)
    if literal.datatype == XSD.dateTime and text.endswith(("+00:00", "-00:00")):
        return Literal(f"{text[:-6]}Z", datatype=XSD.dateTime, normalize=False)
    return literal


class BlankNodeShared(ValueError):
    """A blank node that is neither a list nor nested in exactly one place."""


class _Writer:
    """Writes one graph; remembers which prefixes it used."""

    def __init__(self, graph: Graph, prefixes: Mapping[str, str]) -> None:
        self.graph = graph
        self.namespaces = sorted(
            ((namespace, prefix) for prefix, namespace in prefixes.items()),
            key=lambda pair: (-len(pair[0]), pair[1]),
        )
        self.used: dict[str, str] = {}
        self.written: set[Node] = set()

    def document(self, first: URIRef | None = None) -> str:
        """The whole file, ending in one line feed."""
        subjects = set(self.graph.subjects())
        named = sorted(
            (subject for subject in subjects if isinstance(subject, URIRef)),
            key=lambda subject: (subject != first, subject),
        )
        blocks = [self.block(self.iri(subject), subject) for subject in named]
        objects = set(self.graph.objects())
        roots = [node for node in subjects if isinstance(node, BNode) and node not in objects]
        blocks += sorted(self.block("[]", self.enter(root)) for root in roots)
        if any(isinstance(node, BNode) and node not in self.written for node in subjects):
            raise BlankNodeShared
        header = [f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in sorted(self.used.items())]
        return "\n".join(["".join(header)] * bool(header) + blocks)

    def block(self, label: str, subject: Node) -> str:
        return f"{label}\n{self.properties(subject, 1)}.\n"

    def properties(self, subject: Node, depth: int) -> str:
        """Each predicate with its objects, in order, a semicolon after each."""
        margin = _INDENT * depth
        lines = []
        for predicate in sorted(set(self.graph.predicates(subject)), key=_predicate_order):
            verb = "a" if predicate == RDF.type else self.iri(predicate)
            objects = self.objects(subject, predicate, depth)
            if len(objects) == 1:
                lines.append(f"{margin}{verb} {objects[0]} ;\n")
                continue
            inner = f" ,\n{margin}{_INDENT}".join(objects)
            lines.append(f"{margin}{verb}\n{margin}{_INDENT}{inner} ;\n")
        return "".join(lines)

    def objects(self, subject: Node, predicate: Node, depth: int) -> list[str]:
        values = list(self.graph.objects(subject, predicate))
        inner = depth + (len(values) > 1)
        written = [(_object_order(value), self.term(value, inner)) for value in values]
        return [text for _, text in sorted(written)]

    def term(self, node: Node, depth: int) -> str:
        if isinstance(node, URIRef):
            return "()" if node == RDF.nil else self.iri(node)
        if isinstance(node, Literal):
            return self.literal(node)
        margin = _INDENT * depth
        items = self.items(node)
        if items is not None:
            lines = [f"{margin}{_INDENT}{self.term(item, depth + 1)}\n" for item in items]
            return f"(\n{''.join(lines)}{margin})"
        return f"[\n{self.properties(self.enter(node), depth + 1)}{margin}]"

    def enter(self, node: Node) -> Node:
        if node in self.written:
            raise BlankNodeShared
        self.written.add(node)
        return node

    def items(self, node: Node) -> list[Node] | None:
        """The items of a well-formed list that nothing else points into, else None."""
        cells: list[Node] = []
        items: list[Node] = []
        cell: Node | None = node
        while cell is not None and cell != RDF.nil:
            properties = list(self.graph.predicates(cell))
            if len(properties) != len(_CELL) or set(properties) != _CELL or cell in cells:
                return None
            if len(list(self.graph.subjects(None, cell))) != 1:
                return None
            cells.append(cell)
            items += self.graph.objects(cell, RDF.first)
            cell = self.graph.value(cell, RDF.rest)
        for cell in cells:
            self.enter(cell)
        return items

    def iri(self, node: Node) -> str:
        text = str(node)
        for namespace, prefix in self.namespaces:
            if text.startswith(namespace) and _LOCAL.fullmatch(text[len(namespace) :]):
                self.used[prefix] = namespace
                return f"{prefix}:{text[len(namespace) :]}"
        return f"<{text}>"

    def literal(self, literal: Literal) -> str:
        text = str(literal)
        datatype = literal.datatype
        if datatype in _SHORTHAND and _SHORTHAND[datatype].fullmatch(text):
            return text
        quote = '"""' if "\n" in text else '"'
        quoted = f"{quote}{''.join(_escaped(character) for character in text)}{quote}"
        if literal.language:
            return f"{quoted}@{literal.language}"
        return quoted if datatype in (None, XSD.string) else f"{quoted}^^{self.iri(datatype)}"


def _predicate_order(predicate: Node) -> tuple[bool, str]:
    return (predicate != RDF.type, str(predicate))


def _object_order(value: Node) -> tuple[int, str, str, str]:
    """IRIs, then literals by text, language and datatype, then blank nodes by what they hold."""
    if isinstance(value, URIRef):
        return (0, str(value), "", "")
    if isinstance(value, Literal):
        return (1, str(value), value.language or "", str(value.datatype or ""))
    return (2, "", "", "")


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if (character < " " and character != "\n") or character == "\x7f":
        return f"\\u{ord(character):04X}"
    return character
