"""Data graphs by chance, the same for the same seed: small, dense, and seldom quite right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDF, RDFS, SH, XSD, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

EX = "http://example.org/"
CLASSES = ("A", "B", "C", "Implicit", "ImplicitBelow")
LINKS, VALUES = ("r", "s"), ("p", "q")
NUMBERS, TEXTS, DATES = ("n", "m"), ("t", "u"), ("d", "e")

Kind = tuple[str, str]
KINDS: tuple[Kind, ...] = (LINKS, LINKS, VALUES, VALUES, NUMBERS, TEXTS, DATES)
FAVOURED: dict[str, tuple[Kind, ...]] = {
    "languages": (TEXTS,) * 20,
    "pairs": (LINKS, VALUES, NUMBERS, TEXTS, DATES) * 3,
    "ranges": (NUMBERS, DATES) * 2,
    "components": (NUMBERS, TEXTS) * 2,
    "shared": (LINKS, LINKS, TEXTS) * 4,
}
"""Properties that the shapes of a file are about, beside those that all are."""

_INTEGERS = tuple(f'"{number}"^^<{XSD.integer}>' for number in (0, 1, 2, 3, 5, 7, 8, 9))
_NUMBERS = (
    *_INTEGERS,
    *(f'"{number}"^^<{XSD.decimal}>' for number in ("2.0", "2.5", "3.0", "7.0", "8.5")),
    *(f'"{number}"^^<{XSD.double}>' for number in ("2.5E0", "7.0E0", "1.0E1")),
)
_TEXTS = (
    *('""', '"a"', '"b"', '"abc"', '"abcde"', '"B1"', '"été"'),
    *('"a"@en', '"abc"@en', '"b"@en-ca', '"a"@fr', '"bab"@fr', '"z"@de'),
)
_DATES = tuple(
    f'"{date}"^^<{XSD.date}>' for date in ("2018-12-31", "2019-06-01", "2020-01-01", "2021-01-01")
)
_TIMES = tuple(
    f'"{time}"^^<{XSD.dateTime}>'
    for time in ("2019-01-01T00:00:00Z", "2020-01-01T12:00:00Z", "2020-01-01T12:00:00+02:00")
)
_OTHERS = (
    *(f'"{value}"^^<{XSD.boolean}>' for value in ("true", "false")),
    *(f'"abc"^^<{XSD.integer}>', f'"soon"^^<{XSD.date}>', f'"x"^^<{EX}code>'),
)


class ZooGraphs:
    """Graphs in the words of the zoo: nine things, of which two are blank nodes."""

    def graph(self, chance: random.Random, shapes: str) -> bytes:
        """N-Triples, each once, for the shapes of a name; they are about some properties most."""
        things = [f"<{EX}n{number}>" for number in range(chance.randint(3, 7))] + ["_:x", "_:y"]
        kinds = (*KINDS, *FAVOURED.get(shapes, ()))
        lines = {
            f"<{EX}B> <{RDFS.subClassOf}> <{EX}A>",
            f"<{EX}ImplicitBelow> <{RDFS.subClassOf}> <{EX}Implicit>",
        }
        density = chance.choice((0.1, 0.5, 1, 2, 3, 4))
        for thing in things:
            for name in chance.sample(CLASSES, chance.choice((0, 1, 1, 2))):
                lines.add(f"{thing} <{RDF.type}> <{EX}{name}>")
            for _ in range(int(chance.random() * 3 * density + 0.5)):
                lines.add(f"{thing} {self._statement(chance, things, chance.choice(kinds))}")
        return _text(lines)

    def _statement(self, chance: random.Random, things: list[str], kind: Kind) -> str:
        value = chance.choice(self._pool(kind, chance, things))
        return f"<{EX}{chance.choice(kind)}> {value}"

    def _pool(
        self, kind: Kind, chance: random.Random, things: list[str]
    ) -> tuple[str, ...] | list[str]:
        """Values that suit a kind of property, or now and then any others."""
        anything = (*_NUMBERS, *_TEXTS, *_DATES, *_TIMES, *_OTHERS, *things)
        if kind is VALUES:
            return chance.choice((_INTEGERS, _TEXTS, anything, things))
        if chance.random() < 0.1:
            return anything
        if kind is LINKS:
            return things
        return {NUMBERS: _NUMBERS, TEXTS: _TEXTS}.get(kind, (*_DATES, *_TIMES))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a shape asks of a property: the values that could be right, where it says so."""

    path: str
    values: tuple[str, ...]


