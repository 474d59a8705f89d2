"""Each constraint component: one report from both engines, in both languages, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import SH

from jalon.errors import messages
from jalon.validation.catalogue import Catalogue
from jalon.validation.documents import Document
from jalon.validation.engines.choice import available, engine
from jalon.validation.examination import Examination, examine_alone
from jalon.validation.guard import check_shapes
from jalon.validation.port import EngineName, ValidationReport, report_of
from jalon.validation.shapes import prepared
from jalon.validation.translation import rdflib_graph
from jalon.validation.writing import written

HERE = Path(__file__).parent
COMPONENTS = sorted((HERE / "components").glob("*.ttl"))
THING = (HERE / "thing.nt").read_bytes()
PREFIXES: Mapping[str, str] = {"ex": "http://example.org/"}
ENGINES: tuple[EngineName, ...] = ("shacl", "pyshacl")


def report(path: Path, name: EngineName) -> ValidationReport:
    graph = rdflib_graph(parse(path.read_bytes(), RdfFormat.TURTLE))
    check_shapes(graph)
    shapes = prepared(graph)
    catalogue = Catalogue(shapes, PREFIXES)
    return report_of(catalogue.result(found) for found in engine(name).find(THING, shapes))


def alone(data: bytes, shapes: bytes, name: EngineName) -> Examination:
    turtle = "text/turtle"
    sent = [Document("shapes", shapes, turtle)]
    return examine_alone(Document("data", data, turtle), sent, "http://example.org/", name)


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_both_engines_give_one_report_in_both_languages(path: Path) -> None:
    first, second = (report(path, name) for name in ENGINES)
    assert first == second
    assert first.results
    for result in first.results:
        assert result.component.endswith(f"{path.stem}ConstraintComponent") or path.stem == "Custom"
        assert {"en", "fr"} == set(result.messages)
        assert result.messages["en"] != result.messages["fr"]
        for text in result.messages.values():
            assert not re.search(r"\{[\w$?]+\}", text)
            assert "_:" not in text
            assert "http://" not in text


def test_every_component_of_shacl_has_its_words_and_its_case() -> None:
    """But for sh:property, which reports by the rules within it, and the Advanced Features."""
    named = {
        name.removesuffix("ConstraintComponent")
        for name in SH.__annotations__
        if name.endswith("ConstraintComponent")
    }
    unreported = {"", "source", "JS", "Expression"}
    entries = set(messages("shacl")) - {"words", "kinds", "report"}
    assert entries == (named - unreported) | {"Custom"}
    assert {path.stem for path in COMPONENTS} == entries - {"Property"}


def test_a_message_names_the_property_as_the_rule_does() -> None:
    shapes = b"""
        PREFIX ex: <http://example.org/>
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        ex:S a sh:NodeShape ; sh:targetNode ex:t ; sh:property ex:S-p .
        ex:S-p sh:path ex:p ; sh:minCount 1 ; sh:name "deadline"@en , "\\u00e9ch\\u00e9ance"@fr .
    """
    result = alone(b"<t> <q> 1 .", shapes, "shacl").report.results[0]
    assert result.messages["en"].startswith("deadline: ")
    assert result.messages["fr"].startswith("échéance : ")
    assert result.rule_id == "S-p"


def test_a_message_without_language_is_quoted_in_both() -> None:
    shapes = b"""
        PREFIX ex: <http://example.org/>
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        ex:S a sh:NodeShape ; sh:targetNode ex:t ; sh:property ex:S-p .
        ex:S-p sh:path ex:p ; sh:minCount 1 ; sh:message "Say when" .
    """
    said = alone(b"<t> <q> 1 .", shapes, "shacl").report.results[0].messages
    assert "“Say when”" in said["en"]
    assert "« Say when »" in said["fr"]


@pytest.mark.parametrize("language", ["", "@de", "@fr-CA"])
def test_a_message_in_any_language_or_none_is_filled_in(language: str) -> None:
    """The terms in it are written as in ours."""
    shapes = b"""
        PREFIX ex: <http://example.org/>
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        ex:S a sh:NodeShape ; sh:targetNode ex:t ; sh:sparql ex:S-q .
        ex:S-q sh:message "{?this}: {?value}, {?n}"%s ;
            sh:select "SELECT $this ?value ?n WHERE { $this ?p ?value BIND (2 AS ?n) }" .
    """
    examined = alone(b'<t> <q> "a" .', shapes % language.encode(), "shacl")
    result = examined.report.results[0]
    said = {**result.messages, "": result.plain}[language.removeprefix("@").lower()]
    assert said == ("ex:t: « a », 2" if "fr" in language else "ex:t: “a”, 2")
    assert {"en", "fr"} <= set(result.messages)


NESTED = b"""
    PREFIX ex: <http://example.org/>
    PREFIX sh: <http://www.w3.org/ns/shacl#>
    ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ;
      sh:property
        [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount 1 ] ,
        [ sh:path [ sh:alternativePath ( ex:r ex:p ) ] ; sh:maxCount 0 ; sh:severity sh:Info ] ;
      sh:sparql
        [ sh:message "{$this} has {?value}, not {?other}"@en , "{?other} n'est pas {?value}"@fr ;
          sh:select "SELECT $this ?value ?other WHERE { $this <http://example.org/p> ?value BIND('o' AS ?other) }" ] ,
        [ sh:select "SELECT $this WHERE { $this <http://example.org/p> [] }" ] .
