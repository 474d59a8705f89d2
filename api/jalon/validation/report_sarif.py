"""A report as a SARIF 2.1.0 log, which editors and code hosts show beside the lines.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub asks for besides
(help texts, paths below the root of the repository) is in it too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pyoxigraph import BlankNode
from rdflib import SH

import jalon
from jalon.errors import JalonError
from jalon.terms import DEF_IRI
from jalon.validation.catalogue import Catalogue
from jalon.validation.documents import Document
from jalon.validation.examination import Examination
from jalon.validation.fingerprints import Fingerprints
from jalon.validation.places.finding import Place, Places
from jalon.validation.port import Result
from jalon.validation.report_graph import left_out_texts

SARIF = "application/sarif+json"
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
INFORMATION = DEF_IRI.removesuffix("/def")
PROBLEMS = f"{INFORMATION}/problem/"
FINGERPRINT = "jalonResult/v1"

_LEVELS = {"Violation": "error", "Warning": "warning", "Info": "note"}
_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
_IN_IRIS = "/:?#[]@!$&'()*+,;=%~"

Json = str | int | float | bool | Sequence["Json"] | Mapping[str, "Json"] | None
Log = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule: what a log calls it, where it is explained, and its words."""

    id: str
    iri: str
    name: str
    description: str
    level: str

    def written(self) -> Mapping[str, Json]:
        return {
            "id": self.id,
            "shortDescription": {"text": self.name},
            "fullDescription": {"text": self.description},
            "help": {"text": f"{self.description}\n{self.iri}"},
            "helpUri": quote(self.iri, safe=_IN_IRIS),
            "defaultConfiguration": {"level": self.level},
        }


def sarif_log(examination: Examination, language: str) -> bytes:
    """The report as a log with one run, its words in one language."""
    results = examination.report.results
    rules = _rules(examination, language)
    order = {key: number for number, key in enumerate(rules)}
    writer = _Writer(examination, language)
    written: list[Mapping[str, Json]] = []
    for result in writer.ordered(results):
        key = _rule_key(result)
        named: dict[str, Json] = {"ruleId": rules[key].id, "ruleIndex": order[key]}
        written.append({**named, **writer.result(result)})
    source = examination.source
    artifacts = () if source is None else (source.document,)
    notice = left_out_texts(examination.report).get(language)
    return _log(list(rules.values()), written, artifacts, language, notice)


def refusal_log(error: JalonError, document: Document, language: str) -> bytes:
    """A log that says why a document was not examined, and where it is at fault if that is known.

    ``document`` is what the error is about.
    """
    title = error.title(language)
    rule = _Rule(error.code, PROBLEMS + error.code, title, title, "error")
    line, column = (error.details.get(name) for name in ("line", "column"))
    place = (
        Place(line, column, line, column)
        if isinstance(line, int) and isinstance(column, int)
        else None
    )
    result: Mapping[str, Json] = {
        "ruleId": rule.id,
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": _message(error.detail(language))},
        "locations": [{"physicalLocation": _physical(document, place)}],
        "partialFingerprints": {FINGERPRINT: f"{error.code}:1"},
    }
    return _log([rule], [result], (document,), language)


def merged_logs(logs: Iterable[bytes]) -> bytes:
    """Logs of this module as one with one run; each rule and each file stands there once."""
    read = [json.loads(log) for log in logs]
    if not read:
        return _log([], [], (), "en")
    merging = _Merging()
    for log in read:
        merging.take(log["runs"][0])
    whole, run = read[0], read[0]["runs"][0]
    run["tool"]["driver"]["rules"] = list(merging.rules.values())
    run["artifacts"] = list(merging.artifacts.values())
    run["results"] = merging.results
    return _bytes(whole)


@dataclass(frozen=True, slots=True)
class _Merging:
    """Rules by what they are called and where they are explained, files by address, results."""

    rules: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    artifacts: dict[str, Json] = field(default_factory=dict)
    results: list[Json] = field(default_factory=list)

    def take(self, run: Any) -> None:  # noqa: ANN401
        """Adds what a run has, which is JSON that this module wrote."""
        ids = [self._rule(rule) for rule in run["tool"]["driver"]["rules"]]
        for artifact in run["artifacts"]:
            self.artifacts.setdefault(artifact["location"]["uri"], artifact)
        numbers = {rule: number for number, rule in enumerate(self.rules)}
        files = {uri: number for number, uri in enumerate(self.artifacts)}
        for result in run["results"]:
            rule = ids[result["ruleIndex"]]
            result["ruleId"], result["ruleIndex"] = self.rules[rule]["id"], numbers[rule]
            for location in result["locations"]:
                artifact = location.get("physicalLocation", {}).get("artifactLocation")
                if artifact:
                    artifact["index"] = files[artifact["uri"]]
            self.results.append(result)

    def _rule(self, rule: dict[str, Json]) -> tuple[str, str]:
        """Where a rule is kept; one that is called as another is, is called by its address."""
        key = (str(rule["id"]), str(rule["helpUri"]))
        if key not in self.rules:
            is_taken = any(name == key[0] for name, _ in self.rules)
            self.rules[key] = {**rule, "id": key[1]} if is_taken else rule
        return key


