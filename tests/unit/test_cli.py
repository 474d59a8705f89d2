"""The command line: what it prints, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TINY = TESTS / "packs" / "tiny"
SOURCES = TESTS.parents[1] / "shared" / "seeds"
API = TESTS.parent / "api"


class Jalon:
    """The command in a process of its own, on a copy of the tiny pack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pack = folder / "pack"
        shutil.copytree(TINY, self.pack)

    def __call__(
        self, *arguments: str, text: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        own = {
            "PYTHONPATH": str(API),
            "PYTHONUTF8": "1",
            "LANG": "en_CA.UTF-8",
            "COLUMNS": "200",
            "JALON_PACK": str(self.pack),
            "JALON_DATA_DIR": str(self.folder / "state"),
        }
        return subprocess.run(
            [sys.executable, "-m", "jalon", *arguments],
            input=text,
            env={**kept, **own, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )


@pytest.fixture
def jalon(tmp_path: Path) -> Jalon:
    return Jalon(tmp_path)


MEASURES = """
PREFIX ap: <https://w3id.org/jalon/def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?measure ?label WHERE { ?measure a ap:Measure ; rdfs:label ?label }
ORDER BY ?measure ?label
"""


def test_check_of_a_right_pack_says_how_much_it_checked(jalon: Jalon) -> None:
    done = jalon("check", str(TINY))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 findings" in done.stdout


def test_check_names_rule_file_and_fault(jalon: Jalon) -> None:
    path = jalon.pack / "data" / "editorial" / "additions.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("ap:theme", "ap:thene"), encoding="utf-8")
    english, french = jalon("check"), jalon("check", LANG="fr_CA.UTF-8")
    assert english.returncode == french.returncode == 1
    assert "term-undefined" in english.stdout
    assert "data/editorial/additions.ttl" in english.stdout
    assert "ap:thene is used but no file of the ontology declares it" in english.stdout
    assert "ap:thene est employé, mais aucun fichier" in french.stdout


def test_an_error_is_one_line_in_the_language_of_the_locale(jalon: Jalon) -> None:
    nowhere = str(jalon.folder / "nowhere")
    english, french = jalon("check", nowhere), jalon("check", nowhere, LC_ALL="fr_CA.UTF-8")
    assert english.returncode == french.returncode == 2
    assert english.stderr.startswith("error: ")
    assert french.stderr.startswith("erreur : ")
    assert len(english.stderr.splitlines()) == 1


def test_query_prints_a_table_with_short_names(jalon: Jalon) -> None:
    done = jalon("query", "-", text=MEASURES)
    assert done.returncode == 0, done.stderr
    assert "exmeasure:lend-tools" in done.stdout
    assert "Lend tools as well as books @en" in done.stdout
    assert "2 rows" in done.stdout


def test_query_prints_other_formats_as_they_are(jalon: Jalon) -> None:
    file = jalon.folder / "measures.rq"
    file.write_text(MEASURES, encoding="utf-8")
    rows = json.loads(jalon("query", str(file), "--format", "json").stdout)
    assert len(rows["results"]["bindings"]) == 2
    csv = jalon("query", str(file), "--format", "csv").stdout.splitlines()
    assert csv[0] == "measure,label"


def test_query_prints_a_graph_as_turtle_and_a_boolean_as_a_word(jalon: Jalon) -> None:
    graph = jalon("query", "-", text="CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 1")
    assert graph.returncode == 0, graph.stderr
    assert graph.stdout.rstrip().endswith(".")
    assert jalon("query", "-", text="ASK { ?s ?p ?o }").stdout.strip() == "true"


def test_a_wrong_query_is_an_error_with_its_place(jalon: Jalon) -> None:
    done = jalon("query", "-", text="SELECT ?x WHERE {")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert jalon("query", "nowhere.rq").returncode == 2


def test_verify_source_tells_what_differs(jalon: Jalon) -> None:
    notice = jalon.pack / "documents" / "notice.txt"
    assert jalon("verify-source", str(notice)).returncode == 0
    notice.write_text(notice.read_text(encoding="utf-8").replace("Lend", "Land"), encoding="utf-8")
    done = jalon("verify-source", str(notice))
    assert done.returncode == 1
    assert "id/citation/measure-lend-tools" in done.stdout
    assert "id/citation/plan-libraries" not in done.stdout
    assert jalon("verify-source", "nowhere.txt").returncode == 2
    assert jalon("verify-source", str(notice), "--document", "letter").returncode == 2


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source documents are not on this machine")
def test_verify_source_finds_every_passage_of_our_sources(jalon: Jalon) -> None:
    for document in SOURCES.iterdir():
        done = jalon("verify-source", str(document), JALON_PACK=str(TESTS.parent))
        assert done.returncode == 0, done.stdout + done.stderr


def test_fmt_lays_out_and_check_only_tells(jalon: Jalon) -> None:
    path = jalon.pack / "data" / "source" / "notice" / "plan.ttl"
    laid_out = path.read_text(encoding="utf-8")
    path.write_text("# a comment\n" + laid_out, encoding="utf-8")
    told = jalon("fmt", "--check")
    assert told.returncode == 1
    assert "plan.ttl" in told.stdout
    assert path.read_text(encoding="utf-8") != laid_out
    assert jalon("fmt", str(path)).returncode == 0
    assert path.read_text(encoding="utf-8") == laid_out
    assert jalon("fmt", "--check").returncode == 0


def test_fmt_reports_a_file_it_cannot_read_and_goes_on(jalon: Jalon) -> None:
    broken = jalon.pack / "data" / "editorial" / "broken.ttl"
    broken.write_text("\n<https://a/> ;;", encoding="utf-8")
    done = jalon("fmt")
    assert done.returncode == 2
    assert "broken.ttl, line 2" in done.stderr


def test_settings_are_printed_with_their_meaning(jalon: Jalon) -> None:
    done = jalon("settings", JALON_PORT="8123")
    assert done.returncode == 0
    assert "JALON_PORT" in done.stdout
    assert "8123" in done.stdout
    assert jalon("settings", JALON_PROT="8123").returncode == 2


SHAPES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
<http://example.org/S>
    sh:targetClass <http://example.org/C> ;
    sh:property [ sh:path <http://example.org/p> ; sh:minCount 1 ] .
"""
EMPTY_PERIOD = "<p> a <https://w3id.org/jalon/def#Period> ."
PERIOD = """
<https://w3id.org/jalon/id/period/planted>
    a <https://w3id.org/jalon/def#Period> ;
    <https://w3id.org/jalon/def#endYear> "2020"^^<http://www.w3.org/2001/XMLSchema#gYear> .
"""


def test_validate_says_what_is_wrong_in_the_language_asked_for(jalon: Jalon) -> None:
    file = jalon.folder / "loan.ttl"
    file.write_text(EMPTY_PERIOD, encoding="utf-8")
    english, french = (
        jalon("validate", "loan.ttl"),
        jalon("validate", "loan.ttl", "--language", "fr"),
    )
    assert english.returncode == french.returncode == 1, english.stderr
    assert "loan.ttl:1:1: error [" in english.stdout
    assert "Errors: " in english.stdout
    assert "loan.ttl:1:1: erreur [" in french.stdout
    assert "Erreurs : " in french.stdout
    document = json.loads(jalon("validate", "loan.ttl", "--format", "json").stdout)
    assert document["violations"] == len(document["results"])


def test_validate_by_other_shapes_and_in_a_graph(jalon: Jalon) -> None:
    (jalon.folder / "d.ttl").write_text("<p> a <http://example.org/C> .", encoding="utf-8")
    (jalon.folder / "s.ttl").write_text(SHAPES, encoding="utf-8")
    done = jalon("validate", "d.ttl", "--shapes", "s.ttl", "--graph", "graph/editorial")
    assert done.returncode == 1
    assert "http://example.org/p: fewer values than the minimum of 1" in done.stdout


def test_validate_without_a_file_checks_all_that_is_published(jalon: Jalon) -> None:
    done = jalon("validate", "--language", "fr")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("avertissement [Document-label-present] ")
    strict = jalon("validate", "--format", "json", "--fail-on", "warning")
    assert strict.returncode == 1
    document = json.loads(strict.stdout)
    assert [each["rule"] for each in document["results"]] == ["Document-label-present"]
    assert (document["file"], document["fixed"], document["violations"]) == (None, None, 0)
    told = jalon("validate", "--graph", "graph/editorial")
    assert told.returncode == 2
    assert "name a file" in told.stderr


def test_validate_goes_on_after_a_file_that_cannot_be_read(jalon: Jalon) -> None:
    (jalon.folder / "broken.ttl").write_text("<p> a\n", encoding="utf-8")
    (jalon.folder / "d.ttl").write_text(EMPTY_PERIOD, encoding="utf-8")
    done = jalon("validate", "broken.ttl", "d.ttl")
    assert done.returncode == 1
    assert "broken.ttl:2:1: error [rdf-syntax] The Turtle of “data” is not valid" in done.stdout
    assert "d.ttl:1:1: error [" in done.stdout
    assert "2 files: 1 with errors, 1 not validated" in done.stdout
    unknown = jalon("validate", "d.ttl", "d.docx")
    assert unknown.returncode == 2
    assert ".jsonld" in unknown.stderr


RULES_OF_ALL_KINDS = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX e: <http://example.org/>
e:S sh:targetClass e:C ; sh:property e:grave , e:light , e:advice .
e:grave sh:path e:p ; sh:minCount 1 .
e:light sh:path e:q ; sh:minCount 1 ; sh:severity sh:Warning .
e:advice sh:path e:r ; sh:minCount 1 ; sh:severity sh:Info .
"""


@pytest.mark.parametrize(
    ("said", "severity", "code"),
    [
        ("e:p 1", "violation", 0),
        ("e:p 1", "warning", 1),
        ("e:p 1 ; e:q 1", "warning", 0),
        ("e:p 1 ; e:q 1", "info", 1),
    ],
)
def test_the_exit_code_of_validate_is_one_from_the_severity_asked_for(
    jalon: Jalon, said: str, severity: str, code: int
) -> None:
    (jalon.folder / "s.ttl").write_text(RULES_OF_ALL_KINDS, encoding="utf-8")
    data = f"PREFIX e: <http://example.org/>\ne:a a e:C ; {said} ."
    (jalon.folder / "d.ttl").write_text(data, encoding="utf-8")
    done = jalon("validate", "d.ttl", "--shapes", "s.ttl", "--fail-on", severity)
    assert done.returncode == code, done.stdout + done.stderr


def test_the_exit_code_of_validate_tells_use_and_service_from_violations(jalon: Jalon) -> None:
    (jalon.folder / "d.ttl").write_text(EMPTY_PERIOD, encoding="utf-8")
    (jalon.folder / "s.ttl").write_text("<s> <p> <o> .", encoding="utf-8")
    assert jalon("validate", "d.ttl", "--fail-on", "nothing").returncode == 2
    assert jalon("validate", "d.ttl", "--shapes", "s.ttl").returncode == 2
    assert jalon("validate", "d.ttl", "--output", "nowhere/report").returncode == 2
    no_folder = str(jalon.folder / "s.ttl")
    assert jalon("validate", "d.ttl", JALON_DATA_DIR=no_folder).returncode == 3


def test_validate_writes_one_log_of_sarif_for_all_files(jalon: Jalon) -> None:
    (jalon.folder / "data").mkdir()
    (jalon.folder / "data" / "broken.ttl").write_text("\n<p> a .\n", encoding="utf-8")
    (jalon.folder / "data" / "d.ttl").write_text(EMPTY_PERIOD, encoding="utf-8")
    options = ("--format", "sarif", "--language", "fr", "--output", "jalon.sarif")
    done = jalon("validate", "data/d.ttl", "data/broken.ttl", *options)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "2 fichiers : 1 avec des erreurs, 1 non validés\n"
    [run] = json.loads((jalon.folder / "jalon.sarif").read_text(encoding="utf-8"))["runs"]
    places = {
        (
            place["artifactLocation"]["uri"],
            place["region"]["startLine"],
            result["ruleId"] == "rdf-syntax",
        )
        for result in run["results"]
        for place in (result["locations"][0]["physicalLocation"],)
    }
    assert places == {("data/d.ttl", 1, False), ("data/broken.ttl", 2, True)}


def test_check_holds_the_pack_to_its_shapes(jalon: Jalon) -> None:
    path = next((jalon.pack / "data").rglob("*.ttl"))
    path.write_text(f"{path.read_text(encoding='utf-8')}{PERIOD}", encoding="utf-8")
    assert jalon("fmt", str(path)).returncode == 0
    done = jalon("check", LANG="fr_CA.UTF-8")
    assert done.returncode == 1
    assert "Ended-startYear-present" in done.stdout
    assert str(path.relative_to(jalon.pack)) in done.stdout
    assert "ajoutez ap:startYear" in done.stdout
