"""A copy of our own pack with one fault of each kind: the check names each, in its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jalon.content.findings import Report
from jalon.content.rules.catalogue import check_pack

ROOT = Path(__file__).parents[2]
THING = "https://w3id.org/jalon/id/measure/dap-1-1-1"
AP = "https://w3id.org/jalon/def#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"

PLANTED = {
    "term-undefined": ("data/external/planted.ttl", f"<{THING}> <{AP}madeUp> 1 ."),
    "foreign-term-known": (
        "data/source/dap-overview/planted.ttl",
        f'<{THING}> <http://purl.org/dc/terms/titel> "x"@en .',
    ),
    "language-tag": ("data/editorial/planted.ttl", f'<{THING}> <{AP}reason> "Grund"@de .'),
    "literal-valid": (
        "data/source/unesco-measure-120/planted.ttl",
        f'<{THING}> <{AP}startYear> "18"^^<http://www.w3.org/2001/XMLSchema#gYear> .',
    ),
    "thing-exists": (
        "data/editorial/planted-2.ttl",
        f"<{THING}> <{AP}theme> <https://w3id.org/jalon/id/theme/nowhere> .",
    ),
    "part-cycle": ("data/editorial/planted-3.ttl", f"<{THING}> <{AP}partOf> <{THING}> ."),
    "label-once": ("data/editorial/planted-4.ttl", f'<{THING}> <{LABEL}> "Another"@en .'),
    "foreign-subject": (
        "ontology/core/planted.ttl",
        f'<http://www.w3.org/2004/02/skos/core#Concept> <{LABEL}> "ours"@en .',
    ),
    "file-readable": ("ontology/vocabulary/planted.ttl", "<https://example.org/> ;;[ ."),
    "file-in-one-graph": ("data/planted.ttl", ""),
    "query-syntax": ("queries/planted.rq", "SELECT ?x WHERE {"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("ontology", "shapes", "data", "queries"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, copy / folder)
    for manifest in ("core.toml", "pack.toml"):
        shutil.copy(ROOT / manifest, copy)
    for name, text in PLANTED.values():
        (copy / name).write_text(text + "\n", encoding="utf-8")
    return check_pack(copy)


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_fault_is_named_with_its_file(report: Report, rule: str) -> None:
    name, _ = PLANTED[rule]
    named = {file for found in report.findings if found.rule == rule for file in found.hit.files}
    assert name in named


def test_our_own_pack_breaks_no_rule() -> None:
    report = check_pack(ROOT)
    assert report.findings == ()
