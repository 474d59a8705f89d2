"""The layout of Turtle files: deterministic, in canonical form, and the same graph."""

from __future__ import annotations

import pytest
from rdflib import XSD, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from jalon.content.layout import canonical, canonical_literal, formatted
from jalon.content.turtle import parse_turtle
from jalon.errors import FileUnreadable

PREFIXES = {
    "ex": "https://example.org/",
    "exd": "https://example.org/def#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())

TEXTS = {
    "escapes": r'ex:a ex:p "tab\t, quote \", backslash \\, return \r, bell \u0007" .',
    "several lines": 'ex:a ex:p """one "quoted" line\n\n and """@en, "two\\nlines\\\\"@fr .',
    "unicode": 'ex:a ex:p "œuvre «\u00a0à faire\u00a0»"@fr , "\U0001f600 \u2028" .',
    "language tags": 'ex:a ex:p "a"@en , "a"@fr , "a"@iu-Cans , "a" .',
    "numbers": 'ex:a ex:p 1 , -7 , 0 , 191000000.0 , "1.50"^^xsd:decimal , 1e6 , true , false .',
    "years": 'ex:a ex:p "2019"^^xsd:gYear , "2026-11-21"^^xsd:date .',
    "integers from strings": 'ex:a ex:p "007"^^xsd:integer , "1"^^xsd:boolean .',
    "list": "ex:A owl:unionOf ( ex:B [ owl:complementOf ex:C ] ( ex:D 1 ) () ) .",
    "nested": 'ex:A rdfs:subClassOf [ a owl:Class ; ex:p [ ex:q "x" , [ ex:r ex:s ] ] ] , ex:B .',
    "alone": "[] a owl:AllDisjointClasses ; owl:members ( ex:A ex:B ) . [] ex:p [] .",
    "broken list": "ex:a ex:p [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ] .",
    "local names": "<https://example.org/id/a/b> ex:p <https://example.org/1.> , ex:a.b , ex:1a .",
    "longest prefix": "<https://example.org/def#x> <https://example.org/def#y> <http://o/> .",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_layout_keeps_the_graph_and_is_stable(text: str) -> None:
    laid_out = formatted(HEAD + text, PREFIXES, "f.ttl")
    assert formatted(laid_out, PREFIXES, "f.ttl") == laid_out
    before = canonical(parse_turtle(HEAD + text, "f.ttl"))
    assert isomorphic(before, parse_turtle(laid_out, "f.ttl"))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_order_of_statements_does_not_change_the_layout(text: str) -> None:
    triples = list(parse_turtle(HEAD + text, "f.ttl"))
    backwards = Graph(bind_namespaces="none")
    for triple in reversed(triples):
        backwards.add(triple)
    shuffled = backwards.serialize(format="nt")
    assert formatted(shuffled, PREFIXES, "f.ttl") == formatted(HEAD + text, PREFIXES, "f.ttl")


def test_the_layout_is_that_of_the_style_guide() -> None:
    text = """
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX other: <https://example.org/>
        other:b rdfs:label "mesure"@fr, "measure"@en ; a rdfs:Class .
        other:a rdfs:subClassOf [ rdfs:seeAlso other:b, (1 "191000000.0"^^
          <http://www.w3.org/2001/XMLSchema#decimal>) ], other:b ; rdfs:comment "x" .
    """
    assert formatted(text, PREFIXES, "f.ttl") == (
        "PREFIX ex: <https://example.org/>\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        "\n"
        "ex:a\n"
        '    rdfs:comment "x" ;\n'
        "    rdfs:subClassOf\n"
        "        ex:b ,\n"
        "        [\n"
        "            rdfs:seeAlso\n"
        "                ex:b ,\n"
        "                (\n"
        "                    1\n"
        '                    "191000000"^^xsd:decimal\n'
        "                ) ;\n"
        "        ] ;\n"
        ".\n"
        "\n"
        "ex:b\n"
        "    a rdfs:Class ;\n"
        "    rdfs:label\n"
        '        "measure"@en ,\n'
        '        "mesure"@fr ;\n'
        ".\n"
    )


def test_an_empty_file_stays_empty() -> None:
    assert formatted("# nothing\n", PREFIXES, "f.ttl") == ""


@pytest.mark.parametrize(
    "text", ["ex:a ex:p _:x . ex:b ex:p _:x .", "_:x ex:p _:y . _:y ex:p _:x ."]
)
def test_shared_and_cyclic_blank_nodes_are_refused(text: str) -> None:
    with pytest.raises(FileUnreadable):
        formatted(HEAD + text, PREFIXES, "f.ttl")


def test_a_syntax_error_names_file_and_line() -> None:
    with pytest.raises(FileUnreadable) as raised:
        formatted(HEAD + "ex:a ex:p ;;[ .", PREFIXES, "f.ttl")
    assert raised.value.details["file"] == "f.ttl"
    assert raised.value.details["line"] == len(PREFIXES) + 1


@pytest.mark.parametrize(
    ("written", "kept", "datatype"),
    [
        ("191000000", "191000000", XSD.decimal),
        ("191000000.0", "191000000", XSD.decimal),
        ("+01.50", "1.5", XSD.decimal),
        (".5", "0.5", XSD.decimal),
        ("-0.0", "0", XSD.decimal),
        ("2026-11-21T10:00:00+00:00", "2026-11-21T10:00:00Z", XSD.dateTime),
        ("2026-11-21T10:00:00-05:00", "2026-11-21T10:00:00-05:00", XSD.dateTime),
        ("2019", "2019", XSD.gYear),
    ],
)
def test_typed_literals_take_their_canonical_form(
    written: str, kept: str, datatype: URIRef
) -> None:
    literal = Literal(written, datatype=datatype, normalize=False)
    assert str(canonical_literal(literal)) == kept
