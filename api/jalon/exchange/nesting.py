"""Triples as a tree: each thing where a reader looks for it, as expanded JSON-LD.

From the root every link is followed to what it points at, which is written there, once. A thing
of which only literals are known, such as its name, is written wherever it is pointed at. What
nothing points at, but points at something itself, stands there under ``@reverse``; what hangs
together with nothing stands beside the root.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.terms import AP

Expanded = dict[str, object]

NAMED_ONLY = frozenset((RDFS.isDefinedBy, AP.aboutProperty, AP.asksFor, AP.supports))
"""These point at terms: their names are enough there."""

MAX_DEPTH = 30
"""Deeper things are written beside the root."""

_NATIVE = {XSD.integer: re.compile(r"0|-?[1-9]\d{0,14}"), XSD.boolean: re.compile("true|false")}
_CELL = {RDF.first, RDF.rest}


def rooted(triples: Graph, root: URIRef) -> Expanded:
    """All triples as one thing, with what hangs together with it inside."""
    nesting = _Nesting(triples)
    tree = nesting.write(root, 0)
    nesting.write_users(root)
    rest = nesting.write_rest()
    return {**tree, "@included": rest} if rest else tree


def listed(triples: Graph) -> list[Expanded]:
    """The named things one beside the other; what has no name stands where it is used."""
    nesting = _Nesting(triples)
    named = [node for node in nesting.said if isinstance(node, URIRef)]
    nesting.claimed.update(named)
    return [nesting.write(node, 0) for node in sorted(named)] + nesting.write_rest()


@dataclass(slots=True)
class _Written:
    """What has been written of a thing, and how deep that stands."""

    body: Expanded
    depth: int
    reverse: dict[str, list[Expanded]] = field(default_factory=dict)


class _Nesting:
    """The tree of one graph as it grows."""

    def __init__(self, triples: Graph) -> None:
        self.said: dict[Node, dict[Node, list[Node]]] = defaultdict(dict)
        self.claimed: set[Node] = set()
        self._written: dict[Node, _Written] = {}
        self._users: dict[Node, list[tuple[Node, Node]]] = defaultdict(list)
        self._turned: set[tuple[Node, Node, Node]] = set()
        for subject, predicate, value in triples:
            self.said[subject].setdefault(predicate, []).append(value)
            if predicate != RDF.type and not isinstance(value, Literal):
                self._users[value].append((predicate, subject))
        self._leaves = {
            node
            for node, properties in self.said.items()
            if all(isinstance(value, Literal) for values in properties.values() for value in values)
        }

    def write(self, node: Node, depth: int) -> Expanded:
        """The whole of a thing, and what it points at that is not yet written elsewhere."""
        self.claimed.add(node)
        written = self._written.setdefault(node, _Written({"@id": _name(node)}, depth))
        values = {
            predicate: sorted(self._kept(node, predicate), key=self._rank)
            for predicate in sorted(self.said.get(node, ()), key=str)
        }
        own = self._claim(values) if depth < MAX_DEPTH else set()
        for predicate, kept in values.items():
            if predicate == RDF.type:
                written.body["@type"] = [_name(value) for value in kept]
            elif kept:
                written.body[str(predicate)] = [
                    self._value(value, value in own and predicate not in NAMED_ONLY, depth + 1)
                    for value in kept
                ]
        return written.body

    def write_users(self, root: Node) -> None:
        """Gives each thing that points at something written its place there.

        The root comes first, and what has but a name last.
        """
        waiting, done = [root], set[Node]()
        while waiting:
            for target in waiting:
                self._write_users_of(target)
            done.update(waiting)
            left = [node for node in self._written if node not in done]
            waiting = [node for node in left if node not in self._leaves] or left

    def write_rest(self) -> list[Expanded]:
        """What is not written yet."""
        rest = []
        for node in sorted(self.said, key=lambda node: (isinstance(node, BNode), str(node))):
            if node not in self._written:
                rest.append(self.write(node, 0))
        return rest

    def _write_users_of(self, target: Node) -> None:
        written = self._written[target]
        for predicate, user in sorted(self._users[target], key=lambda use: self._rank(use[1])):
            if user in self.claimed or written.depth >= MAX_DEPTH or predicate in NAMED_ONLY:
                continue
            self._turned.add((user, predicate, target))
            body = self.write(user, written.depth + 1)
            written.reverse.setdefault(str(predicate), []).append(body)
            written.body["@reverse"] = written.reverse

    def _kept(self, node: Node, predicate: Node) -> Iterator[Node]:
        for value in self.said[node][predicate]:
            if (node, predicate, value) not in self._turned:
                yield value

    def _claim(self, values: dict[Node, list[Node]]) -> set[Node]:
        """The values that are written here: claimed before anything deeper can take them."""
        own = {
            value
            for predicate, kept in values.items()
            if predicate != RDF.type and predicate not in NAMED_ONLY
            for value in kept
            if value in self._leaves or (value in self.said and value not in self.claimed)
        }
        self.claimed |= own
        return own

    def _value(self, value: Node, whole: bool, depth: int) -> Expanded:
        if isinstance(value, Literal):
            return _literal(value)
        items = self._items(value)
        if items is not None:
            return {"@list": [self._value(item, item in self.said, depth) for item in items]}
        if whole and (value in self._leaves or value not in self._written):
            return self.write(value, depth)
        return {"@id": _name(value)}

    def _items(self, node: Node) -> list[Node] | None:
        """The items of a list that only one triple points at; its cells then count as written."""
        cells: list[Node] = []
        items: list[Node] = []
        while node != RDF.nil:
            properties = self.said.get(node, {})
            whole = properties.keys() == _CELL and all(len(v) == 1 for v in properties.values())
            if not (isinstance(node, BNode) and whole and len(self._users[node]) == 1):
                return None
            cells.append(node)
            items.append(properties[RDF.first][0])
            node = properties[RDF.rest][0]
        for cell in cells:
            self.claimed.add(cell)
            self._written.setdefault(cell, _Written({}, 0))
        return items

    def _rank(self, node: Node) -> tuple[bool, int, str, str]:
        """Literals first; things by their position, where they have one, then by name."""
        if isinstance(node, Literal):
            return False, 0, node.language or "", str(node)
        positions: Iterable[Node] = self.said.get(node, {}).get(AP.position, ())
        place = min((int(str(each)) for each in positions if str(each).isdecimal()), default=0)
        return True, place, str(node), ""


def _name(node: Node) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def _literal(literal: Literal) -> Expanded:
    text = str(literal)
    if literal.language:
        return {"@value": text, "@language": literal.language}
    pattern = _NATIVE.get(literal.datatype) if literal.datatype else None
    if pattern and pattern.fullmatch(text):
        return {"@value": int(text) if literal.datatype == XSD.integer else text == "true"}
    if literal.datatype in (None, XSD.string):
        return {"@value": text}
    return {"@value": text, "@type": str(literal.datatype)}
