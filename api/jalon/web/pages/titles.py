"""What things are called: by their label, else by what little they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rdflib import DCTERMS, RDF, RDFS, Literal, URIRef
from rdflib.term import Node

from jalon.terms import AP
from jalon.web.pages.facts import Facts
from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text

HEADLINES: Mapping[Node, tuple[URIRef, ...]] = {
    AP.Involvement: (AP.agent,),
    AP.Allocation: (AP.amount, AP.currency, AP.approximate),
    AP.Period: (AP.asPrinted,),
    AP.Count: (AP["count"], AP.counted),
    AP.DerivedFigure: (RDFS.label, AP.figure),
    AP.Statement: (DCTERMS.description, AP.statementKind),
    AP.Result: (DCTERMS.description,),
    AP.NetworkObjective: (DCTERMS.description,),
    AP.FormField: (AP.fieldLabel, AP.reportsOn),
    AP.Note: (AP.reason,),
    AP.Citation: (AP.document, AP.locator),
}
"""The properties that a page shows of a thing of such a class in place of a name."""


class Titles:
    """Calls things by name, in the language of a page."""

    def __init__(
        self, facts: Facts, names: Names, labels: Mapping[Node, Mapping[str, str]]
    ) -> None:
        self.facts = facts
        self.names = names
        self.words = names.words
        self._labels = labels
        self._makers: Mapping[Node, Callable[[Node], Text | None]] = {
            AP.Allocation: self.amount,
            AP.Period: self.period,
            AP.Count: self._count,
            AP.Citation: self._citation,
            AP.DerivedFigure: self._figure,
        }

    def link(self, node: Node) -> Link:
        """A node as a link under its title; a literal as its text."""
        if isinstance(node, Literal):
            return Link(self.words.literal(node))
        title, plain = self.title(node), self._plain(node)
        return plain if title is None else Link(title, plain.href, plain.outside)

    def brief(self, node: Node) -> Link:
        """A part under a short name, where its title would be a long passage told below it."""
        known = self.link(node)
        for kind in self.facts.values(node, RDF.type):
            if kind == AP.Involvement:
                agent = self.facts.value(node, AP.agent)
                return known if agent is None else self._plain(agent)
            if kind == AP.Statement:
                told = self.facts.value(node, AP.statementKind)
                return known if told is None else Link(self.named(told), known.href)
            if HEADLINES.get(kind) == (DCTERMS.description,):
                position = self.facts.text(node, AP.position)
                name = self.named(kind)
                return Link(Text(f"{name.text} {position}".strip(), name.language), known.href)
        return known

    def named(self, node: Node) -> Text:
        """A literal's words, a thing's label, or what its IRI ends with: never made of others."""
        if isinstance(node, Literal):
            return self.words.literal(node)
        return self.names.name(str(node), self._labels.get(node) or {})

    def title(self, node: Node) -> Text | None:
        """What a thing is called: what its headline says, else its label; None without either."""
        for kind in self.facts.values(node, RDF.type):
            made = self._made(node, kind)
            if made is not None:
                return made
        return self.words.choose(self._labels.get(node, {}))

    def headline(self, node: Node) -> tuple[URIRef, ...]:
        """The properties of which a title is made; none for a thing with a name."""
        kinds = self.facts.values(node, RDF.type)
        return next((HEADLINES[kind] for kind in kinds if kind in HEADLINES), ())

    def amount(self, allocation: Node) -> Text | None:
        """A sum of money: about 5,000,000 USD."""
        amount = self.facts.text(allocation, AP.amount)
        if not amount:
            return None
        currency = self.facts.text(allocation, AP.currency).rpartition("/")[2]
        money = f"{self.words.number(amount)}\u00a0{currency}".strip("\u00a0")
        about = self.facts.text(allocation, AP.approximate) == "true"
        return Text(self.words.say("value.about", value=money) if about else money)

    def period(self, period: Node) -> Text | None:
        """When, as the source puts it: in its own words, else by its years."""
        printed = self.words.choose(self.facts.texts(period, AP.asPrinted))
        return printed or self.years(period)

    def years(self, thing: Node) -> Text | None:
        """The first and the last year that are said of a thing."""
        years = (self.facts.text(thing, each) for each in (AP.startYear, AP.endYear))
        span = self.words.span(*years)
        return Text(span) if span else None

    def _plain(self, node: Node) -> Link:
        """A thing as a link under its label or the end of its IRI."""
        if isinstance(node, Literal):
            return Link(self.named(node))
        return self.names.link(str(node), self._labels.get(node))

    def _made(self, node: Node, kind: Node) -> Text | None:
        if kind in self._makers:
            return self._makers[kind](node)
        return self._first(node, HEADLINES.get(kind, ()))

    def _first(self, node: Node, properties: Sequence[URIRef]) -> Text | None:
        for each in properties:
            value = self.facts.value(node, each)
            if isinstance(value, Literal):
                return self.words.choose(self.facts.texts(node, each))
            if value is not None:
                return self.named(value)
        return None

    def _count(self, count: Node) -> Text | None:
        number = self.words.number(self.facts.text(count, AP["count"]))
        counted = self.facts.value(count, AP.counted)
        return Text(number) if counted is None else self._joined(number, " ", counted)

    def _figure(self, figure: Node) -> Text | None:
        named = self.words.choose(self.facts.texts(figure, RDFS.label))
        number = self.words.number(self.facts.text(figure, AP.figure))
        return named and Text(
            self.words.say("value.figure", name=named.text, value=number), named.language
        )

    def _citation(self, citation: Node) -> Text | None:
        where = self.words.place(self.facts.text(citation, AP.locator))
        document = self.facts.value(citation, AP.document)
        if document is None:
            return Text(where) if where else None
        named = self.named(document)
        return Text(", ".join(part for part in (named.text, where) if part), named.language)

    def _joined(self, before: str, between: str, node: Node) -> Text:
        named = self.named(node)
        return Text(f"{before}{between}{named.text}", named.language)