"""  # noqa: E501
BLANK = b"""
    PREFIX ex: <http://example.org/>
    [] ex:p [ ex:p "01"^^<http://www.w3.org/2001/XMLSchema#integer> ] , _:b .
    _:b ex:p _:c . _:c ex:p "x"@FR-ca .
"""


def test_blank_nodes_longer_paths_and_several_queries_come_out_alike() -> None:
    """The reports are compared on the same document: its blank nodes keep their labels."""
    lines = b"".join(f"{quad.triple} .\n".encode() for quad in parse(BLANK, RdfFormat.TURTLE))
    shapes = prepared(rdflib_graph(parse(NESTED, RdfFormat.TURTLE)))
    catalogue = Catalogue(shapes, PREFIXES)
    first, second = (
        report_of(catalogue.result(found) for found in engine(name).find(lines, shapes))
        for name in ENGINES
    )
    assert first == second
    assert {result.path for result in first.results} == {
        None,
        "(<http://example.org/p>/^<http://example.org/q>)",
        "(<http://example.org/r>|<http://example.org/p>)",
    }
    assert {result.rule_id for result in first.results} == {"S"}
    assert all(str(result.focus)[2:].encode() in lines for result in first.results)
    said = {result.messages["fr"] for result in first.results}
    assert "o n'est pas « 01 »" in said


def test_a_report_counts_by_severity_and_conforms_only_without_results() -> None:
    examined = alone(BLANK, NESTED, "shacl").report
    assert not examined.conforms
    assert examined.counts()["Info"] == 4
    assert examined.violations == examined.counts()["Violation"]
    assert ValidationReport(()).conforms


def test_the_reference_stands_in_where_the_default_is_not_installed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert available("shacl", find=lambda _: None) == "pyshacl"
    assert "pyshacl" in caplog.text
    assert available("shacl") == "shacl"
    assert available("pyshacl") == "pyshacl"


def test_text_has_no_character_that_a_terminal_acts_upon() -> None:
    shapes = (HERE / "components" / "Class.ttl").read_bytes()
    data = b'<http://example.org/thing> <http://example.org/p> "a\\u001B[2J\\u202Eb\\nc" .'
    examination = alone(data, shapes, "shacl")
    text = written(examination, "text/plain", "en").decode()
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert "b c" in text