class PackGraphs:
    """Graphs in the words of any shapes: their classes, their properties, values that they list.

    Each thing has a class that shapes aim at and properties that they ask for; values suit about
    as often as not.
    """

    def __init__(self, shapes: Graph, things: str) -> None:
        self._things = things
        self._classes = sorted(
            {
                str(each)
                for term in (SH.targetClass, SH["class"])
                for each in shapes.objects(None, term)
            }
        )
        self._wanted = sorted(set(_wanted(shapes)), key=lambda each: (each.path, each.values))
        self._paths = sorted({each.path for each in self._wanted} | _targets(shapes))

    def graph(self, chance: random.Random) -> bytes:
        """N-Triples, each once."""
        things = [f"<{self._things}{number}>" for number in range(chance.randint(3, 9))]
        lines: set[str] = set()
        for thing in things:
            for name in chance.sample(self._classes, chance.choice((1, 1, 1, 2))):
                lines.add(f"{thing} <{RDF.type}> <{name}>")
            for _ in range(chance.randint(2, 14)):
                lines.add(f"{thing} {self._statement(chance, things)}")
        return _text(lines)

    def _statement(self, chance: random.Random, things: list[str]) -> str:
        anything = (*_INTEGERS, *_TEXTS, *_DATES, *things, f'"2018"^^<{XSD.gYear}>')
        if chance.random() < 0.3:
            return f"<{chance.choice(self._paths)}> {chance.choice(anything)}"
        wanted = chance.choice(self._wanted)
        if chance.random() < 0.7 and wanted.values:
            return f"<{wanted.path}> {chance.choice(wanted.values)}"
        return f"<{wanted.path}> {chance.choice((*things, *things, *anything))}"


def _wanted(shapes: Graph) -> Iterator[_Wanted]:
    for shape, path in shapes.subject_objects(SH.path):
        values = tuple(sorted(_suiting(shapes, shape)))
        for step in _steps(shapes, path):
            yield _Wanted(step, values)


def _steps(shapes: Graph, path: Node) -> Iterator[str]:
    """The properties in a path."""
    left, seen = [path], set[Node]()
    for node in left:
        if isinstance(node, URIRef):
            if node not in {RDF.nil, RDF.type}:
                yield str(node)
        elif node not in seen:
            seen.add(node)
            left += shapes.objects(node)


def _suiting(shapes: Graph, shape: Node) -> Iterator[str]:
    for head in shapes.objects(shape, SH["in"]):
        yield from (item.n3() for item in Collection(shapes, head))
    for value in shapes.objects(shape, SH.hasValue):
        yield value.n3()
    datatypes = set(shapes.objects(shape, SH.datatype))
    for datatype in datatypes - {RDF.langString}:
        yield from (f'"{text}"^^<{datatype}>' for text in ("1", "2018", "2020-01-01", "true"))
    spoken = (SH.uniqueLang, SH.languageIn)
    if RDF.langString in datatypes or any((shape, term, None) in shapes for term in spoken):
        yield from ('"a"@en', '"a"@fr', '"b"@fr', '"c"@es')


def _targets(shapes: Graph) -> set[str]:
    terms = (SH.targetSubjectsOf, SH.targetObjectsOf)
    return {str(each) for term in terms for each in shapes.objects(None, term)} - {str(RDF.type)}


def _text(lines: set[str]) -> bytes:
    return "".join(f"{line} .\n" for line in sorted(lines)).encode("utf-8")
