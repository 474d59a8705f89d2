"""Documents at random, in every syntax in which places are found."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, serialize

GRAPH = "http://example.org/graph/mine"
EX = "http://example.org/id/"
DEF = "http://example.org/def#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

Term = NamedNode | BlankNode | Literal

FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
}
TEXTS = (
    *("plain", "", "two words", 'a "quoted" one', "it's", "back\\slash", "line\nbreak", "tab\t"),
    *("é", "Échéance « fixée »", "\U0001f3ad mask", "# no comment", "ends with.", "a;b,c", "[x]"),
    *("<not an IRI>", '"""', "'''", "\u200f", "{}", "@en", "^^"),
)
NUMBERS = ("0", "7", "-12", "+3", "1.5", "-.5", "0.10", "1e5", "1.e5", "-2.5E-3", ".5e1")


def serialized(seed: int, media_type: str) -> bytes:
    """A graph as pyoxigraph writes it; quads of the graph's own, too, where there are quads."""
    chance = random.Random(seed)  # noqa: S311
    graph = NamedNode(GRAPH)
    has_graphs = media_type in ("application/trig", "application/n-quads", "application/ld+json")
    quads = [
        Quad(s, p, o, graph) if has_graphs and chance.random() < 0.3 else Quad(s, p, o)  # type: ignore[arg-type]
        for s, p, o in _triples(chance)
    ]
    if not has_graphs:
        return (
            serialize(
                (quad.triple for quad in quads),
                format=FORMATS[media_type],
                prefixes=_prefixes(chance, media_type),
            )
            or b""
        )
    return (
        serialize(quads, format=FORMATS[media_type], prefixes=_prefixes(chance, media_type)) or b""
    )


def _prefixes(chance: random.Random, media_type: str) -> dict[str, str] | None:
    if media_type in ("application/n-triples", "application/n-quads"):
        return None
    return {"": EX, "d": DEF, "xsd": XSD} if chance.random() < 0.8 else None


def _triples(chance: random.Random) -> Iterator[tuple[Term, NamedNode, Term]]:
    subjects: list[Term] = [NamedNode(f"{EX}s{n}") for n in range(5)]
    subjects += [BlankNode(f"n{n}") for n in range(chance.randrange(5))]
    for _ in range(chance.randrange(1, 40)):
        predicate = NamedNode(f"{DEF}p{chance.randrange(4)}")
        if chance.random() < 0.15:
            yield chance.choice(subjects), TYPE, NamedNode(f"{DEF}C{chance.randrange(3)}")
        elif chance.random() < 0.4:
            yield chance.choice(subjects), predicate, chance.choice(subjects)
        else:
            yield chance.choice(subjects), predicate, _literal(chance)


def _literal(chance: random.Random) -> Literal:
    kind = chance.randrange(4)
    text = chance.choice(TEXTS)
    if kind == 0:
        return Literal(text, language=chance.choice(("en", "fr", "fr-CA")))
    if kind == 1:
        datatype = chance.choice(("integer", "decimal", "double", "boolean", "date"))
        return Literal(
            chance.choice(("1", "true", "2.5", "1.0E5", "soon")), datatype=NamedNode(XSD + datatype)
        )
    if kind == 2:
        return Literal(text, datatype=NamedNode(f"{DEF}own"))
    return Literal(text)


