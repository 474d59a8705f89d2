"""Reads JSON-LD for where its triples are written.

What it understands: local contexts, @base, @vocab, prefixes, aliases, coercion, languages and
their maps, lists, sets, reverse properties, nested nodes, @graph and @included. The values of what
it does not understand (@nest, scoped contexts, other containers) are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pyoxigraph import BlankNode, Literal, NamedNode
from rdflib import RDF, XSD

from jalon.validation.places.json_text import Items, Members, Part, Value, read_json
from jalon.validation.places.jsonld_context import KEYWORDS, Context, Definition, extended
from jalon.validation.places.spots import Blanks, Placed, Spot, UnreadError, named, tagged

_TYPE, _FIRST, _REST, _NIL = (
    NamedNode(str(RDF[name])) for name in ("type", "first", "rest", "nil")
)
_STRING, _BOOLEAN, _INTEGER, _DOUBLE = (
    str(XSD[name]) for name in ("string", "boolean", "integer", "double")
)
_LARGEST_INTEGER = 1e21
_PLAIN = frozenset({"@id", "@vocab", "@none"})

Found = Placed | Spot


def jsonld_triples(text: str, base: str) -> Iterator[Found]:
    """The triples of a JSON-LD text, each where it is written, and where nodes are described.

    The latter are there for what is not understood of them. Raises UnreadError.
    """
    start = Context(base)
    yield from _Reading(start).nodes(read_json(text), start)


@dataclass(frozen=True, slots=True)
class _Node:
    """A node that is being read: what it is called, its context, its members by what they mean."""

    spot: Spot
    context: Context
    members: tuple[tuple[Value, str, Part], ...]


@dataclass(frozen=True, slots=True)
class _Property:
    """What a value is a value of: the name, where it is written, and how its values are."""

    spot: Spot
    definition: Definition
    context: Context


@dataclass(slots=True)
class _Reading:
    """One run over a document."""

    start: Context
    blanks: Blanks = field(default_factory=Blanks)

    def nodes(self, part: Part, context: Context) -> Iterator[Found]:
        """What is said of the nodes of an array or object, at the top or in a graph."""
        for each in part.items if isinstance(part, Items) else (part,):
            if isinstance(each, Members):
                yield from self._node(each, context)[1]

    def _node(self, members: Members, context: Context) -> tuple[Spot | None, Iterator[Found]]:
        """Where a node is named, and all that is said of it; no name where it is no node."""
        said = members.get("@context")
        if said is not None:
            try:
                context = extended(context, said, self.start)
            except UnreadError:
                return None, iter(())
        by_meaning = tuple(
            (name, meaning, part)
            for name, part in members.members
            if (meaning := context.name(str(name.value))) is not None and meaning != "@context"
        )
        meanings = {meaning: part for _, meaning, part in by_meaning}
        spot = self._named(meanings.get("@id"), members, context)
        if spot is None:
            return None, iter(())
        if meanings.keys() <= {"@graph"} and "@graph" in meanings:
            return spot, self.nodes(meanings["@graph"], context)
        return spot, self._said(_Node(spot, context, by_meaning))

    def _named(self, part: Part | None, members: Members, context: Context) -> Spot | None:
        if part is None:
            return Spot(self.blanks.new(), members.start, members.start + 1)
        if not isinstance(part, Value) or not isinstance(part.value, str):
            return None
        term = self._term(context, part.value)
        return None if term is None else Spot(term, part.start, part.end)

    def _term(
        self, context: Context, text: str, *, by_terms: bool = False
    ) -> NamedNode | BlankNode | None:
        """The node that a value of @id names, or by terms first; None where it names none."""
        try:
            iri = context.reference(text, by_terms=by_terms)
            if iri is None or iri in KEYWORDS:
                return None
            return self.blanks.labelled(iri) if iri.startswith("_:") else named(iri)
        except UnreadError:
            return None

    def _said(self, node: _Node) -> Iterator[Found]:
        yield node.spot
        is_understood = self._is_understood(node)
        for name, meaning, part in node.members:
            spot = Spot(_TYPE, name.start, name.end)
            if meaning == "@type":
                yield from self._types(node, spot, part)
            elif not is_understood:
                continue
            elif meaning in ("@graph", "@included"):
                yield from self.nodes(part, node.context)
            elif meaning == "@reverse":
                yield from self._reversed(node, part)
            elif meaning not in KEYWORDS and ":" in meaning and not meaning.startswith("_:"):
                definition = node.context.definition(name.value) or Definition(meaning)
                predicate = replace_term(spot, named(meaning))
                yield from self._values(
                    node.spot, _Property(predicate, definition, node.context), part
                )

    def _is_understood(self, node: _Node) -> bool:
        """Whether no type of a node brings a context of its own along."""
        for _, meaning, part in node.members:
            if meaning == "@type":
                for each in part.items if isinstance(part, Items) else (part,):
                    known = node.context.definition(getattr(each, "value", None))
                    if known is not None and not known.is_understood:
                        return False
        return True

    def _types(self, node: _Node, predicate: Spot, part: Part) -> Iterator[Placed]:
        for each in part.items if isinstance(part, Items) else (part,):
            if isinstance(each, Value) and isinstance(each.value, str):
                term = self._term(node.context, each.value, by_terms=True)
                if term is not None:
                    yield Placed(node.spot, predicate, Spot(term, each.start, each.end))

    def _reversed(self, node: _Node, part: Part) -> Iterator[Found]:
        if not isinstance(part, Members):
            return
        for name, values in part.members:
            meaning = node.context.name(str(name.value))
            known = node.context.definition(name.value)
            if meaning is None or meaning in KEYWORDS or ":" not in meaning:
                continue
            definition = known or Definition(meaning)
            turned = replace(definition, is_reverse=not definition.is_reverse)
            predicate = Spot(named(meaning), name.start, name.end)
            yield from self._values(node.spot, _Property(predicate, turned, node.context), values)

    def _values(self, subject: Spot, of: _Property, part: Part) -> Iterator[Found]:
        definition = of.definition
        if not definition.is_understood:
            return
        if "@list" in definition.containers and not _is_list(part, of.context):
            head, inner = self._list(part, of)
            yield from inner
            yield from self._linked(subject, of, head)
            return
        for each, language in _each(part, definition):
            value_spot, said = self._value(each, of, language)
            yield from said
            if value_spot is not None:
                yield from self._linked(subject, of, value_spot)

    def _linked(self, subject: Spot, of: _Property, value: Spot) -> Iterator[Placed]:
        if not of.definition.is_reverse:
            yield Placed(subject, of.spot, value)
        elif not isinstance(value.term, Literal):
            yield Placed(value, of.spot, subject)

    def _value(
        self, part: Part, of: _Property, language: str | None
    ) -> tuple[Spot | None, Iterator[Found]]:
        """Where a value is written, and what is said of it there; no place where it is none."""
        if isinstance(part, Value):
            return self._scalar(part, of, language), iter(())
        if not isinstance(part, Members):
            return None, iter(())
        keywords = {of.context.name(str(name.value)): inner for name, inner in part.members}
        if "@value" in keywords:
            return _value_object(keywords, of.context), iter(())
        if "@list" in keywords:
            head, inner = self._list(keywords["@list"], of)
            return head, iter(inner)
        if "@set" in keywords or keywords.keys() == {"@graph"}:
            return None, iter(())
        return self._node(part, of.context)

    def _list(self, part: Part, of: _Property) -> tuple[Spot, list[Found]]:
        """The head of a list, which stands where its bracket is, and its triples."""
        head = Spot(_NIL, part.start, part.start + 1)
        said: list[Found] = []
        cells: list[Spot] = []
        for each in _items(part):
            value, inner = self._value(each, of, None)
            said += inner
            if value is None:
                continue
            place = value if cells else head
            cell = replace_term(place, self.blanks.new())
            if cells:
                said.append(Placed(cells[-1], replace_term(cells[-1], _REST), cell))
            said.append(Placed(cell, replace_term(value, _FIRST), value))
            cells.append(cell)
        if not cells:
            return head, said
        said.append(Placed(cells[-1], replace_term(cells[-1], _REST), head))
        return cells[0], said

    def _scalar(self, part: Value, of: _Property, language: str | None) -> Spot | None:
        kind = of.definition.type
        if part.value is None or kind == "@json":
            return None
        term: NamedNode | BlankNode | Literal | None
        if isinstance(part.value, str) and kind in ("@id", "@vocab"):
            term = self._term(of.context, part.value, by_terms=kind == "@vocab")
        elif isinstance(part.value, str) and kind in (None, *_PLAIN):
            term = _text(part.value, language or _language(of))
        else:
            term = _typed(part, None if kind in _PLAIN else kind)
        return None if term is None else Spot(term, part.start, part.end)


def replace_term(spot: Spot, term: NamedNode | BlankNode) -> Spot:
    """Another term at the same place."""
    return Spot(term, spot.start, spot.end)


def _items(part: Part) -> Iterator[Part]:
    """The items of a list; those of arrays in it too, as pyoxigraph 0.5.13 reads them."""
    if isinstance(part, Items):
        for each in part.items:
            yield from _items(each)
    else:
        yield part


def _is_list(part: Part, context: Context) -> bool:
    return isinstance(part, Members) and any(
        context.name(str(name.value)) == "@list" for name, _ in part.members
    )


def _each(part: Part, definition: Definition) -> Iterator[tuple[Part, str | None]]:
    """The values in an array, a set or a map, each with the language that a map gives."""
    if isinstance(part, Items):
        for item in part.items:
            yield from _each(item, replace(definition, containers=frozenset()))
    elif isinstance(part, Members) and definition.containers & {"@language", "@index"}:
        for name, inner in part.members:
            language = str(name.value) if "@language" in definition.containers else None
            for each, _ in _each(inner, replace(definition, containers=frozenset())):
                yield each, language
    elif isinstance(part, Members) and part.get("@set") is not None:
        yield from _each(part.get("@set") or part, replace(definition, containers=frozenset()))
    else:
        yield part, None


def _value_object(said: Mapping[str | None, Part], context: Context) -> Spot | None:
    part = said["@value"]
    kind, language = said.get("@type"), said.get("@language")
    if not isinstance(part, Value) or part.value is None or "@direction" in said:
        return None
    if isinstance(kind, Value) and isinstance(kind.value, str):
        datatype = context.reference(kind.value, by_terms=True)
        term = None if datatype in KEYWORDS else _typed(part, datatype)
    elif isinstance(language, Value) and isinstance(part.value, str):
        term = _text(part.value, str(language.value))
    else:
        term = _typed(part, None)
    return None if term is None else Spot(term, part.start, part.end)


def _language(of: _Property) -> str | None:
    return of.definition.language if of.definition.has_language else of.context.language


def _text(text: str, language: str | None) -> Literal:
    return tagged(text, language) if language and language != "@none" else Literal(text)


def _typed(part: Value, datatype: str | None) -> Literal | None:
    """A value by itself, of the datatype that it has or that its term gives (API §8.2.2)."""
    value = part.value
    if isinstance(value, bool):
        return Literal(part.text, datatype=named(datatype or _BOOLEAN))
    if isinstance(value, str):
        return Literal(value, datatype=named(datatype or _STRING))
    if not isinstance(value, int | float):
        return None
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < _LARGEST_INTEGER)
    if whole and datatype != _DOUBLE:
        return Literal(str(int(value)), datatype=named(datatype or _INTEGER))
    return Literal(_canonical(float(value)), datatype=named(datatype or _DOUBLE))


def _canonical(value: float) -> str:
    """A number as XML Schema writes doubles: 2.5E0."""
    mantissa, _, exponent = f"{value:.15E}".partition("E")
    whole, _, fraction = mantissa.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}E{int(exponent)}"
