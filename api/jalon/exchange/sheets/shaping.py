"""Models of sheets from a graph of shapes: what its rules say of a property becomes a field."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from jalon.exchange.sheets.model import Field, Kind, Model, Texts, local_name

KINDS: Mapping[Node, Kind] = {
    RDF.langString: "phrase",
    XSD.boolean: "boolean",
    XSD.date: "date",
    XSD.decimal: "decimal",
    XSD.gYear: "year",
    XSD.integer: "integer",
    XSD.string: "text",
}
NOT_THINGS = (str(OWL), str(RDFS), str(RDF))
"""Where the classes stand whose things are words of the ontology."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Above = Mapping[str, frozenset[str]]
"""The classes above a class, by its IRI."""


def models_of(shapes: Graph, above: Above) -> Mapping[str, Model]:
    """A model of each class that the shapes aim at, by its name, in the order of names."""
    reader = _Shapes(shapes)
    classes = sorted(
        str(each)
        for each in set(shapes.objects(None, SH.targetClass))
        if isinstance(each, URIRef) and not str(each).startswith(NOT_THINGS)
    )
    models = (reader.model(iri, above.get(iri, frozenset())) for iri in classes)
    return {model.name: model for model in sorted(models, key=lambda model: model.name)}


@dataclass(frozen=True, slots=True)
class _Shapes:
    """A graph of shapes, read property by property."""

    graph: Graph

    def model(self, iri: str, above: frozenset[str]) -> Model:
        nodes = self._aimed(SH.targetClass, {iri, *above})
        rules = self._by_path(nodes)
        fields = {
            path: replace(
                self._field(path, [*found, *self._wherever(path)]),
                required=self._is_required(found),
                help=self._help(found),
            )
            for path, found in rules.items()
        }
        twins = self._twins(nodes, fields)
        own = next(iter(self._aimed(SH.targetClass, {iri})))
        return Model(
            name=local_name(iri),
            iri=iri,
            kind=_HUMP.sub("-", local_name(iri)).lower(),
            labels=self._texts(own, SH.name),
            help=self._texts(own, SH.description),
            fields=tuple(
                replace(fields[path], twins=twins.get(path, ()))
                for path in sorted(fields, key=lambda path: self._order(path, fields, rules))
                if not self._is_forbidden(rules[path])
            ),
            others=tuple(self._others(set(rules))),
        )

    def _aimed(self, target: URIRef, wanted: Iterable[str]) -> list[Node]:
        found = {node for each in wanted for node in self.graph.subjects(target, URIRef(each))}
        return sorted(found, key=str)

    def _by_path(self, nodes: Iterable[Node]) -> dict[str, list[Node]]:
        """The rules of node shapes, by the one property that they are about."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in nodes:
            for rule in sorted(self.graph.objects(node, SH.property), key=str):
                path = self.graph.value(rule, SH.path)
                if isinstance(path, URIRef) and path != RDF.type and rule not in found[str(path)]:
                    found[str(path)].append(rule)
        return {path: rules for path, rules in found.items() if rules}

    def _wherever(self, path: str) -> list[Node]:
        """The rules for whatever has a property, on this property."""
        return self._by_path(self._aimed(SH.targetSubjectsOf, {path})).get(path, [])

    def _others(self, known: set[str]) -> Iterator[Field]:
        """Fields of texts that any thing may have, as rules for whatever has them say."""
        for path in sorted(set(self.graph.objects(None, SH.targetSubjectsOf)), key=str):
            if str(path) not in known and (rules := self._wherever(str(path))):
                found = self._field(str(path), rules)
                if found.kind in ("text", "phrase") and self._of(rules, SH.datatype):
                    yield found

    def _field(self, path: str, rules: list[Node]) -> Field:
        classes = [str(each) for each in self._of(rules, SH["class"])]
        schemes: list[str] = []
        for inner in self._inner(rules):
            classes += map(str, self.graph.objects(inner, SH["class"]))
            schemes += self._schemes(inner)
        listed = list(self._listed(rules))
        if not (classes or listed or self._is_typed(rules)):
            # Nothing is said of its values here; elsewhere there is.
            return self._borrowed(path, rules)
        return Field(
            property=path,
            kind=self._kind(rules, listed, classes),
            names=self._texts(rules[0], SH.name),
            help=self._help(rules),
            classes=tuple(dict.fromkeys(classes)),
            schemes=tuple(dict.fromkeys(schemes)),
            listed=tuple(str(each) for each in listed if isinstance(each, URIRef)),
        )

    def _is_typed(self, rules: list[Node]) -> bool:
        said = (SH.datatype, SH.nodeKind, SH.pattern)
        return any(self._of(rules, each) for each in said)

    def _borrowed(self, path: str, rules: list[Node]) -> Field:
        """A field whose values are of the kinds that they are of in the shapes of any class."""
        anywhere = sorted(self.graph.subjects(SH.path, URIRef(path)), key=str)
        names, help_ = self._texts(rules[0], SH.name), self._help(rules)
        told = [rule for rule in anywhere if self._is_typed([rule]) or self._leads([rule])]
        if not told:
            return Field(path, "text", names, help_)
        return replace(self._field(path, told), names=names, help=help_)

    def _leads(self, rules: list[Node]) -> bool:
        """Whether rules say of which class or list values are."""
        if self._of(rules, SH["class"]) or self._of(rules, SH["in"]):
            return True
        inner = self._inner(rules)
        return any(self.graph.value(each, SH["class"]) is not None for each in inner)

    def _kind(self, rules: list[Node], listed: list[Node], classes: list[str]) -> Kind:
        for datatype in self._of(rules, SH.datatype):
            return KINDS.get(datatype, "text")
        for each in listed:
            if isinstance(each, Literal):
                return KINDS.get(each.datatype or XSD.string, "text")
        is_thing = classes or listed or SH.IRI in self._of(rules, SH.nodeKind)
        return "reference" if is_thing else "text"

    def _inner(self, rules: list[Node]) -> Iterator[Node]:
        """The node shapes that values must have, or one of which they must have."""
        yield from self._of(rules, SH.node)
        for either in self._of(rules, SH["or"]):
            yield from Collection(self.graph, either)

    def _schemes(self, node: Node) -> Iterator[str]:
        for rule in self.graph.objects(node, SH.property):
            if self.graph.value(rule, SH.path) == SKOS.inScheme:
                yield from map(str, self.graph.objects(rule, SH.hasValue))

    def _listed(self, rules: list[Node]) -> Iterator[Node]:
        for listed in self._of(rules, SH["in"]):
            yield from Collection(self.graph, listed)

    def _help(self, rules: list[Node]) -> Texts:
        """Why there are these rules, a line each."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for rule in rules:
            for language, text in self._texts(rule, SH.description).items():
                found[language][text] = None
        return {language: "\n".join(texts) for language, texts in found.items()}

    def _is_required(self, rules: list[Node]) -> bool:
        counts = (*self._of(rules, SH.minCount), *self._of(rules, SH.qualifiedMinCount))
        return any(isinstance(each, Literal) and int(each) > 0 for each in counts)

    def _is_forbidden(self, rules: list[Node]) -> bool:
        return any(str(each) == "0" for each in self._of(rules, SH.maxCount))

    def _twins(
        self, nodes: list[Node], fields: Mapping[str, Field]
    ) -> Mapping[str, tuple[str, ...]]:
        """Properties without a column of their own that must repeat a field.

        Rules say it of two properties together: that they come to no more than one of them.
        """
        found: dict[str, set[str]] = defaultdict(set)
        for one, other in self._pairs(nodes):
            for here, there in ((one, other), (other, one)):
                if here in fields and there not in fields:
                    found[here].add(there)
        return {one: tuple(sorted(others)) for one, others in found.items()}

    def _pairs(self, nodes: list[Node]) -> Iterator[tuple[str, str]]:
        for rule in self.graph.subjects(SH.equals):
            path = self.graph.value(rule, SH.path)
            either = None if path is None else self.graph.value(path, SH.alternativePath)
            if either is None:
                continue
            one, other, *more = Collection(self.graph, either)
            if more or not (isinstance(one, URIRef) and isinstance(other, URIRef)):
                continue
            wherever = self._aimed(SH.targetSubjectsOf, {str(one), str(other)})
            if any((node, SH.property, rule) in self.graph for node in (*nodes, *wherever)):
                yield str(one), str(other)

    def _order(
        self, path: str, fields: Mapping[str, Field], rules: Mapping[str, list[Node]]
    ) -> tuple[float, bool, bool, bool, str]:
        """By sh:order; then names, what is required, what stands by itself, what leads on."""
        orders = [float(str(each)) for each in self._of(rules[path], SH.order)]
        found = fields[path]
        is_name = URIRef(path) in (RDFS.label, SKOS.notation)
        is_reference = found.kind == "reference"
        return (
            min(orders, default=math.inf),
            not is_name,
            not found.required,
            is_reference,
            local_name(path),
        )

    def _of(self, rules: Iterable[Node], said_of: URIRef) -> list[Node]:
        return [each for rule in rules for each in self.graph.objects(rule, said_of)]

    def _texts(self, node: Node, said_of: URIRef) -> Texts:
        return {
            each.language: str(each)
            for each in self.graph.objects(node, said_of)
            if isinstance(each, Literal) and each.language
        }
