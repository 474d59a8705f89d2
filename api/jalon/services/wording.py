"""What a submission changes, in words: by thing and property, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from rdflib import DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SKOS, TIME

from jalon.errors import LANGUAGES, messages
from jalon.services.naming import Names

NAMESPACES: Mapping[str, str] = {
    "cv": "http://data.europa.eu/m8g/", "dcterms": str(DCTERMS), "foaf": str(FOAF),
    "org": str(ORG), "owl": str(OWL), "prov": str(PROV), "rdf": str(RDF), "rdfs": str(RDFS),
    "schema": "https://schema.org/", "skos": str(SKOS), "time": str(TIME),
}  # fmt: skip
"""Of what is called by a name of ours."""

LONGEST = 200
"""Characters of a value that a sentence shows."""

Shift = Mapping[str, Any]
"""A ShiftDocument, as the account of a submission has it."""


def iris_in(shifts: Sequence[Shift]) -> Iterator[str]:
    """Every IRI that shifts mention."""
    for shift in shifts:
        yield shift["thing"]
        yield shift["property"]
        for term in (*shift["before"], *shift["after"]):
            if term["type"] == "uri":
                yield term["value"]


def sentences(shifts: Sequence[Shift], names: Names) -> Mapping[str, list[str]]:
    """A sentence for each shift, by language; things go by their labels, else by their IRIs."""
    return {
        language: [_sentence(shift, names, language) for shift in shifts] for language in LANGUAGES
    }


def called(iri: str, names: Names, language: str) -> str:
    """What a thing is called in a language, else in another, else the end of its IRI.

    Terms of others go by what they are called here.
    """
    known = names.get(iri) or _foreign().get(iri, {})
    order = (language, *LANGUAGES, *known)
    return next((known[each] for each in order if each in known), _end(iri))


def _sentence(shift: Shift, names: Names, language: str) -> str:
    before, after = (
        ", ".join(_value(term, names, language) for term in shift[side])
        for side in ("before", "after")
    )
    kind = "replaced" if before and after else "given" if after else "taken"
    return messages("submissions")["shift"][kind][language].format(
        thing=called(shift["thing"], names, language),
        property=called(shift["property"], names, language),
        before=before,
        after=after,
    )


def _value(term: Mapping[str, str], names: Names, language: str) -> str:
    if term["type"] == "uri":
        return called(term["value"], names, language)
    value = term["value"] if len(term["value"]) <= LONGEST else f"{term['value'][:LONGEST]}…"
    quoted = messages("submissions")["quote"]["text"][language].format(value=value)
    tag = term.get("xml:lang")
    return f"{quoted} ({tag})" if tag else quoted


@cache
def _foreign() -> Mapping[str, Mapping[str, str]]:
    """What terms of others are called, which no graph here says."""
    found = {}
    for name, texts in messages("pages")["foreign"].items():
        prefix, colon, local = name.partition(":")
        found[f"{NAMESPACES.get(prefix, prefix + colon)}{local}"] = texts
    return found


def _end(iri: str) -> str:
    return iri.rpartition("/")[2].rpartition("#")[2] or iri