class _Writer:
    """Writes the results of one examination."""

    def __init__(self, examination: Examination, language: str) -> None:
        results = examination.report.results
        source = examination.source
        self._source = source
        self._difference = examination.difference
        self._language = language
        self._catalogue = Catalogue(examination.shapes, examination.prefixes)
        self._places = Places(source, results)
        self._fingerprints = Fingerprints(() if source is None else source.quads, results)

    def ordered(self, results: Iterable[Result]) -> Iterable[Result]:
        """The results in the order in which they are to be written."""
        return self._places.ordered(results)

    def result(self, result: Result) -> Mapping[str, Json]:
        """Everything of a result but its rule."""
        location: dict[str, Json] = {"logicalLocations": self._logical(result)}
        if self._source is not None:
            place = self._places.of(result)
            location["physicalLocation"] = _physical(self._source.document, place)
        return {
            **self._baseline(result),
            "level": _LEVELS.get(result.severity, "warning"),
            "message": {"text": _message(result.messages[self._language])},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: self._fingerprints.of(result)},
        }

    def _baseline(self, result: Result) -> Mapping[str, Json]:
        """Whether a result came with the change (SARIF §3.27.24); nothing without a release."""
        if self._difference is None:
            return {}
        return {"baselineState": "new" if self._difference.has_as_new(result) else "unchanged"}

    def _logical(self, result: Result) -> list[Mapping[str, Json]]:
        thing = {"name": self._catalogue.term(result.focus, self._language), "kind": "object"}
        if not isinstance(result.focus, BlankNode):
            thing["fullyQualifiedName"] = result.focus.value
        found: list[Mapping[str, Json]] = [thing]
        if result.path is not None:
            label = self._catalogue.path_label(result.path, self._language)
            found.append({"name": label, "fullyQualifiedName": result.path, "kind": "property"})
        return found


def _rules(examination: Examination, language: str) -> Mapping[str, _Rule]:
    """Each rule that has a result, by the IRI that it is known by; the ids are all different."""
    found = {_rule_key(result): result for result in examination.report.results}
    names = Counter(_rule_name(result) for result in found.values())
    rules: dict[str, _Rule] = {}
    for iri, result in found.items():
        short = _rule_name(result)
        texts = {term: examination.shapes.texts(iri, term) for term in (SH.name, SH.description)}
        name = _said(texts[SH.name], language) or short
        rules[iri] = _Rule(
            id=short if names[short] == 1 else iri,
            iri=iri,
            name=name,
            description=_said(texts[SH.description], language) or name,
            level=_LEVELS.get(result.severity, "warning"),
        )
    return rules


def _rule_key(result: Result) -> str:
    """The IRI of a rule; where no shape has one, that of the constraint's kind."""
    known = ":" in result.component
    return result.rule or (result.component if known else str(SH) + result.component)


def _rule_name(result: Result) -> str:
    return result.rule_id or _rule_key(result).rpartition("#")[2]


def _said(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in any."""
    regional = next((text for tag, text in texts.items() if tag.partition("-")[0] == language), "")
    return texts.get(language) or regional or next(iter(texts.values()), "")


def _physical(document: Document, place: Place | None) -> Mapping[str, Json]:
    location: dict[str, Json] = {"artifactLocation": {**_address(document), "index": 0}}
    if place is not None:
        start: dict[str, Json] = {"startLine": place.line, "startColumn": place.column}
        is_long = (place.end_line, place.end_column) > (place.line, place.column)
        end = {"endLine": place.end_line, "endColumn": place.end_column} if is_long else {}
        location["region"] = {**start, **end}
    return location


def _address(document: Document) -> Mapping[str, Json]:
    """A file by the path that it was called by; below the root of the sources if that is no root.

    Both kinds of slashes part the names of folders.
    """
    path = PurePath(document.file_name.replace("\\", "/"))
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": _ROOT}


def _message(text: str) -> str:
    """A text of which nothing is a placeholder or a link (SARIF §3.11.5, §3.11.6)."""
    return _LINK.sub(r"\\[", text.replace("{", "{{").replace("}", "}}"))


def _log(
    rules: Sequence[_Rule],
    results: Sequence[Mapping[str, Json]],
    documents: Sequence[Document],
    language: str,
    notice: str | None = None,
) -> bytes:
    """A log; ``notice`` is what is to be known of the run beside its results (SARIF §3.20.21)."""
    driver: Mapping[str, Json] = {
        "name": "Jalon",
        "version": jalon.__version__,
        "semanticVersion": jalon.__version__,
        "informationUri": INFORMATION,
        "language": language,
        "rules": [rule.written() for rule in rules],
    }
    artifacts: list[Mapping[str, Json]] = [
        {"location": _address(document), "mimeType": document.media_type, "encoding": "UTF-8"}
        for document in documents
    ]
    run: Mapping[str, Json] = {
        "tool": {"driver": driver},
        "language": language,
        "columnKind": "unicodeCodePoints",
        "artifacts": artifacts,
        "results": results,
    }
    if notice is not None:
        said: Mapping[str, Json] = {"level": "warning", "message": {"text": _message(notice)}}
        invocation: Mapping[str, Json] = {
            "executionSuccessful": True,
            "toolExecutionNotifications": [said],
        }
        run = {**run, "invocations": [invocation]}
    return _bytes({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _bytes(log: Log) -> bytes:
    return f"{json.dumps(log, ensure_ascii=False, indent=2)}\n".encode()
