"""The use case "is the pack itself as its shapes demand?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDF, SH, BNode

from jalon.content.findings import Finding, Hit
from jalon.content.pack import Pack
from jalon.content.turtle import shortened
from jalon.errors import LANGUAGES, ShapesRefused
from jalon.validation.examination import examine_pack
from jalon.validation.port import VIOLATION, EngineName, Result


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the shapes find in a pack: how many rules there are, violations, lesser remarks."""

    rules: int
    violations: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def inspect_pack(pack: Pack, engine: EngineName) -> Inspected:
    """What the pack's own shapes find in it, each finding with the files that speak of the thing.

    Shapes that would be refused from anybody are a finding, too. The pack is the operator's: it
    is examined in this process.
    """
    try:
        examination = examine_pack(pack.nquads(), pack.manifest.base, engine)
    except ShapesRefused as error:
        message = {language: error.detail(language) for language in LANGUAGES}
        shape = shortened(str(error.details.get("shape", "")), pack.prefixes)
        return Inspected(0, (Finding(error.code, Hit(shape), message),), ())
    files = _files(pack)
    found = [
        (result.severity, _finding(result, files, pack.prefixes))
        for result in examination.report.results
    ]
    shapes = set(examination.shapes.graph.subjects(RDF.type, SH.PropertyShape))
    return Inspected(
        rules=sum(not isinstance(shape, BNode) for shape in shapes),
        violations=tuple(each for severity, each in found if severity == VIOLATION),
        remarks=tuple(each for severity, each in found if severity != VIOLATION),
    )


def _finding(
    result: Result, files: Mapping[str, list[str]], prefixes: Mapping[str, str]
) -> Finding:
    focus, value = str(getattr(result.focus, "value", "")), getattr(result.value, "value", "")
    subject = shortened(focus, prefixes)
    hit = Hit(subject, shortened(value, prefixes), tuple(files.get(focus, ())))
    message = {language: f"{subject}: {text}" for language, text in result.messages.items()}
    return Finding(result.rule_id, hit, message)


def _files(pack: Pack) -> Mapping[str, list[str]]:
    """The names of the files that speak of each thing."""
    files: dict[str, list[str]] = defaultdict(list)
    for name, subject in _subjects(pack):
        files[subject].append(name)
    return files


def _subjects(pack: Pack) -> Iterator[tuple[str, str]]:
    for file in pack.files:
        for subject in sorted({str(subject) for subject in file.triples.subjects()}):
            yield file.name, subject
