"""What shapes say of a class becomes the fields of its sheet."""

from __future__ import annotations

from rdflib import Graph

from jalon.exchange.sheets.model import model_document, read_model
from jalon.exchange.sheets.shaping import models_of

SHAPES = """
PREFIX : <http://e/> PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:Tool a sh:NodeShape ; sh:targetClass :Tool ; sh:name "tool"@en , "outil"@fr ;
  sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:name "label"@en ],
    [ sh:path :weight ; sh:datatype xsd:decimal ; sh:description "In kilograms."@en ],
    [ sh:path :weight ; sh:maxCount 1 ; sh:description "Weighed once."@en ],
    [ sh:path :kind ; sh:in ( :Saw :Axe ) ],
    [ sh:path :sharp ; sh:in ( true ) ],
    [ sh:path :owner ; sh:or ( [ sh:class :Person ] [ sh:class :Club ] ) ; sh:order 1 ],
    [ sh:path :theme ; sh:class skos:Concept ;
      sh:node [ sh:property [ sh:path skos:inScheme ; sh:hasValue :Themes ] ] ],
    [ sh:path :hidden ; sh:maxCount 0 ],
    [ sh:path ( :owner :name ) ; sh:minCount 1 ] .
:Labelled a sh:NodeShape ; sh:targetSubjectsOf rdfs:label ;
  sh:property [ sh:path rdfs:label ; sh:datatype rdf:langString ] .
:Named a sh:NodeShape ; sh:targetSubjectsOf skos:prefLabel ;
  sh:property [ sh:path [ sh:alternativePath ( skos:prefLabel rdfs:label ) ] ;
    sh:equals rdfs:label ] .
:Otherwise a sh:NodeShape ; sh:targetSubjectsOf skos:altLabel ;
  sh:property [ sh:path skos:altLabel ; sh:datatype rdf:langString ] .
:PowerTool a sh:NodeShape ; sh:targetClass :PowerTool ;
  sh:property [ sh:path :volts ; sh:datatype xsd:integer ] .
<http://www.w3.org/2002/07/owl#Class> a rdfs:Class .
:Term a sh:NodeShape ; sh:targetClass <http://www.w3.org/2002/07/owl#Class> .
"""
MODELS = models_of(
    Graph().parse(data=SHAPES, format="turtle"),
    {"http://e/PowerTool": frozenset({"http://e/Tool"})},
)
TOOL = MODELS["Tool"]


def test_there_is_a_sheet_of_each_class_of_things_and_of_no_words() -> None:
    assert list(MODELS) == ["PowerTool", "Tool"]
    assert (TOOL.name, TOOL.kind, TOOL.labels["fr"]) == ("Tool", "tool", "outil")
    assert MODELS["PowerTool"].kind == "power-tool"


def test_rules_on_one_property_are_one_field() -> None:
    fields = {each.property.rpartition("/")[2]: each for each in TOOL.fields}
    assert set(fields) == {"owner", "rdf-schema#label", "weight", "sharp", "kind", "theme"}
    assert fields["weight"].kind == "decimal"
    assert fields["weight"].help["en"].splitlines() == ["In kilograms.", "Weighed once."]
    assert fields["sharp"].kind == "boolean"
    assert set(fields["kind"].listed) == {"http://e/Saw", "http://e/Axe"}
    assert set(fields["owner"].classes) == {"http://e/Person", "http://e/Club"}
    assert fields["theme"].schemes == ("http://e/Themes",)


def test_what_is_ordered_comes_first_then_names() -> None:
    names = [each.property.rpartition("/")[2] for each in TOOL.fields]
    assert names[:2] == ["owner", "rdf-schema#label"]


def test_a_label_is_of_the_kind_that_rules_for_whatever_has_one_say() -> None:
    label = TOOL.fields[1]
    assert (label.kind, label.required) == ("phrase", True)
    assert label.twins == ("http://www.w3.org/2004/02/skos/core#prefLabel",)


def test_a_class_has_the_fields_of_the_classes_above_it() -> None:
    names = {each.property for each in MODELS["PowerTool"].fields}
    assert {"http://e/volts", "http://e/weight"} <= names


def test_other_texts_have_a_column_where_they_are_used() -> None:
    [other] = TOOL.others
    assert TOOL.with_others([]).fields == TOOL.fields
    assert TOOL.with_others([other.property]).fields[-1] == other


def test_a_model_is_the_same_after_it_was_json() -> None:
    assert all(read_model(model_document(model)) == model for model in MODELS.values())
