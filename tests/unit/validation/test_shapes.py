"""What shapes are made ready for: engines that do not see to everything."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from jalon.validation.engines.choice import engine
from jalon.validation.port import EngineName
from jalon.validation.shapes import prepared
from jalon.validation.translation import rdflib_graph

PREFIXES = "PREFIX ex: <http://example.org/> PREFIX sh: <http://www.w3.org/ns/shacl#> "
PREFIXED = """
    ex:S a sh:NodeShape ; sh:targetNode ex:t ; sh:sparql ex:S-q .
    ex:S-q sh:prefixes ex:mine ; sh:select "SELECT $this WHERE { $this e:p ?o }" .
    ex:mine <http://www.w3.org/2002/07/owl#imports> ex:theirs .
    ex:theirs sh:declare [ sh:prefix "e" ; sh:namespace "http://example.org/" ] .
"""
OFF = """
    ex:S a sh:NodeShape ; sh:targetNode ex:t ; sh:sparql
        [ sh:select "SELECT $this WHERE { $this ?p ?o }" ; sh:deactivated true ] ,
        [ sh:select "SELECT $this WHERE { $this ?p ?o }" ; sh:deactivated false ] .
"""
ASKED = """
    ex:S a sh:NodeShape ; sh:targetObjectsOf ex:p ; ex:asks 1 .
    ex:Asks a sh:ConstraintComponent ; sh:parameter [ sh:path ex:asks ] ;
        sh:validator [ sh:ask "ASK { FILTER (isNumeric($value)) }" ] .
"""
DATA = b"<http://example.org/t> <http://example.org/p> _:b .\n"
CHAIN = ((b"first", b"p", b"second"), (b"second", b"p", b"third"), (b"third", b"q", b"first"))
ENGINES: tuple[EngineName, ...] = ("shacl", "pyshacl")


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("text", "focus"),
    [(PREFIXED, "<http://example.org/t>"), (OFF, "<http://example.org/t>"), (ASKED, "_:b")],
    ids=["prefixes that are imported", "a constraint switched off", "a blank node in a filter"],
)
def test_both_engines_find_the_one_thing_that_is_wrong(
    name: EngineName, text: str, focus: str
) -> None:
    shapes = prepared(rdflib_graph(parse(PREFIXES + text, RdfFormat.TURTLE)))
    found = list(engine(name).find(DATA, shapes))
    assert [str(one.focus) for one in found] == [focus]


@pytest.mark.parametrize(
    "other", ["", 'ex:S sh:sparql [ sh:select "SELECT $this { $this <urn:no> 1 }" ] .']
)
def test_a_message_names_blank_nodes_as_the_data_does(other: str) -> None:
    text = """
        ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:q ; sh:sparql [
            sh:message "{$this} goes with {?value}" ;
            sh:select "SELECT $this ?value { $this <http://example.org/q> ?value }" ] .
    """
    lines = (b"_:%s <http://example.org/%s> _:%s .\n" % each for each in CHAIN)
    shapes = prepared(rdflib_graph(parse(PREFIXES + text + other, RdfFormat.TURTLE)))
    [found] = engine("shacl").find(b"".join(lines), shapes)
    assert (str(found.focus), found.texts) == ("_:third", ("_:third goes with _:first",))
