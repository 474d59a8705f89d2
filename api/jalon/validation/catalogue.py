"""What results say: the words of their shape, and of the catalogue where it has none.

Both languages come out of it always: a shape that speaks one language has the other from
``messages/shacl.toml``, filled in with the values of the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Quad
from rdflib import RDF, RDFS, SH, XSD, Literal, URIRef
from rdflib.term import Node

from jalon.content.turtle import shortened
from jalon.errors import LANGUAGES, messages
from jalon.validation.port import Found, Result, Term
from jalon.validation.shapes import Shapes
from jalon.validation.translation import pyoxigraph_term

SHOWN_CHARACTERS = 200
"""A longer value is cut in a message; it stands whole in the report."""

WELL_KNOWN = {"rdf": str(RDF), "rdfs": str(RDFS), "sh": str(SH), "xsd": str(XSD)}
"""Prefixes that shorten IRIs without being declared."""

_NODE_KINDS = {
    str(SH[kind]): kind
    for kind in (
        *("IRI", "BlankNode", "Literal"),
        *("BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"),
    )
}
_COMPONENT = re.compile(rf"{re.escape(str(SH))}(\w+)ConstraintComponent")
_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")
_IRI = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Words for the results of one run: its shapes, and the prefixes that shorten IRIs."""

    shapes: Shapes
    prefixes: Mapping[str, str]

    def result(self, found: Found) -> Result:
        """The result of an engine with everything that people read."""
        path = self._path(found)
        own = self._own(found, path)
        plain = own.pop("", None)
        return Result(
            focus=found.focus,
            path=path,
            value=found.value,
            shape=found.shape,
            rule=self.shapes.rule(found.shape),
            component=found.component.removeprefix(str(SH)),
            severity=found.severity.removeprefix(str(SH)),
            messages={**own, **self._ours(found, path, own, plain)},
            constraint=found.constraint,
            plain=plain,
        )

    def short(self, iri: str) -> str:
        """An IRI by the prefix that fits it best, else as it is."""
        return shortened(iri, {**WELL_KNOWN, **self.prefixes})

    def term(self, term: Term | None, language: str) -> str:
        """A term as a reader of a message sees it, in one line of bounded length."""
        if term is None or isinstance(term, BlankNode):
            return _word("none" if term is None else "anonymous", language)
        if isinstance(term, NamedNode):
            return self.short(term.value)
        text = " ".join(term.value.split())
        cut = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
        quoted = _word("quoted", language).format(text=cut)
        return f"{quoted}@{term.language}" if term.language else quoted

    def path_label(self, path: str | None, language: str) -> str:
        """A path with its IRIs shortened; a word where there is none."""
        if path is None:
            return _word("itself", language)
        return _IRI.sub(lambda match: self.short(match[1]), path)

    def _path(self, found: Found) -> str | None:
        return f"<{found.path}>" if found.path is not None else self.shapes.path(found.shape)

    def _ours(
        self, found: Found, path: str | None, own: Mapping[str, str], plain: str | None
    ) -> dict[str, str]:
        """A text in each of our languages that the shape does not speak."""
        texts: dict[str, str] = {}
        for language in LANGUAGES:
            if language in own:
                continue
            regional = next((tag for tag in own if tag.partition("-")[0] == language), None)
            text = own[regional] if regional else self._from_catalogue(found, path, language)
            if plain is not None:
                text = _word("quoting", language).format(message=text, said=plain)
            texts[language] = text
        return texts

    def _own(self, found: Found, path: str | None) -> dict[str, str]:
        """The messages of the constraint, else of the shape (SHACL §2.1.5, §5.2.1, §6.3)."""
        for node in (found.constraint, *self._validators(found), found.shape):
            texts = self.shapes.texts(node, SH.message)
            if texts:
                return {
                    language.lower(): self._filled(text, found, path, language)
                    for language, text in texts.items()
                }
        return {}

    def _validators(self, found: Found) -> list[str]:
        """What checks a constraint component of the shapes' own making."""
        component = URIRef(found.component)
        terms = (SH.validator, SH.propertyValidator, SH.nodeValidator)
        graph = self.shapes.graph
        return sorted(str(node) for term in terms for node in graph.objects(component, term))

    def _filled(self, text: str, found: Found, path: str | None, language: str) -> str:
        """A template of SHACL-SPARQL with its variables' values.

        The values that a result does not have are read off the text that the engine filled in.
        """
        names = _PLACEHOLDER.findall(text)
        if not names:
            return text
        known = {
            "this": self.term(found.focus, language),
            "value": self.term(found.value or found.focus, language),
            "path": self.path_label(path, language),
            "PATH": self.path_label(path, language),
        }
        read = _read_off(text, found.texts) if set(names) - set(known) else {}
        return _PLACEHOLDER.sub(
            lambda match: known.get(match[1]) or read.get(match[1], match[0]), text
        )

    def _from_catalogue(self, found: Found, path: str | None, language: str) -> str:
        match = _COMPONENT.fullmatch(found.component)
        entries = messages("shacl")
        name = match[1] if match and match[1] in entries else "Custom"
        label = self.shapes.texts(found.shape, SH.name).get(language)
        return entries[name]["message"][language].format(
            path=label or self.path_label(path, language),
            value=self.term(found.value, language),
            limit=self._limit(name, found.shape, language),
            shape=self._limit("QualifiedValueShape", found.shape, language),
            rule=self.short(self.shapes.rule(found.shape)) or _word("none", language),
        )

    def _limit(self, component: str, shape: str, language: str) -> str:
        """What the shape asks for: the values of the parameter that the component is called by."""
        parameter = URIRef(str(SH) + component[0].lower() + component[1:])
        values = self.shapes.values(shape, parameter)
        return ", ".join(self._name(value, language) for value in values) or _word("none", language)

    def _name(self, node: Node, language: str) -> str:
        if str(node) in _NODE_KINDS:
            return messages("shacl")["kinds"][_NODE_KINDS[str(node)]][language]
        if isinstance(node, Literal):
            return self.term(pyoxigraph_term(node), language) if node.language else str(node)
        named = self.shapes.texts(str(node), SH.name).get(language)
        if named or self.shapes.is_nameless(str(node)):
            return named or _word("unnamed", language)
        return self.term(pyoxigraph_term(node), language)


def declared_prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    """Prefix → namespace, of the sh:PrefixDeclarations among the quads."""
    names: dict[object, str] = {}
    namespaces: dict[object, str] = {}
    for quad in quads:
        for term, found in ((SH.prefix, names), (SH.namespace, namespaces)):
            if quad.predicate.value == str(term):
                found[quad.subject] = getattr(quad.object, "value", "")
    return {name: namespaces[node] for node, name in names.items() if namespaces.get(node)}


def _read_off(template: str, texts: tuple[str, ...]) -> dict[str, str]:
    """The values in the first text that was made from a template."""
    parts = _PLACEHOLDER.split(template)
    names = parts[1::2]
    pattern = "".join("(.*)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    for text in texts:
        match = re.fullmatch(pattern, text, re.DOTALL)
        if match:
            return dict(zip(names, match.groups(), strict=True))
    return {}


def _word(name: str, language: str) -> str:
    """A word in a language of ours; for a text in another one, or in none, in our first."""
    said = messages("shacl")["words"][name]
    return said.get(language.partition("-")[0]) or said[LANGUAGES[0]]
