"""Every content rule by its cases: ``rules/<rule>/{pass,fail}-*``.

A ``.trig`` case is the whole dataset. A folder is laid over the tiny pack, which unchanged is the
passing case of the rules about files.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import Graph

from jalon.content.findings import Finding, Rule
from jalon.content.locate import find_core
from jalon.content.manifest import read_manifest
from jalon.content.material import gather
from jalon.content.pack import Pack, PackFile, survey_pack
from jalon.content.rules.catalogue import all_rules, check_pack, findings_of
from jalon.errors import LANGUAGES

HERE = Path(__file__).parent
TINY = HERE.parent / "packs" / "tiny"
RULES = {rule.id: rule for rule in all_rules()}
CASES = sorted((HERE / "rules").glob("*/*"))


def pack_of_case(case: Path) -> Pack:
    graphs: dict[str, list[pyoxigraph.Triple]] = defaultdict(list)
    for quad in pyoxigraph.parse(case.read_bytes(), pyoxigraph.RdfFormat.TRIG):
        assert isinstance(quad.graph_name, pyoxigraph.NamedNode)
        graphs[quad.graph_name.value].append(quad.triple)
    files = []
    for name, statements in graphs.items():
        triples = Graph(bind_namespaces="none")
        ntriples = pyoxigraph.serialize(statements, format=pyoxigraph.RdfFormat.N_TRIPLES)
        triples.parse(data=ntriples or b"", format="nt")
        files.append(PackFile(case, name, name, triples, "example:case"))
    core = read_manifest(find_core() / "core.toml")
    manifest = read_manifest(TINY / "pack.toml")
    return Pack(case.parent, manifest, core, (), (), "", tuple(files))


def findings_in(case: Path, rule: Rule, folder: Path) -> list[Finding]:
    if case.is_file():
        return list(findings_of(rule, gather(pack_of_case(case))))
    root = folder / "pack"
    shutil.copytree(TINY, root)
    shutil.copytree(case, root, dirs_exist_ok=True)
    survey = survey_pack(root)
    return list(findings_of(rule, gather(survey.pack, survey.faults)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_rule_case(case: Path, tmp_path: Path) -> None:
    found = findings_in(case, RULES[case.parent.name], tmp_path)
    if case.name.startswith("pass-"):
        assert found == []
        return
    assert len(found) == 1, found
    assert found[0].rule == case.parent.name
    assert found[0].hit.files
    for language in LANGUAGES:
        assert found[0].message[language].strip()
        assert "{" not in found[0].message[language]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_passing_and_a_failing_case(rule: str) -> None:
    cases = [case for case in CASES if case.parent.name == rule]
    fails = [case for case in cases if case.name.startswith("fail-")]
    passes = [case for case in cases if case.name.startswith("pass-")]
    assert fails, "no failing case"
    assert passes or fails[0].is_dir(), "no passing case"


def test_every_case_is_of_a_rule() -> None:
    assert {case.parent.name for case in CASES} <= set(RULES)


def test_the_tiny_pack_breaks_no_rule() -> None:
    report = check_pack(TINY)
    assert report.findings == ()
    assert report.rules == len(RULES)
