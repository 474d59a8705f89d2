"""The use case "list the words of the data": every class and property with its definition."""

from __future__ import annotations

from dataclasses import dataclass, field

from rdflib import OWL, RDFS, Literal

from jalon.services.asking import Asking


@dataclass(frozen=True, slots=True)
class Term:
    """A class or a property, with its names and definitions by language."""

    iri: str
    is_class: bool
    labels: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Glossary:
    """Reads the terms of the ontologies that are served."""

    asking: Asking

    async def terms(self) -> tuple[Term, ...]:
        """The terms in the order of their IRIs. Errors as Asking."""
        terms: dict[str, Term] = {}
        for row in await self.asking.rows("terms"):
            iri, value = str(row["term"]), row["value"]
            term = terms.setdefault(iri, Term(iri, row["kind"] == OWL.Class))
            texts = term.labels if row["property"] == RDFS.label else term.definitions
            if isinstance(value, Literal):
                texts[value.language or ""] = str(value)
        return tuple(terms.values())