@dataclass(frozen=True, slots=True)
class Hand:
    """Writes as people do: in many ways, the same for the same seed."""

    chance: random.Random

    def turtle(self, *, graphs: bool) -> str:
        """A Turtle document, or a TriG one."""
        head = [
            f"@prefix : <{EX}> .",
            f"PREFIX d: <{DEF}>",
            f"@prefix d.e-f: <{DEF}x/> . # a comment",
            f"@base <{GRAPH}/a/b> .",
            f"prefix xsd: <{XSD}>",
        ]
        body = [self._statement(3) for _ in range(self.chance.randrange(1, 9))]
        if graphs:
            body.append(
                f"<{GRAPH}>{self._gap()}{{ {' . '.join(self._bare(3) for _ in range(3))} }}"
            )
            body.append(f"GRAPH <{GRAPH}> {{ {self._statement(2)} }}")
            body.append(f"{{ {self._statement(2)} {self._bare(2)} }}")
        return "\n".join([*head, *body]) + self._gap()

    def _gap(self) -> str:
        return self.chance.choice((" ", "  ", "\n", "\t", "\r\n", ' # it\'s "so" [\n', "\n\n    "))

    def _some(self) -> str:
        return self._gap() if self.chance.random() < 0.5 else ""

    def _statement(self, depth: int) -> str:
        return f"{self._bare(depth)}{self._gap()}.{self._some()}"

    def _bare(self, depth: int) -> str:
        if depth and self.chance.random() < 0.15:
            inner = f"[{self._some()}{self._properties(depth - 1)}{self._some()}]"
            return (
                inner
                if self.chance.random() < 0.5
                else f"{inner}{self._some()}{self._properties(depth - 1)}"
            )
        return f"{self._subject(depth)}{self._gap()}{self._properties(depth)}"

    def _subject(self, depth: int) -> str:
        choices = [self._iri(), self._iri(), f"_:b{self.chance.randrange(4)}"]
        if depth:
            choices += ["[]", self._collection(depth - 1, least=1)]
        return self.chance.choice(choices)

    def _iri(self) -> str:
        n = self.chance.randrange(4)
        return self.chance.choice(
            (
                f":s{n}",
                f"<{EX}s{n}>",
                f"d.e-f:x.y{n}",
                f"<../c{n}>",
                f"<#f{n}>",
                f":a\\,b{n}",
                f"<\\u00e9{n}>",
                f":{n}%20",
            )
        )

    def _properties(self, depth: int) -> str:
        parts = [self._property(depth) for _ in range(self.chance.randrange(1, 4))]
        mark = f"{self._some()};{self._some()}"
        more = mark if self.chance.random() < 0.2 else ""
        return mark.join(parts) + more

    def _property(self, depth: int) -> str:
        name = self.chance.choice(
            ("a", f"d:p{self.chance.randrange(4)}", f"<{DEF}p{self.chance.randrange(4)}>")
        )
        if name == "a":
            return f"a{self._gap()}d:C{self.chance.randrange(3)}"
        objects = [self._object(depth) for _ in range(self.chance.randrange(1, 3))]
        return f"{name}{self._gap()}" + f"{self._some()},{self._some()}".join(objects)

    def _object(self, depth: int) -> str:
        kind = self.chance.random()
        if depth and kind < 0.2:
            inner = self._properties(depth - 1) if self.chance.random() < 0.9 else ""
            return f"[{self._some()}{inner}{self._some()}]"
        if depth and kind < 0.35:
            return self._collection(depth - 1, least=0)
        if kind < 0.55:
            return self.chance.choice((self._iri(), f"_:b{self.chance.randrange(4)}"))
        if kind < 0.75:
            return self.chance.choice((*NUMBERS, "true", "false")) + " "
        return self._string()

    def _collection(self, depth: int, least: int) -> str:
        items = (self._object(depth) for _ in range(self.chance.randrange(least, 4)))
        return f"({self._some()}{self._gap().join(items)}{self._some()})"

    def _string(self) -> str:
        text = self.chance.choice(TEXTS)
        mark = self.chance.choice(('"', "'", '"""', "'''"))
        text = text.replace("\\", "\\\\").replace(mark[0], f"\\{mark[0]}")
        if len(mark) == 1:
            text = text.replace("\n", "\\n")
        suffix = self.chance.choice(
            ("", "", "@en", "@fr-CA", "^^xsd:date", f"^^<{DEF}own>", f" ^^{self._some()}d:own")
        )
        return f"{mark}{text}{mark}{suffix}"

    def json(self) -> str:
        """A JSON-LD document."""
        context: object = {
            "@vocab": DEF,
            "ex": EX,
            "d": {"@id": DEF, "@prefix": True},
            "id": "@id",
            "kind": "@type",
            "label": {"@id": "d:p0", "@container": "@language"},
            "link": {"@id": "d:p1", "@type": "@id"},
            "word": {"@id": "d:p2", "@type": "@vocab"},
            "day": {"@id": "d:p3", "@type": f"{XSD}date"},
            "row": {"@id": "d:p4", "@container": "@list"},
            "bag": {"@id": "d:p5", "@container": "@set"},
            "of": {"@reverse": "d:p6", "@type": "@id"},
            "french": {"@id": "d:p7", "@language": "fr"},
            "plain": {"@id": "d:p8", "@language": None},
            "bare": None,
        }
        if self.chance.random() < 0.3:
            context = [context, {"@language": "en", "@base": f"{GRAPH}/deeper/"}]
        nodes = [self._node(3) for _ in range(self.chance.randrange(1, 5))]
        document: object = {"@context": context, "@graph": nodes}
        if len(nodes) == 1:
            document = {"@context": context, **nodes[0]}
        indent = self.chance.choice((None, 1, 4))
        return json.dumps(document, ensure_ascii=self.chance.random() < 0.5, indent=indent)

    def _name(self) -> str:
        n = self.chance.randrange(4)
        return self.chance.choice(
            (f"ex:s{n}", f"{EX}s{n}", f"_:b{n}", f"c{n}", f"../x{n}", f"#f{n}")
        )

    def _node(self, depth: int) -> dict[str, object]:
        node: dict[str, object] = {}
        if self.chance.random() < 0.75:
            node[self.chance.choice(("id", "@id"))] = self._name()
        if self.chance.random() < 0.4:
            node[self.chance.choice(("kind", "@type"))] = self.chance.choice(
                ("C1", ["C1", "ex:C2"], f"{DEF}C3")
            )
        for _ in range(self.chance.randrange(1, 5)):
            name, value = self._member(depth)
            node[name] = value
        if depth and self.chance.random() < 0.15:
            node["@reverse"] = {"d:p1": [self._node(depth - 1)]}
        if depth and self.chance.random() < 0.1:
            node["@included"] = [self._node(depth - 1)]
        if depth and self.chance.random() < 0.1:
            node["inner"] = {
                "@context": {"@vocab": EX, "own": "ex:own"},
                "own": self._json_scalar(),
                "p9": 1,
            }
        return node

    def _member(self, depth: int) -> tuple[str, object]:
        members: list[tuple[str, object]] = [
            ("label", {"en": self.chance.choice(TEXTS), "fr": [self.chance.choice(TEXTS), "deux"]}),
            ("link", self.chance.choice((self._name(), [self._name(), self._name()]))),
            ("word", "C2"),
            ("day", self.chance.choice(("2020-01-01", "soon"))),
            ("row", [self._json_scalar() for _ in range(self.chance.randrange(4))]),
            ("row", {"@list": [self._json_scalar(), [1, 2]]}),
            ("bag", [self._json_scalar(), {"@value": "3", "@type": "xsd:own"}]),
            ("of", self._name()),
            ("french", self.chance.choice(TEXTS)),
            ("plain", self.chance.choice(TEXTS)),
            ("bare", "left out"),
            ("d:p9", self._json_scalar()),
            (f"{DEF}p10", [self._json_scalar(), None]),
            ("p11", {"@value": self.chance.choice(TEXTS), "@language": "en"}),
            ("p12", {"@value": self._json_scalar(), "@type": f"{XSD}decimal"}),
            ("p13", {"@set": [self._json_scalar()]}),
            ("p14", {"@list": [self._json_scalar(), {"@id": "ex:s1"}]}),
            ("@index", "nothing"),
        ]
        if depth:
            members += [
                ("p15", self._node(depth - 1)),
                ("link", [self._node(depth - 1), self._name()]),
            ] * 2
        return self.chance.choice(members)

    def _json_scalar(self) -> object:
        return self.chance.choice(
            (*TEXTS[:8], 0, 7, -12, 1.5, 2.0, 1e30, -0.001, 12345678901234567890, True, False)
        )
