from __future__ import annotations

from rdflib import DCTERMS, RDF, RDFS, SH, SKOS, XSD

from jalon.exchange.context import KEYWORDS, Trait, context_of
from jalon.terms import AP

PREFIXES = {
    "ap": str(AP),
    "dcterms": str(DCTERMS),
    "rdfs": str(RDFS),
    "schema": "https://schema.org/",
    "skos": str(SKOS),
}
URL = "https://schema.org/url"


def _traits(**kinds: tuple[object, ...]) -> list[Trait]:
    return [Trait(str(AP[term]), str(kind)) for term, each in kinds.items() for kind in each]


def test_a_name_goes_to_the_first_vocabulary_that_has_it() -> None:
    terms = (AP.hasPart, DCTERMS.hasPart, SKOS.note, RDFS.label, URL)
    context = context_of([Trait(str(term), str(RDFS.Resource)) for term in terms], PREFIXES)
    assert context.names == {
        "hasPart": str(AP.hasPart),
        "dcterms:hasPart": str(DCTERMS.hasPart),
        "note": str(SKOS.note),
        "label": str(RDFS.label),
        "schema:url": URL,
    }
    assert context.definitions["schema"] == "https://schema.org/"
    assert "skos" not in context.definitions


def test_a_name_is_no_word_of_the_format() -> None:
    context = context_of(_traits(value=(XSD.string,), type=(XSD.string,)), PREFIXES)
    assert set(context.names) == {"ap:value", "ap:type"}
    assert context.definitions["value"] == KEYWORDS["value"]


def test_a_term_without_a_prefix_has_no_name() -> None:
    assert context_of([Trait("http://elsewhere/x", str(XSD.string))], PREFIXES).names == {}


def test_values_are_written_as_their_kind_asks() -> None:
    traits = _traits(
        many=(RDFS.Resource,),
        one=(RDFS.Resource, SH.maxCount),
        both=(RDFS.Resource, SH.maxCount, RDF.List),
        property=(RDFS.Resource, RDF.Property),
        text=(RDF.langString,),
        year=(XSD.gYear,),
        number=(XSD.integer,),
        mixed=(XSD.gYear, XSD.date),
        Kind=(RDFS.Class,),
    )
    link = {"@type": "@id", "@container": "@set"}
    expected = {
        "many": {"@id": str(AP.many), **link},
        "one": {"@id": str(AP.one), "@type": "@id"},
        "both": {"@id": str(AP.both), **link},
        "property": {"@id": str(AP.property), "@type": "@vocab", "@container": "@set"},
        "text": {"@id": str(AP.text), "@container": "@language"},
        "year": {"@id": str(AP.year), "@type": str(XSD.gYear)},
        "number": str(AP.number),
        "mixed": str(AP.mixed),
        "Kind": str(AP.Kind),
    }
    definitions = context_of(traits, PREFIXES).definitions
    assert {name: definitions[name] for name in expected} == expected


def test_the_context_does_not_depend_on_the_order_of_what_it_is_made_from() -> None:
    traits = _traits(b=(XSD.string,), a=(RDFS.Resource, SH.maxCount), c=(RDF.langString,))
    one, other = (context_of(each, PREFIXES) for each in (traits, traits[::-1]))
    assert list(one.definitions.items()) == list(other.definitions.items())
