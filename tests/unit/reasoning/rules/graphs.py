"""Small random graphs with every construct that a rule of OWL 2 RL reads.

A graph is made twice, the same but for lists whose last member owlrl leaves out of account: for
owlrl they have one more. A seed always makes the same graphs.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PREFIXES = {
    "": "http://example.org/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
INTEGER = f"^^<{PREFIXES['xsd']}integer>"

THINGS = [f":thing{number}" for number in range(7)]
NODES = [*THINGS, "_:blank"]
CLASSES = [f":Class{number}" for number in range(6)]
LINKS = [f":link{number}" for number in range(6)]
FIELDS = [f":field{number}" for number in range(3)]
VALUES = [
    *(f'"1"{INTEGER}', f'"2"{INTEGER}'),
    *('"text"', '"texte"@fr', f'"1.5"^^<{PREFIXES["xsd"]}decimal>'),
]
DATATYPES = ["xsd:decimal", "xsd:string"]


@dataclass(frozen=True)
class Drawn:
    """A graph, as lines of N-Triples, and as owlrl is to read it."""

    given: list[str]
    for_owlrl: list[str]


def draw(seed: int, *, strange: bool = False) -> Drawn:
    """The graph of a seed; a strange one has axioms about the words of OWL, too."""
    drawing = _Drawing(seed)
    drawing.declare()
    kinds = [*_ODD, *_AXIOMS] if strange else _AXIOMS
    for _ in range(drawing.random.randint(4, 11)):
        drawing.random.choice(kinds)(drawing)
    drawing.state()
    return Drawn(sorted(drawing.given), sorted(drawing.for_owlrl))


class _Drawing:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (no secret)
        self.given: set[str] = set()
        self.for_owlrl: set[str] = set()
        self.one = self.random.choice
        self._blanks = 0

    def add(self, subject: str, predicate: str, value: str) -> None:
        line = f"{_term(subject)} {_term(predicate)} {_term(value)} .\n"
        self.given.add(line)
        self.for_owlrl.add(line)

    def blank(self) -> str:
        self._blanks += 1
        return f"_:b{self._blanks}"

    def listed(self, items: Sequence[str], more: str | None = None) -> str:
        """A list; for owlrl it has one item more, where one is given."""
        cells = [self.blank() for _ in items]
        for cell, item, rest in zip(cells, items, [*cells[1:], "rdf:nil"], strict=True):
            self.add(cell, "rdf:first", item)
            self.add(cell, "rdf:rest", rest)
        if more is not None:
            last, end = self.blank(), _term("rdf:nil")
            self.for_owlrl.remove(f"{cells[-1]} {_term('rdf:rest')} {end} .\n")
            self.for_owlrl |= {
                f"{cells[-1]} {_term('rdf:rest')} {last} .\n",
                f"{last} {_term('rdf:first')} {_term(more)} .\n",
                f"{last} {_term('rdf:rest')} {end} .\n",
            }
        return cells[0]

    def some(self, items: Sequence[str], least: int = 1) -> list[str]:
        return self.random.sample(items, self.random.randint(least, least + 2))

    def kind(self) -> str:
        """A class, named or described."""
        return self.one(CLASSES) if self.random.random() < 0.75 else self.described()

    def described(self) -> str:
        described = self.blank() if self.random.random() < 0.8 else self.one(CLASSES)
        self.one(_DESCRIPTIONS)(self, described)
        return described

    def declare(self) -> None:
        for name, terms in (("Class", CLASSES), ("ObjectProperty", LINKS)):
            for term in terms:
                if self.random.random() < 0.8:
                    self.add(term, "rdf:type", f"owl:{name}")
        for field in FIELDS:
            self.add(field, "rdf:type", "owl:DatatypeProperty")

    def state(self) -> None:
        for _ in range(self.random.randint(6, 18)):
            self.add(self.one(NODES), self.one(LINKS), self.one(NODES))
        for _ in range(self.random.randint(1, 5)):
            self.add(self.one(NODES), self.one(FIELDS), self.one(VALUES))
        for _ in range(self.random.randint(2, 7)):
            self.add(self.one(NODES), "rdf:type", self.one(CLASSES))


def _term(name: str) -> str:
    if name.startswith(("_:", '"')):
        return name
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"


Axiom = Callable[[_Drawing], None]
Description = Callable[[_Drawing, str], None]


def _between(subjects: Sequence[str], relation: str, values: Sequence[str]) -> Axiom:
    return lambda drawing: drawing.add(drawing.one(subjects), relation, drawing.one(values))


def _between_kinds(relation: str) -> Axiom:
    return lambda drawing: drawing.add(drawing.kind(), relation, drawing.kind())


def _of_kind(properties: Sequence[str], relation: str) -> Axiom:
    return lambda drawing: drawing.add(drawing.one(properties), relation, drawing.kind())


def _typed(properties: Sequence[str], kind: str) -> Axiom:
    return _between(properties, "rdf:type", [f"owl:{kind}"])


def _chain(drawing: _Drawing) -> None:
    steps = [
        _inverse(drawing) if drawing.random.random() < 0.1 else drawing.one(LINKS)
        for _ in range(drawing.one([1, 2, 2, 2, 3]))
    ]
    drawing.add(drawing.one(LINKS), "owl:propertyChainAxiom", drawing.listed(steps))


def _inverse(drawing: _Drawing) -> str:
    inverse = drawing.blank()
    drawing.add(inverse, "owl:inverseOf", drawing.one(LINKS))
    return inverse


def _key(drawing: _Drawing) -> None:
    keys = drawing.some([*LINKS, *FIELDS])
    drawing.add(drawing.one(CLASSES), "owl:hasKey", drawing.listed(keys, keys[-1]))


def _denial(drawing: _Drawing) -> None:
    denial = drawing.blank()
    drawing.add(denial, "owl:sourceIndividual", drawing.one(NODES))
    if drawing.random.random() < 0.5:
        drawing.add(denial, "owl:assertionProperty", drawing.one(LINKS))
        drawing.add(denial, "owl:targetIndividual", drawing.one(NODES))
    else:
        drawing.add(denial, "owl:assertionProperty", drawing.one(FIELDS))
        drawing.add(denial, "owl:targetValue", drawing.one(VALUES))


def _apart(kind: str, items: Sequence[str], *, last_counts: bool = False) -> Axiom:
    def apart(drawing: _Drawing) -> None:
        axiom = drawing.blank()
        drawing.add(axiom, "rdf:type", f"owl:{kind}")
        members = (
            "members" if kind != "AllDifferent" else drawing.one(["members", "distinctMembers"])
        )
        more = None if last_counts else "_:nobody"
        drawing.add(axiom, f"owl:{members}", drawing.listed(drawing.some(items, 2), more))

    return apart


def _made_of(relation: str, items: Sequence[str]) -> Description:
    return lambda drawing, described: drawing.add(
        described, f"owl:{relation}", drawing.listed(drawing.some(items))
    )


def _restriction(
    relation: str, values: Sequence[str], properties: Sequence[str] = LINKS
) -> Description:
    def restrict(drawing: _Drawing, described: str) -> None:
        if drawing.random.random() < 0.7:
            drawing.add(described, "rdf:type", "owl:Restriction")
        drawing.add(described, "owl:onProperty", drawing.one(properties))
        drawing.add(described, f"owl:{relation}", drawing.one(values))
        if relation == "maxQualifiedCardinality":
            drawing.add(described, "owl:onClass", drawing.one([*CLASSES, "owl:Thing"]))

    return restrict


_DESCRIPTIONS: list[Description] = [
    _made_of("intersectionOf", CLASSES),
    _made_of("unionOf", CLASSES),
    _made_of("oneOf", THINGS),
    lambda drawing, described: drawing.add(described, "owl:complementOf", drawing.one(CLASSES)),
    _restriction("someValuesFrom", CLASSES),
    _restriction("someValuesFrom", ["owl:Thing"]),
    _restriction("someValuesFrom", ["xsd:integer", *DATATYPES], FIELDS),
    _restriction("allValuesFrom", CLASSES),
    _restriction("allValuesFrom", ["xsd:decimal"], FIELDS),
    _restriction("hasValue", THINGS),
    _restriction("hasValue", VALUES, FIELDS),
    _restriction("maxCardinality", [f'"0"{INTEGER}']),
    _restriction("maxCardinality", [f'"1"{INTEGER}']),
    _restriction("maxQualifiedCardinality", [f'"0"{INTEGER}']),
    _restriction("maxQualifiedCardinality", [f'"1"{INTEGER}']),
]

_AXIOMS: list[Axiom] = [
    _of_kind([*LINKS, *FIELDS], "rdfs:domain"),
    _of_kind(LINKS, "rdfs:range"),
    _between(FIELDS, "rdfs:range", DATATYPES),
    *2 * [_between(LINKS, "rdfs:subPropertyOf", LINKS)],
    _between(FIELDS, "rdfs:subPropertyOf", FIELDS),
    _between(LINKS, "owl:equivalentProperty", LINKS),
    _between(FIELDS, "owl:equivalentProperty", FIELDS),
    *2 * [_between(LINKS, "owl:inverseOf", LINKS)],
    *3 * [_chain],
    _typed(LINKS, "SymmetricProperty"),
    *2 * [_typed(LINKS, "TransitiveProperty")],
    _typed(LINKS, "FunctionalProperty"),
    _typed([*LINKS, *FIELDS], "InverseFunctionalProperty"),
    _typed(LINKS, "IrreflexiveProperty"),
    _typed(LINKS, "AsymmetricProperty"),
    _between(LINKS, "owl:propertyDisjointWith", LINKS),
    _apart("AllDisjointProperties", LINKS),
    _key,
    *2 * [_denial],
    *3 * [_between_kinds("rdfs:subClassOf")],
    _of_kind(CLASSES, "owl:equivalentClass"),
    lambda drawing: drawing.add(drawing.one(CLASSES), "owl:equivalentClass", drawing.described()),
    _between(CLASSES, "owl:disjointWith", CLASSES),
    _apart("AllDisjointClasses", CLASSES, last_counts=True),
    _between(NODES, "owl:differentFrom", NODES),
    _apart("AllDifferent", NODES),
    _between(NODES, "owl:sameAs", NODES),
    *3 * [lambda drawing: (drawing.described(), None)[1]],
]

_ODD: list[Axiom] = [
    _between(CLASSES, "owl:sameAs", CLASSES),
    _between(LINKS, "owl:sameAs", LINKS),
    _between(LINKS, "rdfs:subPropertyOf", ["owl:sameAs", "rdf:type", "rdfs:subClassOf"]),
    _between(LINKS, "rdfs:subPropertyOf", ["rdfs:domain", "rdfs:range", "owl:inverseOf"]),
    _between(LINKS, "rdfs:subPropertyOf", ["owl:equivalentClass", "owl:disjointWith"]),
    _between(LINKS, "owl:equivalentProperty", ["owl:differentFrom"]),
    _between(LINKS, "owl:inverseOf", ["rdf:type"]),
    _between(LINKS, ":link0", [*CLASSES, *LINKS]),
    _between(CLASSES, "rdfs:subClassOf", ["owl:TransitiveProperty", "owl:SymmetricProperty"]),
    _between(CLASSES, "rdfs:subClassOf", ["owl:Class", "owl:Nothing"]),
    _between(LINKS, "rdf:type", CLASSES),
    _between(["owl:Thing"], "rdfs:subClassOf", CLASSES),
    _between(["rdf:type"], "rdfs:domain", CLASSES),
    _between(["owl:sameAs"], "rdfs:subPropertyOf", LINKS),
]
